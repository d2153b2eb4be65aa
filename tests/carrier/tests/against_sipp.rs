//! The carrier program called by sipp, which knows nothing of it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod sipp;

use sipp::Call;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use warmline_carrier::report::{EndedBy, Record, read};
use warmline_carrier::voice::{Bank, Voice};

/// The program, on a free port, with a folder for its files.
struct Program {
    child: Child,
    target: String,
    dir: tempfile::TempDir,
}

impl Program {
    fn start(rtp: &str, more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let people = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/people.toml");
        let mut child = Command::new(env!("CARGO_BIN_EXE_warmline-carrier"))
            .args(["--sip", "127.0.0.1:0", "--rtp", rtp])
            .arg("--people")
            .arg(people)
            .arg("--report")
            .arg(dir.path().join("report.jsonl"))
            .args(["--cache", concat!(env!("CARGO_TARGET_TMPDIR"), "/voices")])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let target = line.split_whitespace().nth(2).unwrap_or_default().to_string();
        assert!(line.starts_with("listening on 127.0.0.1:"), "{line}");
        Self { child, target, dir }
    }

    fn call(&self, number: &str, call: Call) {
        call.run(number, &self.target, self.dir.path());
    }

    /// Several calls at the same time.
    fn calls<const N: usize>(&self, calls: [(&str, Call); N]) {
        std::thread::scope(|scope| {
            for (number, call) in calls {
                scope.spawn(move || self.call(number, call));
            }
        });
    }

    /// Stops it with SIGTERM and reads what it wrote.
    fn stop(mut self) -> Vec<Record> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        let mut records = read(&self.dir.path().join("report.jsonl")).unwrap();
        records.sort_by(|a, b| a.number.cmp(&b.number));
        records
    }

    /// A sentence by flite as headerless µ-law, for sipp to play.
    fn ulaw(&self, text: &str) -> PathBuf {
        let voice: Voice = "flite:slt".parse().unwrap();
        let bank = Bank::render([(voice.clone(), text.to_string())], &self.dir.path().join("voices")).unwrap();
        let mut pcm = bank.get(&voice, text).unwrap().to_vec();
        pcm.splice(0..0, [0; 1600]);
        pcm.extend([0; 8000]);
        self.write_ulaw(text, &pcm)
    }

    fn write_ulaw(&self, name: &str, pcm: &[i16]) -> PathBuf {
        let mut encoder = audio_codec::create_encoder(audio_codec::CodecType::PCMU);
        let path = self.dir.path().join(format!("{}.ulaw", name.replace(' ', "-")));
        std::fs::write(&path, encoder.encode(pcm)).unwrap();
        path
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Only after a failed test is it still there.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn refusals_ringing_and_dead_numbers() {
    let carrier = Program::start("24000-24099", &[]);
    carrier.calls([
        ("2", Call::invite().expect(180).expect_refusal(486)),
        ("3", Call::invite().expect(180).pause(500).cancel()),
        ("4", Call::invite().expect(183).expect_refusal(404)),
        ("99", Call::invite().expect_refusal(404)),
    ]);
    let report = carrier.stop();
    let short: Vec<_> = report.iter().map(|r| (r.number.as_str(), r.status, r.ended_by, r.verdict.pass)).collect();
    assert_eq!(
        short,
        [("2", 486, EndedBy::Refused, true), ("3", 487, EndedBy::Cancelled, true), ("4", 404, EndedBy::Refused, true)]
    );
}

#[test]
fn a_person_answers_the_question_and_a_silent_or_noisy_caller_fails() {
    let carrier = Program::start("24100-24199", &[]);
    let question = carrier.ulaw("Your appointment is on Monday. Will you be there?");
    let mut state = 1u32;
    let hiss: Vec<i16> = (0..24_000)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if n < 16_000 { (state >> 18) as i16 - 8192 } else { 0 }
        })
        .collect();
    let hiss = carrier.write_ulaw("hiss", &hiss);
    let up = || Call::invite().expect(180).expect(200).ack();
    carrier.calls([
        ("1", up().pause(1500).play(&question).pause(6500).bye()),
        ("11", up().wait_for_bye()),
        ("12", up().pause(1500).play(&hiss).wait_for_bye()),
    ]);
    let report = carrier.stop();

    let good = &report[0];
    assert!(good.verdict.pass, "{good:?}");
    let said: Vec<_> = good.log.said.iter().map(|s| s.text.as_str()).collect();
    assert_eq!(said, ["hello?", "yes I will"]);
    assert_eq!(good.log.heard[0].phrases, ["will you be there"]);
    let thought_ms = (good.log.said[1].from_us - good.log.heard[0].to_us) / 1000;
    assert!((800..1700).contains(&thought_ms), "{thought_ms}");
    assert!(good.log.rtp.received > 100 && good.log.rtp.lost == 0, "{:?}", good.log.rtp);

    assert_eq!(report[1].verdict.why, "heard nothing");
    assert_eq!((report[1].ended_by, report[1].log.heard.len()), (EndedBy::Number, 0));
    assert_eq!(report[2].verdict.why, "not understood: never heard `will you be there`");
    assert_eq!(report[2].log.heard.len(), 1);
}

#[test]
fn early_media_hold_echo_and_hanging_up_first() {
    let carrier = Program::start("24200-24299", &[]);
    let speech = carrier.ulaw("Testing the echo of this line.");
    let held = Call::invite().expect(180).expect(200).ack().play(&speech).pause(2000).hold().pause(500).bye();
    carrier.calls([("5", Call::invite().expect(183).expect(200).ack().wait_for_bye()), ("6", held)]);
    let report = carrier.stop();
    assert_eq!(report[0].ended_by, EndedBy::Number);
    assert!(report[0].answered_after_ms.unwrap() >= 300);
    assert_eq!(report[1].ended_by, EndedBy::Caller);
    let rtp = &report[1].log.rtp;
    assert!(rtp.received >= 90 && rtp.lost == 0, "{rtp:?}");
}

#[test]
fn only_a_caller_who_knows_the_password_gets_through() {
    let carrier = Program::start("24300-24399", &["--auth", "trunk:secret"]);
    let challenged = || Call::invite().expect_refusal(407);
    carrier.calls([
        ("2", challenged().invite_as("trunk", "secret").expect(180).expect_refusal(486)),
        ("4", challenged().invite_as("trunk", "guess").expect_refusal(407)),
    ]);
    let report = carrier.stop();
    assert_eq!(report.len(), 1, "{report:?}");
    assert_eq!(report[0].number, "2");
}

#[test]
fn a_broken_file_and_a_taken_port_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let run = |text: &str| {
        let people = dir.path().join("people.toml");
        std::fs::write(&people, text).unwrap();
        let out = Command::new(env!("CARGO_BIN_EXE_warmline-carrier")).arg("--people").arg(&people).output().unwrap();
        assert!(!out.status.success());
        String::from_utf8(out.stderr).unwrap()
    };
    let entry = |behaviour: &str| format!("[[person]]\nnumber = \"1\"\nname = \"x\"\n{behaviour}\n");
    let faults = [
        (entry("behaviour.sings = {}"), "unknown variant `sings`"),
        (entry("behaviour.refuses = { status = 200 }"), "number 1: status: 200 is no refusal"),
        (entry("voice = \"robot\"\nbehaviour.listener = {}"), "number 1: voice: `robot` is no voice"),
        (entry("behaviour.talks.script = [{ hear = [\"a\"] }]"), "number 1: script: a rule neither says"),
        (entry("behaviour.listener = {}\nexpect.outcome = \"maybe\""), "`maybe` is none of person"),
        (entry("behaviour.listener = {}").repeat(2), "number 1: number: appears twice"),
        ("people = 3".to_string(), "line 1"),
    ];
    for (text, expected) in faults {
        let got = run(&text);
        assert!(got.contains(expected), "{got}");
    }
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    std::fs::write(dir.path().join("people.toml"), entry("behaviour.listener = {}")).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_warmline-carrier"))
        .args(["--sip", &address, "--people"])
        .arg(dir.path().join("people.toml"))
        .output()
        .unwrap();
    let error = String::from_utf8(out.stderr).unwrap();
    assert!(error.contains(&format!("cannot listen on {address}")), "{error}");
}

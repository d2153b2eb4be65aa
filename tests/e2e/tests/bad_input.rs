//! What people give by mistake, and what fails around the program: each is answered with one clear
//! sentence that names the place, and nothing panics.
#![allow(clippy::unwrap_used)]

use rustix::process::{Resource, Rlimit, prlimit};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use warmline_e2e::carrier::Carrier;
use warmline_e2e::config::Site;
use warmline_e2e::process::Process;
use warmline_e2e::{bin, wav};

/// Longest a call of these tests takes, start of the models included.
const CALL: Duration = Duration::from_secs(180);
/// One appointment, for `warmline call`.
const APPOINTMENT: [&str; 12] = [
    "--template",
    "appointment-reminder",
    "--set",
    "name=Ann",
    "--set",
    "date=2027-03-02",
    "--set",
    "time=09:00",
    "--set",
    "company=Green Dental",
    "--set",
    "our_number=+15550102030",
];

/// A Warmline whose trunk is a port at which nobody answers, and that port, taken so that it stays so.
fn alone() -> (Site, UdpSocket) {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    (Site::new(silent.local_addr().unwrap()), silent)
}

fn call(site: &Site, number: &str) -> Command {
    let mut command = site.warmline(&["call", number]);
    command.args(APPOINTMENT);
    command
}

fn import(site: &Site, file: &Path, name: &str) -> Output {
    let mut command = site.warmline(&["campaign", "import"]);
    command.arg(file).args(["--campaign", name, "--template", "appointment-reminder", "--numbers", "local"]);
    finished(command.args(["--hours", "any", "--once", "--trunk", "main", "--ring-limit", "15"]))
}

/// Runs to the end; a panic fails whatever else is asked.
fn finished(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked"), "{err}");
    output
}

/// Everything printed.
fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs to the end and returns the error's text, which ends the output.
fn refused(command: &mut Command) -> String {
    let output = finished(command);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let err = String::from_utf8(output.stderr).unwrap();
    let (_, error) = err.split_once("error: ").unwrap_or_else(|| panic!("no error in {err:?}"));
    error.trim_end().to_owned()
}

/// As [`refused`], for errors that are one sentence on one line.
fn sentence(command: &mut Command) -> String {
    let error = refused(command);
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

fn assert_names(error: &str, all: &[&str]) {
    for name in all {
        assert!(error.contains(name), "{name:?} is not named: {error}");
    }
}

#[test]
fn a_file_that_holds_no_contacts_is_refused_with_the_reason() {
    let (site, _silent) = alone();
    let binary: Vec<u8> = (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (name, contents, reason) in [
        ("columns.csv", b"street,town\nHigh Street,York\n".as_slice(), "no column holds the phone number"),
        ("empty.csv", b"", "the file is empty"),
        ("binary.csv", &binary, "cannot be imported"),
    ] {
        let file = site.dir().join(name);
        std::fs::write(&file, contents).unwrap();
        let output = import(&site, &file, name);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert_names(&text(&output), &[name, reason]);
    }
    let missing = import(&site, &site.dir().join("nowhere.csv"), "nowhere");
    assert_eq!(missing.status.code(), Some(1));
    assert_names(&text(&missing), &["nowhere.csv", "cannot be opened"]);
    // Nothing was left behind under any of the names.
    let status = text(&finished(&mut site.warmline(&["campaign", "status"])));
    assert!(!status.contains("csv") && !status.contains("nowhere"), "{status}");
}

#[test]
fn bad_lines_are_named_and_the_others_are_imported() {
    let (site, _silent) = alone();
    let file = site.dir().join("mixed.csv");
    let mut lines = b"number,name,consent\n7001,Ann,yes\n7002,Br\xffce,yes\n7001,Ann again,yes\n".to_vec();
    lines.extend(b"seven,Bob,yes\n,Nobody,yes\n7003,Carla,yes\n");
    std::fs::write(&file, lines).unwrap();
    let output = import(&site, &file, "mixed");
    assert!(output.status.success(), "{}", text(&output));
    let told = text(&output);
    assert_names(
        &told,
        &["line 3, name: broken UTF-8", "line 4: the same number as line 2", "line 5, number:", "line 6, number:"],
    );
    assert_names(&told, &["2 contacts imported, 4 lines refused"]);
    let report = text(&finished(&mut site.warmline(&["campaign", "report", "mixed", "--csv", "--unmask"])));
    let numbers: Vec<&str> = report.lines().skip(1).filter_map(|line| line.split(',').nth(2)).collect();
    assert_eq!(numbers, ["7001", "7003"]);
}

const TEMPLATE: &str = r#"template: t
title: T
language: en
voice: flite:slt
identification: { company: Green, callback_number: "+15550100", statement: "This is Green.", opt_out: "Say stop calling." }
entry: { person: greet, machine_with_beep: bye, machine_without_beep: bye }
steps:
  greet:
    type: say
    prompt: "Hello. {{identification}} {{opt_out}}"
    next: bye
  bye:
    type: end
    prompt: "Goodbye."
"#;

#[test]
fn a_broken_template_names_line_and_column() {
    let (site, _silent) = alone();
    let check = |name: &str, yaml: &str| {
        let file = site.file(name, yaml);
        let output = finished(site.warmline(&["template", "check"]).arg(file));
        (output.status.code(), text(&output))
    };
    let (code, told) = check("right.yaml", TEMPLATE);
    assert_eq!(code, Some(0), "{told}");
    for (name, from, to, place, problem) in [
        ("type.yaml", "type: say", "type: sing", "line 9, column 11", "unknown step type `sing`"),
        ("target.yaml", "next: bye", "next: nowhere", "line 11, column 11", "unknown step `nowhere`"),
        ("loop.yaml", "next: bye", "next: greet", "line 8, column 3", "from step `greet` no way leads to an end"),
    ] {
        let (code, told) = check(name, &TEMPLATE.replacen(from, to, 1));
        assert_eq!(code, Some(1), "{told}");
        let line = told.lines().find(|line| line.contains("error: ") && line.contains(name));
        assert_names(line.unwrap_or_else(|| panic!("{told}")), &[place, problem]);
    }
}

#[test]
fn a_typing_mistake_in_the_configuration_is_named_with_its_line() {
    let (mut site, _silent) = alone();
    site.set("media.rtp_frist", 16000u16);
    let error = refused(&mut site.warmline(&["campaign", "status"]));
    let written = std::fs::read_to_string(site.dir().join("warmline.toml")).unwrap();
    let line = 1 + written.lines().position(|line| line.starts_with("rtp_frist")).unwrap();
    assert_names(&error, &["warmline.toml", "unknown field `rtp_frist`", &format!("line {line}"), "rtp_first"]);
}

#[test]
fn a_trunk_that_does_not_answer_is_a_failure_and_not_a_person_who_was_out() {
    let (site, _silent) = alone();
    let file = site.file(
        "two.csv",
        "number,name,date,time,company,our_number,consent\n\
         7001,Ann,2027-03-02,09:00,Green Dental,+15550102030,yes\n\
         7002,Bruce,2027-03-02,10:00,Green Dental,+15550102030,yes\n",
    );
    assert!(import(&site, &file, "dead").status.success());
    let mut run = Process::start(&mut site.warmline(&["campaign", "start", "dead"]), &site.dir().join("start.log"));
    assert!(run.wait(CALL).success(), "{}", run.output());
    let output = finished(&mut site.warmline(&["campaign", "report", "dead", "--csv"]));
    let mut rows = csv::Reader::from_reader(output.stdout.as_slice());
    let rows: Vec<std::collections::BTreeMap<String, String>> = rows.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!(row["outcome"], "failed", "{row:?}");
        assert_names(&row["cause"], &["the trunk sent no response"]);
    }
}

#[test]
fn a_port_in_use_is_named() {
    let (mut site, silent) = alone();
    let taken = silent.local_addr().unwrap().to_string();
    site.set("sip.bind", taken.clone());
    let error = sentence(&mut call(&site, "7001"));
    assert_names(&error, &[&taken, "SIP", "in use"]);
    assert_eq!(error.matches("in use").count(), 1, "{error}");
    let http = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = http.local_addr().unwrap().to_string();
    site.set("server.listen", taken.clone());
    assert_names(&sentence(&mut site.warmline(&["serve"])), &[&taken, "server.listen", "in use"]);
}

/// The models as links, so that files can be taken away and put in their place.
fn models(to: &Path) -> PathBuf {
    let from = std::env::var_os("WARMLINE_MODELS").map_or_else(|| bin::root().join("models/store"), PathBuf::from);
    link_all(&from, &to.join("store"));
    link_all(&bin::root().join("models/starter-en"), &to.join("starter-en"));
    to.join("store")
}

fn link_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}; run scripts/setup", from.display())) {
        let (path, target) = entry.map(|e| (e.path(), to.join(e.file_name()))).unwrap();
        match path.is_dir() {
            true => link_all(&path, &target),
            false => std::os::unix::fs::symlink(path.canonicalize().unwrap(), target).unwrap(),
        }
    }
}

#[test]
fn a_model_that_is_missing_or_damaged_is_named_with_what_helps() {
    let (site, _silent) = alone();
    for (file, model) in [("silero/silero_vad.onnx", "silero"), ("minilm/minilm.int8.onnx", "minilm")] {
        let folder = tempfile::tempdir().unwrap();
        let store = models(folder.path());
        std::fs::remove_file(store.join(file)).unwrap();
        let error = sentence(call(&site, "7001").env("WARMLINE_MODELS", &store));
        assert_names(&error, &[file, "is missing", "scripts/setup"]);
        std::fs::write(store.join(file), "no model").unwrap();
        let error = sentence(call(&site, "7001").env("WARMLINE_MODELS", &store));
        assert_names(&error, &[file, "cannot be used", "scripts/setup"]);
        let list = text(&finished(site.warmline(&["models", "list"]).env("WARMLINE_MODELS", &store)));
        let row = list.lines().find(|line| line.contains(model) && line.contains("damaged"));
        assert!(row.is_some(), "{list}");
    }
}

#[test]
fn a_call_goes_on_when_its_recording_has_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = Carrier::start(folder.path());
    let site = Site::new(carrier.address());
    let mut run = Process::start(&mut call(&site, "7001"), &site.dir().join("call.log"));
    run.wait_for("recording to");
    // From now on no file may pass five seconds of both voices; the database is smaller than that.
    let room = 5 * 8000 * 2 * 2;
    let limit = Rlimit { current: Some(room), maximum: Some(room) };
    prlimit(Some(run.pid()), Resource::Fsize, limit).unwrap();
    assert!(run.wait(CALL).success(), "{}", run.output());
    let told = run.output();
    assert_names(
        &told,
        &["the call goes on without its recording", "File too large", "ended: person, completed", "intent confirm"],
    );
    let recordings = site.recordings();
    let [recording] = recordings.as_slice() else { panic!("{recordings:?}") };
    let sound = wav::read(recording);
    assert_eq!(sound.channels.len(), 2);
    // What had room can be played: all but the batch that did not fit.
    let seconds = sound.channels[0].len() as f32 / sound.rate_hz as f32;
    assert!((4.0..=5.0).contains(&seconds), "{seconds} s");
    let calls = carrier.stop();
    assert_eq!(calls.len(), 1);
    assert!(calls[0].verdict.pass, "{}", calls[0].verdict.why);
}

#[test]
fn a_campaign_on_a_public_trunk_does_not_start_without_hours_consent_and_do_not_call_list() {
    // A documentation address (RFC 5737): were it dialled, nobody would be reached.
    let site = Site::new(SocketAddr::from(([192, 0, 2, 1], 5060)));
    let file = site.file(
        "public.csv",
        "number,name,date,time,company,our_number\n7001,Ann,2027-03-02,09:00,Green Dental,+15550102030\n",
    );
    assert!(import(&site, &file, "public").status.success());
    let needs =
        ["calling hours are not restricted", "consent", "the do-not-call list is empty", "the campaign cannot start"];
    for command in ["check", "start"] {
        let output = finished(&mut site.warmline(&["campaign", command, "public"]));
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert_names(&text(&output), &needs);
    }
    let report = text(&finished(&mut site.warmline(&["campaign", "report", "public", "--csv"])));
    assert_names(&report, &["not dialled"]);
}

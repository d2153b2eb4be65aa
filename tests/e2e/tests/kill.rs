//! A campaign whose program is killed in mid-call and started again: nobody is called twice, nothing
//! that was known is forgotten, and what was recorded can be played.
#![allow(clippy::unwrap_used)]

use rustix::process::Signal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use warmline_e2e::carrier::Carrier;
use warmline_e2e::config::Site;
use warmline_e2e::process::{Process, until};
use warmline_e2e::wav;

/// Quick endings and people who talk, so that early in the campaign some calls are over, some are
/// open, and some have not begun.
const NUMBERS: [&str; 12] =
    ["7035", "7001", "7038", "7011", "7039", "7003", "7134", "7016", "7133", "7006", "7036", "7026"];
/// Long enough for all of them on a machine with other work.
const CAMPAIGN: Duration = Duration::from_secs(300);
/// Audio that may be missing at the end of a recording as the kill left it: the header admits to more
/// once a second, a fifth of a second is always in the making, and a busy machine adds its own.
const LOST_S: f64 = 1.5;
/// The same once the next start has put the header right.
const LOST_AFTER_START_S: f64 = 0.8;

/// An attempt and its call, as stored.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Attempt {
    id: String,
    number: String,
    state: String,
    outcome: Option<String>,
    close_reason: Option<String>,
    cause: Option<String>,
    intent: Option<String>,
    answered_at: Option<i64>,
    recording: Option<String>,
}

impl Attempt {
    fn is_open(&self) -> bool {
        self.state != "closed"
    }

    fn is_talking(&self) -> bool {
        self.is_open() && self.answered_at.is_some() && self.recording.is_some()
    }
}

/// Every attempt, by id. Reads only, so that the state after the kill is what the kill left.
fn attempts(database: &Path) -> Vec<Attempt> {
    let query = "SELECT hex(a.id) AS id, a.number, a.state, a.outcome, a.close_reason, c.cause, c.intent, c.answered_at, \
                 (SELECT path FROM recordings r WHERE r.call_id = a.id) AS recording \
                 FROM attempts a LEFT JOIN calls c ON c.id = a.id ORDER BY a.id";
    let mut command = Command::new("sqlite3");
    command.args(["-readonly", "-json", "-cmd", ".timeout 10000"]).arg(database).arg(query);
    let output = command.output().unwrap_or_else(|e| panic!("sqlite3 is needed: {e}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    match output.stdout.is_empty() {
        true => Vec::new(),
        false => serde_json::from_slice(&output.stdout).unwrap(),
    }
}

/// Seconds of audio that the header admits to, after checking that they are in the file.
fn playable_s(path: &Path) -> f64 {
    let bytes = std::fs::read(path).unwrap();
    let field = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    assert!(field(4) + 8 <= bytes.len(), "{}: the RIFF chunk is longer than the file", path.display());
    assert!(field(40) + 44 <= bytes.len(), "{}: the sound is longer than the file", path.display());
    let sound = wav::read(path);
    assert_eq!(sound.channels.len(), 2);
    sound.channels[0].len() as f64 / f64::from(sound.rate_hz)
}

fn import(site: &Site) {
    let mut list = "number,name,date,time,company,our_number,consent\n".to_owned();
    for number in NUMBERS {
        list.push_str(&format!("{number},Nr {number},2027-03-02,09:00,Green Dental,+15550102030,yes\n"));
    }
    let file = site.file("list.csv", &list);
    let mut command = site.warmline(&["campaign", "import"]);
    command.arg(file).args(["--campaign", "killed", "--template", "appointment-reminder", "--numbers", "local"]);
    command.args(["--hours", "any", "--once", "--trunk", "main", "--most-in-flight", "4", "--ring-limit", "15"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What was stored when the program was killed.
struct Killed {
    attempts: Vec<Attempt>,
    at_ms: i64,
}

/// Starts the campaign and kills the program while some calls are over, two people talk, and some
/// contacts have not been called.
#[expect(clippy::disallowed_methods, reason = "stored instants are compared with the clock's")]
fn run_and_kill(site: &Site) -> Killed {
    let database = site.data().join("warmline.sqlite");
    let mut run = Process::start(&mut site.warmline(&["campaign", "start", "killed"]), &site.dir().join("first.log"));
    until("some calls to be over and two people to talk", CAMPAIGN, || {
        assert!(run.has_ended().is_none(), "it ended too early:\n{}", run.output());
        let all = attempts(&database);
        let long_enough = |a: &&Attempt| {
            let path = a.recording.as_ref().map(|path| site.data().join("recordings").join(path));
            a.is_talking() && path.is_some_and(|p| p.metadata().is_ok_and(|m| m.len() > 100_000))
        };
        let talking = all.iter().filter(long_enough).count();
        let over = all.iter().filter(|a| !a.is_open()).count();
        (talking >= 2 && over >= 2).then_some(())
    });
    // Stopped first, so that what is read is what the kill leaves behind.
    run.signal(Signal::STOP);
    let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let attempts = attempts(&database);
    run.signal(Signal::KILL);
    run.wait(Duration::from_secs(10));
    assert!(attempts.len() < NUMBERS.len(), "nobody was left to be called");
    Killed { attempts, at_ms }
}

#[test]
fn a_killed_campaign_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = Carrier::start(folder.path());
    let site = Site::new(carrier.address());
    let database = site.data().join("warmline.sqlite");
    import(&site);
    let killed = run_and_kill(&site);
    assert_recordings_play(&site, &killed, LOST_S);

    let mut again =
        Process::start(&mut site.warmline(&["campaign", "start", "killed"]), &site.dir().join("second.log"));
    assert!(again.wait(CAMPAIGN).success(), "{}", again.output());
    let interrupted = killed.attempts.iter().filter(|a| a.state == "dialling").count();
    let told = format!("{interrupted} calls of a run that died were closed");
    assert!(again.output().contains(&told), "{told}: {}", again.output());

    let after = attempts(&database);
    assert_nothing_forgotten(&killed.attempts, &after);
    assert_called_once(&after, carrier);
    assert_reported(&site);
    assert_recordings_play(&site, &killed, LOST_AFTER_START_S);
}

/// Recordings of the calls that were open hold what was said until shortly before the kill.
fn assert_recordings_play(site: &Site, killed: &Killed, may_lack_s: f64) {
    let talking: Vec<_> = killed.attempts.iter().filter(|a| a.is_talking()).collect();
    assert!(talking.len() >= 2);
    for call in talking {
        let path = site.data().join("recordings").join(call.recording.as_ref().unwrap());
        let talked_s = (killed.at_ms - call.answered_at.unwrap()) as f64 / 1000.0;
        let held_s = playable_s(&path);
        println!("{}: {held_s:.2} s of {talked_s:.2} s are held", call.number);
        assert!(held_s >= talked_s - may_lack_s, "{}: {held_s:.2} s of {talked_s:.2} s are held", call.number);
    }
    for recording in site.recordings() {
        playable_s(&recording);
    }
}

/// What was stored stays; what was open is closed as what it was.
fn assert_nothing_forgotten(before: &[Attempt], after: &[Attempt]) {
    let after: BTreeMap<&str, &Attempt> = after.iter().map(|a| (a.id.as_str(), a)).collect();
    for known in before {
        let now = after.get(known.id.as_str());
        match known.state.as_str() {
            "closed" => assert_eq!(now, Some(&known), "an outcome has changed"),
            // Reserved but never dialled: the contact is free again.
            "reserved" => assert_eq!(now, None),
            _ => {
                let now = now.unwrap_or_else(|| panic!("forgotten: {known:?}"));
                let ending = (now.state.as_str(), now.outcome.as_deref(), now.close_reason.as_deref());
                assert_eq!(ending, ("closed", Some("failed"), Some("interrupted")));
                assert_eq!(now.cause.as_deref(), Some("the program ended in mid-call"));
            }
        }
    }
}

/// By our book and by the carrier's.
fn assert_called_once(after: &[Attempt], carrier: Carrier) {
    let mut numbers: Vec<&str> = after.iter().map(|a| a.number.as_str()).collect();
    numbers.sort_unstable();
    let mut wanted = NUMBERS;
    wanted.sort_unstable();
    assert_eq!(numbers, wanted, "one attempt for each contact");
    assert!(after.iter().all(|a| !a.is_open()));
    let mut invites: BTreeMap<String, usize> = BTreeMap::new();
    for call in carrier.stop() {
        *invites.entry(call.number).or_default() += 1;
    }
    for attempt in after {
        let got = invites.get(&attempt.number).copied().unwrap_or(0);
        // An attempt is stored before its INVITE, so that one which the kill met in between got none.
        let interrupted = attempt.close_reason.as_deref() == Some("interrupted");
        let right = if interrupted { got <= 1 } else { got == 1 };
        assert!(right, "{} got {got} INVITEs", attempt.number);
    }
    let outcome = |number: &str| after.iter().find(|a| a.number == number).and_then(|a| a.outcome.as_deref());
    for (number, wanted) in [("7035", "busy"), ("7036", "declined"), ("7038", "invalid_number"), ("7039", "congestion")]
    {
        let got = outcome(number);
        assert!(got == Some(wanted) || got == Some("failed"), "{number}: {got:?}");
    }
    let persons = after.iter().filter(|a| a.outcome.as_deref() == Some("person")).count();
    assert!(persons >= 2, "nobody was reached after the kill");
}

/// The report that people read says the same.
fn assert_reported(site: &Site) {
    let output = site.warmline(&["campaign", "report", "killed", "--csv", "--unmask"]).output().unwrap();
    let mut rows = csv::Reader::from_reader(output.stdout.as_slice());
    let rows: Vec<BTreeMap<String, String>> = rows.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), NUMBERS.len());
    assert!(rows.iter().all(|row| row["attempts"] == "1"), "{rows:?}");
    let status = site.warmline(&["campaign", "status", "killed"]).output().unwrap();
    assert!(String::from_utf8_lossy(&status.stdout).contains("done"));
}

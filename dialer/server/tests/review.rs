//! The trainer's way from calls to a better template, through the program and a real database: what needs a look is
//! found, assigned, and understood from then on.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test is an edge")]

use chrono::{TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;
use warmline_domain::import::{ContactReader, ImportOptions};
use warmline_domain::{
    CallChange, CallResult, CampaignSettings, CampaignState, HeardReading, ListSettings, NewCall, NewCampaign,
    NumberRule, Outcome, RecordingFile, Turn, TurnInput,
};
use warmline_storage::{Db, Reservation};

/// What callers answered to "Will you be there?", and what it was taken for.
const SAID: [(&str, Option<&str>); 8] = [
    ("my kid has a fever", None),
    ("the kid has a fever", None),
    ("my kid has got a fever today", None),
    ("yes i will be there", Some("confirm")),
    ("this is anna ask five five five one two three four", None),
    ("my kid has a fever", None),
    ("i want to reschedule", Some("reschedule")),
    ("", None),
];

/// A data folder with calls, the library's reminder to edit, and a configuration for both.
struct Desk {
    folder: TempDir,
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { folder };
        let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library");
        for name in ["appointment-reminder.yaml", "appointment-reminder.test.yaml"] {
            std::fs::create_dir_all(desk.path("templates")).unwrap();
            std::fs::copy(library.join(name), desk.path("templates").join(name)).unwrap();
        }
        std::fs::create_dir_all(desk.path("data")).unwrap();
        let config = format!(
            "[server]\ndata_dir = {:?}\ntemplates_dir = {:?}\n",
            desk.path("data").display().to_string(),
            desk.path("templates").display().to_string()
        );
        std::fs::write(desk.path("warmline.toml"), config).unwrap();
        desk.fill().await;
        desk
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn template(&self) -> String {
        std::fs::read_to_string(self.path("templates/appointment-reminder.yaml")).unwrap()
    }

    async fn fill(&self) {
        let recording = self.path("data/call.wav");
        std::fs::write(&recording, wav()).unwrap();
        let db = Db::open(self.path("data/warmline.sqlite")).await.unwrap();
        let now = Utc::now() - TimeDelta::hours(2);
        let list = db.create_list("People", &ListSettings { numbers: NumberRule::Local }, now).await.unwrap();
        let rows = (0..SAID.len()).map(|n| format!("Anna,{}\n", 7000 + n)).collect::<String>();
        let csv = std::io::Cursor::new(format!("name,phone\n{rows}"));
        let reader = ContactReader::new(csv, &ImportOptions::new(NumberRule::Local)).unwrap();
        db.import_contacts(list.id, reader, |_| {}).await.unwrap();
        let settings = CampaignSettings::new("appointment-reminder", "lab", Tz::UTC);
        let new = NewCampaign { name: "May".into(), list: list.id, settings };
        let campaign = db.create_campaign(&new, now).await.unwrap();
        db.set_campaign_state(campaign.id, CampaignState::Running, now).await.unwrap();
        for (contact, said) in db.contacts(list.id, None, 100).await.unwrap().into_iter().zip(SAID) {
            let Reservation::Reserved(attempt) = db.reserve_attempt(campaign.id, contact.id, now).await.unwrap() else {
                panic!("not reserved")
            };
            let new = NewCall {
                trunk: "lab".into(),
                caller_id: None,
                template: "appointment-reminder".into(),
                template_version: "1".into(),
            };
            db.begin_dialling(attempt.id, &new, now).await.unwrap();
            let file = RecordingFile { path: recording.display().to_string(), sample_rate_hz: 8000 };
            let changes = [
                CallChange::Answered,
                CallChange::RecordingStarted(file),
                CallChange::Turn(Box::new(turn(said))),
                CallChange::Ended(Box::new(result())),
            ];
            for change in changes {
                db.record(attempt.id, &change, now).await.unwrap();
            }
        }
        db.close().await;
    }

    fn warmline(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warmline"));
        // The models' folder is looked for from here.
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).env_remove("WARMLINE_CONFIG");
        command.arg("--config").arg(self.path("warmline.toml")).arg("template").args(args).output().unwrap()
    }

    /// The program's output; it must end well.
    fn says(&self, args: &[&str]) -> String {
        let output = self.warmline(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn review(&self) -> Value {
        serde_json::from_str(&self.says(&["review", "appointment-reminder", "--json"])).unwrap()
    }
}

fn turn((heard, understood): (&str, Option<&str>)) -> Turn {
    let reading = HeardReading { text: heard.into(), confidence: 0.8, expected: understood.is_some() };
    Turn {
        turn: 1,
        step: "remind".into(),
        point: Some("answer".into()),
        said: "Will you be there?".into(),
        input: Some(TurnInput::Speech),
        heard: heard.into(),
        heard_from_ms: Some(2000),
        heard_to_ms: Some(3000),
        confidence: (!heard.is_empty()).then_some(0.8),
        readings: if heard.is_empty() { vec![] } else { vec![reading] },
        understood: understood.map(str::to_owned),
        score: Some(if understood.is_some() { 1.0 } else { 0.0 }),
        ..Turn::default()
    }
}

fn result() -> CallResult {
    CallResult {
        outcome: Outcome::Person,
        end_reason: "completed".into(),
        answered_by: Some("person".into()),
        sip_status: Some(200),
        cause: String::new(),
        ring_ms: Some(900),
        talk_ms: 4000,
        intent: None,
        tags: vec![],
        categories: vec![],
        slots: [].into(),
        handed_over: false,
        turns: 1,
    }
}

/// Five seconds of silence on two channels.
fn wav() -> Vec<u8> {
    let bytes = 8000u32 * 4 * 5;
    let mut out = b"RIFF".to_vec();
    out.extend((bytes + 36).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend([16, 0, 0, 0, 1, 0, 2, 0]);
    out.extend(8000u32.to_le_bytes());
    out.extend(32_000u32.to_le_bytes());
    out.extend([4, 0, 16, 0]);
    out.extend(b"data");
    out.extend(bytes.to_le_bytes());
    out.resize(44 + bytes as usize, 0);
    out
}

fn cluster<'a>(review: &'a Value, begins: &str) -> Option<&'a Value> {
    let groups = review["groups"].as_array().unwrap();
    groups.iter().find(|group| group["representative"].as_str().unwrap().contains(begins))
}

#[tokio::test]
async fn what_callers_said_makes_the_template_better() {
    let desk = Desk::new().await;
    let before = desk.template();
    let review = desk.review();
    assert_eq!((&review["calls"], &review["answers"]), (&8.into(), &8.into()));
    let fever = cluster(&review, "fever").unwrap_or_else(|| panic!("{review:#}"));
    assert_eq!(fever["count"], 4);
    let id = fever["id"].as_str().unwrap();

    // On the terminal, with the sound beside it, and without names and numbers.
    let clips = desk.path("clips");
    let shown = desk.says(&["review", "appointment-reminder", "--clip", &clips.display().to_string()]);
    assert!(shown.contains("6 of 8 answers in 8 calls need a look, in 3 groups"), "{shown}");
    assert!(shown.contains(&format!("{id}  4×  \"my kid has a fever\"")), "{shown}");
    assert!(shown.contains("this is ••• ask •••") && !shown.contains("anna"), "{shown}");
    assert_eq!(std::fs::read_dir(&clips).unwrap().count(), 6, "one for each answer");
    let open = desk.says(&["review", "appointment-reminder", "--unmask"]);
    assert!(open.contains("this is anna ask five five five one two three four"), "{open}");

    // A look at what would change; then it is written.
    let assign = ["assign", "appointment-reminder", id, "--intent", "reschedule"];
    let dry = desk.says(&[&assign[..], &["--dry-run"]].concat());
    assert!(dry.contains("4 of the group's 4 answers mean reschedule then"), "{dry}");
    assert!(dry.contains("regression dialogs go another way") && dry.contains("  + my kid has a fever"), "{dry}");
    assert_eq!(desk.template(), before);
    let asked = desk.warmline(&assign);
    assert!(!asked.status.success() && desk.template() == before, "nobody was there to say yes");
    desk.says(&[&assign[..], &["--yes"]].concat());
    let after = desk.template();
    let added: Vec<&str> = after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
    assert_eq!(
        added,
        ["      - my kid has a fever", "      - my kid has got a fever today", "      - the kid has a fever"],
        "only these lines are new"
    );
    assert_eq!(before.lines().count() + 3, after.lines().count(), "and no line is gone");

    // The conversations beside it still go as written, the words are understood, the group is gone.
    desk.says(&["test", "appointment-reminder"]);
    let review = desk.review();
    assert!(cluster(&review, "fever").is_none(), "{review:#}");
    let again = desk.warmline(&[&assign[..], &["--yes"]].concat());
    let error = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!again.status.success() && error.contains("there is no group"), "{error}");

    // What could not be read is put aside.
    desk.says(&["review", "appointment-reminder", "--dismiss", "unread"]);
    assert!(desk.review()["groups"].as_array().unwrap().iter().all(|group| group["id"] != "unread"));
    let db = Db::open(desk.path("data/warmline.sqlite")).await.unwrap();
    let audit = db.audit_entries(None, 10).await.unwrap();
    let actions: Vec<&str> = audit.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["template.dismiss", "template.assign"]);
}

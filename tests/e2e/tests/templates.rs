//! The trainer's tools as a trainer uses them: the program, real files, and what it prints.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use warmline_e2e::config::Site;
use warmline_e2e::wav;

const TEMPLATE: &str = r#"template: coffee
voice: flite:slt
entry: { person: hello, machine_with_beep: message, machine_without_beep: message }
variables: { name: { default: there } }
steps:
  hello:
    type: ask
    prompt: "Hello {{name}}. Coffee or tea?"
    answers:
      coffee: { goto: cups, key: "1", phrases: [a coffee, coffee please] }
      tea: { goto: bye, key: "2", phrases: [a tea, tea please] }
  cups: { type: collect, slot: cups, as: number, at_most: 9, prompt: How many cups?, next: bye }
  bye: { type: end, tags: [done], prompt: "Goodbye {{name}}." }
  message: { type: voicemail, message: Please call us. }
"#;
const TESTS: &str = r#"# what must hold
template: coffee
now: "2026-11-20T10:00:00"
dialogs:
  - name: two coffees   # the usual
    talk:
      - user: a coffee
      - bot: How many cups?
      - user: two
      - bot: Goodbye
    expect: { end: completed, tags: [done], slots: { cups: "2" } }

# the end
"#;

/// A Warmline whose trunk nobody answers, and that port.
fn alone() -> (Site, UdpSocket) {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    (Site::new(silent.local_addr().unwrap()), silent)
}

struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

fn told(output: &Output) -> Told {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = Told { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
    assert!(!told.err.contains("panicked"), "{}", told.err);
    told
}

fn run(command: &mut Command) -> Told {
    told(&command.output().unwrap())
}

/// With `lines` typed into it.
fn typed(command: &mut Command, lines: &[&str]) -> Told {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    child.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    told(&child.wait_with_output().unwrap())
}

fn coffee(site: &Site) -> PathBuf {
    site.file("coffee.test.yaml", TESTS);
    site.file("coffee.yaml", TEMPLATE)
}

fn template(site: &Site, command: &str, file: &PathBuf) -> Command {
    let mut command = site.warmline(&["template", command]);
    command.arg(file);
    command
}

fn assert_names(text: &str, all: &[&str]) {
    for name in all {
        assert!(text.contains(name), "{name:?} is not in: {text}");
    }
}

#[test]
fn the_library_goes_as_written_and_a_difference_is_shown_with_its_line() {
    let (site, _silent) = alone();
    let library = run(&mut site.warmline(&["template", "test", "--no-meaning"]));
    assert_eq!(library.code, Some(0), "{}{}", library.out, library.err);
    assert_names(&library.out, &["appointment-reminder: ", "conversations of 17 templates went as written"]);

    let file = coffee(&site);
    site.file("coffee.test.yaml", &TESTS.replace("bot: How many", "bot: How much"));
    let junit = site.dir().join("junit.xml");
    let failed = run(template(&site, "test", &file).arg("--no-meaning").arg("--junit").arg(&junit));
    assert_eq!(failed.code, Some(1));
    let shown = ["✗ two coffees", "line 8: expected the bot to say `How much cups?`", "+ it said `How many cups?`"];
    assert_names(&failed.out, &shown);
    assert_names(&failed.out, &["user: two", "→ slot:cups", "bot:  Goodbye there."]);
    assert_names(&failed.err, &["1 of 1 conversations did not go as written"]);
    let xml = std::fs::read_to_string(junit).unwrap();
    assert_names(&xml, &["<testsuites", "tests=\"1\" failures=\"1\"", "line=\"5\"", "<failure", "How much cups?"]);
    let json = run(template(&site, "test", &file).args(["--no-meaning", "--json"]));
    assert_names(&json.out, &["\"failed\": 1", "\"line\": 8"]);
    let none = run(template(&site, "test", &file).args(["--no-meaning", "--filter", "tea"]));
    assert_names(&none.err, &["no conversation with `tea` in its name"]);
}

#[test]
fn mistakes_in_a_file_of_conversations_are_named_with_file_line_and_column() {
    let (site, _silent) = alone();
    let file = coffee(&site);
    for (wrong, right, reason) in [
        (
            "- bott: How many",
            "- bot: How many",
            "line 8, column 9: error: unknown field of a line `bott`; did you mean `bot`?",
        ),
        ("- silense", "- user: two", "unknown line `silense`; did you mean `silence`?"),
        ("now: today", "now: \"2026-11-20T10:00:00\"", "line 3, column 6: error: `now` should be a local time"),
        ("end: complete,", "end: completed,", "did you mean `completed`?"),
        ("template: tea", "template: coffee", "the conversations are for template `tea`, not `coffee`"),
    ] {
        site.file("coffee.test.yaml", &TESTS.replace(right, wrong));
        let told = run(template(&site, "test", &file).arg("--no-meaning"));
        assert_eq!(told.code, Some(1), "{wrong}");
        assert_names(&told.out, &["coffee.test.yaml:", reason]);
    }
    let gone = run(site.warmline(&["template", "test", "nowhere", "--no-meaning"]).env("NO_COLOR", "1"));
    assert_names(&gone.out, &["nowhere.yaml cannot be read"]);
}

#[test]
fn a_chat_shows_why_and_a_past_turn_can_be_changed_and_saved_as_a_test() {
    let (site, _silent) = alone();
    let file = coffee(&site);
    let saved = site.dir().join("coffee.test.yaml");
    let save = format!("/save {} three coffees", saved.display());
    let lines =
        ["a coffee", "twelve", "two", "/undo", "/undo", "three", "/turns", "/edit 1 /key 1", "/nonsense", &save];
    let mut chat = template(&site, "chat", &file);
    let chat = typed(chat.args(["--no-meaning", "--set", "name=Ann", "--now", "2026-11-20T10:00:00"]), &lines);
    assert_eq!(chat.code, Some(0), "{}", chat.err);
    assert_names(&chat.out, &["bot>  Hello Ann. Coffee or tea?", "understood: coffee 1.00 (phrase `a coffee`)"]);
    assert_names(&chat.out, &["not understood: 12 is out of range", "slots: cups = 3", "tags: done"]);
    assert_names(&chat.out, &["the bot has hung up: completed", "there is no /nonsense", "saved as `three coffees`"]);
    let text = std::fs::read_to_string(&saved).unwrap();
    assert_names(&text, &["# what must hold", "# the usual", "# the end", "- name: three coffees", "name: \"Ann\""]);
    let held = run(template(&site, "test", &file).arg("--no-meaning"));
    assert_eq!(held.code, Some(0), "{}", held.out);
    assert_names(&held.out, &["2 of 2 conversations as written"]);

    let mut machine = template(&site, "chat", &file);
    let machine = typed(machine.arg("--no-meaning"), &["/call voicemail", "hello", "/quit"]);
    assert_names(&machine.out, &["bot>  Please call us.", "the call is over"]);
}

#[test]
fn a_step_is_heard_as_in_a_call_and_an_unknown_one_is_named() {
    let (site, _silent) = alone();
    let file = coffee(&site);
    site.file("row.csv", "name,number\nAnn,7001\n");
    let out = site.dir().join("hello.wav");
    let mut hear = template(&site, "hear", &file);
    hear.args(["--step", "hello", "--out"]).arg(&out).arg("--contact").arg(site.dir().join("row.csv"));
    let heard = run(&mut hear);
    assert_eq!(heard.code, Some(0), "{}", heard.err);
    assert_names(&heard.out, &["Hello Ann. Coffee or tea?", "at 8000 Hz"]);
    let sound = wav::read(&out);
    let (rate_hz, samples) = (sound.rate_hz, sound.channels[0].len());
    assert!(rate_hz == 8000 && samples > 8000, "more than a second of speech, not {samples} samples");
    let unknown = run(template(&site, "hear", &file).args(["--step", "helo"]));
    assert_names(&unknown.err, &["coffee.yaml", "no step `helo`; did you mean `hello`?"]);
}

/// The configuration's folder of recordings is that of calls; a file that is not there is spoken, and said to be.
#[test]
fn a_recording_is_heard_from_the_folder_that_calls_play_it_from() {
    let (mut site, _silent) = alone();
    let file = site.file(
        "coffee.yaml",
        &TEMPLATE.replace(r#"prompt: "Goodbye {{name}}.""#, r#"prompt: { text: "Goodbye.", audio: bye.wav }"#),
    );
    let out = site.dir().join("bye.wav");
    let hear = |site: &Site| {
        let mut hear = template(site, "hear", &file);
        run(hear.args(["--step", "bye", "--out"]).arg(&out))
    };
    let nowhere = hear(&site);
    assert_names(&nowhere.err, &["`bye.wav`", "server.prompts_dir"]);
    let folder = site.dir().join("prompts");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(&out, folder.join("bye.wav")).unwrap();
    site.set("server.prompts_dir", folder.to_string_lossy().as_ref());
    let heard = hear(&site);
    assert_eq!((heard.code, heard.err.as_str()), (Some(0), ""), "the recording itself");
}

#[test]
fn a_reader_who_has_enough_ends_a_command_quietly() {
    let (site, _silent) = alone();
    let mut schema = site.warmline(&["template", "schema"]);
    let mut child = schema.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let told = told(&child.wait_with_output().unwrap());
    assert_eq!((told.code, told.err.as_str()), (Some(141), ""));
}

#[test]
fn input_that_means_nothing_is_refused_with_its_place() {
    let (mut site, _silent) = alone();
    let file = coffee(&site);
    let folder = site.dir().to_string_lossy().into_owned();
    site.set("server.templates_dir", folder.as_str());
    let refused = |args: &[&str], words: &[&str]| {
        let told = run(&mut site.warmline(&[&["template"], args].concat()));
        assert_ne!(told.code, Some(0), "{args:?}: {}", told.out);
        assert_names(&format!("{}{}", told.out, told.err), words);
    };
    refused(&["confuse", "coffee", "--no-meaning", "--per-intent", "0"], &["--per-intent 0"]);
    refused(&["mutate", "coffee", "--count", "0"], &["--count 0"]);
    refused(&["from-call", "abc"], &["`campaign report --csv`", "not a call's id"]);
    let none = site.file("none.csv", "intent,utterance\n").to_string_lossy().into_owned();
    let into = file.to_string_lossy().into_owned();
    refused(&["import", "csv", &none, "--into", &into], &["nothing was taken", "none.csv", "no utterance"]);
    refused(&["check", "cofee"], &["cofee.yaml cannot be read"]);
    let checked = run(&mut site.warmline(&["template", "check", "coffee"]));
    assert_names(&checked.out, &["coffee.yaml: no errors"]);
}

#[test]
fn meanings_are_tried_and_breaks_that_no_conversation_notices_are_named() {
    let (site, _silent) = alone();
    let file = coffee(&site);
    let confused = run(template(&site, "confuse", &file).args(["--no-meaning", "--per-intent", "20"]));
    assert_eq!(confused.code, Some(0), "{}", confused.err);
    assert_names(&confused.out, &["utterances of", "% understood"]);
    let noisy = run(template(&site, "confuse", &file).args(["--no-meaning", "--noise", "2"]));
    assert_names(&noisy.err, &["--noise 2: should be from 0 to 1"]);
    let broken = run(template(&site, "mutate", &file).args(["--count", "100"]));
    assert_eq!(broken.code, Some(0), "{}", broken.err);
    assert_names(&broken.out, &["coffee.yaml:11: not noticed: step `hello`: answer `tea`", "breaks were noticed"]);
}

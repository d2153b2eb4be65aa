//! The JSON Schema that editors use, held against a validator that is not ours: it takes every
//! template of the library and refuses broken ones.
#![allow(clippy::unwrap_used)]

use serde_json::Value;

/// Why `yaml` is refused; empty when it is not.
fn refused(yaml: &str) -> String {
    let schema: Value = serde_json::from_str(warmline_schema::JSON_SCHEMA).unwrap();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("template.json", schema).unwrap();
    let place = compiler.compile("template.json", &mut schemas).unwrap();
    let template: Value = serde_saphyr::from_str(yaml).unwrap();
    schemas.validate(&template, place).err().map(|error| format!("{error:#}")).unwrap_or_default()
}

const ALL: &str = r#"
template: all
voice: flite:slt
languages: { en: "flite:slt", id: { voice: "espeak:id", phrases: [indonesia] } }
variables: { name: text, order: { type: digits, required: false } }
entry: { person: top, called_back: top, chat: top, error: bye }
limits: { turns: { most: 9, goto: bye }, silence: 2 }
handoff: { goto: bye, threshold: 0.6, release: 0.4, weights: { buying: 1 }, buying: [parking], value: { variable: name, from: 10 } }
globals: { busy_now: "on", human: { goto: human, key: "5" } }
knowledge: { parking: { questions: [where can I park], answer: { en: Behind., id: Di belakang. } } }
categories: { rival: { phrases: [i am with another company] }, praise: off }
slot_types: { size: { as: choice, choices: { small: [little], large: } } }
fragments: { check: { parameters: [x], start: a, steps: { a: { type: return, outcome: fine } } } }
steps:
  top: { type: menu, prompt: Hello., barge_in: { after: 2s }, options: { go: { say: the form, goto: form } } }
  form: { type: form, fields: { day: { as: date, prompt: Which day?, called: [date] } }, next: ask }
  ask: { type: http, url: "https://shop.example/", results: { state: /state }, ok: part, failed: bye }
  part: { type: call, fragment: check, with: { x: "1" }, on: { fine: bye }, next: human }
  human: { type: handover, failed: bye }
  bye: { type: end, prompt: { text: Goodbye., audio: bye.wav } }
"#;

#[test]
fn the_library_and_the_whole_language_are_valid() {
    assert_eq!(refused(ALL), "");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../library");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".yaml") && !name.ends_with(".test.yaml") {
            assert_eq!(refused(&std::fs::read_to_string(&path).unwrap()), "", "{name}");
            seen += 1;
        }
    }
    assert!(seen > 1);
}

#[test]
fn broken_templates_are_refused() {
    let broken = [
        ("type: menu", "type: men"),
        ("prompt: Hello., ", ""),
        ("voice: flite:slt", "voice: slt"),
        ("person: top", "human: top"),
        ("most: 9", "most: 900"),
        ("/state", "state"),
        ("after: 2s", "after: soon"),
        ("as: date, ", ""),
        ("bye.wav", "/bye.wav"),
        ("threshold: 0.6", "threshold: 6"),
        ("from: 10", "high: 1, from: 10"),
        ("weights: { buying", "weights: { bying"),
        ("busy_now: \"on\"", "busy: \"on\""),
        ("praise: off", "praise: on"),
        ("rival: { phrases", "rival: { phrase"),
        ("goto: form }", "goot: form }"),
    ];
    for (from, to) in broken {
        assert!(ALL.contains(from), "{from}");
        assert_ne!(refused(&ALL.replacen(from, to, 1)), "", "{from} -> {to} is taken");
    }
}

#[test]
fn it_knows_every_type_of_step() {
    let schema: Value = serde_json::from_str(warmline_schema::JSON_SCHEMA).unwrap();
    let known = schema.pointer("/$defs/step/properties/type/enum").and_then(Value::as_array).unwrap();
    let known: std::collections::BTreeSet<_> = known.iter().filter_map(Value::as_str).collect();
    assert_eq!(known, warmline_schema::STEP_TYPES.into_iter().collect());
}

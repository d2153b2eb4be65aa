//! Training data of other tools: what is taken, what is not and why, and the way there and back.
#![allow(clippy::unwrap_used)]

use warmline_schema::exchange::{Lessons, from_csv, from_rasa, to_csv, to_rasa};
use warmline_schema::{Template, parse};

const NLU: &str = r#"version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi   there
    - Hello
- intent: book/table
  metadata: { sentiment: neutral }
  examples: |
    - a table in [Jakarta](city)
    - somewhere in [NYC]{"entity": "city", "value": "new york", "role": "place"}
    - from [the big apple](city)
    - on [Monday](date)
    - hello
- intent: human
  examples:
    - text: |
        give me a person
      metadata: { x: 1 }
    - text: a real person
- synonym: new york
  examples: |
    - the big apple
    - nyc
- synonym: credit
  examples: |
    - credit card
- lookup: city
  examples: |
    - Jakarta
    - Bandung
- regex: greet
  examples: |
    - ^hey+$
- regex: order_code
  examples: |
    - [a-z]{2}\d{4}
    - (?=x)y
stories:
- story: x
"#;

fn made(lessons: &Lessons) -> Template {
    parse(&lessons.template("made").unwrap_or_else(|problems| panic!("{problems}"))).unwrap()
}

fn phrases(template: &Template, intent: &str) -> Vec<String> {
    let found = template.intents.iter().find(|i| i.name.name == intent).unwrap();
    found.patterns.phrases.iter().map(|phrase| phrase.name.clone()).collect()
}

/// `value: word, word` for each value of a type.
fn choices(template: &Template, name: &str) -> Vec<String> {
    let (_, shape) = template.slot_types.iter().find(|(own, _)| own.name == name).unwrap();
    let one = |choice: &warmline_schema::Choice| {
        let words: Vec<&str> = choice.synonyms.iter().map(|word| word.name.as_str()).collect();
        format!("{}: {}", choice.value.name, words.join(", "))
    };
    shape.choices.iter().map(one).collect()
}

#[test]
fn rasas_data_becomes_intents_and_types_of_slot() {
    let lessons = from_rasa([("nlu.yml", NLU)]).unwrap();
    let template = made(&lessons);
    assert_eq!(phrases(&template, "greet"), ["hello", "hi there"]);
    assert_eq!(
        phrases(&template, "book_table"),
        ["a table in Jakarta", "somewhere in NYC", "from the big apple", "on Monday"]
    );
    assert_eq!(choices(&template, "city"), ["Jakarta: ", "new york: NYC, the big apple", "Bandung: "]);
    let greet = template.intents.iter().find(|i| i.name.name == "greet").unwrap();
    assert_eq!(greet.patterns.regex[0].name, "^hey+$");
    let (_, code) = template.slot_types.iter().find(|(name, _)| name.name == "order_code").unwrap();
    assert_eq!(code.pattern.as_ref().unwrap().name, "[a-z]{2}\\d{4}");
    let human = template.globals.rule(warmline_schema::GlobalIntent::Human).unwrap();
    assert_eq!(human.patterns.phrases.len(), 2, "what is understood everywhere has its own place");
    assert_eq!(template.warnings, [], "every intent is expected somewhere");
}

#[test]
fn what_is_not_taken_is_said_with_its_line() {
    let lessons = from_rasa([("nlu.yml", NLU)]).unwrap();
    let notes: Vec<String> = lessons.notes.iter().map(ToString::to_string).collect();
    let wanted = [
        "nlu.yml:line 8: intent `book/table` is called `book_table` here",
        "nlu.yml:line 9: `metadata` of `book/table` is not taken",
        "nlu.yml:line 12: `role` of `NYC` is not taken",
        "nlu.yml:line 14: `Monday` is not taken: `as: date` understands such values by itself",
        "nlu.yml:line 15: not taken: `hello` means `greet` already",
        "nlu.yml:line 20: `metadata` of an example is not taken",
        "nlu.yml:line 26: synonym `credit` is not taken",
        "nlu.yml:line 38: regex `[a-z]{2}\\d{4}` looks for digits",
        "nlu.yml:line 39: regex `(?=x)y` is not taken: look-around",
        "nlu.yml:line 40: `stories` is not taken",
    ];
    for want in wanted {
        assert!(notes.iter().any(|note| note.starts_with(want)), "{want}\n{notes:#?}");
    }
    assert_eq!(notes.len(), wanted.len(), "{notes:#?}");
}

#[test]
fn several_files_are_one_and_csv_has_its_columns_in_any_order() {
    let one = "intent,utterance\ngreet,hello\nbye,\"goodbye, then\"\n";
    let two = "source,text,category\nx,good day,greet\nx,see you,bye\n";
    let lessons = from_csv([("one.csv", one), ("two.csv", two)]).unwrap();
    let template = made(&lessons);
    assert_eq!(phrases(&template, "greet"), ["hello", "good day"]);
    assert_eq!(phrases(&template, "bye"), ["goodbye, then", "see you"]);
    assert_eq!(lessons.notes[0].to_string(), "two.csv:line 1: column `source` is not taken");
    assert_eq!(lessons.phrases(), 4);
}

#[test]
fn a_template_that_exists_keeps_its_remarks_and_its_own_words() {
    let template = "# A remark.\ntemplate: t\nvoice: flite:slt\nentry: { person: ask }\nintents:\n  greet:   # ours\n    phrases:\n      \
                    - hello   # first\n    keywords: [hey]\nslot_types:\n  city: { as: choice, choices: { Jakarta: [jkt] } }\nsteps:\n  ask: { type: ask, \
                    prompt: Hi, answers: { greet: done } }\n  done: { type: end }\n";
    let lessons = from_rasa([("nlu.yml", NLU)]).unwrap();
    let text = lessons.put_into(template).unwrap();
    for kept in ["# A remark.", "greet:   # ours", "- hello   # first", "keywords: [hey]"] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let read = parse(&text).unwrap();
    assert_eq!(phrases(&read, "greet"), ["hello", "hi there"]);
    assert!(choices(&read, "city").contains(&"new york: NYC, the big apple".to_owned()), "{text}");
    assert!(choices(&read, "city")[0].starts_with("Jakarta: jkt"), "{text}");
    assert_eq!(lessons.put_into(&text).unwrap(), text, "a second import changes nothing");
}

#[test]
fn broken_files_give_their_lines() {
    let rasa = |text: &str| from_rasa([("ok.yml", "nlu: []"), ("bad.yml", text)]).unwrap_err();
    let line = |text: &str, wanted: &str, part: &str| {
        let (file, problems) = rasa(text);
        assert_eq!(file, "bad.yml");
        let said = problems.to_string();
        assert!(said.starts_with(wanted) && said.contains(part), "{said}");
    };
    line("nlu:\n- intent: a\n  examples: [", "line ", "not valid YAML");
    line("nlu: 3", "line 1", "should be a list");
    line("rules: []", "line 1", "no list `nlu`");
    line("nlu:\n- intent: a\n", "line 2", "lacks `examples`");
    line("nlu:\n- intent: a\n  examples: |\n    - x\n    y\n", "line 5", "begins with `- `");
    line("nlu:\n- intent: a\n  examples: |\n    - x [y]{z\n", "line 4", "not closed");
    line("nlu:\n- entity: a\n  examples: |\n    - x\n", "line 2", "neither an intent");
    let csv = |text: &str| from_csv([("bad.csv", text)]).unwrap_err().1.to_string();
    assert!(csv("a,b\n").starts_with("line 1"), "{}", csv("a,b\n"));
    let short = csv("intent,utterance\na,b\na,b,c\n,x\na,\n");
    assert!(short.contains("line 3, column 1: error: 3 fields instead of 2"), "{short}");
    assert!(short.contains("line 4, column 1: error: the intent is missing"), "{short}");
    assert!(short.contains("line 5, column 1: error: `a` has no utterance"), "{short}");
}

#[test]
fn every_template_of_the_library_goes_to_rasa_and_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../library");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".yaml") || name.ends_with(".test.yaml") {
            continue;
        }
        let own = parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let rasa = to_rasa(&own).text;
        let lessons = from_rasa([("x.yml", rasa.as_str())]).unwrap_or_else(|(_, p)| panic!("{name}: {p}\n{rasa}"));
        let csv = to_csv(&own).text;
        let from_csv = from_csv([("x.csv", csv.as_str())]).unwrap_or_else(|(_, p)| panic!("{name}: {p}"));
        let back = made(&lessons);
        // A phrase of two intents comes back once: it can be of one intent only there.
        let mut seen = std::collections::BTreeSet::new();
        for intent in own.intents.iter().filter(|intent| !intent.patterns.phrases.is_empty()) {
            let mut wanted = phrases(&own, &intent.name.name);
            wanted.retain(|phrase| seen.insert(phrase.to_lowercase()));
            if wanted.is_empty() {
                continue;
            }
            assert_eq!(phrases(&back, &intent.name.name), wanted, "{name}");
            let by_csv = from_csv.intents.iter().find(|lesson| lesson.name == intent.name.name).unwrap();
            assert_eq!(by_csv.phrases, wanted, "{name}");
        }
        for (kind, shape) in &own.slot_types {
            if !shape.choices.is_empty() {
                assert_eq!(choices(&back, &kind.name), choices(&own, &kind.name), "{name}");
            }
        }
    }
}

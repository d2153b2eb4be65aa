//! Changing a template's text: the change is in it, and everything else stays as it was written.
#![allow(clippy::unwrap_used)]

use warmline_schema::{Edit, GlobalIntent, Patterns, Place, StepKind, Template, bundle, edit, parse, unbundle};

/// Texts that YAML could take for something else.
const AWKWARD: [&str; 14] = [
    "surely that is so",
    "don't you dare",
    "well: maybe # not",
    "- a dash",
    "[brackets], {braces}",
    "one, two",
    "null",
    "true",
    "17",
    "\"quoted\" and \\ back",
    "當然可以啊",
    "'single'",
    "ends with a colon:",
    "@home & away * !",
];

fn library() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../library");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let own = paths.filter(|path| path.to_string_lossy().ends_with(".yaml"));
    let own = own.filter(|path| !path.to_string_lossy().ends_with(".test.yaml"));
    own.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap())).collect()
}

/// `new` is `old` with one stretch put in or replaced; returns the length of what was replaced.
fn replaced(old: &str, new: &str) -> usize {
    let front = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let back = old[front.min(old.len())..].bytes().rev().zip(new[front..].bytes().rev());
    old.len() - front - back.take_while(|(a, b)| a == b).count()
}

fn phrases<'a>(template: &'a Template, place: &Place) -> Vec<&'a str> {
    let own = |patterns: &'a Patterns| patterns.phrases.iter().map(|phrase| phrase.name.as_str()).collect();
    match place {
        Place::Intent(name) => own(&template.intents.iter().find(|i| i.name.name == *name).unwrap().patterns),
        Place::Knowledge(name) => own(&template.knowledge.iter().find(|k| k.name.name == *name).unwrap().questions),
        Place::Global(intent) => own(&template.globals.rule(*intent).unwrap().patterns),
        Place::Answer { step, intent } => match &template.step(step).unwrap().1.kind {
            StepKind::Ask(ask) => own(&ask.answers.iter().find(|a| a.intent.name == *intent).unwrap().patterns),
            other => panic!("{other:?}"),
        },
    }
}

/// Every place of a template where phrases may stand.
fn places(template: &Template) -> Vec<Place> {
    let mut places: Vec<Place> = template.intents.iter().map(|i| Place::Intent(i.name.name.clone())).collect();
    places.extend(template.knowledge.iter().map(|k| Place::Knowledge(k.name.name.clone())));
    let globals = GlobalIntent::ALL.into_iter().filter(|intent| template.globals.rule(*intent).is_some());
    places.extend(globals.map(Place::Global));
    for step in &template.steps {
        if let StepKind::Ask(ask) = &step.kind {
            let step = &step.name.name;
            let place = |name: &str| Place::Answer { step: step.clone(), intent: name.to_owned() };
            places.extend(ask.answers.iter().map(|answer| place(&answer.intent.name)));
        }
    }
    places
}

#[test]
fn phrases_go_to_every_place_of_every_template_of_the_library() {
    let mut done = 0;
    for (file, source) in library() {
        let before = parse(&source).unwrap();
        for (nth, place) in places(&before).into_iter().enumerate() {
            let new: Vec<String> = AWKWARD.iter().cycle().skip(nth).take(3).map(|t| (*t).to_owned()).collect();
            let change = Edit::Phrases { of: place.clone(), phrases: new.clone() };
            let after =
                edit(&source, std::slice::from_ref(&change)).unwrap_or_else(|p| panic!("{file} {place:?}: {p}"));
            let read = parse(&after).unwrap_or_else(|p| panic!("{file} {place:?}:\n{p}"));
            let mut wanted = phrases(&before, &place);
            // A knowledge entry lists questions behind phrases; a menu's label is a phrase behind them.
            let mut found = phrases(&read, &place);
            for text in &new {
                let at = found.iter().position(|phrase| phrase == text).unwrap_or_else(|| panic!("{file}: {text}"));
                found.remove(at);
            }
            wanted.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, wanted, "{file} {place:?}");
            for other in places(&before).iter().filter(|other| **other != place) {
                assert_eq!(phrases(&read, other), phrases(&before, other), "{file} {place:?}: {other:?}");
            }
            // Only a lone text or a lone target is written anew.
            assert!(replaced(&source, &after) < 40, "{file} {place:?}");
            assert_eq!(edit(&after, &[change]).unwrap(), after, "{file} {place:?}: nothing is listed twice");
            done += 1;
        }
    }
    assert!(done > 300, "{done} places");
}

#[test]
fn new_entries_go_into_every_template_of_the_library() {
    for (file, source) in library() {
        let before = parse(&source).unwrap();
        let asks = before.steps.iter().find(|step| matches!(step.kind, StepKind::Ask(_))).unwrap();
        let (step, texts) = (asks.name.name.clone(), vec!["i run late".to_owned(), "不行: 真的".to_owned()]);
        let edits = [
            Edit::NewIntent { name: "running_late".into(), phrases: texts.clone() },
            Edit::NewAnswer { step, intent: "running_late".into(), goto: asks.name.name.clone() },
            Edit::NewKnowledge {
                name: "pets".into(),
                questions: vec!["may i bring my dog".into(), "no dogs?".into()],
                answer: "Yes: dogs are welcome.".into(),
            },
            Edit::Choice { slot_type: "animal".into(), value: "dog".into(), words: vec!["puppy".into()] },
            Edit::Choice { slot_type: "animal".into(), value: "dog".into(), words: vec!["hound".into()] },
            Edit::Choice { slot_type: "animal".into(), value: "1".into(), words: vec!["one".into()] },
        ];
        let mut text = source.clone();
        for change in &edits {
            let longer = edit(&text, std::slice::from_ref(change)).unwrap_or_else(|p| panic!("{file} {change:?}: {p}"));
            assert_eq!(replaced(&text, &longer), 0, "{file} {change:?}");
            text = longer;
        }
        let after = parse(&text).unwrap_or_else(|p| panic!("{file}:\n{p}\n{text}"));
        assert_eq!(phrases(&after, &Place::Intent("running_late".into())), texts, "{file}");
        assert_eq!(after.knowledge.last().unwrap().name.name, "pets");
        assert_eq!(after.intents.len(), before.intents.len() + 1);
        assert_eq!(after.steps.len(), before.steps.len());
        for change in &edits[..3] {
            let again = edit(&text, std::slice::from_ref(change)).unwrap_err().to_string();
            assert!(again.contains("already"), "{file}: {again}");
        }
    }
}

const SMALL: &str = "\
# A remark at the top.
intents:
  # How people agree.
  agree: [yes, \"of course\"] # the short ones
  refuse:
    keywords: no   # only a word

  unsure:
    phrases: maybe

# Steps follow.
steps:
  top:
    answers: { agree: next, refuse: { goto: next } }
";

fn phrases_of(place: Place, text: &str) -> Edit {
    Edit::Phrases { of: place, phrases: vec![text.into()] }
}

#[test]
fn what_is_around_a_change_stays_as_it_was() {
    let cases = [
        ("agree", "  agree: [yes, \"of course\"] # the", "  agree: [yes, \"of course\", \"so be it\"] # the"),
        (
            "refuse",
            "    keywords: no   # only a word\n",
            "    keywords: no   # only a word\n    phrases:\n      - so be it\n",
        ),
        ("unsure", "    phrases: maybe\n", "    phrases: [maybe, so be it]\n"),
    ];
    for (intent, old, new) in cases {
        let after = edit(SMALL, &[phrases_of(Place::Intent(intent.into()), "so  be it")]).unwrap();
        assert_eq!(after, SMALL.replace(old, new), "{intent}");
    }
    let answer = |intent: &str| Place::Answer { step: "top".into(), intent: intent.into() };
    let after = edit(SMALL, &[phrases_of(answer("agree"), "a, b"), phrases_of(answer("refuse"), "c")]).unwrap();
    let line = "answers: { agree: { goto: next, phrases: [\"a, b\"] }, refuse: { goto: next, phrases: [c] } }";
    assert_eq!(after, SMALL.replace("answers: { agree: next, refuse: { goto: next } }", line));
    let new = Edit::NewKnowledge { name: "price".into(), questions: vec!["how much".into()], answer: "10".into() };
    let block = "knowledge:\n  price:\n    questions:\n      - how much\n    answer: \"10\"\n\n# Steps follow.\n";
    assert_eq!(edit(SMALL, &[new]).unwrap(), SMALL.replace("# Steps follow.\n", block));
    let global = phrases_of(Place::Global(GlobalIntent::Human), "a person");
    let block = "globals:\n  human:\n    phrases:\n      - a person\n\n# Steps follow.\n";
    assert_eq!(edit(SMALL, &[global]).unwrap(), SMALL.replace("# Steps follow.\n", block));
}

#[test]
fn other_ways_of_writing_are_kept() {
    let add = |source: &str| edit(source, &[phrases_of(Place::Intent("a".into()), "new one")]).unwrap();
    let cases = [
        // The end of lines, and a file without a last one.
        ("intents:\r\n  a:\r\n    - b\r\n", "intents:\r\n  a:\r\n    - b\r\n    - new one\r\n"),
        ("intents:\n  a:\n    - b", "intents:\n  a:\n    - b\n    - new one"),
        // A list as far left as its key, remarks, an item on two lines.
        ("intents:\n  a:\n  - b\n  # of c\n  c: [d]\n", "intents:\n  a:\n  - b\n  - new one\n  # of c\n  c: [d]\n"),
        (
            "intents:\n  a:\n    - b\n      c\n\n  d: [e]\n",
            "intents:\n  a:\n    - b\n      c\n    - new one\n\n  d: [e]\n",
        ),
        // Quotes where the others have them, a list over lines, a comma at the end.
        ("intents: { a: [\"b\", \"c\"] }\n", "intents: { a: [\"b\", \"c\", \"new one\"] }\n"),
        (
            "intents:\n  a: [\n    b, # one\n    c # two\n    ]\n",
            "intents:\n  a: [\n    b, # one\n    c, new one # two\n    ]\n",
        ),
        ("intents:\n  a: [b,]\n", "intents:\n  a: [b, new one]\n"),
        ("intents:\n  a: []\n", "intents:\n  a: [new one]\n"),
        ("intents:\n  a: {}\n", "intents:\n  a: { phrases: [new one] }\n"),
        ("intents:\n  a: # nothing yet\n", "intents:\n  a: # nothing yet\n    phrases:\n      - new one\n"),
        (
            "intents:\n  a:\n    phrases:\n    priority: 1\n",
            "intents:\n  a:\n    phrases:\n      - new one\n    priority: 1\n",
        ),
    ];
    for (before, after) in cases {
        assert_eq!(add(before), after);
    }
}

#[test]
fn what_cannot_be_changed_is_refused_with_its_place() {
    let says = |source: &str, change: Edit, what: &str| {
        let said = edit(source, &[change]).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
    };
    let intent = |name: &str| Place::Intent(name.into());
    says(
        SMALL,
        phrases_of(intent("agre"), "x"),
        "line 4, column 3: error: unknown intent `agre`; did you mean `agree`?",
    );
    says(SMALL, phrases_of(intent("agree"), "  "), "cannot be written down");
    says(
        SMALL,
        Edit::NewIntent { name: "agree".into(), phrases: vec!["x".into()] },
        "line 4, column 10: error: there is already",
    );
    says(SMALL, Edit::NewIntent { name: "human".into(), phrases: vec!["x".into()] }, "is a global intent");
    says(SMALL, Edit::NewIntent { name: "two words".into(), phrases: vec!["x".into()] }, "is not a name");
    says(SMALL, phrases_of(Place::Global(GlobalIntent::BusyNow), "x"), "promises a call back");
    says("globals: { human: off }\n", phrases_of(Place::Global(GlobalIntent::Human), "x"), "is switched off");
    says("intents:\n  a: &x [b]\n  c: *x\n", phrases_of(intent("a"), "x"), "line 2, column 3: error: this is written");
    says("intents:\n  a: [b, c\n", phrases_of(intent("a"), "x"), "not valid YAML");
    let gone = Place::Answer { step: "tap".into(), intent: "agree".into() };
    says(SMALL, phrases_of(gone, "x"), "unknown step `tap`; did you mean `top`?");
    let gone = Place::Answer { step: "top".into(), intent: "unsure".into() };
    says(SMALL, phrases_of(gone, "x"), "unknown answer of `top` `unsure`");
}

#[test]
fn a_change_goes_into_the_file_that_has_the_place() {
    let main = "include: [faq.yaml, parts.yaml]\nsteps:\n  check: { type: call, fragment: verify }\n";
    let faq = "# Shared.\nknowledge:\n  parking: { questions: [where can i park], answer: Behind. }\n";
    let parts = "fragments:\n  verify:\n    steps:\n      code: { answers: { good: on } }\n";
    let whole = bundle(main, |file| Ok(if file == "faq.yaml" { faq } else { parts }.to_owned())).unwrap();
    let edits = [
        phrases_of(Place::Knowledge("parking".into()), "is there parking"),
        phrases_of(Place::Answer { step: "check/code".into(), intent: "good".into() }, "it is right"),
    ];
    let after = edit(&whole, &edits).unwrap();
    let (own, files) = unbundle(&after);
    assert_eq!(own, main);
    assert_eq!(files[0], ("faq.yaml", faq.replace("park]", "park, is there parking]").as_str()));
    assert!(files[1].1.contains("good: { goto: \"on\", phrases: [it is right] }"), "{}", files[1].1);
    let wrong = edit(&whole, &[phrases_of(Place::Knowledge("barking".into()), "x")]).unwrap_err().to_string();
    assert!(wrong.starts_with("in faq.yaml: line 3, column 3:"), "{wrong}");
}

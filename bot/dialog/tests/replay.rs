//! Stored conversations held again, with the template they were held with and with others.
#![allow(clippy::unwrap_used)]

use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_dialog::replay::{
    Ending, Input, Next, Replayed, StoredCall, StoredTurn, began, compare, conversation, turn,
};
use warmline_dialog::{CompiledTemplate, Entry, HangupReason, Reading, Utterance};

const TEMPLATE: &str = r#"template: visit
language: en
voice: flite:slt
entry: { person: ask }
limits: { no_match: { most: 2, goto: agent } }
intents:
  agree: [yes that is fine]
  refuse: [no i cannot]
globals: { human: { goto: agent } }
steps:
  ask:
    type: ask
    prompt: "Will you come?"
    answers: { agree: day, refuse: bye }
  day:
    type: collect
    slot: day
    as: date
    prompt: "Which day?"
    confirm: "{{day}}, right?"
    next: stock
  stock:
    type: http
    url: "https://shop.example/stock"
    results: { state: /state }
    ok: size
    failed: bye
  size:
    type: form
    fields:
      size: { as: choice, choices: { small: [little], large: [big] }, prompt: "Which size?" }
      count: { as: number, prompt: "How many?" }
    next: bye
  agent: { type: handover, prompt: "One moment.", reason: asked, failed: sorry }
  sorry:
    type: ask
    prompt: "Nobody is free. Shall we call back?"
    answers: { agree: bye, refuse: bye }
  bye: { type: end, prompt: "Goodbye." }
"#;

fn template(text: &str) -> Arc<CompiledTemplate> {
    let read = warmline_dialog::schema::parse(text).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(CompiledTemplate::compile(read).unwrap())
}

fn now() -> NaiveDateTime {
    "2026-11-20T10:00:00".parse().unwrap()
}

fn said(text: &str) -> Input {
    let reading = Reading { text: text.into(), confidence: 0.9, expected: false };
    Input::Speech(Utterance { readings: vec![reading], embedding: None })
}

fn at(number: u16, step: &str, point: &str, input: Input) -> StoredTurn {
    let point = (!point.is_empty()).then(|| point.to_owned());
    StoredTurn { turn: number, at_ms: u32::from(number) * 4000, step: step.into(), point, input }
}

fn call(turns: Vec<StoredTurn>) -> StoredCall {
    StoredCall {
        variables: BTreeMap::new(),
        answered_at: now(),
        entry: Entry::Person,
        slots: BTreeMap::from([("state".to_owned(), "plenty".to_owned())]),
        handoff_failed: false,
        turns,
    }
}

/// All the way through: a date read back, another system, a form.
fn whole() -> StoredCall {
    call(vec![
        at(1, "ask", "answer", said("yes that is fine")),
        at(2, "day", "answer", said("the third of december")),
        at(3, "day", "confirm", said("yes")),
        at(4, "size", "form:size", said("a big size")),
        at(5, "size", "form:count", Input::Keys("2#".into())),
        at(6, "bye", "", Input::Nothing),
    ])
}

fn listens(step: &str, point: &str) -> Next {
    Next::Listens { step: step.into(), point: point.into() }
}

fn nexts(template: &Arc<CompiledTemplate>, call: &StoredCall) -> Vec<Option<Next>> {
    let run = conversation(template, call);
    run.turns.iter().map(|turn| turn.result.reply().map(|reply| reply.next.clone())).collect()
}

#[test]
fn a_call_goes_the_same_way_again() {
    let template = template(TEMPLATE);
    let run = conversation(&template, &whole());
    let on_path: Vec<bool> = run.turns.iter().map(|turn| turn.on_path).collect();
    assert_eq!(on_path, [true, true, true, false, true], "only the other system's answer is not known");
    assert_eq!(run.ending, Ending::Completed);
    let expected = [
        listens("day", "answer"),
        listens("day", "confirm"),
        Next::Asks,
        listens("size", "form:count"),
        Next::Ends(HangupReason::Completed),
    ];
    assert_eq!(nexts(&template, &whole()), expected.map(Some));
    let slots: Vec<_> = run.turns.iter().flat_map(|turn| turn.result.reply().unwrap().slots.clone()).collect();
    let slot = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(slots, [slot("day", "2026-12-03"), slot("size", "large"), slot("count", "2")]);
    assert_eq!(run.turns[0].result.intent(), Some("agree"));
    assert_eq!(run.turns[1].result.intent(), Some("slot:day"), "understood, and read back");
    let same = compare(&template, &template, &whole());
    assert_eq!((same.changes, same.before), (vec![], same.after));
}

#[test]
fn a_single_turn_needs_only_its_place() {
    let template = template(TEMPLATE);
    let ask = |stored: &StoredTurn, known: &[(&str, &str)]| {
        let slots = known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        turn(&template, &BTreeMap::new(), &slots, stored, now())
    };
    let told = ask(&at(1, "ask", "answer", said("no I cannot")), &[]);
    assert_eq!((told.intent(), &told.reply().unwrap().next), (Some("refuse"), &Next::Ends(HangupReason::Completed)));
    let missed = ask(&at(1, "ask", "answer", said("the weather")), &[]);
    assert_eq!((missed.intent(), &missed.reply().unwrap().next), (None, &listens("ask", "answer")));
    let confirmed = ask(&at(1, "day", "confirm", said("yes")), &[("day", "2026-12-03")]);
    assert_eq!(confirmed.reply().unwrap().slots, [("day".to_owned(), "2026-12-03".to_owned())]);
    // Records without a point: the step's question, the first field without a value.
    let next = |result: &Replayed| result.reply().unwrap().next.clone();
    assert_eq!(next(&ask(&at(1, "size", "", said("big")), &[])), listens("size", "form:count"));
    assert_eq!(next(&ask(&at(1, "size", "", said("four")), &[("size", "large")])), Next::Ends(HangupReason::Completed));
    assert_eq!(ask(&at(1, "gone", "answer", said("yes")), &[]), Replayed::NoStep);
    assert_eq!(ask(&at(1, "bye", "answer", said("yes")), &[]), Replayed::NoStep);
    assert_eq!(ask(&at(1, "size", "form:colour", said("red")), &[]), Replayed::NoPoint);
}

#[test]
fn a_better_template_shows_where_the_way_changes_and_how_it_ends() {
    let old = template(TEMPLATE);
    let stored = call(vec![
        at(1, "ask", "answer", said("my knee is bad")),
        at(2, "ask", "answer", said("it will not be possible for me")),
    ]);
    // Twice not understood leads to an agent.
    assert_eq!(conversation(&old, &stored).ending, Ending::Transferred);
    let better = template(&TEMPLATE.replace("[no i cannot]", "[no i cannot, my knee is bad]"));
    let found = compare(&old, &better, &stored);
    assert_eq!((found.path_differs_at, found.before, found.after), (Some(1), Ending::Transferred, Ending::Completed));
    assert_eq!(found.changes.len(), 1, "the second turn means the same: {:?}", found.changes);
    let change = &found.changes[0];
    assert!(change.meaning() && change.path());
    assert_eq!((change.before.intent(), change.after.intent()), (None, Some("refuse")));
    // Another question instead: nobody knows what would have been said.
    let asks = template(&TEMPLATE.replace("agree: [yes that is fine]", "agree: [my knee is bad]"));
    let found = compare(&old, &asks, &stored);
    assert_eq!((found.path_differs_at, found.after), (Some(1), Ending::Unknown));
    // A step that is gone.
    let renamed = template(&TEMPLATE.replace("ask }", "question }").replace("  ask:\n", "  question:\n"));
    let found = compare(&old, &renamed, &stored);
    assert_eq!(found.changes[0].after, Replayed::NoStep);
    assert_eq!((found.changes.len(), found.after), (2, Ending::Unknown));
}

#[test]
fn agents_who_do_not_come_and_people_who_leave() {
    let template = template(TEMPLATE);
    let mut stored = call(vec![
        at(1, "ask", "answer", said("let me speak to a human")),
        at(2, "sorry", "answer", said("yes that is fine")),
    ]);
    let run = conversation(&template, &stored);
    assert_eq!((run.turns[1].on_path, run.ending), (false, Ending::Transferred));
    stored.handoff_failed = true;
    let run = conversation(&template, &stored);
    assert_eq!((run.turns[1].on_path, run.ending), (true, Ending::Completed));
    let left = call(vec![at(1, "ask", "answer", Input::Silence), at(2, "ask", "", Input::Nothing)]);
    assert_eq!(conversation(&template, &left).ending, Ending::Left);
    let silent = call(vec![at(1, "ask", "answer", Input::Silence), at(2, "ask", "answer", Input::Silence)]);
    assert_eq!(conversation(&template, &silent).ending, Ending::GaveUp);
    let machine = StoredCall { entry: Entry::MachineWithBeep, ..call(Vec::new()) };
    assert_eq!(conversation(&template, &machine).ending, Ending::Completed);
}

#[test]
fn the_limit_on_seconds_is_kept() {
    let text = TEMPLATE.replace("limits: {", "limits: { seconds: { most: 30, goto: sorry },");
    let template = template(&text);
    let mut late = at(2, "sorry", "answer", said("no I cannot"));
    late.at_ms = 33_000;
    let stored = call(vec![at(1, "ask", "answer", said("what did you say")), late]);
    let run = conversation(&template, &stored);
    assert_eq!((run.turns[1].on_path, run.ending), (true, Ending::Completed));
}

#[test]
fn a_call_that_was_asked_for_begins_where_it_began() {
    let called_back = TEMPLATE
        .replace("entry: { person: ask }", "entry: { person: ask, called_back: again }")
        .replace("  agent:", "  again: { type: say, prompt: You asked for this call., next: sorry }\n  agent:");
    let (template, without) = (template(&called_back), template(TEMPLATE));
    // It goes on to the step that listened first.
    let stored = call(vec![at(1, "sorry", "answer", said("yes that is fine"))]);
    let entry = |template: &Arc<CompiledTemplate>, first| began(template, &BTreeMap::new(), first, now());
    assert_eq!(entry(&template, Some("sorry")), Entry::CalledBack);
    assert_eq!(entry(&template, Some("again")), Entry::CalledBack, "the entry itself");
    assert_eq!(entry(&template, Some("ask")), Entry::Person);
    assert_eq!(entry(&template, Some("day")), Entry::Person, "nobody knows");
    assert_eq!(entry(&template, None), Entry::Person);
    assert_eq!(entry(&without, Some("sorry")), Entry::Person);
    assert!(conversation(&template, &stored).turns[0].on_path);
    assert!(!conversation(&without, &stored).turns[0].on_path, "each template enters by its own way");
}

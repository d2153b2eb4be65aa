//! How the machine behaves, event by event, on small templates.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;
use warmline_dialog::sim::TextCall;
use warmline_dialog::{
    BargeIn, CompileError, CompiledTemplate, Completeness, Dialog, DialogEvent, Effect, Entry, HandoffScore,
    HangupReason, Listen, Prompt, Reading, SlotGrammar, Understanding, Utterance, Variables,
};

const SMALL: &str = r#"
template: small
voice: flite:slt
entry: { person: hello }
steps:
  hello:
    type: ask
    prompt: Coffee or tea?
    reprompt: ["Sorry, was that coffee?", "Sorry, coffee or tea?"]
    attempts: 4
    otherwise: bye
    answers:
      coffee: { goto: cups, key: "1", phrases: [coffee please, a coffee] }
      tea: { goto: bye, phrases: [tea please, a tea, "no coffee"] }
  cups:
    type: collect
    slot: cups
    as: number
    at_least: 1
    at_most: 9
    prompt: How many cups?
    confirm: "{{cups}} cups, right?"
    next: bye
  bye:
    type: end
    prompt: Goodbye.
"#;

fn compiled(source: &str) -> Arc<CompiledTemplate> {
    let template = warmline_dialog::schema::parse(source).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(CompiledTemplate::compile(template).unwrap())
}

fn now() -> chrono::NaiveDateTime {
    "2026-11-20T10:00:00".parse().unwrap()
}

fn call(source: &str) -> TextCall {
    let mut call = TextCall::new(&compiled(source), Variables::new(), 7, now());
    call.answered(Entry::Person);
    call
}

fn heard(readings: &[(&str, f32)]) -> Utterance {
    let reading = |(text, confidence): &(&str, f32)| Reading {
        text: (*text).to_owned(),
        confidence: *confidence,
        expected: true,
    };
    Utterance { readings: readings.iter().map(reading).collect(), embedding: None }
}

fn last_understood(call: &TextCall) -> Understanding {
    let found = call.effects().iter().rev().find_map(|effect| match effect {
        Effect::Understood(understanding) => Some(understanding.clone()),
        _ => None,
    });
    found.expect("something was understood, or not")
}

#[test]
fn the_first_event_speaks_and_listens() {
    let mut dialog = Dialog::new(compiled(SMALL), Variables::new(), 1);
    let effects = dialog.handle(DialogEvent::Answered(Entry::Person), now());
    let prompt = Prompt {
        text: "Coffee or tea?".into(),
        voice: "flite:slt".into(),
        barge_in: BargeIn::Allowed,
        step: "hello".into(),
        pieces: Vec::new(),
        audio: None,
    };
    let listen = Listen { step: "hello".into(), point: "answer".into(), context: 0, timeout_ms: 6000 };
    assert_eq!(effects, [Effect::Say(prompt), Effect::Listen(listen)]);
    assert_eq!(dialog.current_step(), Some("hello"));
    assert!(!dialog.finished());
}

#[test]
fn the_second_reading_counts_when_the_first_means_nothing() {
    let mut call = call(SMALL);
    call.hears(heard(&[("a toffee", 0.7), ("a coffee", 0.6)]));
    assert_eq!(call.dialog().intent(), None, "inline answers are not intents of the call");
    assert_eq!(last_understood(&call).intent.as_deref(), Some("coffee"));
    assert_eq!(call.said(), "How many cups?");
}

#[test]
fn readings_the_recogniser_does_not_believe_are_not_acted_on() {
    let mut call = call(SMALL);
    call.hears(heard(&[("a coffee", 0.1)]));
    assert_eq!(last_understood(&call).intent, None);
    assert_eq!(call.dialog().current_step(), Some("hello"));
}

#[test]
fn a_denied_phrase_is_not_the_phrase() {
    let mut call = call(SMALL);
    call.says("please not a coffee");
    assert_ne!(last_understood(&call).intent.as_deref(), Some("coffee"));
}

#[test]
fn each_no_match_is_asked_again_in_other_words_until_the_exit() {
    let mut call = call(SMALL);
    let mut said = Vec::new();
    for _ in 0..4 {
        call.hears(Utterance::default());
        said.push(call.said());
    }
    let expected = ["Sorry, was that coffee?", "Sorry, coffee or tea?", "Sorry, was that coffee?", "Goodbye."];
    assert_eq!(said, expected);
    assert_eq!(call.hangup(), Some(HangupReason::Limit));
}

#[test]
fn an_answer_resets_the_count_of_misunderstandings() {
    let mut call = call(SMALL);
    call.hears(Utterance::default());
    call.says("a coffee");
    call.hears(Utterance::default());
    call.hears(Utterance::default());
    assert_eq!(call.dialog().current_step(), Some("cups"), "{}", call.said());
}

#[test]
fn a_number_is_read_back_and_counts_only_when_confirmed() {
    let mut call = call(SMALL);
    call.says("a coffee");
    call.says("two cups please");
    assert_eq!(call.said(), "two cups, right?");
    assert!(!call.effects().iter().any(|effect| matches!(effect, Effect::SetSlot { .. })));
    call.says("no three");
    assert_eq!(call.said(), "three cups, right?");
    call.says("yes");
    assert_eq!(call.said(), "Goodbye.");
    let filled = Effect::SetSlot { name: "cups".into(), value: "3".into() };
    assert_eq!(call.effects().iter().filter(|effect| **effect == filled).count(), 1);
    assert_eq!(last_understood(&call).intent.as_deref(), Some("slot:cups"));
}

#[test]
fn a_denied_read_back_forgets_the_value_and_asks_again() {
    let mut call = call(SMALL);
    call.says("a coffee");
    call.says("two");
    call.says("no");
    assert_eq!(call.said(), "Sorry about that. How many cups?");
    assert!(call.dialog().slots().is_empty());
}

#[test]
fn numbers_out_of_range_are_refused_with_the_reason() {
    let mut call = call(SMALL);
    call.says("a coffee");
    call.says("twenty");
    assert_eq!(last_understood(&call).why, "20 is out of range");
    assert_eq!(call.said(), "Sorry, I did not understand that. How many cups?");
}

#[test]
fn a_number_can_be_typed_and_ends_with_hash_or_a_pause() {
    let mut hash = call(SMALL);
    hash.presses('1');
    hash.presses('4');
    assert_eq!(hash.said(), "", "more digits may come");
    hash.presses('#');
    assert_eq!(hash.said(), "four cups, right?");

    let mut pause = call(SMALL);
    pause.presses('1');
    pause.presses('4');
    pause.is_silent();
    assert_eq!(pause.said(), "four cups, right?");
    pause.presses('1');
    assert_eq!(pause.dialog().slots().get("cups").map(String::as_str), Some("4"));
}

#[test]
fn an_unknown_key_is_a_misunderstanding() {
    let mut call = call(SMALL);
    call.presses('7');
    assert_eq!(last_understood(&call).why, "key 7 means nothing here");
}

#[test]
fn the_opt_out_acts_before_a_word_is_said() {
    let mut call = call(SMALL);
    call.says("a coffee");
    let before = call.effects().len();
    call.says("don't call me again");
    let kinds: Vec<_> = call.effects()[before..].iter().map(std::mem::discriminant).collect();
    let say = Effect::Say(Prompt {
        text: String::new(),
        voice: String::new(),
        barge_in: BargeIn::Never,
        step: String::new(),
        pieces: Vec::new(),
        audio: None,
    });
    let understood = Effect::Understood(last_understood(&call));
    let scored = Effect::Scored(HandoffScore::default());
    let hangup = Effect::Hangup(HangupReason::Completed);
    let order = [understood, scored, Effect::OptOut, Effect::Tag(String::new()), say, hangup];
    assert_eq!(kinds, order.iter().map(std::mem::discriminant).collect::<Vec<_>>());
    assert!(call.dialog().finished());
}

#[test]
fn nothing_happens_after_the_end() {
    let mut call = call(SMALL);
    call.says("tea please");
    let before = call.effects().len();
    call.says("stop calling");
    call.presses('9');
    call.is_silent();
    call.handoff(true);
    assert_eq!(call.effects().len(), before);
}

#[test]
fn the_limit_on_turns_ends_a_conversation_that_goes_in_circles() {
    let source = SMALL.replace("entry:", "limits: { turns: 3 }\nentry:");
    let mut call = call(&source);
    for _ in 0..3 {
        call.says("say that again");
        assert_eq!(call.said(), "Coffee or tea?");
    }
    call.says("say that again");
    assert_eq!(call.hangup(), Some(HangupReason::Limit));
}

#[test]
fn the_limit_on_seconds_takes_its_exit() {
    let source = SMALL.replace("entry:", "limits: { seconds: { most: 20, goto: bye } }\nentry:");
    let mut call = call(&source);
    for _ in 0..3 {
        call.is_silent();
        call.says("say that again");
    }
    assert_eq!(call.hangup(), Some(HangupReason::Limit));
    assert!(call.effects().iter().any(|effect| matches!(effect, Effect::Say(prompt) if prompt.text == "Goodbye.")));
}

#[test]
fn without_a_machine_entry_a_machine_is_hung_up_on() {
    let mut call = call(SMALL);
    call.answered(Entry::MachineWithBeep);
    assert_eq!(call.effects().last(), Some(&Effect::Hangup(HangupReason::Completed)));
}

#[test]
fn the_same_seed_says_the_same_and_seeds_differ() {
    let source = SMALL.replace("prompt: Coffee or tea?", "prompt: [One?, Two?, Three?, Four?]");
    let template = compiled(&source);
    let first = |seed| {
        let mut call = TextCall::new(&template, Variables::new(), seed, now());
        call.answered(Entry::Person);
        call.said()
    };
    assert_eq!(first(3), first(3));
    let wordings: std::collections::BTreeSet<_> = (0..40).map(first).collect();
    assert_eq!(wordings.len(), 4);
}

#[test]
fn contexts_hold_phrases_grammars_and_what_can_always_be_said() {
    let template = compiled(SMALL);
    let contexts = template.contexts();
    assert_eq!(contexts.iter().map(|c| c.step.as_str()).collect::<Vec<_>>(), ["hello", "cups", "cups"]);
    for context in contexts {
        assert!(context.phrases.iter().any(|phrase| phrase == "stop calling"));
        assert!(context.phrases.iter().all(|phrase| *phrase == warmline_dialog::words::normalise(phrase)));
    }
    assert!(
        contexts[0].phrases.contains(&"a coffee".to_owned()) && !contexts[1].phrases.contains(&"a coffee".to_owned())
    );
    assert_eq!(contexts[1].grammars, [SlotGrammar::Number]);
    assert_eq!(contexts[2].grammars, [SlotGrammar::YesNo]);
}

#[test]
fn endpointing_is_told_what_is_complete() {
    let mut call = call(SMALL);
    let judge = |call: &TextCall, text| call.dialog().completeness(text, false);
    assert_eq!(judge(&call, "a coffee"), Completeness::Complete);
    assert_eq!(judge(&call, "coffee"), Completeness::Unfinished, "`coffee please` is listed, `coffee` is not");
    assert_eq!(judge(&call, "i would like a"), Completeness::Unfinished);
    assert_eq!(judge(&call, "a large brown coffee"), Completeness::Unknown);
    call.says("a coffee");
    assert_eq!(judge(&call, "twenty"), Completeness::Unknown, "twenty one may follow");
    call.says("two");
    assert_eq!(judge(&call, "yes"), Completeness::MayGoOn, "`yes, that's right` may follow");
    assert_eq!(judge(&call, "yes that's right"), Completeness::Complete);
}

#[test]
fn meaning_is_found_by_embedding_but_never_against_a_denial() {
    let template = warmline_dialog::schema::parse(SMALL).unwrap();
    let template = CompiledTemplate::compile(template).unwrap();
    // Coffee points one way, everything else another.
    let vector =
        |text: &String| if text.contains("coffee") && !text.contains("no ") { vec![1.0, 0.0] } else { vec![0.0, 1.0] };
    let embeddings: Vec<_> = template.utterances().iter().map(vector).collect();
    let template = Arc::new(template.with_embeddings(embeddings).unwrap());
    let understood = |text: &str| {
        let mut call = TextCall::new(&template, Variables::new(), 7, now());
        call.answered(Entry::Person);
        call.hears(Utterance { embedding: Some(vec![0.9, 0.1]), ..heard(&[(text, 0.9)]) });
        last_understood(&call)
    };
    let found = understood("an espresso would do");
    assert_eq!(found.intent.as_deref(), Some("coffee"));
    assert!(found.why.contains("`a coffee`"), "the nearest phrase is named: {}", found.why);
    assert_eq!(understood("never an espresso").intent, None);
}

/// Two meanings that look alike.
const ALIKE: &str = r#"
template: alike
voice: flite:slt
entry: { person: which }
intents:
  later:
    phrases: [call me again tomorrow]
    not_phrases: [call me never again]
  complaint:
    phrases: [call me about a complaint]
    priority: 2
steps:
  which:
    type: ask
    prompt: What can we do?
    otherwise: done
    answers:
      later: { goto: done }
      complaint: { goto: done }
  done:
    type: end
    prompt: Thank you.
"#;

#[test]
fn a_negative_example_is_never_its_meaning() {
    let mut call = call(ALIKE);
    call.says("call me never again");
    assert_ne!(last_understood(&call).intent.as_deref(), Some("later"));
}

#[test]
fn of_two_that_fit_equally_the_one_of_higher_priority_wins() {
    let both = ALIKE.replace("call me about a complaint", "call me again friday");
    let mut call = call(&both);
    call.says("call me again");
    let found = last_understood(&call);
    assert_eq!(found.intent.as_deref(), Some("complaint"), "{}", found.why);
}

#[test]
fn the_wrong_number_of_embeddings_is_refused() {
    let template = CompiledTemplate::compile(warmline_dialog::schema::parse(SMALL).unwrap()).unwrap();
    let wanted = template.utterances().len();
    let error = template.with_embeddings(vec![vec![1.0]]).unwrap_err();
    assert_eq!(error, CompileError::Embeddings { given: 1, wanted });
}

#[test]
fn another_language_is_refused_by_name() {
    let template = warmline_dialog::schema::parse(&SMALL.replace("voice:", "language: sw\nvoice:")).unwrap();
    let error = CompiledTemplate::compile(template).unwrap_err();
    assert!(error.to_string().contains("`id`"), "{error}");
}

const DATA: &str = r#"
template: data
voice: flite:slt
variables:
  name: { default: there }
  date: date
  amount: { type: money, required: false }
identification:
  company: Acme
  callback_number: "+1 555 010 2030"
  statement: This is an automated call from Acme.
entry: { person: hello }
steps:
  hello:
    type: ask
    prompt: ["Hello {{name}}, {{identification}}", "Hi {{name}}, {{identification}}"]
    answers: { fine: { goto: pay, phrases: [fine] } }
  pay:
    type: collect
    slot: pay_on
    as: date
    prompt: "You owe {{amount|nothing}}. When?"
    next: bye
  bye: { type: end, prompt: "See you on {{pay_on}}, not on {{date}}." }
"#;

#[test]
fn prompts_known_before_the_call_begin_with_its_first_words_and_cover_all_it_says() {
    let template = compiled(DATA);
    let contact: Variables =
        [("date", "2026-11-24"), ("amount", "$20")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let prompts = template.prompts(&contact);
    assert_eq!(prompts[0].text, "Hello there, This is an automated call from Acme.");
    let known: Vec<_> = prompts.iter().map(|prompt| prompt.text.as_str()).collect();
    assert!(!known.iter().any(|text| text.contains("See you")), "the slot is not known before the call");
    for seed in 0..20 {
        let mut call = TextCall::new(&template, contact.clone(), seed, now());
        call.answered(Entry::Person);
        call.says("who is this");
        call.says("fine");
        call.hears(Utterance::default());
        call.is_silent();
        for effect in call.effects() {
            if let Effect::Say(prompt) = effect {
                assert!(known.contains(&prompt.text.as_str()), "{}", prompt.text);
            }
        }
    }
}

#[test]
fn a_contact_is_checked_against_the_template() {
    let template = compiled(DATA);
    assert_eq!(template.required_variables(), ["date"]);
    let check = |contact: &[(&str, &str)]| {
        let contact: BTreeMap<_, _> = contact.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let problems = template.check_variables(&contact);
        problems.iter().map(|problem| format!("{} {}", problem.variable, problem.why)).collect::<Vec<_>>()
    };
    assert_eq!(check(&[("date", "2026-11-24")]), Vec::<String>::new());
    assert_eq!(check(&[("date", " ")]), ["date is missing"]);
    let wrong = check(&[("date", "soon"), ("amount", "lots")]);
    assert_eq!(wrong, ["date should be a date such as 2026-11-24", "amount should be an amount such as 49.90 EUR"]);
}

#[test]
fn the_version_follows_every_change() {
    let changed = SMALL.replace("Goodbye.", "Bye.");
    assert_eq!(compiled(SMALL).version(), compiled(SMALL).version());
    assert_ne!(compiled(SMALL).version(), compiled(&changed).version());
}

//! What the template language can do beyond asking and saying: menus, forms, knowledge, other
//! systems, fragments, several languages, marks in prompts, ways in.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use warmline_dialog::sim::TextCall;
use warmline_dialog::{
    BargeIn, CompiledTemplate, DialogEvent, Effect, Entry, HangupReason, HttpRequest, Piece, Prompt, SlotGrammar,
    Variables,
};

fn compiled(source: &str) -> Arc<CompiledTemplate> {
    let template = warmline_dialog::schema::parse(source).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(CompiledTemplate::compile(template).unwrap())
}

fn variables(given: &[(&str, &str)]) -> Variables {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn answered(source: &str, given: &[(&str, &str)], entry: Entry) -> TextCall {
    let now = "2026-11-20T10:00:00".parse().unwrap();
    let mut call = TextCall::new(&compiled(source), variables(given), 7, now);
    call.answered(entry);
    call
}

fn call(source: &str) -> TextCall {
    answered(source, &[], Entry::Person)
}

fn slot(call: &TextCall, name: &str) -> String {
    call.dialog().slots().get(name).cloned().unwrap_or_default()
}

fn prompts(call: &TextCall) -> Vec<Prompt> {
    let say = |effect: &Effect| match effect {
        Effect::Say(prompt) => Some(prompt.clone()),
        _ => None,
    };
    call.effects().iter().filter_map(say).collect()
}

const FORM: &str = r#"
template: visit
voice: flite:slt
entry: { person: book }
steps:
  book:
    type: form
    fields:
      day: { as: date, prompt: "Which day?", reprompt: "Sorry, which day?" }
      hour: { as: time, prompt: "What time?", called: [time] }
      seats: { as: number, at_most: 9, prompt: "How many seats?", by_key: "Type the number of seats.", attempts: 2 }
    confirm: "{{seats}} on {{day}} at {{hour}}, right?"
    otherwise: nobody
    next: done
  done: { type: end, prompt: Booked. }
  nobody: { type: handover }
"#;

#[test]
fn a_form_takes_what_it_is_given_and_asks_for_the_rest() {
    let mut call = call(FORM);
    assert_eq!(call.said(), "Which day?");
    call.says("next Tuesday at ten thirty");
    assert_eq!((slot(&call, "day").as_str(), slot(&call, "hour").as_str()), ("2026-11-24", "10:30"));
    assert_eq!(call.said(), "How many seats?");
    call.says("four");
    assert!(call.said().ends_with("right?"), "{}", call.said());
    call.says("yes");
    assert_eq!(call.said(), "Booked.");
}

#[test]
fn a_form_is_corrected_at_any_time() {
    let mut call = call(FORM);
    call.says("on Thursday");
    assert_eq!(slot(&call, "day"), "2026-11-26");
    call.says("Tuesday not Thursday");
    assert_eq!(slot(&call, "day"), "2026-11-24", "corrected while the time is asked");
    assert_eq!(call.said(), "What time?", "and the open question is asked again");
    call.says("at ten thirty");
    call.says("four");
    call.says("no, the time is wrong");
    assert_eq!((slot(&call, "hour").as_str(), call.said().as_str()), ("", "What time?"));
    call.says("at eleven thirty");
    assert!(call.said().contains("eleven thirty"), "read back again: {}", call.said());
    call.says("no");
    assert!(call.said().contains("What should I change?"), "{}", call.said());
    call.says("five seats");
    assert_eq!(slot(&call, "seats"), "5");
    call.says("yes");
    assert_eq!(call.hangup(), Some(HangupReason::Completed));
}

#[test]
fn a_form_gives_up_by_key_and_then_to_a_human() {
    let mut call = call(FORM);
    call.says("tomorrow at ten thirty");
    call.says("twenty");
    assert_eq!(call.said(), "Type the number of seats.", "the last try is by key");
    call.presses('3');
    call.presses('#');
    assert_eq!(slot(&call, "seats"), "3");
    let mut other = self::call(FORM);
    other.says("tomorrow at ten thirty");
    other.says("twenty");
    other.says("thirty");
    assert!(other.effects().iter().any(|effect| matches!(effect, Effect::HandOver(_))));
}

#[test]
fn the_recogniser_is_told_of_every_field_and_choice() {
    let template = compiled(FORM);
    let first = &template.contexts()[0].grammars;
    assert_eq!(first, &[SlotGrammar::Date, SlotGrammar::Time, SlotGrammar::Number], "the field asked for first");
    assert!(template.contexts().last().unwrap().grammars.contains(&SlotGrammar::YesNo));
}

const SIZES: &str = r#"
template: sizes
voice: flite:slt
entry: { person: size }
slot_types:
  shirt: { as: choice, choices: { small: [little one], extra_large: [extra large, huge] } }
steps:
  size: { type: collect, slot: size, as: shirt, prompt: "Which size?", next: bye }
  bye: { type: end, prompt: "{{size}}." }
"#;

#[test]
fn a_type_of_the_templates_own_is_a_choice_with_synonyms() {
    let mut call = call(SIZES);
    assert!(compiled(SIZES).contexts()[0].phrases.contains(&"extra large".to_owned()));
    call.says("the huge one please");
    assert_eq!(slot(&call, "size"), "extra_large");
}

const MENU: &str = r#"
template: menu
voice: flite:slt
entry: { person: top }
knowledge:
  parking: { questions: [where can I park, is there parking], answer: "There is a car park behind the house." }
steps:
  top:
    type: menu
    prompt: "Welcome."
    options:
      hours: { say: opening hours, goto: hours, phrases: [when are you open] }
      agent: { say: a colleague, goto: agent, key: "5" }
  hours: { type: say, prompt: "We are open all day.", next: top }
  agent: { type: handover }
"#;

#[test]
fn a_menu_reads_out_its_options_and_takes_voice_or_key() {
    let mut call = call(MENU);
    assert_eq!(call.said(), "Welcome. For opening hours, press 1. For a colleague, press 5.");
    call.says("opening hours");
    assert!(call.said().starts_with("We are open all day."), "{}", call.said());
    call.presses('1');
    assert!(call.said().starts_with("We are open all day."), "{}", call.said());
    call.presses('5');
    assert!(call.effects().iter().any(|effect| matches!(effect, Effect::HandOver(_))));
}

#[test]
fn a_question_from_the_knowledge_base_is_answered_and_the_open_question_returns() {
    let mut call = call(MENU);
    call.says("where can I park");
    assert!(call.said().starts_with("There is a car park behind the house. Welcome."), "{}", call.said());
    assert_eq!(call.dialog().current_step(), Some("top"));
    assert_eq!(call.dialog().intent(), None, "a question is not the wish of the call");
}

const ORDER: &str = r#"
template: order
voice: flite:slt
variables: { order: digits }
entry: { person: look }
steps:
  look:
    type: http
    method: POST
    url: "https://shop.example/orders/{{order}}/state"
    headers: { X-Channel: phone }
    body: { note: 'said "{{order}}"' }
    timeout_ms: 2500
    filler: "One moment, I am looking."
    results: { state: /order/state, parcels: /order/parcels }
    ok: tell
    failed: sorry
  tell: { type: end, prompt: "It is {{state}}, in {{parcels}} parcels." }
  sorry: { type: end, prompt: "I cannot find it now." }
"#;

fn request(call: &TextCall) -> HttpRequest {
    let found = call.effects().iter().find_map(|effect| match effect {
        Effect::Http(request) => Some(request.clone()),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn another_system_is_asked_while_a_filler_is_said() {
    let mut call = answered(ORDER, &[("order", "../7 x")], Entry::Person);
    assert_eq!(call.said(), "One moment, I am looking.");
    let request = request(&call);
    assert_eq!(request.url, "https://shop.example/orders/..%2F7%20x/state", "a value cannot change the path");
    assert_eq!((request.method.as_str(), request.timeout_ms), ("POST", 2500));
    assert_eq!(request.headers, [("X-Channel".to_owned(), "phone".to_owned())]);
    assert_eq!(request.body.as_deref(), Some(r#"{"note":"said \"../7 x\""}"#), "nor the JSON");
    call.says("hello?");
    assert!(call.hangup().is_none(), "words while nobody listens change nothing");
    call.http_answers(Ok(r#"{"order": {"state": "on its way", "parcels": 2}}"#.to_owned()));
    assert_eq!(call.said(), "It is on its way, in 2 parcels.");
}

#[test]
fn a_system_that_does_not_answer_has_a_way_out() {
    for answer in [Err("no answer within 2500 ms".to_owned()), Ok("<html>".to_owned())] {
        let mut call = answered(ORDER, &[("order", "7")], Entry::Person);
        call.http_answers(answer);
        assert_eq!(call.said(), "I cannot find it now.");
    }
    // The limit on seconds ends a call whose question nobody answers.
    let now = "2026-11-20T10:00:00".parse().unwrap();
    let mut dialog = warmline_dialog::Dialog::new(compiled(ORDER), variables(&[("order", "7")]), 1);
    dialog.handle(DialogEvent::Answered(Entry::Person), now);
    let effects = dialog.handle(DialogEvent::TimeUp, now);
    assert_eq!(effects.last(), Some(&Effect::Hangup(HangupReason::Limit)));
    assert_eq!(dialog.handle(DialogEvent::HttpDone { id: 1, result: Ok("{}".into()) }, now), []);
}

const VERIFY: &str = r#"
template: bank
voice: flite:slt
variables: { last: digits, pin: digits }
entry: { person: first }
fragments:
  verify:
    parameters: [expected, what]
    start: ask_code
    steps:
      ask_code: { type: collect, slot: code, as: digits, length: 3, prompt: "Please say {{what}}.", next: compare, otherwise: wrong }
      compare: { type: branch, when: [{ if: code == expected, goto: right }], else: wrong }
      right: { type: return }
      wrong: { type: return, outcome: failed }
steps:
  first: { type: call, fragment: verify, with: { expected: "{{last}}", what: the last digits of your card }, on: { failed: no_match }, next: second }
  second: { type: call, fragment: verify, with: { expected: "{{pin}}", what: your pin }, keep: { checked: "{{code}}" }, on: { failed: no_match }, next: fine }
  fine: { type: end, prompt: "Thank you." }
  no_match: { type: end, prompt: "That is not right." }
"#;

#[test]
fn a_fragment_is_called_twice_with_parameters_and_comes_back() {
    let mut call = answered(VERIFY, &[("last", "123"), ("pin", "555")], Entry::Person);
    assert_eq!(call.said(), "Please say the last digits of your card.");
    call.says("one two three");
    assert_eq!(call.said(), "Please say your pin.");
    call.says("five five five");
    assert_eq!(call.said(), "Thank you.");
    assert_eq!(slot(&call, "checked"), "555");
    let mut other = answered(VERIFY, &[("last", "123"), ("pin", "555")], Entry::Person);
    other.says("nine nine nine");
    assert_eq!(other.said(), "That is not right.");
}

const LANGUAGES: &str = r#"
template: hello
language: en
voice: flite:slt
languages: { en: "flite:slt", id: { voice: "espeak:id", phrases: [indonesia saja] } }
entry: { person: ask }
intents:
  fine: [fine thank you, baik baik saja]
steps:
  ask:
    type: ask
    prompt: { en: "How are you?", id: "Apa kabar?" }
    answers: { fine: done }
  done: { type: end, prompt: { en: "Good.", id: "Bagus." } }
"#;

#[test]
fn the_language_is_switched_in_the_call_and_given_by_the_contact() {
    let mut call = call(LANGUAGES);
    assert_eq!(call.said(), "How are you?");
    call.says("bahasa indonesia");
    assert_eq!(call.said(), "Baik, dalam bahasa Indonesia. Apa kabar?");
    assert_eq!(prompts(&call).last().unwrap().voice, "espeak:id");
    call.hears(warmline_dialog::Utterance::default());
    assert!(call.said().starts_with("Maaf"), "the engine's own lines too: {}", call.said());
    call.says("baik baik saja");
    assert_eq!(call.said(), "Bagus.");
    let other = answered(LANGUAGES, &[("language", "id")], Entry::Person);
    assert_eq!(other.said(), "Apa kabar?");
}

const WAYS_IN: &str = r#"
template: ways
voice: flite:slt
entry: { person: out, called_back: in, chat: text, error: broken }
globals: { busy_now: on }
steps:
  out: { type: ask, prompt: "We are calling you. All right?", barge_in: { after: 2s }, answers: { fine: { goto: bye, phrases: [fine] } } }
  in: { type: say, prompt: "Thank you for calling back.", next: out }
  text: { type: say, prompt: "Hello in writing.", next: out }
  bye: { type: end, prompt: Goodbye. }
  broken: { type: end, prompt: "Something broke, we will call again." }
"#;

#[test]
fn each_way_in_has_its_beginning() {
    assert!(answered(WAYS_IN, &[], Entry::CalledBack).said().starts_with("Thank you for calling back."));
    assert!(answered(WAYS_IN, &[], Entry::Chat).said().starts_with("Hello in writing."));
    assert!(call(WAYS_IN).said().starts_with("We are calling you."));
    assert_eq!(prompts(&call(WAYS_IN))[0].barge_in, BargeIn::After { ms: 2000 });
}

#[test]
fn a_fault_says_something_useful_and_ends_once() {
    let now = "2026-11-20T10:00:00".parse().unwrap();
    for (source, said) in [(WAYS_IN, "Something broke"), (MENU, "technical problem")] {
        let mut dialog = warmline_dialog::Dialog::new(compiled(source), Variables::new(), 1);
        dialog.handle(DialogEvent::Answered(Entry::Person), now);
        let effects = dialog.handle(DialogEvent::Fault, now);
        assert!(matches!(&effects[0], Effect::Say(prompt) if prompt.text.contains(said)), "{effects:?}");
        assert_eq!(effects.last(), Some(&Effect::Hangup(HangupReason::Fault)));
        assert_eq!(dialog.handle(DialogEvent::Fault, now), [Effect::Hangup(HangupReason::Fault)], "no second message");
    }
}

#[test]
fn slower_and_busy_are_understood_everywhere() {
    let mut call = call(WAYS_IN);
    call.says("slower please");
    let again = prompts(&call).pop().unwrap().pieces;
    assert_eq!(again.iter().map(|piece| piece.rate_percent).collect::<Vec<_>>(), [80]);
    call.says("i'm driving");
    assert!(call.effects().iter().any(|effect| matches!(effect, Effect::Callback { .. })));
    assert_eq!(call.dialog().intent(), Some("busy_now"));
    // Nobody has promised to call back where the template does not say so.
    let mut other = self::call(MENU);
    other.says("i'm driving");
    assert!(!other.effects().iter().any(|effect| matches!(effect, Effect::Callback { .. })));
}

const MARKS: &str = r#"
template: marks
voice: flite:slt
variables: { code: text }
entry: { person: bye }
steps:
  bye:
    type: end
    prompt: 'Your code is <say-as interpret-as="digits">{{code}}</say-as>.<break time="500ms"/> Do <emphasis>not</emphasis> tell it.'
"#;

#[test]
fn marks_become_pieces_with_pauses_and_rates() {
    let call = answered(MARKS, &[("code", "42")], Entry::Person);
    let prompt = prompts(&call).remove(0);
    assert_eq!(prompt.text, "Your code is four two. Do not tell it.");
    let piece = |text: &str, rate_percent, pause_ms| Piece { text: text.to_owned(), rate_percent, pause_ms };
    let wanted = [
        piece("Your code is four two.", 100, 500),
        piece("Do", 100, 120),
        piece("not", 85, 120),
        piece("tell it.", 100, 0),
    ];
    assert_eq!(prompt.pieces, wanted);
}

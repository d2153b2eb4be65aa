//! Several meanings in one utterance: the answer leads, what can be said anywhere is acted upon, and traps.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use warmline_dialog::sim::TextCall;
use warmline_dialog::{CompiledTemplate, Effect, Entry, HangupReason, Reading, Understanding, Utterance, Variables};

const OFFER: &str = r#"
template: offer
voice: flite:slt
identification:
  company: Oak House
  callback_number: "+1 555 010 2030"
  statement: This is an automated call from Oak House.
entry: { person: offer }
intents:
  interested: [i am interested, tell me more, sounds interesting]
  not_interested: { phrases: [not interested, i am not interested, no interest], keywords: [{ must: [not, interested] }] }
  already_paid: [i already paid, i have already paid, i paid last week]
  pay_later: [i will pay later, i'll pay on friday, i can pay next week]
  undecided: [maybe yes maybe no]
knowledge:
  parking: { questions: [where can i park, is there parking], answer: Behind the house. }
  price: { questions: [how much is it, what does it cost], answer: Ten dollars. }
  lawyer: { questions: [i have a lawyer, talk to my lawyer], answer: Noted., goto: noted }
categories:
  competitor: { phrases: [i am with another company], keywords: [{ any: [competitor] }] }
  praise: off
globals: { busy_now: "on", human: { goto: agent } }
steps:
  offer:
    type: ask
    prompt: Shall we?
    answers:
      yes: { goto: day, phrases: ["yes", yes please, sure] }
      no: { goto: bye, phrases: ["no", no thanks] }
      interested: day
      not_interested: bye
      already_paid: bye
      pay_later: day
      undecided: bye
  day: { type: collect, slot: day, as: date, prompt: Which day?, confirm: "{{day}}, right?", next: time }
  time: { type: collect, slot: time, as: time, prompt: What time?, next: bye }
  bye: { type: end, prompt: Goodbye then. }
  noted: { type: end, prompt: A colleague will call. }
  agent: { type: handover, prompt: I get a colleague. }
"#;

fn call() -> TextCall {
    let template = warmline_dialog::schema::parse(OFFER).unwrap_or_else(|problems| panic!("{problems}"));
    let template = Arc::new(CompiledTemplate::compile(template).unwrap());
    // A Friday.
    let mut call = TextCall::new(&template, Variables::new(), 7, "2026-11-20T10:00:00".parse().unwrap());
    call.answered(Entry::Person);
    call
}

fn said(text: &str) -> TextCall {
    let mut call = call();
    call.says(text);
    call
}

fn understood(call: &TextCall) -> Understanding {
    let found = call.effects().iter().rev().find_map(|effect| match effect {
        Effect::Understood(understanding) => Some(understanding.clone()),
        _ => None,
    });
    found.expect("something was understood, or not")
}

fn opted_out(call: &TextCall) -> bool {
    call.effects().contains(&Effect::OptOut)
}

fn due(call: &TextCall) -> Option<String> {
    call.effects().iter().find_map(|effect| match effect {
        Effect::Callback { due, .. } => due.clone(),
        _ => None,
    })
}

/// Text, intent, also, what the bot says.
type Case = (&'static str, Option<&'static str>, &'static [&'static str], &'static str);

#[test]
fn questions_are_answered_before_going_on() {
    let cases: [Case; 7] = [
        ("yes but where can i park", Some("yes"), &["knowledge:parking"], "Behind the house. Which day?"),
        (
            "not interested but who is this",
            Some("not_interested"),
            &["who_is_this"],
            "This is an automated call from Oak House. Goodbye then.",
        ),
        (
            "i am interested how much is it and where can i park",
            Some("interested"),
            &["knowledge:price", "knowledge:parking"],
            "Ten dollars. Behind the house. Which day?",
        ),
        (
            "where can i park and how much is it",
            Some("knowledge:parking"),
            &["knowledge:price"],
            "Behind the house. Ten dollars. Shall we?",
        ),
        ("sure and i have a lawyer", Some("yes"), &["knowledge:lawyer"], "Noted. A colleague will call."),
        // Many pick up with a yes: without a conjunction it only asks.
        ("yes who is this", Some("who_is_this"), &[], ""),
        ("yes can you repeat that", Some("repeat"), &[], "Shall we?"),
    ];
    for (text, intent, also, reply) in cases {
        let call = said(text);
        let found = understood(&call);
        assert_eq!(found.intent.as_deref(), intent, "{text}: {found:?}");
        assert_eq!(found.also, also, "{text}: {found:?}");
        let reply_is = call.said();
        assert!(reply_is.contains(reply), "{text}: {reply_is}");
    }
}

#[test]
fn what_obliges_always_acts() {
    for (text, intent, also) in [
        ("no i already paid and stop calling me", "already_paid", vec!["do_not_call"]),
        ("i am not interested please take me off your list", "not_interested", vec!["do_not_call"]),
        ("who is this and do not call me again", "who_is_this", vec!["do_not_call"]),
        ("i have already paid so never call me again", "already_paid", vec!["do_not_call"]),
    ] {
        let call = said(text);
        let found = understood(&call);
        assert_eq!(
            (found.intent.as_deref(), found.also),
            (Some(intent), also.iter().map(|a| a.to_string()).collect()),
            "{text}"
        );
        assert!(opted_out(&call), "{text}");
        assert_eq!(call.hangup(), Some(HangupReason::Completed), "{text}");
        assert_eq!(call.dialog().intent(), Some("do_not_call"), "{text}");
    }
    let both = said("stop calling me and let me speak to a human");
    assert!(opted_out(&both) && both.said().contains("I get a colleague"), "{}", both.said());
    let human = said("yes but can i speak to someone");
    assert_eq!(human.dialog().intent(), Some("human"));
    assert!(human.said().contains("I get a colleague") && !human.said().contains("Which day"), "{}", human.said());
    let wrong = said("no i already paid and you have the wrong number");
    assert_eq!(wrong.dialog().tags(), ["wrong_number"]);
}

#[test]
fn a_wish_to_be_called_another_time_names_the_time() {
    for (text, wanted) in [
        ("yes but call me tomorrow", "2026-11-21T09:00"),
        ("i am interested but call me later on monday at three", "2026-11-23T15:00"),
        ("i'm busy call me later at five", "2026-11-20T17:00"),
        ("i'm driving call me at nine thirty in the morning", "2026-11-21T09:30"),
    ] {
        let call = said(text);
        assert_eq!(due(&call).as_deref(), Some(wanted), "{text}: {:?}", understood(&call));
        assert_eq!(call.hangup(), Some(HangupReason::Completed), "{text}");
    }
    let yes = said("yes but call me tomorrow");
    assert_eq!((yes.dialog().intent(), understood(&yes).also), (Some("busy_now"), vec!["busy_now".to_owned()]));
}

#[test]
fn an_answer_may_answer_the_next_question_too() {
    let call = said("i'll pay on friday");
    assert_eq!(call.said(), "Friday, November twenty seventh, right?");
    let call = said("yes on monday please");
    assert_eq!(call.said(), "Monday, November twenty third, right?");
    for text in ["i'll pay later", "yes but not on monday", "yes on monday or tuesday"] {
        assert_eq!(said(text).said(), "Which day?", "{text}");
    }
    let mut call = said("yes on monday but where can i park");
    assert!(call.said().contains("Behind the house. Monday, November twenty third, right?"), "{}", call.said());
    call.says("yes but how much is it");
    assert_eq!(call.said(), "Ten dollars. What time?");
    call.says("at ten and is there parking");
    assert_eq!(call.dialog().slots()["time"], "10:00");
    assert_eq!(call.said(), "Behind the house. Goodbye then.");
}

#[test]
fn yes_and_no_at_once_is_no_answer() {
    for text in ["yes and no", "yes no", "no yes", "well yes and no"] {
        let found = understood(&said(text));
        assert_eq!((found.intent, found.why.as_str()), (None, "yes and no at once"), "{text}");
    }
    for (text, wanted) in
        [("yes sorry no", "no"), ("no wait yes", "yes"), ("no i mean yes", "yes"), ("maybe yes maybe no", "undecided")]
    {
        assert_eq!(understood(&said(text)).intent.as_deref(), Some(wanted), "{text}");
    }
}

#[test]
fn traps() {
    for text in [
        "no i don't want to stop",
        "no i don't want to talk to a person",
        "i don't think i have the wrong number",
        "i am not busy now",
        "i do not want you to stop calling me",
        "don't connect me to an agent but tell me more",
    ] {
        let call = said(text);
        let found = understood(&call);
        let names = found.intent.iter().chain(&found.also).cloned().collect::<Vec<_>>();
        assert!(
            names.iter().all(|name| !["human", "do_not_call", "wrong_number", "busy_now"].contains(&name.as_str())),
            "{text}: {found:?}"
        );
        assert!(!opted_out(&call), "{text}");
    }
    // The fuller answer leads, not the yes or no before it.
    assert_eq!(understood(&said("no i already paid")).intent.as_deref(), Some("already_paid"));
    assert_eq!(understood(&said("yes i am not interested")).intent.as_deref(), Some("not_interested"));
}

#[test]
fn the_candidates_that_were_not_chosen_are_on_record() {
    let found = understood(&said("i am interested i will pay later"));
    assert!(found.intent.is_some(), "{found:?}");
    let others: Vec<_> = found.alternatives.iter().map(|other| other.intent.as_str()).collect();
    assert!(others.contains(&"pay_later") || others.contains(&"interested"), "{found:?}");
    assert!(
        found
            .alternatives
            .iter()
            .all(|other| other.score <= found.score + 0.03 && Some(&other.intent) != found.intent.as_ref())
    );
    let missed = understood(&said("i am paying something at some time"));
    assert!(missed.alternatives.len() <= 4);
}

#[test]
fn turns_have_a_mood_and_calls_have_categories() {
    let call = said("i am not interested this is ridiculous i want to complain");
    assert!(understood(&call).sentiment < -0.3, "{:?}", understood(&call));
    let categories = |call: &TextCall| -> Vec<String> {
        let category = |effect: &Effect| match effect {
            Effect::Categorised(category) => Some(category.clone()),
            _ => None,
        };
        call.effects().iter().filter_map(category).collect()
    };
    assert_eq!(categories(&call), ["complaint"]);
    let mut call = call_with_two("yes", "i am with another company");
    call.says("how did you get my number");
    assert_eq!(categories(&call), ["competitor", "privacy"]);
    assert!(categories(&said("no thank you for your help")).is_empty(), "switched off");
    assert!(categories(&said("yes")).is_empty());
    // Words that nobody believes in count for nothing.
    let mut doubtful = self::call();
    let reading = Reading { text: "i want to complain".to_owned(), confidence: 0.1, expected: false };
    doubtful.hears(Utterance { readings: vec![reading], embedding: None });
    assert!(categories(&doubtful).is_empty());
}

fn call_with_two(first: &str, second: &str) -> TextCall {
    let mut call = said(first);
    call.says(second);
    call
}

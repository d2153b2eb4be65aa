//! Conversations in which the score leads to an agent, and those in which it must not.
#![allow(clippy::unwrap_used)]

use chrono::NaiveDateTime;
use std::sync::Arc;
use warmline_dialog::{
    CompiledTemplate, Dialog, DialogEvent, Effect, Entry, HandOver, HandoffScore, HangupReason, Reading, Utterance,
    Variables,
};

const TEMPLATE: &str = r#"
template: visit
voice: flite:slt
entry: { person: coming }
limits: { no_match: 4, silence: 3, turns: 20, seconds: 300 }
handoff: { goto: agent, buying: [upgrade] }
intents:
  yes_i_come: [yes i will come]
  upgrade: [i want the long one]
  cancel: [please cancel it]
knowledge: { parking: { questions: [where can i park], answer: Behind the house. } }
steps:
  coming: { type: ask, prompt: Will you come?, reprompt: "Sorry, will you come?", answers: { yes_i_come: day, upgrade: noted, cancel: bye } }
  noted: { type: tag, tags: [wants_more], next: told }
  told: { type: say, prompt: I have noted that., next: coming }
  day: { type: collect, slot: day, as: date, prompt: Which day?, confirm: "On {{day}}?", next: bye }
  bye: { type: end, prompt: Goodbye. }
  agent: { type: handover, prompt: "One moment.", reason: needs a person, failed: alone }
  alone: { type: say, prompt: Nobody is free., next: coming }
"#;

struct Talk {
    dialog: Dialog,
    now: NaiveDateTime,
}

impl Talk {
    fn new(source: &str) -> Self {
        let template = warmline_dialog::schema::parse(source).unwrap_or_else(|problems| panic!("{problems}"));
        let template = Arc::new(CompiledTemplate::compile(template).unwrap());
        let now = "2026-11-20T10:00:00".parse().unwrap();
        let mut talk = Self { dialog: Dialog::new(template, Variables::new(), 1), now };
        talk.event(DialogEvent::Answered(Entry::Person));
        talk
    }

    fn event(&mut self, event: DialogEvent) -> Vec<Effect> {
        self.now += chrono::TimeDelta::seconds(5);
        self.dialog.handle(event, self.now)
    }

    fn says(&mut self, text: &str) -> Vec<Effect> {
        let reading = Reading { text: text.to_owned(), confidence: 0.9, expected: false };
        self.event(DialogEvent::Heard(Utterance { readings: vec![reading], embedding: None }))
    }

    /// Talks over the bot.
    fn cuts_in(&mut self, text: &str) -> Vec<Effect> {
        self.event(DialogEvent::PromptsDone { interrupted: true });
        self.says(text)
    }
}

fn said(effects: &[Effect]) -> Vec<&str> {
    let words = effects.iter().filter_map(|effect| match effect {
        Effect::Say(prompt) => Some(prompt.text.as_str()),
        _ => None,
    });
    words.collect()
}

fn score(effects: &[Effect]) -> &HandoffScore {
    let scored = effects.iter().find_map(|effect| match effect {
        Effect::Scored(score) => Some(score),
        _ => None,
    });
    scored.unwrap_or_else(|| panic!("no score in {effects:#?}"))
}

fn handover(effects: &[Effect]) -> Option<&HandOver> {
    effects.iter().find_map(|effect| match effect {
        Effect::HandOver(wanted) => Some(wanted),
        _ => None,
    })
}

#[test]
fn a_bad_run_leads_to_an_agent_who_is_told_why() {
    let mut talk = Talk::new(TEMPLATE);
    let first = talk.says("this is ridiculous");
    assert!(handover(&first).is_none());
    assert_eq!(said(&first).last(), Some(&"Sorry, will you come?"));
    let second = talk.cuts_in("you are not listening");
    // Not asked again: the agent is fetched instead.
    assert_eq!(said(&second), ["One moment."]);
    let wanted = handover(&second).unwrap();
    assert!(wanted.by_score && wanted.reason == "needs a person");
    let score = wanted.score.as_ref().unwrap();
    assert!(score.score >= 0.7);
    let cues: Vec<_> = score.reasons.iter().map(|reason| reason.cue.as_str()).collect();
    assert_eq!(cues, ["frustration", "no_match", "interruption"], "{score:#?}");
}

#[test]
fn without_a_way_to_an_agent_the_score_is_only_recorded() {
    let mut talk = Talk::new(
        &TEMPLATE.replace("handoff: { goto: agent, buying: [upgrade] }", "globals: { human: { goto: agent } }"),
    );
    talk.says("this is ridiculous");
    let second = talk.says("you are not listening");
    assert!(score(&second).score >= 0.65, "{:#?}", score(&second));
    let third = talk.says("what a waste of time");
    assert!(score(&third).score >= 0.7 && handover(&third).is_none());
    assert_eq!(said(&third).last(), Some(&"Sorry, will you come?"));
}

#[test]
fn the_answer_is_understood_to_its_end_before_the_agent_comes() {
    let mut talk = Talk::new(TEMPLATE);
    talk.says("i want the long one");
    let again = talk.says("i want the long one");
    let wanted = handover(&again).unwrap();
    assert!(wanted.by_score);
    assert_eq!(talk.dialog.tags(), ["wants_more"]);
    assert_eq!(talk.dialog.intent(), Some("upgrade"));
    assert_eq!(said(&again), ["I have noted that.", "One moment."]);
    // A question is answered before they are put through.
    let mut talk = Talk::new(&TEMPLATE.replace("buying: [upgrade]", "buying: [parking], threshold: 0.5"));
    assert_eq!(said(&talk.says("where can i park")), ["Behind the house.", "One moment."]);
}

#[test]
fn what_ends_the_call_or_opts_out_is_left_alone() {
    let eager = TEMPLATE.replace("buying: [upgrade]", "buying: [cancel], threshold: 0.1, weights: { request: 1 }");
    let effects = Talk::new(&eager).says("please cancel it");
    assert!(score(&effects).score >= 0.1 && handover(&effects).is_none());
    assert_eq!(effects.last(), Some(&Effect::Hangup(HangupReason::Completed)));
    let effects = Talk::new(&eager).cuts_in("stop calling me");
    assert!(score(&effects).score >= 0.1 && handover(&effects).is_none());
    assert!(effects.contains(&Effect::OptOut));
}

#[test]
fn asking_for_a_human_acts_at_once() {
    let effects = Talk::new(TEMPLATE).says("let me talk to a real person");
    let wanted = handover(&effects).unwrap();
    assert!(!wanted.by_score, "the wish led there");
    assert_eq!(wanted.score.as_ref().unwrap().reasons[0].detail, "asked for a human");
    assert_eq!(score(&effects).score, 1.0);
}

#[test]
fn an_agent_who_does_not_come_is_not_sent_for_again_at_once() {
    let mut talk = Talk::new(TEMPLATE);
    talk.says("this is ridiculous");
    assert!(handover(&talk.says("you are not listening")).is_some());
    let alone = talk.event(DialogEvent::HandoffFailed { reason: "nobody is free".into() });
    assert_eq!(said(&alone), ["Nobody is free.", "Will you come?"]);
    let next = talk.says("this is useless");
    assert!(score(&next).score >= 0.7 && handover(&next).is_none(), "{next:#?}");
}

#[test]
fn a_number_that_is_being_typed_is_scored_when_it_is_whole() {
    let digits = TEMPLATE.replace("as: date", "as: digits, length: 3");
    let mut talk = Talk::new(&digits);
    talk.says("yes i will come");
    let scored = |effects: Vec<Effect>| effects.iter().any(|effect| matches!(effect, Effect::Scored(_)));
    assert!(!scored(talk.event(DialogEvent::Key('1'))));
    assert!(!scored(talk.event(DialogEvent::Key('2'))));
    assert!(scored(talk.event(DialogEvent::Key('3'))));
}

#[test]
fn a_value_that_is_read_back_is_understood() {
    let mut talk = Talk::new(TEMPLATE);
    talk.says("yes i will come");
    let missed = score(&talk.says("purple monkeys")).score;
    let told = talk.says("tomorrow");
    let understood = told.iter().find_map(|effect| match effect {
        Effect::Understood(found) => found.intent.clone(),
        _ => None,
    });
    assert_eq!(understood.as_deref(), Some("slot:day"));
    assert!(score(&told).score < missed, "it went well again");
}

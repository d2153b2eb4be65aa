//! What happens to the legs of a call: set-up, machines, hold, handover and every way to end.
#![allow(clippy::unwrap_used)]

mod line;

use line::{Line, agent, failed, is_event};
use warmline_call::{Input, Output, Timer};
use warmline_control::{AnsweredBy, CallReport, EndReason, EventKind, Outcome};

const OFFER: &str = r#"
template: offer
voice: flite:slt
entry: { person: greet, machine_with_beep: message, machine_without_beep: quick }
limits: { silence: 3, seconds: 300 }
identification: { company: Acme, callback_number: "+1 555 010 0000", statement: This is Acme. }
steps:
  greet:
    type: ask
    prompt: Hello, this is Acme with an offer for you. Would you like to hear it?
    timeout_ms: 5000
    answers: { wants: { goto: agent, key: "1", phrases: [yes please, i would like that] } }
  agent: { type: handover, prompt: "One moment please, I will connect you.", skill: sales }
  message: { type: voicemail, message: This is Acme. We will call again., tags: [message_left] }
  quick: { type: voicemail, message: Acme called., tags: [message_left] }
"#;

fn requested(source: &str) -> Line {
    let mut line = Line::asked(source);
    line.wait(500);
    line.says("yes please");
    line.until_reply();
    line
}

fn bridged() -> Line {
    let mut line = requested(OFFER);
    line.wait(100);
    line.input(Input::Bridge(agent()));
    line.wait(3000);
    line.input(Input::AgentAnswered);
    line
}

fn detected(line: &Line) -> Vec<AnsweredBy> {
    let found = |event: &EventKind| match event {
        EventKind::Detected { answered_by } => Some(*answered_by),
        _ => None,
    };
    line.events().filter_map(found).collect()
}

fn ended_as(report: &CallReport) -> (Outcome, EndReason) {
    (report.outcome, report.end_reason)
}

const DROPPED: fn(&Output) -> bool = |output| matches!(output, Output::DropAgent);

// ---- set-up ----

#[test]
fn a_busy_number_ends_with_its_cause() {
    let mut line = Line::new(OFFER);
    line.rings();
    line.input(failed(Outcome::Busy, 486, "busy here"));
    let report = line.report();
    assert_eq!(ended_as(&report), (Outcome::Busy, EndReason::NotAnswered));
    assert_eq!((report.sip_status, report.cause.as_str(), report.talk_ms), (Some(486), "busy here", 0));
}

#[test]
fn a_tone_before_the_answer_hangs_up_with_what_it_means() {
    let mut line = Line::new(OFFER);
    line.input(Input::Ringing { early_media: true });
    line.input(Input::EarlyTone { outcome: Outcome::InvalidNumber, cause: "special information tones".into() });
    assert_eq!(line.report().outcome, Outcome::InvalidNumber);
    assert_eq!(line.count(|o| matches!(o, Output::HangUp)), 1);
}

#[test]
fn a_leg_that_is_lost_before_the_answer_ends_the_call() {
    let mut line = Line::new(OFFER);
    line.rings();
    line.input(Input::RemoteHangup);
    assert_eq!(ended_as(&line.report()), (Outcome::Failed, EndReason::NotAnswered));
}

#[test]
fn a_call_can_be_cancelled_while_it_rings_and_while_somebody_talks() {
    let mut line = Line::new(OFFER);
    line.rings();
    line.input(Input::Cancel { reason: "campaign stopped".into() });
    assert_eq!(line.report().end_reason, EndReason::Cancelled);
    assert_eq!(line.count(|o| matches!(o, Output::HangUp)), 1);

    let mut line = Line::asked(OFFER);
    line.will_say("yes please tell me more");
    line.wait(400);
    line.input(Input::Cancel { reason: "campaign stopped".into() });
    assert_eq!(ended_as(&line.report()), (Outcome::Person, EndReason::Cancelled));
    assert_eq!(line.report().cause, "campaign stopped");
}

// ---- machines ----

#[test]
fn a_machine_is_heard_out_and_spoken_to_after_its_beep() {
    let mut line = Line::answered(OFFER);
    line.wait(300);
    line.says("you have reached the mailbox of the smith family please leave a message after the tone");
    assert_eq!(line.said().len(), 1);
    assert!(!line.bot_speaks());
    line.wait(600);
    line.beeps();
    line.until_ended();
    assert_eq!(line.last_said(), "This is Acme. We will call again.");
    assert_eq!(detected(&line), [AnsweredBy::MachineWithBeep]);
    let report = line.report();
    assert_eq!(ended_as(&report), (Outcome::Machine, EndReason::Completed));
    assert_eq!((report.tags, report.turns), (vec!["message_left".to_owned()], 0));
    let said: Vec<_> = line.turns().into_iter().map(|turn| (turn.said, turn.interrupted)).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[1].0, "This is Acme. We will call again.");
    assert!(!said[0].1, "nobody interrupted; a machine was found");
}

#[test]
fn a_machine_without_a_beep_is_spoken_to_after_its_silence() {
    let mut line = Line::answered(OFFER);
    line.wait(300);
    line.says("you have reached the smith family we are not at home please call again later");
    let greeting_ended = line.now;
    line.until_reply();
    let waited = line.now - greeting_ended;
    assert!((2200..2600).contains(&waited), "{waited}");
    line.until_ended();
    assert_eq!(line.last_said(), "Acme called.");
    assert_eq!(detected(&line), [AnsweredBy::MachineWithoutBeep]);
}

#[test]
fn a_short_greeting_taken_for_a_person_is_corrected_by_its_beep() {
    let mut line = Line::answered(OFFER);
    line.wait(300);
    line.says("leave a message");
    line.wait(900);
    line.beeps();
    line.until_ended();
    assert_eq!(detected(&line), [AnsweredBy::Person, AnsweredBy::MachineWithBeep]);
    assert_eq!(line.last_said(), "This is Acme. We will call again.");
    assert_eq!(line.report().outcome, Outcome::Machine);
}

#[test]
fn somebody_who_presses_a_key_is_no_machine() {
    let mut line = Line::answered(OFFER);
    line.wait(200);
    line.will_say("and now the news of the day from all over the world read to you");
    line.wait(800);
    line.presses('1');
    line.wait(2000);
    assert_eq!(detected(&line), [AnsweredBy::Person]);
    assert_eq!(line.count(is_event(|e| matches!(e, EventKind::HandoffRequested { .. }))), 1);
}

#[test]
fn a_tone_while_an_agent_talks_is_not_a_machine() {
    let mut line = Line::answered(OFFER);
    line.wait(2000);
    line.presses('1');
    line.input(Input::Bridge(agent()));
    line.wait(500);
    line.input(Input::AgentAnswered);
    line.beeps();
    line.wait(1000);
    line.input(Input::AgentHangup);
    assert_eq!(line.report().answered_by, Some(AnsweredBy::Person));
    assert!(line.report().handed_over);
}

// ---- hold ----

#[test]
fn silence_on_hold_is_not_counted_and_music_is_not_an_answer() {
    let mut line = Line::asked(OFFER);
    line.wait(2000);
    line.input(Input::Held(true));
    line.will_say("la la la la la la [200] la la la la la la la");
    line.wait(60_000);
    assert_eq!((line.said().len(), line.heard().len()), (1, 0));
    line.input(Input::MediaStopped);
    line.input(Input::Held(false));
    let back = line.now;
    line.until_reply();
    assert_eq!(line.now - back, 5000 + line.render_ms);
    line.until_ended();
    assert_eq!(line.report().end_reason, EndReason::Limit);
}

#[test]
fn a_refresh_of_the_session_does_not_give_more_time_to_answer() {
    let mut line = Line::asked(OFFER);
    let asked = line.now;
    line.wait(4000);
    line.input(Input::Held(false));
    line.until_reply();
    assert_eq!(line.now - asked, 5000 + line.render_ms);
}

#[test]
fn a_prompt_waits_while_we_are_on_hold() {
    let mut line = Line::answered(OFFER);
    line.wait(2000);
    line.input(Input::Held(true));
    line.wait(10_000);
    assert!(!line.bot_speaks());
    line.input(Input::Held(false));
    line.wait(100);
    assert!(line.bot_speaks());
    line.until_quiet();
    assert_eq!(line.said().len(), 1);
}

#[test]
fn a_call_that_stays_on_hold_is_ended_by_its_limit_on_seconds() {
    let mut line = Line::asked(OFFER);
    line.input(Input::Held(true));
    line.until_ended();
    assert_eq!(line.report().end_reason, EndReason::Limit);
}

// ---- handover ----

#[test]
fn an_agent_is_asked_for_at_the_decision_and_not_after_the_prompt() {
    let line = requested(OFFER);
    let request = line.when(is_event(|e| matches!(e, EventKind::HandoffRequested { .. }))).unwrap();
    let prompt = line.out.iter().rev().find(|(_, o)| matches!(o, Output::Play { .. })).unwrap().0;
    assert_eq!(request, prompt);
}

#[test]
fn an_agent_who_answers_is_bridged_and_the_bot_is_silent() {
    let mut line = bridged();
    assert!(!line.bot_speaks());
    let waited = line.events().find_map(|event| match event {
        EventKind::Bridged { agent, wait_ms } => Some((agent.clone(), *wait_ms)),
        _ => None,
    });
    let (name, wait_ms) = waited.unwrap();
    assert_eq!(name, "Ada");
    assert!((3000..3400).contains(&wait_ms), "{wait_ms}");
    line.says("so tell me about the offer");
    line.presses('5');
    line.wait(400_000);
    assert_eq!(line.said().len(), 2);
    line.input(Input::AgentHangup);
    let report = line.report();
    assert_eq!(ended_as(&report), (Outcome::Person, EndReason::AgentHangup));
    assert!(report.handed_over && report.turns == 1);
}

#[test]
fn the_agent_leaves_with_the_person() {
    let mut line = bridged();
    line.wait(5000);
    line.input(Input::RemoteHangup);
    assert_eq!(line.count(DROPPED), 1);
    assert_eq!(line.report().end_reason, EndReason::RemoteHangup);
    assert!(line.report().handed_over);
}

#[test]
fn an_agent_leg_that_fails_in_the_conversation_ends_it() {
    let mut line = bridged();
    line.input(Input::AgentFailed { reason: "its media stopped".into() });
    assert_eq!(line.report().end_reason, EndReason::AgentHangup);
    assert!(line.report().cause.contains("its media stopped"));
}

/// Whatever the reason: the message with name and number, a callback, the end.
fn is_promised_a_callback(mut line: Line, reason: &str) {
    let told = line.events().find_map(|event| match event {
        EventKind::HandoffFailed { reason } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(told.as_deref(), Some(reason));
    line.until_ended();
    assert!(line.last_said().contains("Acme") && line.last_said().contains("call you back"), "{}", line.last_said());
    assert_eq!(line.count(is_event(|e| matches!(e, EventKind::CallbackRequested { .. }))), 1);
    let report = line.report();
    assert_eq!(ended_as(&report), (Outcome::Person, EndReason::Completed));
    assert!(!report.handed_over);
}

#[test]
fn no_free_agent_is_a_message_and_a_callback() {
    let mut line = requested(OFFER);
    line.input(Input::NoAgent { reason: "all busy".into() });
    is_promised_a_callback(line, "all busy");
}

#[test]
fn a_dialer_that_never_answers_is_waited_for_so_long_and_no_longer() {
    let mut line = requested(OFFER);
    assert_eq!(line.call.wake_at().map(|(_, why)| why), Some(Timer::Handoff));
    line.wait(20_100);
    is_promised_a_callback(line, "nobody answered in time");
}

#[test]
fn an_agent_who_never_answers_is_given_up() {
    let mut line = requested(OFFER);
    line.input(Input::Bridge(agent()));
    line.wait(15_100);
    assert_eq!(line.count(DROPPED), 1);
    line.input(Input::AgentAnswered);
    is_promised_a_callback(line, "nobody answered in time");
}

#[test]
fn an_agent_whose_phone_fails_is_given_up() {
    let mut line = requested(OFFER);
    line.input(Input::Bridge(agent()));
    line.wait(1000);
    line.input(Input::AgentFailed { reason: "486 busy here".into() });
    is_promised_a_callback(line, "486 busy here");
}

#[test]
fn a_line_that_cannot_be_spoken_does_not_cost_the_handover() {
    let mut line = requested(OFFER);
    line.input(Input::Bridge(agent()));
    line.input(Input::PromptFailed { id: 2, reason: "no voice".into() });
    line.wait(500);
    line.input(Input::AgentAnswered);
    line.input(Input::AgentHangup);
    assert!(line.report().handed_over);
}

#[test]
fn the_limit_on_seconds_waits_for_a_handover_that_is_under_way() {
    let asks_again = OFFER.replace("skill: sales", "failed: greet").replace("seconds: 300", "seconds: 12");
    let mut line = requested(&asks_again);
    line.wait(12_000);
    assert!(!line.call.ended());
    line.input(Input::NoAgent { reason: "all busy".into() });
    line.until_ended();
    assert_eq!(line.report().end_reason, EndReason::Limit);
}

// ---- other ends ----

#[test]
fn somebody_who_hangs_up_in_the_middle_of_a_prompt_has_heard_that_much() {
    for after in [10, 500, 2500] {
        let mut line = Line::new(OFFER);
        line.render_ms = 0;
        line.answers();
        line.wait(after);
        line.input(Input::RemoteHangup);
        assert_eq!(ended_as(&line.report()), (Outcome::Person, EndReason::RemoteHangup));
        let turns = line.turns();
        assert_eq!(turns.len(), 1, "after {after} ms: {turns:?}");
        assert_eq!(u64::from(turns[0].said_to_ms), after);
        assert_eq!(u64::from(line.report().talk_ms), after);
    }
}

#[test]
fn a_line_that_goes_dead_is_ended_with_its_reason() {
    let mut line = Line::asked(OFFER);
    line.input(Input::MediaStopped);
    assert_eq!(line.report().end_reason, EndReason::MediaTimeout);
}

#[test]
fn nothing_comes_out_of_a_call_that_is_over() {
    let mut line = Line::asked(OFFER);
    line.input(Input::RemoteHangup);
    let before = line.out.len();
    for input in [Input::Key('1'), Input::RemoteHangup, Input::Wake, Input::AgentAnswered, Input::MediaStopped] {
        line.input(input);
    }
    assert_eq!(line.out.len(), before);
    assert_eq!(line.call.wake_at(), None);
}

//! Conversations in virtual time: who speaks when, what is heard, and what the call does about it.
#![allow(clippy::unwrap_used)]

mod line;

use line::{Line, RING_MS, WORD_MS, is_event};
use warmline_call::{Input, Output};
use warmline_control::{AnsweredBy, EndReason, EventKind, Outcome, TurnInput};

const VISIT: &str = r#"
template: visit
voice: flite:slt
entry: { person: greet, machine_with_beep: message, machine_without_beep: message }
limits: { no_match: 3, silence: 3, turns: 20, seconds: 120 }
intents:
  confirm: { phrases: [yes, yes i will be there, i will be there, that works] , keywords: [{ any: [fine] }] }
  reschedule: { phrases: [i need another day, another day please] }
steps:
  greet:
    type: ask
    prompt: Hello, this is Green Dental. Will you be there on Tuesday at two?
    reprompt: Sorry, will you be there?
    on_silence: Are you still there?
    timeout_ms: 5000
    answers:
      confirm: { goto: thanks, key: "1" }
      reschedule: day
  day: { type: collect, slot: day, as: date, prompt: Which day would suit you?, next: thanks }
  thanks: { type: end, prompt: "Thank you, goodbye.", tags: [done] }
  message: { type: voicemail, message: "This is Green Dental. Please call us back.", tags: [message_left] }
"#;

const LEGAL: &str = r#"
template: legal
voice: flite:slt
entry: { person: law }
steps:
  law: { type: say, prompt: This call is recorded and made by a machine., barge_in: never, next: ask }
  ask: { type: ask, prompt: Do you agree to that?, answers: { agree: { goto: bye, key: "1", phrases: [i agree] } } }
  bye: { type: end, prompt: Goodbye. }
"#;

fn greeting() -> &'static str {
    "Hello, this is Green Dental. Will you be there on Tuesday at two?"
}

const STOPPED: fn(&Output) -> bool = |output| matches!(output, Output::StopPlayback);
const HELD: fn(&Output) -> bool = |output| matches!(output, Output::HoldPlayback);
const RESUMED: fn(&Output) -> bool = |output| matches!(output, Output::ResumePlayback);

const WAYS_IN: &str = r#"
template: ways-in
voice: flite:slt
entry: { person: greet, called_back: again }
steps:
  greet: { type: say, prompt: Good morning., next: bye }
  again: { type: say, prompt: "Hello again, you asked us to call.", next: bye }
  bye: { type: end, prompt: Goodbye. }
"#;

// ---- a call that goes well ----

#[test]
fn who_asked_for_the_call_is_greeted_as_somebody_who_is_known() {
    for (asked_for, greeting) in [(false, "Good morning."), (true, "Hello again, you asked us to call.")] {
        let mut line = Line::new(WAYS_IN);
        if asked_for {
            line.call.is_called_back();
        }
        line.answers();
        line.until_ended();
        assert_eq!(line.said(), [greeting, "Goodbye."]);
    }
}

#[test]
fn a_greeting_is_answered_confirmed_and_thanked_for() {
    let mut line = Line::asked(VISIT);
    assert_eq!(line.said(), [greeting()]);
    line.wait(700);
    line.says("yes i will be there");
    line.until_ended();
    assert_eq!(line.said(), [greeting(), "Thank you, goodbye."]);
    let report = line.report();
    assert_eq!((report.outcome, report.end_reason), (Outcome::Person, EndReason::Completed));
    assert_eq!(report.answered_by, Some(AnsweredBy::Person));
    assert_eq!((report.intent.as_deref(), report.turns), (Some("confirm"), 1));
    assert_eq!(report.tags, ["done"]);
    assert_eq!(report.ring_ms, Some(RING_MS as u32));
}

#[test]
fn each_turn_is_told_with_its_words_times_and_the_split_of_its_latency() {
    let mut line = Line::asked(VISIT);
    line.wait(700);
    let from = line.clock();
    line.says("yes i will be there");
    let to = line.clock();
    let latency = line.until_reply() as f32;
    line.until_ended();
    let turns = line.turns();
    assert_eq!(turns.len(), 2, "{turns:#?}");
    let answer = &turns[0];
    assert_eq!((answer.step.as_str(), answer.said.as_str()), ("greet", greeting()));
    assert_eq!((answer.heard.as_str(), answer.understood.as_deref()), ("yes i will be there", Some("confirm")));
    assert!(!answer.interrupted);
    let near = |is: Option<u32>, wanted: u32| is.is_some_and(|is| is.abs_diff(wanted) <= 32);
    assert!(near(answer.heard_from_ms, from) && near(answer.heard_to_ms, to), "{answer:?} {from}..{to}");
    let split = answer.latency.unwrap();
    assert!((split.total_ms - latency).abs() <= 32.0, "{split:?}, heard outside: {latency}");
    assert!(split.endpointing_ms >= 150.0, "{split:?}");
    assert!((split.tts_ms - line.render_ms as f32).abs() < 1.0, "{split:?}");
    assert_eq!((turns[1].said.as_str(), turns[1].heard.as_str()), ("Thank you, goodbye.", ""));
    assert_eq!(turns[1].latency, None);
}

#[test]
fn each_turn_tells_what_was_asked_how_it_was_answered_and_what_it_may_have_been() {
    let mut line = Line::asked(VISIT);
    line.wait(700);
    line.says("i need another day");
    line.until_quiet();
    line.wait(8000);
    line.until_quiet();
    line.presses('0');
    line.wait(100);
    let turns = line.turns();
    let told: Vec<_> = turns.iter().map(|turn| (turn.step.as_str(), turn.point.as_deref(), turn.input)).collect();
    let answer = Some("answer");
    assert_eq!(told[..2], [("greet", answer, Some(TurnInput::Speech)), ("day", answer, Some(TurnInput::Silence))]);
    let first = turns[0].readings.first().unwrap();
    assert_eq!((first.text.as_str(), Some(first.confidence)), ("i need another day", turns[0].confidence));
    assert_eq!((turns[0].sentiment, turns[1].sentiment), (Some(0.0), None), "silence has no mood");
    assert!(turns[1].readings.is_empty());
}

#[test]
fn a_reading_that_comes_late_counts_as_recognition_and_not_as_nothing() {
    let mut line = Line::asked(VISIT);
    line.recognise_ms = 1500;
    line.wait(700);
    line.says("yes i will be there");
    let latency = line.until_reply() as f32;
    let split = line.turns()[0].latency.unwrap();
    assert!((split.total_ms - latency).abs() <= 32.0, "{split:?}, heard outside: {latency}");
    assert!(split.asr_ms > 400.0 && split.endpointing_ms > 150.0, "{split:?}");
}

#[test]
fn a_recogniser_that_never_answers_does_not_leave_the_person_waiting() {
    let mut line = Line::asked(VISIT);
    line.recognise_ms = 60_000;
    line.wait(700);
    line.says("yes i will be there");
    let waited = line.until_reply();
    assert!((5900..6200).contains(&waited), "{waited}");
    assert_eq!(line.last_said(), "Sorry, will you be there?");
}

// ---- speaking over the bot ----

#[test]
fn hello_during_the_greeting_does_not_interrupt_it() {
    let mut line = Line::answered(VISIT);
    line.wait(300);
    line.says("hello");
    line.until_quiet();
    assert_eq!(line.said(), [greeting()]);
    assert_eq!(line.count(STOPPED), 0);
    assert_eq!(line.count(is_event(|e| matches!(e, EventKind::Detected { answered_by: AnsweredBy::Person }))), 1);
    assert_eq!(line.heard().len(), 0);
}

#[test]
fn real_words_hold_the_prompt_at_once_and_stop_it_when_they_are_read() {
    let mut line = Line::answered(VISIT);
    line.wait(2200);
    let began = line.now;
    line.says("i need another day");
    line.until_reply();
    let held = line.when(HELD).unwrap() - began;
    assert!(held <= 200, "held after {held} ms");
    assert_eq!(line.count(STOPPED), 1);
    assert_eq!(line.count(RESUMED), 0);
    assert_eq!(line.last_said(), "Which day would suit you?");
    let turn = &line.turns()[0];
    assert!(turn.interrupted && turn.heard == "i need another day", "{turn:?}");
}

#[test]
fn a_cough_or_a_backchannel_lets_the_prompt_go_on_soon() {
    for noise in ["cough", "uh huh", "hello hello"] {
        let mut line = Line::answered(VISIT);
        line.wait(2200);
        match noise {
            "cough" => line.coughs(200),
            words => line.says(words),
        }
        let quiet_from = line.now;
        line.wait(500);
        assert!(line.bot_speaks(), "{noise}");
        let resumed = line.when(RESUMED).unwrap() - quiet_from;
        assert!(resumed <= 300, "{noise}: the bot was silent for {resumed} ms");
        line.until_quiet();
        assert_eq!(line.said(), [greeting()], "{noise}");
        assert_eq!(line.turns().len(), 0, "{noise}");
    }
}

#[test]
fn a_click_does_not_even_hold_the_prompt() {
    let mut line = Line::answered(VISIT);
    line.wait(2208);
    line.coughs(32);
    line.until_quiet();
    assert_eq!(line.count(HELD), 0);
}

#[test]
fn words_that_begin_as_the_prompt_ends_are_answered() {
    // The report that the prompt has ended and the wish to hold it cross on their way.
    let greeting_ms = greeting().split_whitespace().count() as u64 * WORD_MS;
    for early in (0..200).step_by(8) {
        let mut line = Line::answered(VISIT);
        line.report_lag_ms = 40;
        line.wait(greeting_ms + line.render_ms - early);
        line.says("i need another day");
        line.until_reply();
        assert_eq!(line.last_said(), "Which day would suit you?", "{early} ms before the end");
        line.wait(200);
        assert!(line.bot_speaks(), "{early} ms before the end");
    }
}

#[test]
fn a_backchannel_as_one_prompt_ends_does_not_silence_the_next() {
    let source = VISIT.replace("person: greet", "person: intro").replace(
        "steps:\n",
        "steps:\n  intro: { type: say, prompt: One two three four five six seven eight nine., next: greet }\n",
    );
    for early in (0..200).step_by(8) {
        let mut line = Line::answered(&source);
        line.report_lag_ms = 40;
        line.wait(9 * WORD_MS + line.render_ms - early);
        line.says("uh huh");
        line.wait(1500);
        assert!(line.bot_speaks(), "{early} ms before the end");
    }
}

#[test]
fn nothing_stops_a_legal_text_and_it_is_never_skipped() {
    let mut line = Line::answered(LEGAL);
    line.wait(500);
    line.presses('1');
    line.wait(500);
    line.says("i agree");
    line.until_quiet();
    assert_eq!(line.said().len(), 2, "{:?}", line.said());
    assert_eq!((line.count(STOPPED), line.count(HELD)), (0, 0));

    let after = LEGAL.replace("barge_in: never, next: ask", "next: law2").replace(
        "  ask:",
        "  law2: { type: say, prompt: You may say stop calling at any time., barge_in: never, next: ask }\n  ask:",
    );
    let mut line = Line::answered(&after);
    line.wait(2200);
    line.says("i agree");
    line.until_quiet();
    assert_eq!(line.said()[1], "You may say stop calling at any time.");
}

#[test]
fn what_was_not_said_is_not_in_the_record() {
    let source = VISIT.replace("person: greet", "person: intro").replace(
        "steps:\n",
        "steps:\n  intro: { type: say, prompt: One two three four five six seven eight nine ten., next: greet }\n",
    );
    let mut line = Line::answered(&source);
    line.wait(2200);
    line.says("i need another day");
    line.until_reply();
    assert_eq!(line.turns()[0].said, "One two three four five six seven eight nine ten.");
}

// ---- pauses and endpoints ----

#[test]
fn a_pause_inside_an_answer_does_not_cut_it() {
    for pause in (300..=860).step_by(40) {
        for answer in ["i need [P] another day", "another [P] day please", "well i think [P] that is fine"] {
            let spoken = answer.replace('P', &pause.to_string());
            let mut line = Line::asked(VISIT);
            line.wait(600);
            line.says(&spoken);
            line.until_reply();
            let words = answer.replace("[P] ", "");
            assert_eq!(line.heard(), [words], "{spoken}");
        }
    }
}

#[test]
fn the_bot_answers_a_whole_answer_fast_and_gives_an_open_one_time() {
    let latency = |answer: &str| {
        let mut line = Line::asked(VISIT);
        line.wait(600);
        line.says(answer);
        line.until_reply()
    };
    let whole = latency("yes i will be there");
    let understood = latency("well i think that is fine");
    let unknown = latency("the weather looks bad");
    let unfinished = latency("i would like to");
    assert!(whole <= 350, "{whole}");
    assert!(whole < understood && understood <= 600, "{understood}");
    assert!((900..=1050).contains(&unknown), "{unknown}");
    assert!((1200..=1350).contains(&unfinished), "{unfinished}");
}

#[test]
fn a_speaker_without_end_is_interrupted_once_for_each_stretch_and_nothing_is_heard_twice() {
    let mut line = Line::asked(VISIT);
    line.wait(600);
    let words = (0..90).map(|i| format!("w{i}")).collect::<Vec<_>>();
    line.says(&words.join(" "));
    line.until_quiet();
    let heard = line.heard().join(" ");
    for word in &words {
        assert!(heard.split(' ').filter(|w| w == word).count() <= 1, "{word} was heard twice: {heard}");
    }
    assert!(line.count(|o| matches!(o, Output::Recognise { .. })) <= 8);
}

// ---- silence, nonsense, keys ----

#[test]
fn silence_is_asked_about_and_in_the_end_taken_for_an_answer() {
    let mut line = Line::asked(VISIT);
    let quiet_from = line.now;
    line.until_reply();
    assert_eq!(line.now - quiet_from, 5000 + line.render_ms);
    assert_eq!(line.last_said(), "Are you still there?");
    line.until_ended();
    let report = line.report();
    assert_eq!((report.outcome, report.end_reason), (Outcome::Person, EndReason::Limit));
    assert_eq!(line.heard(), ["", "", "", ""]);
    assert_eq!(report.turns, 0);
}

#[test]
fn a_short_noise_is_not_an_answer() {
    let mut line = Line::asked(VISIT);
    line.wait(1000);
    line.coughs(200);
    line.wait(4000);
    assert_eq!(line.said(), [greeting()]);
    line.until_reply();
    assert_eq!(line.last_said(), "Are you still there?");
}

#[test]
fn what_is_not_understood_is_asked_again_up_to_the_limit() {
    let mut line = Line::asked(VISIT);
    for expected in ["Sorry, will you be there?", "Sorry, will you be there?"] {
        line.wait(500);
        line.says("purple monkey dishwasher");
        line.until_reply();
        assert_eq!(line.last_said(), expected);
        line.until_quiet();
    }
    line.wait(500);
    line.says("purple monkey dishwasher");
    line.until_ended();
    assert_eq!(line.report().end_reason, EndReason::Limit);
    assert_eq!(line.report().turns, 3);
}

#[test]
fn a_key_answers_in_the_middle_of_the_prompt() {
    let mut line = Line::answered(VISIT);
    line.wait(1000);
    line.presses('1');
    let reply = line.until_reply();
    assert!(reply <= 50, "{reply}");
    line.until_ended();
    let turn = &line.turns()[0];
    assert_eq!((turn.heard.as_str(), turn.understood.as_deref(), turn.interrupted), ("1", Some("confirm"), true));
    assert_eq!(line.report().intent.as_deref(), Some("confirm"));
}

#[test]
fn a_key_while_somebody_speaks_counts_at_once() {
    let mut line = Line::asked(VISIT);
    line.wait(500);
    line.will_say("well i think i will press");
    line.wait(700);
    line.presses('1');
    line.until_ended();
    assert_eq!(line.heard()[0], "1");
    assert_eq!(line.report().end_reason, EndReason::Completed);
}

#[test]
fn an_opt_out_is_told_before_another_word_is_said() {
    let mut line = Line::asked(VISIT);
    line.wait(500);
    line.says("stop calling me");
    line.until_ended();
    let opted_out = line.out.iter().position(|(_, o)| matches!(o, Output::Event(EventKind::OptedOut))).unwrap();
    let goodbye = line.out.iter().rposition(|(_, o)| matches!(o, Output::Play { .. })).unwrap();
    assert!(opted_out < goodbye);
    assert_eq!(line.report().intent.as_deref(), Some("do_not_call"));
}

// ---- limits and faults ----

#[test]
fn the_limit_on_seconds_says_goodbye_and_ends() {
    let mut line = Line::new(&VISIT.replace("seconds: 120", "seconds: 12"));
    line.answers();
    let answered = line.now;
    line.until_ended();
    assert_eq!(line.report().end_reason, EndReason::Limit);
    assert!(line.last_said().contains("Goodbye"));
    assert!(line.now - answered < 20_000, "{}", line.now - answered);
}

#[test]
fn the_limit_on_seconds_also_ends_a_call_in_which_the_prompt_is_held() {
    for seconds in [2, 3] {
        for offset in (0..400).step_by(40) {
            let mut line = Line::new(&VISIT.replace("seconds: 120", &format!("seconds: {seconds}")));
            line.answers();
            line.wait(seconds * 1000 - 400 + offset);
            line.says("and another thing about the weather");
            line.until_ended();
            assert_eq!(line.report().end_reason, EndReason::Limit, "{seconds} {offset}");
        }
    }
}

#[test]
fn a_prompt_that_cannot_be_made_ends_the_call_as_our_fault() {
    let mut line = Line::answered(VISIT);
    line.input(Input::PromptFailed { id: 1, reason: "no such voice".into() });
    // A message that something went wrong comes first.
    line.until_ended();
    assert_eq!(line.said(), ["Sorry, we have a technical problem. Goodbye."]);
    let report = line.report();
    assert_eq!((report.outcome, report.end_reason), (Outcome::Failed, EndReason::Fault));
    assert!(report.cause.contains("no such voice"));
}

#[test]
fn a_prompt_that_is_no_longer_wanted_may_fail() {
    let mut line = Line::answered(VISIT);
    line.wait(1000);
    line.presses('1');
    line.input(Input::PromptFailed { id: 1, reason: "too late".into() });
    line.until_ended();
    assert_eq!(line.report().end_reason, EndReason::Completed);
}

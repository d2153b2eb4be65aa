//! What happens in a scripted call; the last digit of the number decides.

use warmline_domain::{CallChange, CallResult, NewContact, Outcome, Turn, TurnLatency};

/// A call's changes in order, and its turns once more for the recording.
pub struct Scripted {
    pub changes: Vec<CallChange>,
    pub turns: Vec<Turn>,
}

pub fn call(contact: &NewContact) -> Scripted {
    let name = if contact.name.is_empty() { "there" } else { &contact.name };
    match contact.number.as_str().chars().last() {
        Some('2') => unanswered(Outcome::Busy, 486, "the line is busy"),
        Some('4') => unanswered(Outcome::NoAnswer, 487, "rang until the limit"),
        Some('6') => unanswered(Outcome::InvalidNumber, 404, "no such number"),
        Some('3') => machine(name),
        Some('5') => handover(name),
        Some('7') => reschedule(name),
        _ => confirm(name),
    }
}

fn unanswered(outcome: Outcome, sip: u16, cause: &str) -> Scripted {
    let result = CallResult {
        outcome,
        sip_status: Some(sip),
        end_reason: "not_answered".into(),
        cause: cause.into(),
        ..ended()
    };
    Scripted { changes: vec![CallChange::Ringing, CallChange::Ended(Box::new(result))], turns: Vec::new() }
}

fn machine(name: &str) -> Scripted {
    let turns = vec![say(
        1,
        4200,
        6400,
        &format!("Hello {name}, this is Northside Dental about your appointment. Please call us back."),
    )];
    let result = CallResult {
        outcome: Outcome::Machine,
        answered_by: Some("machine_with_beep".into()),
        tags: vec!["message left".into()],
        ..ended()
    };
    answered(turns, vec![], result)
}

fn confirm(name: &str) -> Scripted {
    let turns = vec![
        heard(greeting(name), 7300, 1150, "yes i will be there", "confirm", 0.97, "phrase “yes i will be there”"),
        say(2, 9300, 2600, "Lovely, we will see you then. Goodbye."),
    ];
    answered(turns, vec![], person("confirm", &["confirmed"], 1))
}

fn reschedule(name: &str) -> Scripted {
    let mut cut = greeting(name);
    (cut.said_to_ms, cut.interrupted) = (4100, true);
    let turns = vec![
        heard(cut, 3900, 1500, "could we do another day", "reschedule", 0.74, "nearest “can I come another day”"),
        heard(
            say(2, 6300, 1900, "Of course. Which day suits you?"),
            8700,
            900,
            "next friday",
            "slot:day",
            1.0,
            "date: next Friday",
        ),
        heard(say(3, 10_400, 1400, "And at what time?"), 12_300, 1000, "", "", 0.0, "silence"),
        heard(say(4, 17_000, 1900, "Sorry, what time on Friday?"), 19_400, 0, "3", "slot:time", 1.0, "key 3"),
        say(5, 20_100, 3800, "Friday at three. You are all set, thank you and goodbye."),
    ];
    let slots = vec![slot("day", "2026-11-27"), slot("time", "15:00")];
    let collected = [("day", "2026-11-27"), ("time", "15:00")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let result = CallResult { slots: collected.into(), ..person("reschedule", &["rescheduled"], 3) };
    answered(turns, slots, result)
}

fn handover(name: &str) -> Scripted {
    let turns = vec![
        heard(greeting(name), 7200, 1800, "can i talk to somebody please", "human", 0.91, "keywords talk, somebody"),
        say(2, 10_000, 1900, "One moment, I am getting somebody for you."),
    ];
    let bridge = vec![
        CallChange::HandoffRequested { reason: "asked for a person".into(), skill: None, score: None, by_score: false },
        CallChange::Bridged { agent: "Ann".into(), wait_ms: 1340 },
    ];
    let result =
        CallResult { handed_over: true, end_reason: "agent_hangup".into(), talk_ms: 31_000, ..person("human", &[], 1) };
    answered(turns, bridge, result)
}

fn slot(name: &str, value: &str) -> CallChange {
    CallChange::SlotFilled { name: name.into(), value: value.into() }
}

fn answered(turns: Vec<Turn>, more: Vec<CallChange>, result: CallResult) -> Scripted {
    let mut changes = vec![CallChange::Ringing, CallChange::Answered];
    changes.extend(turns.iter().cloned().map(|t| CallChange::Turn(Box::new(t))));
    changes.extend(more);
    changes.push(CallChange::Ended(Box::new(CallResult { ring_ms: Some(4200), sip_status: Some(200), ..result })));
    Scripted { changes, turns }
}

fn ended() -> CallResult {
    CallResult {
        outcome: Outcome::Failed,
        end_reason: "completed".into(),
        answered_by: None,
        sip_status: None,
        cause: String::new(),
        ring_ms: None,
        talk_ms: 0,
        intent: None,
        tags: Vec::new(),
        categories: Vec::new(),
        slots: [].into(),
        handed_over: false,
        turns: 0,
    }
}

fn person(intent: &str, tags: &[&str], turns: u16) -> CallResult {
    CallResult {
        outcome: Outcome::Person,
        answered_by: Some("person".into()),
        intent: Some(intent.into()),
        tags: tags.iter().map(ToString::to_string).collect(),
        talk_ms: 12_400,
        turns,
        ..ended()
    }
}

fn greeting(name: &str) -> Turn {
    let words = format!(
        "Hello {name}, this is the automated assistant of Northside Dental. You have an appointment on Tuesday at ten. Will you be there?"
    );
    say(1, 300, 6700, &words)
}

fn say(turn: u16, from: u32, length: u32, words: &str) -> Turn {
    Turn {
        turn,
        step: "script".into(),
        said: words.into(),
        said_from_ms: from,
        said_to_ms: from + length,
        ..Turn::default()
    }
}

fn heard(turn: Turn, from: u32, length: u32, words: &str, understood: &str, score: f32, why: &str) -> Turn {
    Turn {
        heard: words.into(),
        heard_from_ms: Some(from),
        heard_to_ms: Some(from + length),
        confidence: (!words.is_empty()).then_some(0.86),
        understood: (!understood.is_empty()).then(|| understood.into()),
        score: Some(score),
        why: Some(why.into()),
        latency: Some(TurnLatency {
            total_ms: 742.0,
            endpointing_ms: 480.0,
            asr_ms: 190.0,
            nlu_dialog_ms: 4.0,
            tts_ms: 68.0,
        }),
        ..turn
    }
}

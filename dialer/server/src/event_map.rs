//! The bot's events in the dialer's terms. Field names are the same on both sides; only outcomes,
//! and the time a person named, need thought.

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use warmline_control::{self as control, CallReport, EventKind, TurnRecord};
use warmline_domain::{
    CallChange, CallResult, HandoffReason, HandoffScore, HeardReading, Outcome, RecordingFile, Turn, TurnInput,
    TurnLatency, WeighedIntent,
};

/// What `kind` changes in storage; none for events that only announce. `zone` is the person's.
pub fn change_of(kind: EventKind, zone: Tz) -> Option<CallChange> {
    Some(match kind {
        EventKind::Dialling => return None,
        EventKind::Ringing { .. } => CallChange::Ringing,
        EventKind::Answered => CallChange::Answered,
        EventKind::Detected { answered_by } => CallChange::Detected { answered_by: name(answered_by) },
        EventKind::Turn(turn) => CallChange::Turn(Box::new(turn_of(*turn))),
        EventKind::Tagged { tag } => CallChange::Tagged { tag },
        EventKind::SlotFilled { name, value } => CallChange::SlotFilled { name, value },
        EventKind::OptedOut => CallChange::OptedOut,
        EventKind::HandoffRequested { reason, skill, slots: _, score, by_score } => {
            CallChange::HandoffRequested { reason, skill, score: score.map(score_of), by_score }
        }
        EventKind::Bridged { agent, wait_ms } => CallChange::Bridged { agent, wait_ms },
        EventKind::HandoffFailed { reason } => CallChange::HandoffFailed { reason },
        EventKind::CallbackRequested { due, reason } => {
            CallChange::CallbackRequested { due_at: due.and_then(|due| instant(&due, zone)), reason }
        }
        EventKind::RecordingStarted(file) => {
            CallChange::RecordingStarted(RecordingFile { path: file.path, sample_rate_hz: file.sample_rate_hz })
        }
        EventKind::Ended(report) => CallChange::Ended(Box::new(result_of(*report))),
    })
}

/// Local `YYYY-MM-DDTHH:MM` in `zone`. A time that a clock change skips is taken an hour later.
fn instant(due: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(due, "%Y-%m-%dT%H:%M").ok()?;
    let later = || zone.from_local_datetime(&(local + chrono::TimeDelta::hours(1))).earliest();
    zone.from_local_datetime(&local).earliest().or_else(later).map(|at| at.with_timezone(&Utc))
}

fn turn_of(turn: TurnRecord) -> Turn {
    Turn {
        turn: turn.turn,
        step: turn.step,
        point: turn.point,
        said: turn.said,
        said_from_ms: turn.said_from_ms,
        said_to_ms: turn.said_to_ms,
        interrupted: turn.interrupted,
        input: turn.input.map(input_of),
        heard: turn.heard,
        heard_from_ms: turn.heard_from_ms,
        heard_to_ms: turn.heard_to_ms,
        confidence: turn.confidence,
        readings: turn.readings.into_iter().map(reading_of).collect(),
        understood: turn.understood,
        score: turn.score,
        why: turn.why,
        also: turn.also,
        alternatives: turn.alternatives.into_iter().map(alternative_of).collect(),
        sentiment: turn.sentiment,
        handoff: turn.handoff.map(score_of),
        latency: turn.latency.map(|l| TurnLatency {
            total_ms: l.total_ms,
            endpointing_ms: l.endpointing_ms,
            asr_ms: l.asr_ms,
            nlu_dialog_ms: l.nlu_dialog_ms,
            tts_ms: l.tts_ms,
        }),
    }
}

fn input_of(input: control::TurnInput) -> TurnInput {
    match input {
        control::TurnInput::Speech => TurnInput::Speech,
        control::TurnInput::Key => TurnInput::Key,
        control::TurnInput::Silence => TurnInput::Silence,
    }
}

fn reading_of(reading: control::HeardReading) -> HeardReading {
    HeardReading { text: reading.text, confidence: reading.confidence, expected: reading.expected }
}

fn alternative_of(other: control::WeighedIntent) -> WeighedIntent {
    WeighedIntent { intent: other.intent, score: other.score }
}

fn score_of(score: control::HandoffScore) -> HandoffScore {
    let reason = |r: control::HandoffReason| HandoffReason { cue: r.cue, weight: r.weight, detail: r.detail };
    HandoffScore { score: score.score, reasons: score.reasons.into_iter().map(reason).collect() }
}

fn result_of(report: CallReport) -> CallResult {
    CallResult {
        // The names are held together by the test below.
        outcome: Outcome::parse(report.outcome.as_str()).unwrap_or(Outcome::Failed),
        end_reason: report.end_reason.as_str().to_owned(),
        answered_by: report.answered_by.map(name),
        sip_status: report.sip_status,
        cause: report.cause,
        ring_ms: report.ring_ms,
        talk_ms: report.talk_ms,
        intent: report.intent,
        tags: report.tags,
        categories: report.categories,
        slots: report.slots,
        handed_over: report.handed_over,
        turns: report.turns,
    }
}

/// The serde name of a plain enum value.
fn name(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_call_every_outcome_the_same() {
        for outcome in warmline_control::Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()).map(Outcome::as_str), Some(outcome.as_str()));
        }
    }

    #[test]
    fn nothing_of_a_turn_is_lost_or_renamed() {
        let record = TurnRecord {
            turn: 3,
            point: Some("form:day".into()),
            input: Some(control::TurnInput::Key),
            readings: vec![control::HeardReading { text: "monday".into(), confidence: 0.5, expected: true }],
            also: vec!["busy".into()],
            alternatives: vec![control::WeighedIntent { intent: "cancel".into(), score: 0.25 }],
            sentiment: Some(-0.5),
            handoff: Some(control::HandoffScore {
                score: 0.75,
                reasons: vec![control::HandoffReason { cue: "silence".into(), weight: 0.5, detail: "twice".into() }],
            }),
            latency: Some(control::Latency { total_ms: 300.0, ..control::Latency::default() }),
            ..TurnRecord::default()
        };
        let told = serde_json::to_value(&record).unwrap_or_default();
        assert_eq!(serde_json::to_value(turn_of(record)).unwrap_or_default(), told);
        assert!(told.is_object());
    }

    #[test]
    fn a_time_the_person_named_is_theirs() {
        let due = |text| instant(text, chrono_tz::America::New_York).map(|at| at.to_rfc3339());
        assert_eq!(due("2026-11-21T16:30").as_deref(), Some("2026-11-21T21:30:00+00:00"));
        // 02:30 does not exist on the day the clocks go forward.
        assert_eq!(due("2026-03-08T02:30").as_deref(), Some("2026-03-08T07:30:00+00:00"));
        assert_eq!(due("soon"), None);
    }
}

//! The endpointing benchmark's small run: replies are fast, and people are rarely cut off. It is
//! deterministic, so its bounds can only be broken by a change of the policy. `--nocapture` shows the figures.
#![allow(clippy::unwrap_used)]

use warmline_call::endpointing::{Measured, curve, dialog, measure, policies};
use warmline_dialog::Completeness::{self, Complete, MayGoOn, Unfinished, Unknown};
use warmline_dialog::{Dialog, DialogEvent, Entry, Reading, Utterance, Variables};

const CALLS: u64 = 150;

fn show(row: &Measured) {
    println!(
        "{:24} {:8} p50 {:4} p95 {:4} p99 {:4} ms, cut off {:4.1} % ({} of {}, {} after a whole answer)",
        row.policy,
        row.answers,
        row.p50_ms,
        row.p95_ms,
        row.p99_ms,
        100.0 * row.cut_share(),
        row.cut_off,
        row.utterances,
        row.after_answer
    );
}

/// The row for all utterances of each policy, by name.
fn rows() -> Vec<Measured> {
    let dialog = dialog().unwrap();
    policies().iter().map(|(name, config)| measure(&dialog, name, *config, CALLS, 1).swap_remove(0)).collect()
}

#[test]
fn replies_are_fast_and_few_are_cut_off() {
    let rows = measure(&dialog().unwrap(), "policy", policies()[0].1, CALLS, 1);
    rows.iter().for_each(show);
    let all = &rows[0];
    assert!(all.utterances > 1000, "{all:?}");
    let share = all.paused as f64 / all.utterances as f64;
    assert!((0.2..0.4).contains(&share), "pauses in {share}");
    assert!(all.p50_ms <= 350 && all.p95_ms <= 710, "{all:?}");
    assert!(all.cut_share() <= 0.035, "{all:?}");
    assert!(all.cut_off - all.after_answer <= all.utterances / 100, "{all:?}");
}

#[test]
fn no_wait_on_silence_alone_is_as_good() {
    let rows = rows();
    rows.iter().for_each(show);
    let policy = &rows[0];
    for silence in rows.iter().filter(|row| row.policy.starts_with("silence")) {
        assert!(policy.p50_ms < silence.p50_ms, "{silence:?}");
    }
    let short = rows.iter().find(|row| row.policy == "silence 500 ms").unwrap();
    assert!(policy.cut_share() < short.cut_share() / 3.0, "{short:?} {policy:?}");
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let dialog = dialog().unwrap();
    let (name, config) = &curve()[0];
    let figures = |seed| {
        measure(&dialog, name, *config, 20, seed)
            .iter()
            .map(|row| (row.p50_ms, row.p95_ms, row.cut_off))
            .collect::<Vec<_>>()
    };
    assert_eq!(figures(7), figures(7));
    assert_ne!(figures(7), figures(8));
}

/// A step, what it is, and what readings of an answer to it amount to.
type Judged = (&'static str, &'static str, &'static [(&'static str, Completeness)]);

/// What the dialog makes of `said` at each of its questions in turn.
const JUDGED: [Judged; 7] = [
    ("come", "yes", &[("yes", MayGoOn), ("that works for me", Complete), ("i will be", Unfinished)]),
    ("wish", "i need another day", &[("i need another day", Complete), ("i would like to", Unfinished)]),
    (
        "number",
        "five five five one two three four",
        &[
            ("my number is", Unfinished),
            ("five five five", Unfinished),
            ("five five five one two three four", Complete),
        ],
    ),
    (
        "day",
        "tomorrow",
        &[
            ("tuesday", MayGoOn),
            ("tomorrow", Complete),
            ("the third", MayGoOn),
            ("next tuesday", Complete),
            ("on the", Unfinished),
        ],
    ),
    ("hour", "at noon", &[("at ten", MayGoOn), ("ten thirty", Complete), ("half past", Unfinished)]),
    ("people", "two", &[("two", MayGoOn), ("twenty", Unknown)]),
    (
        "agree",
        "yes",
        &[("no", MayGoOn), ("yes that's fine", Complete), ("no thank", Unfinished), ("no thank you", Complete)],
    ),
];

#[test]
fn the_wait_follows_what_was_asked_and_what_was_said_of_it_so_far() {
    let mut talk = Dialog::new(dialog().unwrap(), Variables::new(), 1);
    let now = "2026-11-20T10:00:00".parse().unwrap();
    talk.handle(DialogEvent::Answered(Entry::Person), now);
    for (step, answer, judged) in JUDGED {
        assert_eq!(talk.current_step(), Some(step));
        for (said, wanted) in judged {
            assert_eq!(talk.completeness(said, true), *wanted, "`{said}` in `{step}`");
        }
        talk.handle(DialogEvent::PromptsDone { interrupted: false }, now);
        let reading = Reading { text: answer.to_owned(), confidence: 0.9, expected: true };
        talk.handle(DialogEvent::Heard(Utterance { readings: vec![reading], embedding: None }), now);
    }
}

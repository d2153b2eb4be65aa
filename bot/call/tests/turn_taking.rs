//! How fast are replies, and how often is somebody cut off? A thousand answers to the library's
//! reminder in its own words and a thousand in others, a third of them with a pause of 300–900 ms
//! between any two words. The recogniser of this simulation reads well and takes 50–110 ms, a reply
//! takes 20 ms: what is measured is the policy. Run it with `--nocapture` to see the figures.
//!
//! "Cut off" is strict: the bot began to speak before the last word, even if it had understood
//! ("yes, confirm … it, please") and even though it stops again when the person goes on.
#![allow(clippy::unwrap_used)]

mod line;

use line::{Line, compiled};
use warmline_call::CallConfig;

const REMINDER: &str = include_str!("../../../dialog-templates/library/appointment-reminder.yaml");

/// Answers to "Will you be there?" that the template lists.
const LISTED: [&str; 16] = [
    "yes",
    "no",
    "of course",
    "yes i will be there",
    "i will be there",
    "i need another day",
    "i need to reschedule",
    "can we do another day",
    "can i change the time",
    "i want to change my appointment",
    "please cancel",
    "i'd like to cancel",
    "can i speak to someone",
    "i want to speak to a human",
    "that works for me",
    "who is this",
];
/// Answers in words that nobody listed.
const FREE: [&str; 16] = [
    "yes thank you i will be there on tuesday",
    "i confirm that for tuesday",
    "well yes i can make it",
    "hm i would have to reschedule that",
    "tuesday is bad can we find another time",
    "my boss wants me i need a different day then",
    "i'm afraid i have to cancel it",
    "the appointment can be cancelled please cancel",
    "could you please connect me to an agent",
    "i would like another day if you have one",
    "sorry who is calling please",
    "my son is ill so i won't be coming",
    "um i confirm",
    "let's postpone it a week",
    "yes confirm it please",
    "is there a different date in may",
];

const ANSWERS: u64 = 1000;

/// A seeded generator, so that every run takes the same turns.
struct Dice(u64);

impl Dice {
    /// Evenly from `range`.
    fn roll(&mut self, range: std::ops::Range<u64>) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        range.start + (self.0 >> 33) % (range.end - range.start)
    }
}

struct Measured {
    p50: u64,
    p95: u64,
    /// Share of the answers into which the bot spoke.
    cut: f64,
}

fn measure(answers: &[&str], config: &CallConfig) -> Measured {
    let template = compiled(REMINDER);
    let mut dice = Dice(20_261_121);
    let (mut latencies, mut cut) = (Vec::new(), 0);
    for _ in 0..ANSWERS {
        let answer = answers[dice.roll(0..answers.len() as u64) as usize];
        let mut line = Line::with(&template, config.clone());
        line.recognise_ms = dice.roll(50..110);
        line.answers();
        line.until_quiet();
        line.wait(dice.roll(200..1200));
        let until = line.will_say(&spoken(answer, &mut dice));
        let before = line.said().len();
        line.wait(until - line.now);
        if line.said().len() > before {
            cut += 1;
        } else {
            latencies.push(line.until_reply());
        }
    }
    latencies.sort_unstable();
    let at = |share: usize| latencies[latencies.len() * share / 100];
    Measured { p50: at(50), p95: at(95), cut: f64::from(cut) / ANSWERS as f64 }
}

/// The answer with or without a pause in it.
fn spoken(answer: &str, dice: &mut Dice) -> String {
    let pause = format!("[{}]", dice.roll(300..900));
    let mut words: Vec<_> = answer.split(' ').collect();
    if words.len() > 1 && dice.roll(0..3) == 0 {
        words.insert(dice.roll(1..words.len() as u64) as usize, &pause);
    }
    words.join(" ")
}

fn show(name: &str, measured: &Measured) {
    let Measured { p50, p95, cut } = measured;
    println!("{name:44} p50 {p50:4} ms  p95 {p95:4} ms  cut off {:4.1} %", cut * 100.0);
}

#[test]
fn replies_are_fast_and_people_are_rarely_cut_off() {
    let config = CallConfig::default();
    let listed = measure(&LISTED, &config);
    show("listed answers", &listed);
    assert!(listed.p50 <= 350 && listed.p95 <= 600, "{} {}", listed.p50, listed.p95);
    assert!(listed.cut <= 0.03, "{}", listed.cut);
    let free = measure(&FREE, &config);
    show("answers in other words", &free);
    assert!(free.p50 <= 600 && free.p95 <= 650, "{} {}", free.p50, free.p95);
    assert!(free.cut <= 0.09, "{}", free.cut);
}

#[test]
fn the_policy_is_better_than_silence_alone_and_than_patience_with_everything() {
    let config = CallConfig::default();
    let (mut patient, mut hasty) = (config.clone(), config.clone());
    patient.endpoint.understood_ms = patient.endpoint.unknown_ms;
    let wait = hasty.endpoint.complete_ms;
    (hasty.endpoint.understood_ms, hasty.endpoint.unknown_ms, hasty.endpoint.unfinished_ms) = (wait, wait, wait);
    for (name, answers) in [("listed", LISTED), ("in other words", FREE)] {
        let [policy, patient, hasty] = [&config, &patient, &hasty].map(|c| measure(&answers, c));
        show(&format!("{name}: the policy"), &policy);
        show(&format!("{name}: without `understood_ms`"), &patient);
        show(&format!("{name}: {wait} ms of silence"), &hasty);
        assert!(policy.p50 <= patient.p50 && policy.p95 <= patient.p95);
        assert!(policy.cut < hasty.cut / 3.0);
    }
}

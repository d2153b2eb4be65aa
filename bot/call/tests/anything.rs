//! Whatever happens to a call, in whatever order: the rules of `line/rules.rs` hold, nothing
//! panics, and the call comes to an end once everybody is silent.
#![allow(clippy::unwrap_used)]

mod line;

use line::{Line, agent, failed};
use std::sync::Arc;
use warmline_call::{CallConfig, Input, Output};
use warmline_control::{EventKind, Outcome, Recording};
use warmline_dialog::{CompiledTemplate, Utterance};

const WORDS: [&str; 12] = [
    "yes",
    "no",
    "hello",
    "uh huh",
    "another day please",
    "next tuesday [400] at four",
    "speak to a human",
    "stop calling",
    "who is this",
    "i would like [700] to",
    "purple monkey dishwasher",
    "wrong number",
];

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn templates() -> Vec<Arc<CompiledTemplate>> {
    let reminder = include_str!("../../../dialog-templates/library/appointment-reminder.yaml");
    let offer = include_str!("../../../dialog-templates/library/product-offer.yaml");
    [reminder, offer].map(line::compiled).to_vec()
}

/// One thing that may happen, likely or not.
fn anything(line: &mut Line, dice: &mut Dice) {
    match dice.below(100) {
        0..30 => line.wait(dice.below(3000)),
        30..50 => line.says(WORDS[dice.below(WORDS.len() as u64) as usize]),
        50..55 => {
            line.will_say(WORDS[dice.below(WORDS.len() as u64) as usize]);
        }
        55..60 => line.coughs(dice.below(600)),
        60..66 => line.presses(b"0123459*#A"[dice.below(10) as usize] as char),
        66..68 => line.beeps(),
        68..71 => line.input(Input::Held(dice.below(2) == 0)),
        71..80 => line.input(Input::Bridge(agent())),
        80..83 => line.input(Input::AgentAnswered),
        83 => line.input(Input::NoAgent { reason: "nobody".into() }),
        84 => line.input(Input::AgentFailed { reason: "broken".into() }),
        85 => line.input(Input::AgentHangup),
        86 => line.input(Input::Wake),
        87 => line.until_quiet_or_held(),
        88 => line.input(Input::PromptFailed { id: dice.below(6) as u32, reason: "no voice".into() }),
        89 => line.input(Input::Recognised { id: dice.below(6) as u32, utterance: Utterance::default() }),
        90 => line.input(Input::PlaybackFinished { id: dice.below(6) as u32, at: dice.below(9000) as u32 }),
        91 => line.input(Input::PlaybackStarted { id: dice.below(6) as u32, at: dice.below(9000) as u32 }),
        92 => line.input(Input::RecordingStarted(Recording { path: "a.wav".into(), sample_rate_hz: 8000 })),
        93 => line.input(Input::Answered),
        94 => line.input(Input::Ringing { early_media: true }),
        95 => line.input(failed(Outcome::Busy, 486, "late")),
        96 if dice.below(4) == 0 => line.input(Input::RemoteHangup),
        97 if dice.below(4) == 0 => line.input(Input::MediaStopped),
        98 if dice.below(4) == 0 => line.input(Input::Cancel { reason: "stop".into() }),
        _ => line.wait(dice.below(12_000)),
    }
}

#[test]
fn a_call_survives_whatever_happens_and_comes_to_an_end() {
    let templates = templates();
    let (mut bridged, mut ended_alone) = (0, 0);
    for seed in 0..1500 {
        let mut dice = Dice(seed);
        let config = CallConfig { detect_machines: dice.below(4) > 0, ..CallConfig::default() };
        let mut line = Line::with(&templates[(seed % 2) as usize], config);
        line.recognise_ms = dice.below(1500);
        line.render_ms = dice.below(400);
        line.report_lag_ms = dice.below(60);
        line.answers();
        for _ in 0..dice.below(40) {
            anything(&mut line, &mut dice);
        }
        line.input(Input::Held(false));
        if line.count(|o| matches!(o, Output::BridgeAudio)) > 0 {
            bridged += 1;
            line.input(Input::AgentHangup);
        }
        ended_alone += u32::from(!line.call.ended());
        line.until_ended();
        assert!(matches!(line.out.last(), Some((_, Output::Event(EventKind::Ended(_))))), "seed {seed}");
    }
    assert!(bridged > 20 && ended_alone > 300, "the plan is too tame: {bridged} {ended_alone}");
}

#[test]
fn a_call_that_is_not_answered_survives_whatever_happens_too() {
    let templates = templates();
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let mut line = Line::with(&templates[0], CallConfig::default());
        for _ in 0..dice.below(20) {
            match dice.below(8) {
                0 => line.input(Input::Voice { from: 0, to: 32, probability: 1.0 }),
                1 => line.input(Input::Beep { at: 5 }),
                2 => line.input(Input::PlaybackStarted { id: 0, at: 0 }),
                3 => line.input(Input::Bridge(agent())),
                4 => line.input(Input::Held(true)),
                5 => line.input(Input::Wake),
                6 => line.input(Input::MediaStopped),
                _ => line.rings(),
            }
        }
        line.input(failed(Outcome::NoAnswer, 408, "rang out"));
        assert_eq!(line.report().outcome, Outcome::NoAnswer);
    }
}

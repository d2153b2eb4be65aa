//! Whatever people say or press, in whatever order: the bot never goes mute, never talks after its
//! end, and every conversation ends.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use warmline_dialog::sim::TextCall;
use warmline_dialog::{CompiledTemplate, Effect, Entry, Reading, Utterance, Variables};

/// A small generator of numbers, so that the walks are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

fn library() -> Vec<Arc<CompiledTemplate>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library");
    let read = |name: &str| {
        let source = std::fs::read_to_string(folder.join(name)).unwrap();
        let template = warmline_dialog::schema::parse(&source).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        Arc::new(CompiledTemplate::compile(template).unwrap())
    };
    vec![read("appointment-reminder.yaml"), read("product-offer.yaml")]
}

const ODD: [&str; 12] = [
    "",
    "yes",
    "no",
    "tomorrow",
    "at ten",
    "the thirty first of february",
    "not not not",
    "ten to noon",
    "double double",
    "half",
    "in ninety nine months",
    "maß für 7 ½",
];

fn say_anything(call: &mut TextCall, template: &CompiledTemplate, dice: &mut Dice) {
    let utterances = template.utterances();
    let phrase = |dice: &mut Dice| match dice.roll(3) {
        0 => ODD[dice.roll(ODD.len())].to_owned(),
        1 => utterances[dice.roll(utterances.len())].clone(),
        _ => format!("{} {}", ODD[dice.roll(ODD.len())], utterances[dice.roll(utterances.len())]),
    };
    let readings = (0..dice.roll(4)).map(|_| {
        let confidence = dice.roll(11) as f32 / 10.0;
        Reading { text: phrase(dice), confidence, expected: dice.roll(2) == 0 }
    });
    let readings = readings.collect();
    call.hears(Utterance { readings, embedding: None });
}

#[test]
fn no_conversation_goes_mute_or_on_for_ever() {
    let now = "2026-11-20T10:00:00".parse().unwrap();
    for template in library() {
        for walk in 0..400 {
            let mut dice = Dice(walk);
            let mut call = TextCall::new(&template, Variables::new(), walk, now);
            call.answered(Entry::Person);
            let mut events = 0;
            while !call.dialog().finished() {
                events += 1;
                assert!(events < 200, "{} goes on for ever, walk {walk}", template.name());
                let handing_over = call.dialog().current_step().is_none();
                match dice.roll(6) {
                    _ if handing_over => call.handoff(false),
                    0 => call.is_silent(),
                    1 => call.presses(['1', '2', '3', '*', '#', '7'][dice.roll(6)]),
                    _ => say_anything(&mut call, &template, &mut dice),
                }
                let seeking = matches!(call.effects().last(), Some(Effect::HandOver(_)));
                let alive = call.dialog().current_step().is_some() || seeking || call.dialog().finished();
                assert!(alive, "{} is mute after {:?}, walk {walk}", template.name(), call.effects().last());
            }
            let ends = call.effects().iter().filter(|effect| matches!(effect, Effect::Hangup(_))).count();
            assert_eq!(ends, 1);
            assert!(matches!(call.effects().last(), Some(Effect::Hangup(_))), "nothing follows the end");
        }
    }
}

#[test]
fn a_denied_wish_is_never_taken_for_the_wish() {
    let now = "2026-11-20T10:00:00".parse().unwrap();
    for template in library() {
        let listed = template.contexts()[0].phrases.clone();
        for phrase in &listed {
            let words: Vec<_> = phrase.split(' ').collect();
            let negative = |word: &&str| {
                ["no", "not", "never", "don't", "nobody", "cannot"].contains(word) || word.ends_with("n't")
            };
            if words.iter().any(negative) || words.len() < 2 || words[1] == "think" {
                continue;
            }
            // A clause of its own is denied by a belief ("I don't think I can"), other words by what stands before them.
            let denials: &[&str] = match words[0] {
                // Questions are not denied like this by anybody.
                "yes" | "sorry" | "can" | "is" | "are" | "what" | "who" | "which" | "where" | "why" | "how" => continue,
                "i" | "i'm" | "i'll" | "i'd" | "you" | "you've" | "we" | "there" => {
                    &["i don't think", "i do not believe"]
                }
                _ => &["not", "i am not", "never", "i do not want", "i don't think"],
            };
            let understood = |text: &str| {
                let mut call = TextCall::new(&template, Variables::new(), 1, now);
                call.answered(Entry::Person);
                call.says(text);
                call.effects().iter().find_map(|effect| match effect {
                    Effect::Understood(understood) => Some((understood.intent.clone(), understood.why.clone())),
                    _ => None,
                })
            };
            let (plain, _) = understood(phrase).unwrap();
            assert!(plain.is_some(), "{phrase}");
            for denial in denials {
                let (denied, why) = understood(&format!("{denial} {phrase}")).unwrap();
                assert_ne!(denied, plain, "`{denial} {phrase}` counts as {why}");
            }
        }
    }
}

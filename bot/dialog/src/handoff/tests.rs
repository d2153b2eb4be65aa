//! The score by itself: every cue, its bounds, its memory.
#![allow(clippy::unwrap_used)]

use super::replay::{PastEnd, PastTurn, replay};
use super::*;

const TEMPLATE: &str = r#"
template: tariff
voice: flite:slt
variables: { tier: { default: basic }, balance: { default: "0" } }
entry: { person: offer }
limits: { no_match: 3, silence: 2, turns: 20, seconds: 200 }
handoff: { goto: agent, buying: [price, delivery], value: { variable: tier, high: [gold] } }
intents: { price: [how much is it], fine: [that is fine] }
knowledge: { delivery: { questions: [when does it come], answer: Soon. } }
steps:
  offer: { type: ask, prompt: "Well, {{tier}} {{balance}}?", answers: { price: agent, fine: day } }
  day: { type: collect, slot: day, as: date, prompt: Which day?, confirm: "{{day}}?", attempts: 2, next: bye }
  bye: { type: end, prompt: Goodbye. }
  agent: { type: handover }
"#;

fn template(source: &str) -> CompiledTemplate {
    CompiledTemplate::compile(warmline_schema::parse(source).unwrap()).unwrap()
}

fn contact(tier: &str) -> Variables {
    Variables::from([("tier".to_owned(), tier.to_owned())])
}

/// An answer that tells of nothing.
fn plain() -> TurnFacts<'static> {
    TurnFacts { step: "offer", point: "answer", heard: "that is fine", understood: Some("fine"), ..sure() }
}

fn sure() -> TurnFacts<'static> {
    TurnFacts { confidence: Some(0.9), ..TurnFacts::default() }
}

fn missed(heard: &'static str) -> TurnFacts<'static> {
    TurnFacts { heard, understood: None, ..plain() }
}

fn silence() -> TurnFacts<'static> {
    TurnFacts { kind: AnswerKind::Silence, heard: "", confidence: None, understood: None, ..plain() }
}

/// The scores after each of `turns`.
fn scores(source: &str, tier: &str, turns: &[TurnFacts<'_>]) -> Vec<HandoffScore> {
    let template = template(source);
    let mut meter = Meter::new(&template, &template.template().handoff, &contact(tier));
    turns.iter().map(|facts| meter.turn(&template, facts)).collect()
}

fn last(turns: &[TurnFacts<'_>]) -> HandoffScore {
    scores(TEMPLATE, "basic", turns).pop().unwrap()
}

/// Strongest cue of the last turn and what is told of it.
fn told(turns: &[TurnFacts<'_>]) -> (String, String) {
    let score = last(turns);
    let first = score.reasons.first().map(|reason| (reason.cue.clone(), reason.detail.clone()));
    first.unwrap_or_default()
}

#[test]
fn every_cue_is_told_in_words() {
    let also = ["price".to_owned()];
    let at_day = |facts: TurnFacts<'static>| TurnFacts { step: "day", ..facts };
    let confirm = TurnFacts { point: "confirm", heard: "no", understood: Some("slot:day"), ..at_day(plain()) };
    let cases: [(&str, Vec<TurnFacts<'_>>, &str); 16] = [
        ("request", vec![TurnFacts { understood: Some("human"), ..plain() }], "asked for a human"),
        ("buying", vec![TurnFacts { understood: Some("price"), ..plain() }], "wants what a buyer wants: `price`"),
        ("buying", vec![TurnFacts { also: &also, ..plain() }], "wants what a buyer wants: `price`"),
        ("buying", vec![TurnFacts { understood: Some("knowledge:delivery"), ..plain() }], "`knowledge:delivery`"),
        ("buying", vec![TurnFacts { heard: "well i want to buy it", ..plain() }], "said `i want to buy`"),
        ("frustration", vec![TurnFacts { sentiment: -0.7, ..plain() }], "sounds annoyed"),
        ("frustration", vec![TurnFacts { heard: "you're useless", ..plain() }], "said `you are useless`"),
        ("repetition", vec![plain(), plain()], "said the same 2 times"),
        ("interruption", vec![TurnFacts { interrupted: true, ..plain() }], "talked over the bot"),
        ("no_match", vec![missed("a b c"), missed("d e f")], "2 answers in a row were not understood"),
        ("silence", vec![silence(), silence()], "said nothing 2 times in a row"),
        ("failed_slot", vec![at_day(missed("a")), at_day(missed("b"))], "`day` could not be told in 2 tries"),
        (
            "failed_slot",
            vec![at_day(missed("a")), TurnFacts { heard: "may", ..at_day(plain()) }, confirm, at_day(plain())],
            "`day` could not be told in 2 tries",
        ),
        ("confidence", vec![TurnFacts { confidence: Some(0.3), ..plain() }], "is hard to understand (30 % sure)"),
        (
            "time",
            vec![TurnFacts { elapsed_ms: 190_000, ..plain() }],
            "the conversation is long: 1 answers, 190 seconds",
        ),
        ("", vec![plain()], ""),
    ];
    for (cue, turns, detail) in cases {
        let (strongest, words) = told(&turns);
        assert_eq!(strongest, cue, "{turns:#?}: {:#?}", last(&turns));
        assert!(words.contains(detail), "{cue}: {words}");
    }
}

#[test]
fn a_contact_is_worth_what_the_template_says() {
    let value = |source: &str, tier: &str| scores(source, tier, &[plain()])[0].clone();
    assert_eq!(value(TEMPLATE, "Gold").reasons[0].detail, "tier is Gold");
    assert_eq!(value(TEMPLATE, "silver").score, 0.0);
    let ranged = TEMPLATE.replace("high: [gold]", "from: 100, to: 500");
    let of = |tier: &str| value(&ranged, tier).score;
    let most = warmline_schema::HandoffWeights::default().of(HandoffCue::Value);
    assert_eq!((of("100"), of("90.00 EUR"), of("much")), (0.0, 0.0, 0.0));
    assert!((of("300.00 USD") - most / 2.0).abs() < 1e-6);
    assert!((of("9000") - most).abs() < 1e-6);
}

#[test]
fn one_bad_turn_does_not_hand_over_and_a_run_of_them_does() {
    let awful = TurnFacts { sentiment: -1.0, confidence: None, interrupted: true, ..missed("this is ridiculous") };
    let run = scores(TEMPLATE, "basic", &[awful, awful, awful]);
    assert!(run[0].score < 0.7, "{:#?}", run[0]);
    assert!(run[1].score >= 0.7, "{:#?}", run[1]);
    // Angry words that are understood take a little longer.
    let angry = TurnFacts { sentiment: -1.0, ..plain() };
    let calm = TurnFacts { heard: "another answer here", ..plain() };
    let run = scores(
        TEMPLATE,
        "basic",
        &[angry, calm, TurnFacts { heard: "no", ..angry }, TurnFacts { heard: "x", ..angry }],
    );
    assert!(run[1].score < run[0].score && run[0].score < 0.7);
    assert!(run[3].score >= 0.7, "{:#?}", run[3]);
}

#[test]
fn the_score_falls_when_things_go_well_again() {
    let calm = ["one two three", "four five six", "seven eight nine", "ten eleven twelve"]
        .map(|heard| TurnFacts { heard, ..plain() });
    let run = scores(TEMPLATE, "basic", &[&[missed("a"), missed("b")], &calm[..]].concat());
    let falling: Vec<_> = run[1..].windows(2).map(|pair| pair[1].score < pair[0].score).collect();
    assert_eq!(falling, [true; 4], "{run:#?}");
}

#[test]
fn a_human_is_wanted_from_the_threshold_until_the_release() {
    let source = TEMPLATE.replace("goto: agent,", "goto: agent, threshold: 0.6, release: 0.3,");
    let template = template(&source);
    let mut meter = Meter::new(&template, &template.template().handoff, &contact("basic"));
    let mut turn = |facts: &TurnFacts<'_>| (meter.turn(&template, facts).score, meter.wants());
    let asks = TurnFacts { understood: Some("price"), ..plain() };
    let neutral = |heard: &'static str| TurnFacts { heard, ..plain() };
    let (score, wanted) = turn(&asks);
    assert!(score >= 0.6 && wanted);
    // Below the threshold, above the release: still.
    let (score, wanted) = turn(&neutral("one two three"));
    assert!((0.3..0.6).contains(&score) && wanted, "{score}");
    let after: Vec<_> = (0..7).map(|_| turn(&neutral(""))).collect();
    let (score, wanted) = *after.last().unwrap();
    assert!(score < 0.3 && !wanted, "{after:?}");
    // Asked for once, not again until it has fallen.
    let mut meter = Meter::new(&template, &template.template().handoff, &contact("basic"));
    meter.turn(&template, &asks);
    meter.asked();
    meter.turn(&template, &asks);
    assert!(!meter.wants());
}

// ---- properties ----

/// A small generator of numbers, so that the turns are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn share(&mut self) -> f32 {
        self.roll(101) as f32 / 100.0
    }

    fn facts(&mut self) -> TurnFacts<'static> {
        let words = ["", "yes", "no", "how much is it", "this is useless", "i want to buy that now", "我要買"];
        let meanings = [None, Some("human"), Some("price"), Some("fine"), Some("slot:day"), Some("do_not_call")];
        TurnFacts {
            step: ["offer", "day", "nowhere"][self.roll(3)],
            point: ["answer", "confirm", "form:x"][self.roll(3)],
            kind: [AnswerKind::Speech, AnswerKind::Key, AnswerKind::Silence][self.roll(3)],
            heard: words[self.roll(words.len())],
            confidence: (self.roll(4) > 0).then(|| self.share()),
            understood: meanings[self.roll(meanings.len())],
            also: &[],
            sentiment: self.share() * 2.0 - 1.0,
            interrupted: self.roll(3) == 0,
            elapsed_ms: self.roll(400_000) as u64,
        }
    }
}

/// The same turn with one cue stronger and no other one weaker.
fn stronger(facts: TurnFacts<'static>, cue: usize) -> TurnFacts<'static> {
    match cue {
        0 => TurnFacts { sentiment: -1.0, ..facts },
        1 => TurnFacts { interrupted: true, ..facts },
        2 => TurnFacts { confidence: facts.confidence.map(|confidence| confidence / 2.0), ..facts },
        3 => TurnFacts { elapsed_ms: facts.elapsed_ms * 2, ..facts },
        4 if facts.understood == Some("fine") => TurnFacts { understood: Some("human"), ..facts },
        5 if facts.understood == Some("fine") => TurnFacts { understood: Some("price"), ..facts },
        6 if facts.understood == Some("fine") => TurnFacts { understood: None, ..facts },
        _ => facts,
    }
}

#[test]
fn the_score_is_a_share_is_explained_and_grows_with_every_cue() {
    let template = template(TEMPLATE);
    let rule = &template.template().handoff;
    let run = |rule: &Handoff, tier: &str, turns: &[TurnFacts<'_>]| {
        let mut meter = Meter::new(&template, rule, &contact(tier));
        turns.iter().map(|facts| meter.turn(&template, facts)).collect::<Vec<_>>()
    };
    let mut dice = Dice(7);
    for _ in 0..400 {
        let turns: Vec<_> = (0..=dice.roll(12)).map(|_| dice.facts()).collect();
        let before = run(rule, "basic", &turns);
        for score in &before {
            assert!((0.0..=1.0).contains(&score.score), "{score:?}");
            let none = score.reasons.iter().fold(1.0, |none, reason| none * (1.0 - reason.weight));
            assert!((score.score - (1.0 - none)).abs() < 0.06, "the reasons do not make the score: {score:?}");
            assert!(score.reasons.iter().all(|reason| !reason.detail.is_empty()), "{score:?}");
            assert!(score.reasons.is_sorted_by(|a, b| a.weight >= b.weight));
        }
        let never_less = |after: &[HandoffScore], what: &str| {
            for (a, b) in before.iter().zip(after) {
                assert!(b.score >= a.score - 1e-5, "{what}: {turns:#?}\n{a:#?}\n{b:#?}");
            }
        };
        let (place, cue) = (dice.roll(turns.len()), dice.roll(7));
        let mut changed = turns.clone();
        changed[place] = stronger(changed[place], cue);
        never_less(&run(rule, "basic", &changed), "a stronger cue");
        never_less(&run(rule, "gold", &turns), "a contact of more value");
        let cue = HandoffCue::ALL[dice.roll(HandoffCue::ALL.len())];
        let heavier = Handoff { weights: rule.weights.with(cue, 1.0), ..rule.clone() };
        never_less(&run(&heavier, "basic", &turns), "a heavier weight");
    }
}

#[test]
fn a_stored_conversation_is_handed_over_where_the_score_crosses() {
    let template = template(TEMPLATE);
    let rule = &template.template().handoff;
    let turns = [
        plain(),
        TurnFacts { understood: Some("price"), heard: "how much is it", ..plain() },
        TurnFacts { understood: Some("price"), heard: "what does it cost", ..plain() },
    ];
    let past: Vec<_> = turns.iter().zip(1..).map(|(facts, turn)| PastTurn { turn, facts: *facts }).collect();
    let at = |threshold: f32, end: PastEnd| {
        let replayed = replay(&template, &rule.at(threshold, None), &contact("basic"), &past, end);
        (replayed.handed_over, replayed.by_score_at)
    };
    let open = PastEnd::default();
    assert_eq!(at(0.5, open), (true, Some(1)));
    assert_eq!(at(0.7, open), (true, Some(2)));
    assert_eq!(at(0.99, open), (false, None));
    // After the last answer the bot ended the call by itself: there was nothing to hand over.
    assert_eq!(at(0.7, PastEnd { closed: true, ..open }), (false, None));
    // The flow led to an agent, whatever the score.
    assert_eq!(at(0.99, PastEnd { closed: true, handed_over: true, by_score: false }), (true, None));
    // The score did; with a higher threshold it would not have.
    assert_eq!(at(0.99, PastEnd { closed: true, handed_over: true, by_score: true }), (false, None));
}

//! People who answer: quick and slow ones, with and without pauses inside what they say.

use warmline_dialog::Dice;

/// Share of the utterances with a pause in them, over all speakers.
const PAUSES: f32 = 1.0 / 3.0;
/// Shortest pause; the longest is 900 ms.
const SHORTEST_MS: u64 = 300;
/// How far one person's pauses differ among themselves.
const OWN_SPREAD_MS: u64 = 300;

/// Answers by the step that asks, as a recogniser would spell them. What comes before a `|` is a whole
/// answer already.
const ANSWERS: [(&str, &[&str]); 8] = [
    (
        "come",
        &[
            "yes",
            "yes | i will be there",
            "i will be there",
            "of course",
            "that works for me",
            "no",
            "i can't make it",
            "sure",
        ],
    ),
    (
        "wish",
        &[
            "i would like to cancel",
            "i need another day",
            "can we do another day",
            "i want to change my appointment",
            "where are you calling from",
            "i have a question",
            "another time please",
        ],
    ),
    (
        "number",
        &[
            "five five five one two three four",
            "my number is five five five oh one seven two",
            "it's four one nine eight eight two six",
        ],
    ),
    (
        "day",
        &["tuesday", "next tuesday", "tomorrow", "on friday | please", "the third | of december", "how about monday"],
    ),
    ("hour", &["ten | thirty", "at ten", "half past four", "quarter to nine", "two | in the afternoon", "at noon"]),
    ("people", &["two", "twenty five", "there will be four | of us", "just one", "three | people"]),
    ("agree", &["yes", "yes | please", "no | thank you", "yes | that's fine", "no", "okay"]),
    (
        "own",
        &[
            "yes | i think i will be there | with my wife",
            "well i have to cancel | my appointment | this week",
            "i am afraid i need another day | for that",
            "could you tell me what is this about",
            "my boss wants me so i need another day | then",
        ],
    ),
];

/// The steps that ask, in the order of the dialog.
pub(super) fn steps() -> impl Iterator<Item = &'static str> {
    ANSWERS.iter().map(|(step, _)| *step)
}

/// One person of a call.
pub(super) struct Speaker {
    /// Relative length of their words.
    pace: f32,
    /// Share of their utterances with a pause.
    pauses: f32,
    /// Their shortest pause.
    pause_ms: u64,
}

/// A word as it is spoken: from, to and what it is, in milliseconds from the start of the utterance.
pub(super) struct Word {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) text: &'static str,
    /// What was said up to here was a whole answer.
    pub(super) answer: bool,
}

impl Speaker {
    pub(super) fn new(dice: &mut Dice) -> Self {
        Self {
            pace: 0.75 + 0.6 * dice.share(),
            pauses: 2.0 * PAUSES * dice.share(),
            pause_ms: SHORTEST_MS + dice.number(901 - SHORTEST_MS - OWN_SPREAD_MS),
        }
    }

    /// An answer to `step`: its words, and the pause in it.
    pub(super) fn answer(&self, step: &str, dice: &mut Dice) -> Vec<Word> {
        let answers = ANSWERS.iter().find(|(name, _)| *name == step).map_or(&["yes"][..], |(_, answers)| answers);
        let text = answers[dice.below(answers.len())];
        let mut parts: Vec<(&str, bool)> = Vec::new();
        for part in text.split(' ') {
            match (part, parts.last_mut()) {
                ("|", Some((_, answer))) => *answer = true,
                _ => parts.push((part, false)),
            }
        }
        let count = parts.len() as u64;
        let pauses = count > 1 && dice.share() < self.pauses;
        let pause_before = pauses.then(|| 1 + dice.number(count - 1));
        let mut at = 0;
        let place = |(place, (text, answer)): (u64, (&'static str, bool))| {
            at += match pause_before {
                Some(before) if before == place => self.pause_ms + dice.number(OWN_SPREAD_MS),
                // The stop of a consonant, a breath.
                _ if place > 0 && dice.number(4) == 0 => 40 + dice.number(110),
                _ => 0,
            };
            let from = at;
            at += ((90.0 + 45.0 * text.len() as f32) * self.pace) as u64;
            Word { from, to: at, text, answer }
        };
        (0..).zip(parts).map(place).collect()
    }
}

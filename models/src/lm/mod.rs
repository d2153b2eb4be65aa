//! Words and what is expected of them, for recognisers that spell: Whisper, CTC models, Moonshine.
//!
//! A model's text becomes [`words`]; [`expect`] says whether they are what the step expects; [`bias`] leads a
//! search towards it; [`guard`] refuses what such models make up. The starter recogniser has its own, since
//! it hears phones and not letters. Not here: anything about a model's files or its network.

pub(crate) mod bias;
pub(crate) mod expect;
pub(crate) mod guard;
pub(crate) mod words;

use crate::{Hypothesis, Transcript, Word};
use expect::Expected;

/// A model's own reading: pieces of text with their place and probability.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spelled {
    pub(crate) pieces: Vec<Piece>,
    /// How much less likely than the best reading the whole of it is, in natural-log units.
    pub(crate) behind: f32,
}

/// What one token stands for. A space at its front starts a word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) from_ms: u32,
    pub(crate) to_ms: u32,
    /// Natural logarithm of the model's probability of this token.
    pub(crate) log_probability: f32,
}

impl Spelled {
    pub(crate) fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// The mean of the tokens' log probabilities; 0 for an empty reading.
    pub(crate) fn mean_log_probability(&self) -> f32 {
        let sum: f32 = self.pieces.iter().map(|piece| piece.log_probability).sum();
        sum / self.pieces.len().max(1) as f32
    }

    /// The words as the dialog knows them, each with the place of the written word it came from.
    fn words(&self, expected: &Expected) -> Vec<Word> {
        let mut written: Vec<(String, Vec<&Piece>)> = Vec::new();
        for piece in &self.pieces {
            if piece.text.starts_with(char::is_whitespace) || written.is_empty() {
                written.push(Default::default());
            }
            if let Some((text, pieces)) = written.last_mut() {
                text.push_str(piece.text.trim());
                pieces.push(piece);
            }
        }
        written.iter().flat_map(|(text, pieces)| spoken_words(&expected.words(text), pieces)).collect()
    }
}

/// One written word can be several spoken ones ("21" → "twenty one"): they share its time.
fn spoken_words(spoken: &str, pieces: &[&Piece]) -> Vec<Word> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Vec::new() };
    let mean = pieces.iter().map(|piece| piece.log_probability).sum::<f32>() / pieces.len() as f32;
    let words: Vec<&str> = spoken.split_whitespace().collect();
    let (from, length) = (first.from_ms, last.to_ms.saturating_sub(first.from_ms));
    let share = |i: usize| from + (u64::from(length) * i as u64 / words.len().max(1) as u64) as u32;
    let word = |(i, text): (usize, &&str)| Word {
        text: (*text).to_owned(),
        from_ms: share(i),
        to_ms: share(i + 1),
        confidence: mean.exp().clamp(0.0, 1.0),
    };
    words.iter().enumerate().map(word).collect()
}

/// Mean log probability of a token at which a reading is as likely right as wrong. OpenAI's own decoder gives
/// up below −1 (whisper/transcribe.py); what the step expects is likelier to begin with and needs less.
const EVEN_FREE: f32 = -0.8;
const EVEN_EXPECTED: f32 = -1.2;
/// How fast confidence changes around there, per natural-log unit.
const STEEPNESS: f32 = 3.0;

/// Readings, best first, as hypotheses in the same order. Readings without words and later ones with the same
/// words are left out; an expected reading of which the engine is sure comes before all others.
pub(crate) fn transcript(readings: &[Spelled], expected: &Expected) -> Transcript {
    let mut nbest: Vec<Hypothesis> = Vec::new();
    for reading in readings {
        let mut words = reading.words(expected);
        let heard = expected.find(&expected.words(&reading.text()));
        if words.is_empty() || guard::repeats(&reading.text()) {
            continue;
        }
        let (text, is_expected) = match heard {
            // Words around the answer ("well … please") are no part of it.
            Some((range, text)) => {
                if words.len() >= range.end {
                    words = words[range].to_vec();
                }
                (text, true)
            }
            None => (expected.words(&reading.text()), false),
        };
        if !nbest.iter().any(|other| other.text == text) {
            let even = if is_expected { EVEN_EXPECTED } else { EVEN_FREE };
            let sure = 1.0 / (1.0 + (-STEEPNESS * (reading.mean_log_probability() - even)).exp());
            let confidence = sure * (-reading.behind.max(0.0)).exp();
            nbest.push(Hypothesis { text, confidence, words, expected: is_expected });
        }
    }
    let accepted = |h: &Hypothesis| h.expected && h.confidence >= 0.5;
    // Stable: otherwise the search knows best, since a longer reading can have the surer words.
    nbest.sort_by_key(|reading| !accepted(reading));
    Transcript { nbest }
}

/// Spread the pieces over the voiced part by their length: an estimate, for models that tell no times.
pub(crate) fn place(pieces: &mut [Piece], (from, to): (u32, u32)) {
    let length = |piece: &Piece| piece.text.trim().chars().count().max(1) as u32;
    let all: u32 = pieces.iter().map(length).sum();
    let mut before = 0;
    for piece in pieces {
        let at = |letters: u32| from + (u64::from(to - from) * u64::from(letters) / u64::from(all.max(1))) as u32;
        piece.from_ms = at(before);
        before += length(piece);
        piece.to_ms = at(before);
    }
}

/// Scores as log probabilities. Nothing changes when they are that already.
pub(crate) fn normalise(row: &mut [f32]) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum = row.iter().map(|v| (v - most).exp()).sum::<f32>().ln() + most;
    // A broken model's scores (not a number) stand for nothing that was said.
    row.iter_mut().for_each(|v| *v = if sum.is_finite() && !v.is_nan() { *v - sum } else { f32::NEG_INFINITY });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AsrContext, Grammar};

    fn spelled(pieces: &[(&str, f32)]) -> Spelled {
        let piece = |(i, (text, log_probability)): (usize, &(&str, f32))| Piece {
            text: (*text).to_owned(),
            from_ms: i as u32 * 100,
            to_ms: i as u32 * 100 + 100,
            log_probability: *log_probability,
        };
        Spelled { pieces: pieces.iter().enumerate().map(piece).collect(), behind: 0.0 }
    }

    #[test]
    fn an_expected_reading_that_is_likely_comes_first_and_words_keep_their_place() {
        let context = AsrContext {
            language: "en".into(),
            phrases: vec!["call me tomorrow".into()],
            grammars: vec![Grammar::Time],
            ..AsrContext::default()
        };
        let expected = Expected::new(&context);
        let free = spelled(&[(" Tall", -0.1), (" me", -0.1), (" tomorrow.", -0.1)]);
        let right = spelled(&[(" Well,", -0.3), (" call", -0.3), (" me", -0.3), (" tom", -0.3), ("orrow", -0.3)]);
        let heard = transcript(&[free, right, spelled(&[("...", 0.0)])], &expected);
        let texts: Vec<_> = heard.nbest.iter().map(|h| (h.text.as_str(), h.expected)).collect();
        assert_eq!(texts, [("call me tomorrow", true), ("tall me tomorrow", false)]);
        let words: Vec<_> = heard.nbest[0].words.iter().map(|w| (w.text.as_str(), w.from_ms, w.to_ms)).collect();
        assert_eq!(words, [("call", 100, 200), ("me", 200, 300), ("tomorrow", 300, 500)]);
        let time = transcript(&[spelled(&[(" 10", -0.2), (":30", -0.2)])], &expected);
        assert_eq!((time.nbest[0].text.as_str(), time.nbest[0].expected), ("ten thirty", true));
        assert_eq!(time.nbest[0].words[1].from_ms, 100);
    }

    #[test]
    fn figures_are_english_words_in_english_only() {
        let heard = |language: &str, pieces: &[(&str, f32)]| {
            let context = AsrContext { language: language.into(), ..AsrContext::default() };
            let best = transcript(&[spelled(pieces)], &Expected::new(&context)).nbest.remove(0);
            (best.text, best.words.into_iter().map(|word| word.text).collect::<Vec<_>>())
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let time = [(" jam", -0.1), (" 10", -0.1), (":30", -0.1)];
        assert_eq!(heard("id-ID", &time), ("jam 10:30".into(), words(&["jam", "10:30"])));
        assert_eq!(heard("zh-TW", &[("12", -0.1), ("月", -0.1)]), ("12月".into(), words(&["12月"])));
        assert_eq!(heard("en-GB", &[(" 12", -0.1)]), ("twelve".into(), words(&["twelve"])));
    }

    #[test]
    fn confidence_says_what_the_model_was_sure_of() {
        let expected = Expected::new(&AsrContext::default());
        let sure = |p: f32| transcript(&[spelled(&[(" hello", p)])], &expected).nbest[0].confidence;
        let mut second = spelled(&[(" hell", -0.05)]);
        second.behind = 2.0;
        let both = transcript(&[spelled(&[(" hello", -0.3)]), second], &expected).nbest;
        assert!(both[0].text == "hello" && both[1].confidence < 0.15, "{both:?}");
        assert!(sure(-0.05) > 0.85 && sure(-1.5) < 0.2 && (sure(EVEN_FREE) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn scores_become_log_probabilities_and_broken_ones_nothing() {
        let mut row = [1.0, 2.0, 3.0];
        normalise(&mut row);
        assert!((row.iter().map(|v| v.exp()).sum::<f32>() - 1.0).abs() < 1e-5);
        let mut broken = [f32::NAN; 3];
        normalise(&mut broken);
        assert_eq!(broken, [f32::NEG_INFINITY; 3]);
    }
}

//! When something else was heard than is expected: how likely are the expected phrases that are close to it?

use super::{Prepared, WhisperAsr, failed};
use crate::{
    ModelError,
    lm::{Piece, Spelled, guard, place},
};
use std::ffi::c_int;

/// Phrases scored at most; each token of each is a step of the decoder.
const MOST: usize = 3;
/// Further away than this share of its letters, a phrase is not what was said.
const FURTHEST: f32 = 0.4;
/// How much less likely (natural log, all tokens) than the free reading an expected phrase may be: what the
/// step's expectation is worth.
const WORTH: f32 = 4.0;

/// An expected phrase as Whisper writes it.
pub(super) struct Phrase {
    /// As words.
    text: String,
    tokens: Vec<c_int>,
}

impl Phrase {
    pub(super) fn new(
        text: &str,
        tokens: impl Fn(&str) -> Result<Vec<c_int>, ModelError>,
    ) -> Result<Phrase, ModelError> {
        let mut letters = text.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let written = format!("{first}{}", letters.as_str());
        // Languages without spaces begin without one.
        let alone = text.chars().next().is_some_and(crate::lm::words::stands_alone);
        let tokens = tokens(&if alone { written } else { format!(" {written}") })?;
        Ok(Phrase { text: text.to_owned(), tokens })
    }
}

impl WhisperAsr {
    /// Readings of expected phrases close to `heard`, the words of `best`. The state still has the sound.
    pub(super) fn rescore(
        &mut self,
        best: &Spelled,
        heard: &str,
        pcm: &[i16],
        prepared: &Prepared,
    ) -> Result<Vec<Spelled>, ModelError> {
        let mut close: Vec<(f32, &Phrase)> =
            prepared.spelled.iter().map(|phrase| (distance(heard, &phrase.text), phrase)).collect();
        close.retain(|(distance, phrase)| *distance <= FURTHEST && !phrase.tokens.is_empty());
        close.sort_by(|a, b| a.0.total_cmp(&b.0));
        close.truncate(MOST);
        if close.is_empty() {
            return Ok(Vec::new());
        }
        // Never empty: the task has at least two tokens.
        let before = [&[self.context.token_prev()][..], &prepared.prompt.phrases, &prepared.prompt.task].concat();
        let room = (self.shape.text_context as usize).saturating_sub(before.len());
        let free: f32 = best.pieces.iter().map(|piece| piece.log_probability).sum();
        let voiced = guard::voiced_ms(pcm);
        let state = self.state()?;
        // whisper-rs shows the scores after the first token of a run only, so the last one runs alone.
        let others = before.len() - 1;
        state.decode(&before[..others], 0, 1).map_err(failed)?;
        state.decode(&before[others..], others, 1).map_err(failed)?;
        let first = state.get_logits().map_err(failed)?.to_vec();
        let mut readings = Vec::new();
        for (_, phrase) in close.into_iter().filter(|(_, phrase)| phrase.tokens.len() < room) {
            let mut scores = vec![log_probability(&first, phrase.tokens[0])];
            for (i, pair) in phrase.tokens.windows(2).enumerate() {
                state.decode(&pair[..1], before.len() + i, 1).map_err(failed)?;
                scores.push(log_probability(state.get_logits().map_err(failed)?, pair[1]));
            }
            if scores.iter().sum::<f32>() > free - WORTH {
                readings.push(spelled(phrase, &scores, voiced));
            }
        }
        Ok(readings)
    }
}

/// The phrase's words, each with the mean of all scores: its tokens need not end where words do.
fn spelled(phrase: &Phrase, scores: &[f32], voiced: (u32, u32)) -> Spelled {
    let log_probability = scores.iter().sum::<f32>() / scores.len() as f32;
    let piece = |word: &str| Piece { text: format!(" {word}"), from_ms: 0, to_ms: 0, log_probability };
    let mut pieces: Vec<Piece> = phrase.text.split(' ').map(piece).collect();
    place(&mut pieces, voiced);
    // What it lacks, the step's expectation makes up for.
    Spelled { pieces, behind: 0.0 }
}

fn log_probability(logits: &[f32], token: c_int) -> f32 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|l| (l - most).exp()).sum();
    usize::try_from(token).ok().and_then(|at| logits.get(at)).map_or(f32::NEG_INFINITY, |l| l - most - sum.ln())
}

/// Levenshtein's distance of the letters, as a share of the longer text.
fn distance(a: &str, b: &str) -> f32 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()] as f32 / a.len().max(b.len()).max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_a_share_of_the_letters() {
        assert_eq!(distance("call", "call"), 0.0);
        assert_eq!(distance("tall", "call"), 0.25);
        assert_eq!(distance("", "call"), 1.0);
        assert_eq!(distance("ab", "abcd"), 0.5);
    }
}

//! How sure the recogniser is, as a number between 0 and 1 with 0.5 at its own accept threshold.
//!
//! Evidence is always relative: how much better or worse a reading explains the sound than anything else
//! could. What each piece of evidence weighs, and where the threshold is, comes from [`Calibration`].

use super::{
    acoustic::Scores,
    calibration::{Calibration, FEATURES},
    decode::Path,
    free::FreePath,
};

/// Below this score against the loop of all phones, a frame, nothing in the language was said.
const LEAST_LOOP_MARGIN: f32 = -1.3;
const STEEPNESS: f32 = 6.0;
/// Below this certainty of the acoustic model ([`Scores::certainty`]) the sound is noise or music. Short
/// sounds must be clearer: noise has moments that pass for half a word.
const LEAST_CERTAINTY: f32 = -0.95;
const LEAST_CERTAINTY_SHORT: f32 = -0.5;
/// Frames of speech up to which a sound counts as short, and from which it does not.
const SHORT: (f32, f32) = (10.0, 28.0);
/// Scores worse than this, whole or of one word, are all equally bad: a long phrase has a worse word than a short one.
const WORST: f32 = -25.0;
/// What the language model's part of a free reading's score counts in its confidence; more than in the search, which
/// would rather read nonsense than stop.
const LANGUAGE_COUNTS: f32 = 1.5;
/// A reading further ahead of the next than this, a frame of speech, is as good as alone.
pub(crate) const MOST_AHEAD: f32 = 1.0;
/// Utterances with less speech than this are counted as this long, so that a click is no evidence.
const LEAST_FRAMES: usize = 5;

/// What speaks for and against one reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Evidence {
    /// Score against the loop of all phones, a frame of speech.
    pub(crate) loop_margin: f32,
    /// Score against the best free reading with its language model, a frame of speech.
    pub(crate) free_margin: f32,
    /// Words in common with the best free reading, 0–1.
    pub(crate) agreement: f32,
    /// Words of the reading.
    pub(crate) words: usize,
    /// [`Scores::certainty`] above what is needed for speech of that length.
    pub(crate) certainty: f32,
    /// Put together by a closed grammar, which has far more readings than a list of phrases to go wrong with.
    pub(crate) composed: bool,
    /// Score of its worst word against the loop of all phones, compared with its words on average: one word that was
    /// not said stands out, whereas an unknown voice is bad in all.
    pub(crate) worst_word: f32,
    /// Its sound against that of the best free reading, in all.
    pub(crate) sound: f32,
    /// [`Scores::certainty`]: how well known the voice is.
    pub(crate) clear: f32,
    /// Score against the next reading that is expected, a frame of speech.
    pub(crate) ahead: f32,
    /// Score of its worst word against the loop of all phones, a frame of that word.
    pub(crate) thinnest: f32,
}

impl Evidence {
    /// `any_speech` is the score of the loop of all phones.
    pub(crate) fn of(path: &Path, free: Option<&FreePath>, any_speech: f32, scores: &Scores) -> Evidence {
        let frames = frames(scores);
        Evidence {
            certainty: certainty_above_least(scores),
            composed: false,
            worst_word: 0.0,
            sound: free.map_or(0.0, |f| path.score - f.acoustic),
            clear: scores.certainty,
            ahead: MOST_AHEAD,
            thinnest: 0.0,
            loop_margin: (path.score - any_speech) / frames,
            free_margin: free.map_or(0.0, |f| (path.score - f.path.score) / frames),
            agreement: free.map_or(0.0, |f| agreement(&path.text(), &f.path.text())),
            words: path.words.iter().filter(|w| !w.filler).count(),
        }
    }

    /// What [`Calibration`] looks at.
    pub(crate) fn features(&self) -> [f32; FEATURES] {
        let single = 1.0 / self.words.max(1) as f32;
        let small = |score: f32| score.clamp(WORST, 10.0) / 10.0;
        [
            self.loop_margin,
            self.free_margin,
            self.agreement,
            single,
            f32::from(u8::from(self.composed)),
            small(self.worst_word),
            small(self.sound),
            self.clear,
            self.ahead,
            self.thinnest,
        ]
    }

    /// Confidence in an expected reading.
    pub(crate) fn confidence(&self, calibration: &Calibration) -> f32 {
        let speech = (self.loop_margin - LEAST_LOOP_MARGIN).min(self.certainty);
        logistic(calibration.score(&self.features()).min(STEEPNESS * speech))
    }
}

pub(crate) fn frames(scores: &Scores) -> f32 {
    scores.speech_frames.max(LEAST_FRAMES) as f32
}

fn certainty_above_least(scores: &Scores) -> f32 {
    let long = ((frames(scores) - SHORT.0) / (SHORT.1 - SHORT.0)).clamp(0.0, 1.0);
    scores.certainty - (LEAST_CERTAINTY_SHORT + long * (LEAST_CERTAINTY - LEAST_CERTAINTY_SHORT))
}

/// Confidence in a free reading: that at most a third of its words are wrong. Never above 0.9, since no
/// step asked for these words.
pub(crate) fn of_free(reading: &FreePath, any_speech: f32, scores: &Scores) -> f32 {
    let frames = frames(scores);
    let sound = (reading.acoustic - any_speech) / frames;
    let language = reading.path.score - reading.acoustic;
    let whole = (reading.acoustic + LANGUAGE_COUNTS * language - any_speech) / frames;
    let certain = STEEPNESS * certainty_above_least(scores);
    logistic((4.8 * sound + 4.4 * whole + 1.5).min(certain)).min(0.9)
}

/// Confidence in one word of a reading, from its score against the loop of all phones.
pub(crate) fn of_word(margin: f32) -> f32 {
    logistic(margin / 6.0 + 2.0)
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Twice the words in common, in order, over all words of both: 1 for equal texts.
pub(crate) fn agreement(a: &str, b: &str) -> f32 {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    // Longest common subsequence, one row at a time.
    let mut row = vec![0u32; b.len() + 1];
    for x in &a {
        let mut diagonal = 0;
        for (i, y) in b.iter().enumerate() {
            let above = row[i + 1];
            row[i + 1] = if x == y { diagonal + 1 } else { above.max(row[i]) };
            diagonal = above;
        }
    }
    2.0 * row[b.len()] as f32 / (a.len() + b.len()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use warmline_classify::Boosted;

    #[test]
    fn agreement_counts_words_in_order() {
        assert_eq!(agreement("call me back", "call me back"), 1.0);
        assert_eq!(agreement("call me back", "stop"), 0.0);
        assert!((agreement("i'm interested", "i'm not interested") - 0.8).abs() < 1e-6);
        assert!((agreement("back call", "call back") - 0.5).abs() < 1e-6);
    }

    #[test]
    fn sound_that_is_no_speech_is_refused_whatever_it_weighs() {
        let sure = Calibration::of(Boosted::constant(20.0), 0.0, 0.0);
        let good = Evidence {
            loop_margin: 0.5,
            free_margin: 0.4,
            agreement: 1.0,
            words: 3,
            certainty: 0.5,
            composed: false,
            worst_word: 0.0,
            sound: 0.0,
            clear: -0.3,
            ahead: 1.0,
            thinnest: 0.0,
        };
        assert!(good.confidence(&sure) > 0.95);
        assert!(Evidence { loop_margin: -1.5, ..good }.confidence(&sure) < 0.5);
        assert!(Evidence { certainty: -0.1, ..good }.confidence(&sure) < 0.5);
    }

    #[test]
    fn one_very_bad_word_weighs_no_more_than_a_bad_one() {
        let evidence = |worst_word| Evidence {
            loop_margin: 0.0,
            free_margin: 0.0,
            agreement: 1.0,
            words: 2,
            certainty: 1.0,
            composed: false,
            worst_word,
            sound: 0.0,
            clear: -0.3,
            ahead: 1.0,
            thinnest: 0.0,
        };
        assert_eq!(evidence(-40.0).features(), evidence(-4_000.0).features());
        assert!(of_word(0.0) > 0.8 && of_word(-30.0) < 0.1);
    }
}

//! One utterance read in all three ways, and what is told to the caller.

use super::{
    acoustic::{FRAME_MS, Scores},
    confidence::{self, Evidence},
    context::Prepared,
    decode::{self, Path},
    free::{self, FreePath, Search},
};
use crate::{Hypothesis, Transcript, Word};

/// Free readings given back at most.
const FREE_READINGS: usize = 3;
/// Less speech than this (180 ms) is a click, not an answer: the shortest words take longer.
const LEAST_SPEECH_FRAMES: usize = 9;

/// All readings of one utterance.
pub(crate) struct Heard {
    pub(crate) scores: Scores,
    /// Readings of the step's graph, best first.
    pub(crate) expected: Vec<Path>,
    /// Free readings, best first.
    pub(crate) free: Vec<FreePath>,
    /// Score of the loop of all phones up to the end of each frame.
    any_speech: Vec<f32>,
}

impl Heard {
    pub(crate) fn new(prepared: &Prepared, scores: Scores, search: Search) -> Heard {
        let expected = prepared.graph.as_ref().map_or_else(Vec::new, |g| decode::decode(g, &scores));
        let free = free::read(&prepared.tree, &prepared.model, &scores, search, FREE_READINGS);
        let any_speech = decode::phone_loop(&scores);
        Heard { scores, expected, free, any_speech }
    }

    pub(crate) fn any_speech(&self) -> f32 {
        self.any_speech.last().copied().unwrap_or(0.0)
    }

    pub(crate) fn evidence(&self, path: &Path) -> Evidence {
        Evidence::of(path, self.free.first(), self.any_speech(), &self.scores)
    }

    /// Readings in order of confidence; an accepted expected reading comes before all free ones.
    pub(crate) fn transcript(&self, prepared: &Prepared) -> Transcript {
        if self.scores.speech_frames < LEAST_SPEECH_FRAMES {
            return Transcript::default();
        }
        let mut nbest: Vec<Hypothesis> = self.graph_readings(prepared);
        for reading in self.free.iter().filter(|f| !f.path.words.is_empty()) {
            let text = reading.path.text();
            if !nbest.iter().any(|h| h.text == text) {
                let confidence = confidence::of_free(reading, self.any_speech(), &self.scores);
                nbest.push(self.hypothesis(&reading.path, confidence, false));
            }
        }
        let accepted = |h: &Hypothesis| h.expected && h.confidence >= 0.5;
        nbest.sort_by(|a, b| accepted(b).cmp(&accepted(a)).then(b.confidence.total_cmp(&a.confidence)));
        Transcript { nbest }
    }

    /// The graph's readings. A reading behind another is never surer than that one.
    fn graph_readings(&self, prepared: &Prepared) -> Vec<Hypothesis> {
        let mut most = 1.0f32;
        let mut decoyed = false;
        let mut readings = Vec::new();
        for path in self.expected.iter().filter(|p| p.words.iter().any(|w| !w.filler)) {
            let decoy = prepared.decoys.contains(&path.text());
            let composed = !decoy && !prepared.sentences.contains(&path.text());
            let mut confidence = Evidence { composed, ..self.evidence(path) }.confidence().min(most);
            // Once the opposite of a phrase sounds better than the phrase, the phrase is not accepted.
            if decoyed && !decoy {
                confidence = confidence.min(0.49);
            }
            decoyed |= decoy;
            most = confidence;
            readings.push(self.hypothesis(path, confidence, !decoy));
        }
        readings
    }

    fn hypothesis(&self, path: &Path, confidence: f32, expected: bool) -> Hypothesis {
        let mut before = 0;
        let mut words = Vec::with_capacity(path.words.len());
        for word in &path.words {
            let any_speech = self.loop_at(word.to) - self.loop_at(before);
            let confidence = confidence::of_word(word.score, any_speech, word.to - before);
            before = word.to;
            if !word.filler {
                let (from_ms, to_ms) = (word.from * FRAME_MS, word.to * FRAME_MS);
                words.push(Word { text: word.text.clone(), from_ms, to_ms, confidence });
            }
        }
        Hypothesis { text: path.text(), confidence, words, expected }
    }

    /// Score of the loop of all phones over the first `frames` frames.
    fn loop_at(&self, frames: u32) -> f32 {
        frames.checked_sub(1).and_then(|last| self.any_speech.get(last as usize)).copied().unwrap_or(0.0)
    }
}

//! One utterance read in all three ways, and what is told to the caller.

use super::{
    acoustic::{FRAME_MS, Scores},
    calibration::Calibration,
    confidence::{self, Evidence},
    context::Prepared,
    decode::{Path, PathWord},
    free::FreePath,
    listening::{self, Listening},
};
use crate::{Hypothesis, Transcript, Word};
use std::collections::BTreeSet;

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
    /// What `listening`, which has heard all of `scores`, makes of them.
    pub(crate) fn new(prepared: &Prepared, listening: Listening, scores: Scores) -> Heard {
        let Listening { graph: pass, free, any, .. } = listening;
        let mut expected = match (&prepared.graph, pass) {
            (Some(graph), Some(pass)) => pass.readings(graph),
            _ => Vec::new(),
        };
        let free = free.readings(listening::space(prepared), scores.frames() as u32, FREE_READINGS);
        prefer_agreed(&prepared.decoys, &mut expected, &free);
        Heard { scores, expected, free, any_speech: any.best }
    }

    fn any_speech(&self) -> f32 {
        self.any_speech.last().copied().unwrap_or(0.0)
    }

    /// Too little speech for a word.
    fn is_click(&self) -> bool {
        self.scores.speech_frames < LEAST_SPEECH_FRAMES
    }

    /// What speaks for and against a reading of the graph.
    fn evidence(&self, prepared: &Prepared, path: &Path, next: Option<&Path>) -> Evidence {
        let text = path.text();
        let composed = !prepared.decoys.contains(&text) && !prepared.sentences.contains(&text);
        let margins: Vec<f32> = self.word_margins(path).map(|(_, margin)| margin).collect();
        let mean = margins.iter().sum::<f32>() / margins.len().max(1) as f32;
        let worst = margins.iter().map(|margin| margin - mean).fold(0.0f32, f32::min);
        let evidence = Evidence::of(path, self.free.first(), self.any_speech(), &self.scores);
        let lengths = path.words.iter().map(|word| word.to.saturating_sub(word.from).max(1) as f32);
        let thinnest = margins.iter().zip(lengths).map(|(margin, frames)| margin / frames).fold(0.0f32, f32::min);
        let gap = |next: &Path| (path.score - next.score) / confidence::frames(&self.scores);
        let ahead = next
            .map_or(confidence::MOST_AHEAD, |next| gap(next).clamp(-confidence::MOST_AHEAD, confidence::MOST_AHEAD));
        Evidence { composed, worst_word: worst, thinnest: thinnest.max(-3.0), ahead, ..evidence }
    }

    /// The graph's readings that have words, each with its evidence and whether it is a decoy; none for a click.
    pub(crate) fn weighed(&self, prepared: &Prepared) -> Vec<(&Path, Evidence, bool)> {
        let spoken = self.expected.iter().filter(|p| !self.is_click() && p.words.iter().any(|w| !w.filler));
        let paths: Vec<&Path> = spoken.collect();
        let next = |at: usize| {
            let rest = paths[at + 1..].iter().copied();
            rest.into_iter().find(|p| p.text() != paths[at].text())
        };
        let weigh =
            |(at, p): (usize, &&'_ Path)| (self.evidence(prepared, p, next(at)), prepared.decoys.contains(&p.text()));
        let weighed: Vec<(Evidence, bool)> = paths.iter().enumerate().map(weigh).collect();
        paths.into_iter().zip(weighed).map(|(path, (evidence, decoy))| (path, evidence, decoy)).collect()
    }

    /// Readings in order of confidence; an accepted expected reading comes before all free ones.
    pub(crate) fn transcript(&self, prepared: &Prepared, calibration: &Calibration) -> Transcript {
        if self.is_click() {
            return Transcript::default();
        }
        let mut nbest: Vec<Hypothesis> = self.graph_readings(prepared, calibration);
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
    fn graph_readings(&self, prepared: &Prepared, calibration: &Calibration) -> Vec<Hypothesis> {
        let mut most = 1.0f32;
        let mut decoyed = false;
        let mut readings = Vec::new();
        for (path, evidence, decoy) in self.weighed(prepared) {
            let mut confidence = evidence.confidence(calibration).min(most);
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
        let words = self.word_margins(path).filter(|(word, _)| !word.filler).map(|(word, margin)| Word {
            text: word.text.clone(),
            from_ms: word.from * FRAME_MS,
            to_ms: word.to * FRAME_MS,
            confidence: confidence::of_word(margin),
        });
        Hypothesis { text: path.text(), confidence, words: words.collect(), expected }
    }

    /// Each word with its score against the loop of all phones, from the end of the word before it.
    fn word_margins<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = (&'a PathWord, f32)> {
        let mut before = 0;
        path.words.iter().map(move |word| {
            let any_speech = self.loop_at(word.to) - self.loop_at(before);
            before = word.to;
            (word, word.score - any_speech)
        })
    }

    /// Score of the loop of all phones over the first `frames` frames.
    fn loop_at(&self, frames: u32) -> f32 {
        frames.checked_sub(1).and_then(|last| self.any_speech.get(last as usize)).copied().unwrap_or(0.0)
    }
}

/// A reading this much worse than the first, in all, sounds otherwise: less than what a filler in place of a word costs.
const CLOSE: f32 = 5.0;

/// Where the free reading is one that is expected, both searches found it, and it goes before what sounds a little
/// better to one of them. The opposite of a phrase is not passed by: it stands first for a reason.
fn prefer_agreed(decoys: &BTreeSet<String>, expected: &mut [Path], free: &[FreePath]) {
    let (Some(free), Some(first)) = (free.first(), expected.first()) else { return };
    let text = free.path.text();
    if decoys.contains(&first.text()) {
        return;
    }
    let least = first.score - CLOSE;
    if let Some(at) = expected.iter().position(|path| path.score >= least && path.text() == text) {
        expected[..=at].rotate_right(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str, score: f32) -> Path {
        let word = |text: &str| PathWord { text: text.into(), filler: false, from: 0, to: 10, score };
        Path { score, words: text.split(' ').map(word).collect() }
    }

    fn first(decoys: &[&str], expected: &[&str], free: &str) -> String {
        let decoys = decoys.iter().map(|text| (*text).to_string()).collect();
        let mut expected: Vec<Path> = expected.iter().map(|text| path(text, -1.0)).collect();
        prefer_agreed(&decoys, &mut expected, &[FreePath { path: path(free, -2.0), acoustic: -2.0 }]);
        expected[0].text()
    }

    #[test]
    fn what_both_searches_read_goes_first_but_never_before_an_opposite() {
        let years = ["two thousand and ten", "two thousand and one"];
        assert_eq!(first(&[], &years, "two thousand and one"), "two thousand and one");
        assert_eq!(first(&[], &years, "who thousand and one"), "two thousand and ten");
        let opposites = ["i'm not interested", "i'm interested"];
        assert_eq!(first(&["i'm not interested"], &opposites, "i'm interested"), "i'm not interested");
        assert_eq!(first(&[], &[""], "yes"), "");
        let mut far = [path("delta echo", -1.0), path("echo", -9.0)];
        prefer_agreed(&BTreeSet::new(), &mut far, &[FreePath { path: path("echo", -2.0), acoustic: -2.0 }]);
        assert_eq!(far[0].text(), "delta echo", "a word less is another answer");
    }
}

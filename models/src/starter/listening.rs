//! An utterance on its way through the three readings, frame by frame, so that a growing utterance costs
//! only its new frames.
//!
//! The model's scores of the last frames change when more sound follows, so those are never settled: they
//! are read by a clone that is thrown away. All scores change when the level of the utterance turns out to
//! be another; then everything is read again.

use super::{
    acoustic::Scores,
    context::Prepared,
    decode::{self, PhoneLoop},
    free::{self, READ, Space},
    phones::COUNT,
};

/// Frames at the end whose scores depend on what follows: the model looks about 0.4 s ahead.
const UNSETTLED: usize = 24;
/// How far, on average over the values of a frame, the scores of settled frames may move before they are read again.
/// The int8 model rounds differently at every length.
const TOLERANCE: f32 = 0.35;

/// The three searches after the same frames.
#[derive(Clone)]
pub(crate) struct Listening {
    pub(crate) graph: Option<decode::Pass>,
    pub(crate) free: free::Pass,
    pub(crate) any: PhoneLoop,
    /// Scores of the frames that were heard.
    heard: Vec<f32>,
}

/// What the free search searches in.
pub(crate) fn space(prepared: &Prepared) -> Space<'_> {
    Space { tree: &prepared.tree, model: &prepared.model, search: READ }
}

impl Listening {
    pub(crate) fn new(prepared: &Prepared) -> Listening {
        Listening {
            graph: prepared.graph.as_ref().map(decode::Pass::new),
            free: free::Pass::new(space(prepared)),
            any: PhoneLoop::new(),
            heard: Vec::new(),
        }
    }

    fn frames(&self) -> usize {
        self.heard.len() / COUNT
    }

    /// Is `scores` of the same sound as what was heard, with more behind it?
    pub(crate) fn goes_on_in(&self, scores: &Scores) -> bool {
        if scores.frames() < self.frames() {
            return false;
        }
        let rows = (0..self.frames()).flat_map(|frame| scores.row(frame));
        let moved: f32 = rows.zip(&self.heard).map(|(now, then)| (now - then).abs()).sum();
        moved <= TOLERANCE * self.heard.len() as f32
    }

    /// Hear the frames up to `to`.
    pub(crate) fn advance(&mut self, prepared: &Prepared, scores: &Scores, to: usize) {
        let space = space(prepared);
        for frame in self.frames()..to {
            let row = scores.row(frame);
            if let (Some(pass), Some(graph)) = (&mut self.graph, &prepared.graph) {
                pass.frame(graph, frame as u32, row);
            }
            self.free.frame(space, frame as u32, row);
            self.any.frame(row);
            self.heard.extend_from_slice(row);
        }
    }

    /// Hear what is settled of `scores`; what comes back has heard all of it.
    pub(crate) fn hear(&mut self, prepared: &Prepared, scores: &Scores) -> Listening {
        self.advance(prepared, scores, scores.frames().saturating_sub(UNSETTLED).max(self.frames()));
        let mut whole = self.clone();
        whole.advance(prepared, scores, scores.frames());
        whole
    }
}

//! Prefix beam search over a CTC model's scores (Hannun et al. 2014, "First-Pass Large Vocabulary Continuous
//! Speech Recognition using Bi-Directional Recurrent DNNs"), led by a step's [`Bias`].

use crate::lm::{
    Piece, Spelled,
    bias::{Bias, State},
};
use std::collections::HashMap;

/// How wide to search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Width {
    /// Prefixes kept after each frame.
    pub(crate) beam: usize,
    /// Tokens tried in each frame.
    pub(crate) tokens: usize,
}

/// For the last reading, and for those of an utterance that goes on.
pub(crate) const READ: Width = Width { beam: 12, tokens: 16 };
pub(crate) const GLANCE: Width = Width { beam: 3, tokens: 4 };
/// Less likely tokens (natural log) are not tried.
const LEAST: f32 = -10.0;
/// Readings given back.
const READINGS: usize = 4;
const NEVER: f32 = f32::NEG_INFINITY;

/// A model's scores: rows of log probabilities, one row per frame.
pub(crate) struct Frames<'a> {
    pub(crate) rows: Vec<&'a [f32]>,
    pub(crate) blank: usize,
    /// Milliseconds a frame stands for.
    pub(crate) frame_ms: f32,
}

/// A prefix: a path back to the root, shared.
struct Node {
    parent: usize,
    token: usize,
    bias: State,
    /// What the bias gave up to here.
    worth: f32,
    /// Where the token begins on the best way to it, and how likely that way is.
    frame: usize,
    way: f32,
    /// The token's log probability where it is likeliest.
    likely: f32,
}

/// Log probabilities of all ways to a prefix that end in a blank, and that do not.
#[derive(Clone, Copy)]
struct Ways {
    blank: f32,
    token: f32,
}

impl Ways {
    const NONE: Ways = Ways { blank: NEVER, token: NEVER };

    fn all(self) -> f32 {
        either(self.blank, self.token)
    }
}

/// Readings, best first. `texts` says what a token stands for; tokens without text are skipped over.
pub(crate) fn search(frames: &Frames<'_>, texts: &[Option<String>], bias: &Bias, width: Width) -> Vec<Spelled> {
    let root = Node { parent: 0, token: frames.blank, bias: bias.start(), worth: 0.0, frame: 0, way: 0.0, likely: 0.0 };
    let mut search = Search { frames, texts, bias, nodes: vec![root], children: HashMap::new() };
    let mut beam: Vec<(usize, Ways)> = vec![(0, Ways { blank: 0.0, token: NEVER })];
    for frame in 0..frames.rows.len() {
        beam = search.step(frame, &beam, width);
    }
    let end = |node: usize, ways: Ways| ways.all() + search.nodes[node].worth + bias.finish(&search.nodes[node].bias);
    beam.sort_by(|a, b| end(b.0, b.1).total_cmp(&end(a.0, a.1)));
    let best = beam.first().map_or(0.0, |(node, ways)| end(*node, *ways));
    let found = beam.iter().filter(|(_, ways)| ways.all() > NEVER).take(READINGS);
    found.map(|(node, ways)| search.spelled(*node, best - end(*node, *ways))).collect()
}

struct Search<'a> {
    frames: &'a Frames<'a>,
    texts: &'a [Option<String>],
    bias: &'a Bias,
    nodes: Vec<Node>,
    children: HashMap<(usize, usize), usize>,
}

impl Search<'_> {
    fn step(&mut self, frame: usize, beam: &[(usize, Ways)], width: Width) -> Vec<(usize, Ways)> {
        let (row, texts): (&[f32], _) = (self.frames.rows[frame], self.texts);
        let tokens = likeliest(row, self.frames.blank, width.tokens);
        let mut next: HashMap<usize, Ways> = HashMap::new();
        let mut add = |node: usize, blank: f32, token: f32| {
            let ways = next.entry(node).or_insert(Ways::NONE);
            *ways = Ways { blank: either(ways.blank, blank), token: either(ways.token, token) };
        };
        for &(node, ways) in beam {
            let last = self.nodes[node].token;
            add(node, ways.all() + row[self.frames.blank], NEVER);
            if node != 0 {
                add(node, NEVER, ways.token + row[last]);
                if ways.token + row[last] > ways.all() + row[self.frames.blank] {
                    let likely = &mut self.nodes[node].likely;
                    *likely = likely.max(row[last]);
                }
            }
            for &token in &tokens {
                if texts.get(token).is_none_or(Option::is_none) {
                    // A mark without text (language, mood): nothing was said.
                    add(node, ways.all() + row[token], NEVER);
                    continue;
                }
                // The same token again needs a blank between.
                let from = if node != 0 && token == last { ways.blank } else { ways.all() };
                if from > NEVER {
                    add(self.child(node, token, frame, from + row[token], row[token]), NEVER, from + row[token]);
                }
            }
        }
        let mut all: Vec<(usize, Ways)> = next.into_iter().collect();
        let score = |(node, ways): &(usize, Ways)| ways.all() + self.nodes[*node].worth;
        all.sort_by(|a, b| score(b).total_cmp(&score(a)).then(a.0.cmp(&b.0)));
        all.truncate(width.beam);
        all
    }

    fn child(&mut self, parent: usize, token: usize, frame: usize, way: f32, likely: f32) -> usize {
        if let Some(&known) = self.children.get(&(parent, token)) {
            let node = &mut self.nodes[known];
            if way > node.way {
                (node.frame, node.way, node.likely) = (frame, way, likely);
            }
            return known;
        }
        let text = self.texts.get(token).and_then(Option::as_deref).unwrap_or_default();
        let (bias, more) = self.bias.push(&self.nodes[parent].bias, text);
        let worth = self.nodes[parent].worth + more;
        self.nodes.push(Node { parent, token, bias, worth, frame, way, likely });
        let new = self.nodes.len() - 1;
        self.children.insert((parent, token), new);
        new
    }

    fn spelled(&self, mut node: usize, behind: f32) -> Spelled {
        let mut pieces = Vec::new();
        while node != 0 {
            let Node { parent, token, frame, likely, .. } = self.nodes[node];
            let text = self.texts[token].clone().unwrap_or_default();
            let at = |frame: usize| (frame as f32 * self.frames.frame_ms) as u32;
            pieces.push(Piece { text, from_ms: at(frame), to_ms: at(frame + 1), log_probability: likely });
            node = parent;
        }
        pieces.reverse();
        Spelled { pieces, behind }
    }
}

/// The likeliest tokens of a frame besides the blank.
fn likeliest(row: &[f32], blank: usize, most: usize) -> Vec<usize> {
    let mut tokens: Vec<usize> = (0..row.len()).filter(|&t| t != blank && row[t] > LEAST).collect();
    tokens.sort_unstable_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
    tokens.truncate(most);
    tokens
}

/// ln(eᵃ + eᵇ).
fn either(a: f32, b: f32) -> f32 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if low == NEVER { high } else { high + (low - high).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AsrContext;

    /// Blank, four tokens, a mark.
    fn texts() -> Vec<Option<String>> {
        [None, Some(" call"), Some(" tall"), Some(" me"), Some(" be"), None].map(|t| t.map(str::to_owned)).into()
    }

    fn read(rows: &[[f32; 6]], phrases: &[&str]) -> Vec<(String, u32)> {
        let rows: Vec<Vec<f32>> = rows.iter().map(|row| row.iter().map(|p| (p + 1e-6).ln()).collect()).collect();
        let frames = Frames { rows: rows.iter().map(Vec::as_slice).collect(), blank: 0, frame_ms: 60.0 };
        let phrases = phrases.iter().map(|p| (*p).to_owned()).collect();
        let bias = Bias::new(&AsrContext { phrases, ..AsrContext::default() });
        let readings = search(&frames, &texts(), &bias, READ);
        readings.iter().map(|r| (r.text(), r.pieces.first().map_or(0, |p| p.from_ms))).collect()
    }

    #[test]
    fn the_likeliest_reading_sums_all_its_alignments() {
        let said = read(
            &[[0.9, 0.0, 0.0, 0.0, 0.0, 0.1], [0.1, 0.4, 0.5, 0.0, 0.0, 0.0], [0.2, 0.3, 0.0, 0.5, 0.0, 0.0]],
            &[],
        );
        assert_eq!(said[0], (" tall me".into(), 60));
        assert!(said.iter().any(|(text, _)| text == " call me"));
        // One token over two frames is said once; with a blank between, twice.
        let held = read(&[[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]; 2], &[]);
        assert_eq!(held[0].0, " call");
        let one = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(read(&[one, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0], one], &[])[0].0, " call call");
    }

    #[test]
    fn an_expected_phrase_wins_when_it_is_nearly_as_likely_and_not_otherwise() {
        let rows = |p: f32| [[0.0, p, 1.0 - p, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.9, 0.1, 0.0]];
        assert_eq!(read(&rows(0.2), &[])[0].0, " tall me");
        assert_eq!(read(&rows(0.2), &["call me"])[0].0, " call me");
        assert_eq!(read(&rows(0.0001), &["call me"])[0].0, " tall me");
    }
}

//! The best readings of an utterance within a graph, and what it sounds like without one.
//!
//! Token passing: each state holds the few best partial readings that differ in their words, so that the
//! end of the utterance holds the best few whole readings with their scores.

use super::{
    graph::{Exit, Graph, Index, State},
    phones::COUNT,
};

/// Readings kept in each state, and given back at most.
pub(crate) const KEEP: usize = 3;
/// Partial readings this much worse than the best are dropped.
const BEAM: f32 = 45.0;
/// What a change of phone costs in the loop of all phones.
const SWITCH: f32 = 3.0;
const NO_LINK: u32 = u32::MAX;

/// A word of a reading with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PathWord {
    pub(crate) text: String,
    /// Heard, but no part of the reading.
    pub(crate) filler: bool,
    /// First frame, and the frame behind the last.
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Sum of acoustic scores from the end of the word before to the end of this one.
    pub(crate) score: f32,
}

/// One reading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    /// Sum of acoustic scores and weights.
    pub(crate) score: f32,
    pub(crate) words: Vec<PathWord>,
}

impl Path {
    /// The reading as text, fillers left out.
    pub(crate) fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().filter(|w| !w.filler).map(|w| w.text.as_str()).collect();
        words.join(" ")
    }
}

#[derive(Clone, Copy)]
struct Token {
    score: f32,
    /// The last finished word.
    link: u32,
    /// Of the words so far: readings with equal words compete, others live side by side.
    hash: u32,
    /// The frame in which the current word began.
    began: u32,
}

const NOTHING: Token = Token { score: f32::NEG_INFINITY, link: NO_LINK, hash: 0, began: 0 };

/// The best tokens of one place, best first.
#[derive(Clone, Copy)]
struct Cell([Token; KEEP]);

const EMPTY: Cell = Cell([NOTHING; KEEP]);

impl Cell {
    fn best(&self) -> f32 {
        self.0[0].score
    }

    fn tokens(&self) -> impl Iterator<Item = Token> + '_ {
        self.0.iter().copied().take_while(|t| t.score > f32::NEG_INFINITY)
    }

    fn put(&mut self, token: Token) {
        if token.score <= self.0[KEEP - 1].score {
            return;
        }
        // Where the same words are here already, only the better of the two stays.
        let same = self.0.iter().position(|t| t.score > f32::NEG_INFINITY && t.hash == token.hash);
        let mut hole = match same {
            Some(at) if self.0[at].score >= token.score => return,
            Some(at) => at,
            None => KEEP - 1,
        };
        while hole > 0 && self.0[hole - 1].score < token.score {
            self.0[hole] = self.0[hole - 1];
            hole -= 1;
        }
        self.0[hole] = token;
    }
}

#[derive(Clone, Copy)]
struct Link {
    word: Index,
    before: u32,
    from: u32,
    to: u32,
    score: f32,
}

/// The cells of one frame, and which of them hold something.
#[derive(Clone)]
struct Front {
    cells: Vec<Cell>,
    active: Vec<Index>,
}

impl Front {
    fn new(states: usize) -> Front {
        Front { cells: vec![EMPTY; states], active: Vec::new() }
    }

    fn put(&mut self, state: Index, token: Token) {
        let cell = &mut self.cells[state as usize];
        if cell.best() == f32::NEG_INFINITY {
            self.active.push(state);
        }
        cell.put(token);
    }

    fn clear(&mut self) {
        for state in self.active.drain(..) {
            self.cells[state as usize] = EMPTY;
        }
    }

    /// Add what was heard, and drop what fell behind.
    fn hear(&mut self, states: &[State], row: &[f32]) {
        let mut best = f32::NEG_INFINITY;
        for state in &self.active {
            let heard = row[usize::from(states[*state as usize].phone)];
            let cell = &mut self.cells[*state as usize];
            cell.0.iter_mut().for_each(|t| t.score += heard);
            best = best.max(cell.best());
        }
        let cells = &mut self.cells;
        self.active.retain(|state| {
            let cell = &mut cells[*state as usize];
            for token in cell.0.iter_mut().filter(|t| t.score < best - BEAM) {
                *token = NOTHING;
            }
            cell.best() > f32::NEG_INFINITY
        });
    }
}

/// A walk through a graph, frame by frame. A clone can go on where this one stands.
#[derive(Clone)]
pub(crate) struct Pass {
    front: Front,
    next: Front,
    junctions: Vec<Cell>,
    links: Vec<Link>,
}

impl Pass {
    /// Nothing has been heard yet. All other calls must be given the same `graph`.
    pub(crate) fn new(graph: &Graph) -> Pass {
        let mut pass = Pass {
            front: Front::new(graph.states.len()),
            next: Front::new(graph.states.len()),
            junctions: vec![EMPTY; graph.junctions.len()],
            links: Vec::new(),
        };
        pass.junctions[graph.start as usize].put(Token { score: 0.0, ..NOTHING });
        pass.spread(graph);
        pass
    }

    /// Hear the next frame, number `frame`, with its scores.
    pub(crate) fn frame(&mut self, graph: &Graph, frame: u32, row: &[f32]) {
        self.next.clear();
        for (junction, cell) in graph.junctions.iter().zip(&self.junctions) {
            for token in cell.tokens() {
                for (state, weight) in &junction.starts {
                    self.next.put(*state, Token { score: token.score + weight, began: frame, ..token });
                }
            }
        }
        for at in &self.front.active {
            let state = graph.states[*at as usize];
            for token in self.front.cells[*at as usize].tokens() {
                if state.stays {
                    self.next.put(*at, token);
                }
                if let Exit::Next(to) = state.exit {
                    self.next.put(to, token);
                }
            }
        }
        self.next.hear(&graph.states, row);
        std::mem::swap(&mut self.front, &mut self.next);
        self.finish_words(graph, frame);
        self.spread(graph);
    }

    fn finish_words(&mut self, graph: &Graph, frame: u32) {
        self.junctions.fill(EMPTY);
        for at in &self.front.active {
            let state = graph.states[*at as usize];
            let Exit::Junction { junction, word } = state.exit else { continue };
            for token in self.front.cells[*at as usize].tokens() {
                let arrived = match word {
                    None => token,
                    Some(word) => {
                        let link =
                            Link { word, before: token.link, from: token.began, to: frame + 1, score: token.score };
                        self.links.push(link);
                        let hash = if graph.words[word as usize].filler { token.hash } else { mix(token.hash, word) };
                        Token { link: (self.links.len() - 1) as u32, hash, ..token }
                    }
                };
                self.junctions[junction as usize].put(arrived);
            }
        }
    }

    fn spread(&mut self, graph: &Graph) {
        for junction in &graph.order {
            let cell = self.junctions[*junction as usize];
            for (to, weight) in &graph.junctions[*junction as usize].skips {
                for token in cell.tokens() {
                    self.junctions[*to as usize].put(Token { score: token.score + weight, ..token });
                }
            }
        }
    }

    /// Up to [`KEEP`] readings if the utterance ended here, best first; empty when the graph cannot be walked
    /// through in so few frames.
    pub(crate) fn readings(&self, graph: &Graph) -> Vec<Path> {
        self.junctions[graph.end as usize].tokens().map(|t| self.path(graph, t)).collect()
    }

    fn path(&self, graph: &Graph, token: Token) -> Path {
        let mut words = Vec::new();
        let mut at = token.link;
        while let Some(link) = self.links.get(at as usize) {
            let before = self.links.get(link.before as usize).map_or(0.0, |l| l.score);
            let word = &graph.words[link.word as usize];
            words.push(PathWord {
                text: word.text.clone(),
                filler: word.filler,
                from: link.from,
                to: link.to,
                score: link.score - before,
            });
            at = link.before;
        }
        words.reverse();
        Path { score: token.score, words }
    }
}

/// A hash of a word sequence, one word at a time.
fn mix(hash: u32, word: u32) -> u32 {
    (hash.rotate_left(5) ^ (word + 1)).wrapping_mul(0x9E37_79B1)
}

/// The loop of all phones, any after any other: what any speech at all could reach.
#[derive(Clone)]
pub(crate) struct PhoneLoop {
    state: [f32; COUNT],
    entry: f32,
    /// Score of the best phone sequence up to the end of each frame.
    pub(crate) best: Vec<f32>,
}

impl PhoneLoop {
    pub(crate) fn new() -> PhoneLoop {
        PhoneLoop { state: [0.0; COUNT], entry: 0.0, best: Vec::new() }
    }

    pub(crate) fn frame(&mut self, row: &[f32]) {
        for (score, heard) in self.state.iter_mut().zip(row) {
            *score = score.max(self.entry) + heard;
        }
        let top = self.state.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        self.best.push(top);
        self.entry = top - SWITCH;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{super::acoustic::Scores, super::graph::Expr, super::lexicon::Lexicon, super::phones, *};

    /// Scores in which the phones of `text` are heard for three frames each.
    pub(crate) fn heard(text: &str) -> Scores {
        let mut rows = Vec::new();
        for phone in phones::parse(text).unwrap() {
            let mut row = [-5.0; COUNT];
            row[usize::from(phone)] = 0.0;
            rows.extend([row; 3]);
        }
        Scores::from_rows(&rows)
    }

    fn decode(graph: &Graph, scores: &Scores) -> Vec<Path> {
        let mut pass = Pass::new(graph);
        (0..scores.frames()).for_each(|frame| pass.frame(graph, frame as u32, scores.row(frame)));
        pass.readings(graph)
    }

    fn words(list: &[&str]) -> Expr {
        Expr::Seq(list.iter().map(|w| Expr::Word((*w).into())).collect())
    }

    fn lexicon() -> Lexicon {
        Lexicon::of(&[("yes", "y eh s"), ("no", "n ow"), ("not", "n aa t"), ("uh", "ah"), ("now", "n aw")])
    }

    #[test]
    fn the_words_that_were_said_come_first_with_their_times() {
        let expr = Expr::Any(vec![words(&["yes"]), words(&["no", "yes"]), words(&["not", "now"])]);
        let graph = Graph::compile(&expr, &lexicon());
        let paths = decode(&graph, &heard("sil n ow sil y eh s sil"));
        assert_eq!(paths[0].text(), "no yes");
        let places: Vec<(u32, u32)> = paths[0].words.iter().map(|w| (w.from, w.to)).collect();
        assert_eq!(places, [(3, 9), (12, 21)]);
        assert!(paths.len() > 1 && paths[0].score > paths[1].score);
    }

    #[test]
    fn loops_count_and_fillers_are_left_out_of_the_text() {
        let filler = Expr::Opt(Box::new(Expr::Cost(1.0, Box::new(Expr::Filler("uh".into())))));
        let any = Expr::Any(vec![words(&["yes"]), words(&["no"])]);
        let expr = Expr::Seq(vec![filler, Expr::Many(Box::new(Expr::Cost(1.0, Box::new(any))))]);
        let graph = Graph::compile(&expr, &lexicon());
        let paths = decode(&graph, &heard("ah y eh s n ow n ow y eh s"));
        assert_eq!(paths[0].text(), "yes no no yes");
        assert_eq!(paths[0].words.len(), 5);
        let texts: Vec<String> = paths.iter().map(Path::text).collect();
        let distinct: std::collections::HashSet<&String> = texts.iter().collect();
        assert_eq!(texts.len(), distinct.len(), "each reading once: {texts:?}");
    }

    #[test]
    fn too_few_frames_and_empty_graphs_give_nothing() {
        let graph = Graph::compile(&words(&["not", "now"]), &lexicon());
        assert!(decode(&graph, &heard("n")).is_empty());
        assert!(decode(&graph, &Scores::from_rows(&[])).is_empty());
        let empty = Graph::compile(&words(&["brrr"]), &lexicon());
        assert!(decode(&empty, &heard("n ow")).is_empty());
    }

    #[test]
    fn no_reading_beats_the_loop_of_all_phones_by_more_than_its_switches() {
        let scores = heard("n ow");
        let graph = Graph::compile(&words(&["no"]), &lexicon());
        let best = decode(&graph, &scores)[0].score;
        let mut any = PhoneLoop::new();
        (0..scores.frames()).for_each(|frame| any.frame(scores.row(frame)));
        let free = *any.best.last().unwrap();
        assert!(free <= best && best <= free + SWITCH * 2.0);
    }
}

//! What may be said, as a graph of phones: an expression over words, compiled with the lexicon.
//!
//! A state emits one phone for one frame, and the last state of each phone for more. States of a word form
//! a chain; chains start and end at junctions, which take no time. Silence may stand before, between and after words.

use super::{
    lexicon::Lexicon,
    phones::{Phone, SILENCE, least_frames},
};
use std::collections::HashMap;

/// A set of word sequences.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    /// One word, part of the reading.
    Word(String),
    /// One word that may be heard but is no part of the reading ("well", "uh").
    Filler(String),
    Seq(Vec<Expr>),
    Any(Vec<Expr>),
    Opt(Box<Expr>),
    /// Once or more often. The inner expression must not be able to be empty.
    Many(Box<Expr>),
    /// The inner expression, at a cost taken off the score.
    Cost(f32, Box<Expr>),
}

impl Expr {
    /// Visit every word.
    pub(crate) fn words<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Expr::Word(w) | Expr::Filler(w) => visit(w),
            Expr::Seq(list) | Expr::Any(list) => list.iter().for_each(|e| e.words(visit)),
            Expr::Opt(inner) | Expr::Many(inner) | Expr::Cost(_, inner) => inner.words(visit),
        }
    }
}

/// Index of a state, junction or word in its list.
pub(crate) type Index = u32;

/// Where a state leads besides to itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Exit {
    Next(Index),
    /// The end of `word` (none for silence), with what the pronunciation costs already paid.
    Junction {
        junction: Index,
        word: Option<Index>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) phone: Phone,
    /// It may take more than one frame.
    pub(crate) stays: bool,
    pub(crate) exit: Exit,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Junction {
    /// First states of words, with a weight.
    pub(crate) starts: Vec<(Index, f32)>,
    /// Junctions reached at once, with a weight.
    pub(crate) skips: Vec<(Index, f32)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GraphWord {
    pub(crate) text: String,
    pub(crate) filler: bool,
}

/// A compiled expression.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(crate) states: Vec<State>,
    pub(crate) junctions: Vec<Junction>,
    /// Junctions, each before those it skips to.
    pub(crate) order: Vec<Index>,
    pub(crate) words: Vec<GraphWord>,
    pub(crate) start: Index,
    pub(crate) end: Index,
}

impl Graph {
    /// Compile `expr`. Words that `lexicon` cannot say make the sequences they are in unreachable.
    pub(crate) fn compile(expr: &Expr, lexicon: &Lexicon) -> Graph {
        let mut builder = Builder { graph: Graph::default(), lexicon, words: HashMap::new(), spoken: HashMap::new() };
        let start = builder.junction();
        let end = builder.junction();
        builder.add(expr, start, end, 0.0);
        let last = builder.after_silence(end);
        let mut graph = builder.graph;
        graph.start = start;
        graph.end = last;
        graph.order = topological(&graph.junctions);
        graph
    }
}

struct Builder<'a> {
    graph: Graph,
    lexicon: &'a Lexicon,
    words: HashMap<(String, bool), Index>,
    /// Junction → the junction behind it with optional silence between.
    spoken: HashMap<Index, Index>,
}

/// Graphs are made of templates, far below four thousand million parts.
fn index(length: usize) -> Index {
    Index::try_from(length).unwrap_or(Index::MAX)
}

impl Builder<'_> {
    fn junction(&mut self) -> Index {
        self.graph.junctions.push(Junction::default());
        index(self.graph.junctions.len() - 1)
    }

    fn skip(&mut self, from: Index, to: Index, weight: f32) {
        self.graph.junctions[from as usize].skips.push((to, weight));
    }

    fn after_silence(&mut self, from: Index) -> Index {
        if let Some(known) = self.spoken.get(&from) {
            return *known;
        }
        let to = self.junction();
        self.skip(from, to, 0.0);
        let state = State { phone: SILENCE, stays: true, exit: Exit::Junction { junction: to, word: None } };
        self.graph.states.push(state);
        let first = index(self.graph.states.len() - 1);
        self.graph.junctions[from as usize].starts.push((first, 0.0));
        self.spoken.insert(from, to);
        to
    }

    fn add(&mut self, expr: &Expr, from: Index, to: Index, weight: f32) {
        match expr {
            Expr::Word(word) => self.word(word, false, from, to, weight),
            Expr::Filler(word) => self.word(word, true, from, to, weight),
            Expr::Seq(list) => self.sequence(list, from, to, weight),
            Expr::Any(list) => list.iter().for_each(|e| self.add(e, from, to, weight)),
            Expr::Opt(inner) => {
                self.add(inner, from, to, weight);
                self.skip(from, to, 0.0);
            }
            Expr::Many(inner) => {
                let (first, last) = (self.junction(), self.junction());
                self.skip(from, first, weight);
                self.add(inner, first, last, 0.0);
                self.skip(last, to, 0.0);
                // Back by way of the words themselves: a skip from last to first takes no time, but
                // `inner` is never empty, so no circle of skips comes of it.
                self.skip(last, first, 0.0);
            }
            Expr::Cost(cost, inner) => self.add(inner, from, to, weight - cost),
        }
    }

    fn sequence(&mut self, list: &[Expr], from: Index, to: Index, weight: f32) {
        let Some((last, before)) = list.split_last() else {
            return self.skip(from, to, weight);
        };
        let (mut at, mut weight) = (from, weight);
        for expr in before {
            let next = self.junction();
            self.add(expr, at, next, weight);
            (at, weight) = (next, 0.0);
        }
        self.add(last, at, to, weight);
    }

    fn word(&mut self, text: &str, filler: bool, from: Index, to: Index, weight: f32) {
        let Some(ways) = self.lexicon.get(text) else { return };
        let graph = &mut self.graph;
        let word = *self.words.entry((text.to_string(), filler)).or_insert_with(|| {
            graph.words.push(GraphWord { text: text.to_string(), filler });
            index(graph.words.len() - 1)
        });
        let from = self.after_silence(from);
        for way in ways.iter() {
            let first = index(self.graph.states.len());
            let frames: Vec<(Phone, bool)> = way.phones.iter().flat_map(|phone| frames_of(*phone)).collect();
            let last = first + index(frames.len()) - 1;
            for (i, (phone, stays)) in frames.into_iter().enumerate() {
                let at = first + index(i);
                let exit =
                    if at == last { Exit::Junction { junction: to, word: Some(word) } } else { Exit::Next(at + 1) };
                self.graph.states.push(State { phone, stays, exit });
            }
            self.graph.junctions[from as usize].starts.push((first, weight + way.weight));
        }
    }
}

/// The states of one phone: only the last may be stayed in.
fn frames_of(phone: Phone) -> impl Iterator<Item = (Phone, bool)> {
    let least = least_frames(phone);
    (1..=least).map(move |frame| (phone, frame == least))
}

/// Junctions in an order in which every skip leads forwards (Kahn's algorithm).
fn topological(junctions: &[Junction]) -> Vec<Index> {
    let mut incoming = vec![0u32; junctions.len()];
    for (to, _) in junctions.iter().flat_map(|j| &j.skips) {
        incoming[*to as usize] += 1;
    }
    let mut order: Vec<Index> = (0..index(junctions.len())).filter(|j| incoming[*j as usize] == 0).collect();
    let mut done = 0;
    while done < order.len() {
        for (to, _) in &junctions[order[done] as usize].skips {
            incoming[*to as usize] -= 1;
            if incoming[*to as usize] == 0 {
                order.push(*to);
            }
        }
        done += 1;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Expr {
        Expr::Word(text.into())
    }

    fn lexicon() -> Lexicon {
        Lexicon::of(&[("yes", "y eh s"), ("no", "n ow"), ("the", "dh ax"), ("the", "dh iy")])
    }

    #[test]
    fn every_junction_has_its_place_even_with_loops_and_options() {
        let digits = Expr::Many(Box::new(Expr::Any(vec![word("yes"), word("no")])));
        let expr = Expr::Seq(vec![Expr::Opt(Box::new(word("the"))), digits, Expr::Opt(Box::new(word("no")))]);
        let graph = Graph::compile(&expr, &lexicon());
        assert_eq!(graph.order.len(), graph.junctions.len());
        let place = |j: Index| graph.order.iter().position(|o| *o == j);
        for (from, junction) in graph.junctions.iter().enumerate() {
            for (to, _) in &junction.skips {
                assert!(place(from as Index) < place(*to));
            }
        }
    }

    #[test]
    fn a_word_that_cannot_be_said_leaves_the_rest_usable() {
        let graph = Graph::compile(&Expr::Any(vec![word("yes"), word("brrr")]), &lexicon());
        assert_eq!(graph.words.len(), 1);
        let empty = Graph::compile(&word("brrr"), &lexicon());
        assert!(empty.words.is_empty());
    }

    #[test]
    fn variants_are_chains_of_their_own() {
        let graph = Graph::compile(&word("the"), &lexicon());
        let phones = graph.states.iter().filter(|s| s.phone != SILENCE).count();
        assert_eq!(phones, 8, "two ways of two phones of two frames");
    }
}

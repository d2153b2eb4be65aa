//! Speech that nobody expected: the best word sequence by sound and by trigram.
//!
//! Token passing over the lexicon tree. Two partial readings compete when they stand in the same node with
//! the same language-model history. The best probability of the words still possible is paid in advance,
//! so that readings are compared fairly in the middle of a word.

use super::{
    decode::{Path, PathWord},
    ngram::{END, History, Mixture, Token as Word},
    phones::SILENCE,
    tree::Tree,
};
use std::collections::HashMap;

/// How much the language model weighs against sound, what each word costs, and how wide to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Search {
    pub(crate) language_weight: f32,
    pub(crate) word_cost: f32,
    pub(crate) beam: f32,
    pub(crate) most_tokens: usize,
}

/// For reading text.
pub(crate) const READ: Search = Search { language_weight: 2.0, word_cost: 1.5, beam: 42.0, most_tokens: 500 };

/// A reading with the part of its score that comes from sound alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FreePath {
    pub(crate) path: Path,
    pub(crate) acoustic: f32,
}

#[derive(Clone, Copy)]
struct Token {
    node: u32,
    history: u32,
    score: f32,
    /// The score without language model and word costs.
    acoustic: f32,
    link: u32,
    began: u32,
}

#[derive(Clone, Copy)]
struct Link {
    word: u32,
    before: u32,
    from: u32,
    to: u32,
    acoustic: f32,
}

/// What is searched in, and how.
#[derive(Clone, Copy)]
pub(crate) struct Space<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) model: &'a Mixture,
    pub(crate) search: Search,
}

/// Histories as small numbers, and what words cost after them, remembered for one utterance.
#[derive(Clone)]
struct Language {
    histories: Vec<History>,
    numbers: HashMap<History, u32>,
    scores: HashMap<(u32, Word), (f32, u32)>,
}

impl Language {
    fn new(model: &Mixture) -> Language {
        let (histories, numbers) = (vec![model.start()], HashMap::from([(model.start(), 0)]));
        Language { histories, numbers, scores: HashMap::new() }
    }

    /// Log probability of `word` after `history`, and the history then.
    fn step(&mut self, space: Space<'_>, history: u32, word: u32) -> (f32, u32) {
        let word = &space.tree.words[word as usize];
        let (score, next) = match self.scores.get(&(history, word.token)) {
            Some(known) => *known,
            None => {
                let before = self.histories[history as usize];
                let next = self.number(space.model.advance(before, word.token));
                let found = (space.model.log_probability(before, word.token), next);
                self.scores.insert((history, word.token), found);
                found
            }
        };
        (score + word.share, next)
    }

    fn number(&mut self, history: History) -> u32 {
        let fresh = self.histories.len() as u32;
        let number = *self.numbers.entry(history).or_insert(fresh);
        if number == fresh {
            self.histories.push(history);
        }
        number
    }

    fn end(&self, model: &Mixture, history: u32) -> f32 {
        model.log_probability(self.histories[history as usize], END)
    }
}

/// Tokens of one frame, one for each node and history.
#[derive(Clone, Default)]
struct Front {
    tokens: Vec<Token>,
    /// Open-addressed: the frame that wrote the slot, and the token's place.
    slots: Vec<(u32, u32)>,
    generation: u32,
    best: f32,
    beam: f32,
}

const SLOTS: usize = 1 << 15;

impl Front {
    fn new(beam: f32) -> Front {
        Front { slots: vec![(0, 0); SLOTS], beam, ..Front::default() }
    }

    fn clear(&mut self) {
        self.tokens.clear();
        self.generation += 1;
        self.best = f32::NEG_INFINITY;
    }

    fn put(&mut self, token: Token) {
        if token.score < self.best - self.beam {
            return;
        }
        self.best = self.best.max(token.score);
        let key = (u64::from(token.node) << 32) | u64::from(token.history);
        let mut slot = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 49) as usize;
        loop {
            let (generation, at) = self.slots[slot];
            if generation != self.generation {
                // Half full is the most that keeps the search for a free slot short.
                if self.tokens.len() < SLOTS / 2 {
                    self.slots[slot] = (self.generation, self.tokens.len() as u32);
                    self.tokens.push(token);
                }
                return;
            }
            let here = &mut self.tokens[at as usize];
            if here.node == token.node && here.history == token.history {
                if token.score > here.score {
                    *here = token;
                }
                return;
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    fn prune(&mut self, most: usize) {
        let least = self.best - self.beam;
        self.tokens.retain(|t| t.score >= least);
        if self.tokens.len() > most {
            self.tokens.select_nth_unstable_by(most, |a, b| b.score.total_cmp(&a.score));
            self.tokens.truncate(most);
        }
    }
}

/// A search through the tree, frame by frame. A clone can go on where this one stands.
#[derive(Clone)]
pub(crate) struct Pass {
    language: Language,
    links: Vec<Link>,
    front: Front,
    next: Front,
    /// Finished words of this frame, the best for each history.
    finished: HashMap<u32, (Token, u32)>,
}

/// The node number that stands for silence between words.
fn silence_node(tree: &Tree) -> u32 {
    tree.size()
}

impl Pass {
    /// Nothing has been heard yet. All other calls must be given the same `space`.
    pub(crate) fn new(space: Space<'_>) -> Pass {
        Pass {
            language: Language::new(space.model),
            links: vec![Link { word: 0, before: 0, from: 0, to: 0, acoustic: 0.0 }],
            front: Front::new(space.search.beam),
            next: Front::new(space.search.beam),
            finished: HashMap::new(),
        }
    }

    /// Hear the next frame, number `frame`, with its scores.
    pub(crate) fn frame(&mut self, space: Space<'_>, frame: u32, row: &[f32]) {
        self.next.clear();
        if frame == 0 {
            let start = Token { node: 0, history: 0, score: 0.0, acoustic: 0.0, link: 0, began: 0 };
            self.begin(space, start, frame, row);
        } else {
            let tokens = std::mem::take(&mut self.front.tokens);
            for token in &tokens {
                self.go_on(space, *token, frame, row);
            }
            self.front.tokens = tokens;
            self.begin_words(space, frame, row);
        }
        self.next.prune(space.search.most_tokens);
        std::mem::swap(&mut self.front, &mut self.next);
    }

    /// Silence and all first phones, from a place between words.
    fn begin(&mut self, space: Space<'_>, token: Token, frame: u32, row: &[f32]) {
        let heard = row[usize::from(SILENCE)];
        self.next.put(Token {
            node: silence_node(space.tree),
            score: token.score + heard,
            acoustic: token.acoustic + heard,
            ..token
        });
        self.first_phones(space, token, frame, row);
    }

    fn first_phones(&mut self, space: Space<'_>, token: Token, frame: u32, row: &[f32]) {
        for child in space.tree.children(0) {
            let heard = row[space.tree.phone(*child)];
            self.next.put(Token {
                node: *child,
                score: token.score + heard + space.search.language_weight * space.tree.ahead(*child),
                acoustic: token.acoustic + heard,
                began: frame,
                ..token
            });
        }
    }

    fn go_on(&mut self, space: Space<'_>, token: Token, frame: u32, row: &[f32]) {
        if token.node == silence_node(space.tree) {
            return self.begin(space, token, frame, row);
        }
        let ahead = space.tree.ahead(token.node);
        let heard = row[space.tree.phone(token.node)];
        if space.tree.stays(token.node) {
            self.next.put(Token { score: token.score + heard, acoustic: token.acoustic + heard, ..token });
        }
        for child in space.tree.children(token.node) {
            let heard = row[space.tree.phone(*child)];
            let paid = space.search.language_weight * (space.tree.ahead(*child) - ahead);
            self.next.put(Token {
                node: *child,
                score: token.score + heard + paid,
                acoustic: token.acoustic + heard,
                ..token
            });
        }
        for (word, weight) in space.tree.ends(token.node) {
            let ended = self.finish(space, token, *word, *weight);
            let best = self.finished.entry(ended.history).or_insert((ended, *word));
            if best.0.score < ended.score {
                *best = (ended, *word);
            }
        }
    }

    /// `token` at the end of `word`, still with the link before it.
    fn finish(&mut self, space: Space<'_>, token: Token, word: u32, weight: f32) -> Token {
        let (language, history) = self.language.step(space, token.history, word);
        let paid = space.search.language_weight * (language - space.tree.ahead(token.node));
        Token {
            history,
            score: token.score + paid + weight - space.search.word_cost,
            acoustic: token.acoustic + weight,
            ..token
        }
    }

    fn begin_words(&mut self, space: Space<'_>, frame: u32, row: &[f32]) {
        let mut finished: Vec<(Token, u32)> = self.finished.drain().map(|(_, f)| f).collect();
        let least = self.next.best - space.search.beam;
        finished.retain(|(token, _)| token.score >= least);
        // In a fixed order, so that equal scores always end the same way.
        finished.sort_unstable_by(|a, b| b.0.score.total_cmp(&a.0.score).then(a.0.history.cmp(&b.0.history)));
        for (token, word) in finished {
            let link = self.link(token, word, frame);
            self.begin(space, Token { link, ..token }, frame, row);
        }
    }

    fn link(&mut self, token: Token, word: u32, to: u32) -> u32 {
        let link = Link { word, before: token.link, from: token.began, to, acoustic: token.acoustic };
        self.links.push(link);
        (self.links.len() - 1) as u32
    }

    /// Up to `most` different readings if the utterance, of `frames`, ended here, best first.
    pub(crate) fn readings(mut self, space: Space<'_>, frames: u32, most: usize) -> Vec<FreePath> {
        if frames == 0 || space.tree.words.is_empty() {
            return Vec::new();
        }
        let mut ends = Vec::new();
        for token in std::mem::take(&mut self.front.tokens) {
            if token.node == silence_node(space.tree) {
                ends.push(token);
                continue;
            }
            for (word, weight) in space.tree.ends(token.node) {
                let ended = self.finish(space, token, *word, *weight);
                let link = self.link(ended, *word, frames);
                ends.push(Token { link, ..ended });
            }
        }
        for token in &mut ends {
            token.score += space.search.language_weight * self.language.end(space.model, token.history);
        }
        ends.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut found: Vec<FreePath> = Vec::new();
        for token in ends {
            let reading = FreePath { path: self.path(space.tree, token), acoustic: token.acoustic };
            if !found.iter().any(|f| f.path.text() == reading.path.text()) {
                found.push(reading);
            }
            if found.len() == most {
                break;
            }
        }
        found
    }

    fn path(&self, tree: &Tree, token: Token) -> Path {
        let mut words = Vec::new();
        let mut at = token.link;
        while at != 0 {
            let link = &self.links[at as usize];
            words.push(PathWord {
                text: tree.words[link.word as usize].text.clone(),
                filler: false,
                from: link.from,
                to: link.to,
                score: link.acoustic - self.links[link.before as usize].acoustic,
            });
            at = link.before;
        }
        words.reverse();
        Path { score: token.score, words }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{decode::tests::heard, lexicon::Lexicon, ngram::Ngram, ngram::Vocabulary},
        *,
    };
    use std::sync::Arc;

    fn readings(sentences: &[&str], said: &str) -> Vec<String> {
        let lexicon = Lexicon::of(&[
            ("too", "t uw"),
            ("two", "t uw"),
            ("high", "hh ay"),
            ("hi", "hh ay"),
            ("there", "dh eh r"),
            ("is", "ih z"),
        ]);
        let mut vocabulary = Vocabulary::default();
        let counted = Arc::new(Ngram::of(sentences.iter().copied(), &mut vocabulary));
        let model = Mixture::new(vec![(1.0, counted)], vocabulary.size());
        let tree = Tree::build(&vocabulary, &lexicon, &model);
        let scores = heard(said);
        let space = Space { tree: &tree, model: &model, search: Search { language_weight: 2.0, ..READ } };
        let mut pass = Pass::new(space);
        (0..scores.frames()).for_each(|frame| pass.frame(space, frame as u32, scores.row(frame)));
        let found = pass.readings(space, scores.frames() as u32, 3);
        found.iter().map(|f| f.path.text()).collect()
    }

    #[test]
    fn what_sounds_alike_is_told_apart_by_the_words_before() {
        let sentences = ["that is too high", "is too high", "two", "hi there", "hi there", "hi"];
        assert_eq!(readings(&sentences, "ih z sil t uw hh ay")[0], "is too high");
        assert_eq!(readings(&sentences, "sil hh ay dh eh r sil")[0], "hi there");
        let all = readings(&sentences, "t uw hh ay");
        assert!(all.len() > 1 && all[0] != all[1], "{all:?}");
    }

    #[test]
    fn nothing_heard_or_nothing_known_is_no_reading() {
        assert!(readings(&[], "hh ay").is_empty());
        let silent = readings(&["hi"], "sil");
        assert_eq!(silent.first().map(String::as_str), Some(""), "silence is a reading without words");
    }
}

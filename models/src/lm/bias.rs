//! What leads a search over spelled tokens towards the step: its phrases letter by letter, and a word trigram
//! of the template's sentences (shallow fusion).
//!
//! Everything is added to the model's log probability and nothing is taken off it: speech that no template
//! foresees competes as the model alone would have it. A phrase that is begun and not finished gives back
//! what it was given. Letters and not tokens are compared, so how a model cuts words does not matter.

use super::{guard::units, words};
use crate::{
    AsrContext,
    starter::{History, Mixture, Ngram, Vocabulary},
};
use std::{collections::HashMap, sync::Arc};

/// Given for each letter of an expected phrase, in natural-log units; a sign that is a word gets more.
const PER_LETTER: f32 = 0.4;
const PER_SIGN: f32 = 1.2;
/// Weight of the word model, and how unlikely a word may be before it gives nothing.
const WORD_WEIGHT: f32 = 0.3;
const WORD_FLOOR: f32 = 8.0;
/// Shares of the step's phrases and the template's sentences in the word model.
const SHARES: [f32; 2] = [0.5, 0.5];

#[derive(Clone, Debug, Default)]
struct Node {
    next: HashMap<char, u32>,
    ends: bool,
}

/// Made once per step; shared.
#[derive(Debug)]
pub(crate) struct Bias {
    /// Letters of the expected phrases; 0 is where each begins.
    trie: Vec<Node>,
    vocabulary: Vocabulary,
    model: Mixture,
}

/// Where a reading stands.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Inside a phrase of the trie; `None` when the word at hand is in none.
    node: Option<u32>,
    /// Given for a phrase that is not finished yet.
    owed: f32,
    /// A phrase was finished: an answer is given once, and saying it again is worth nothing.
    done: bool,
    word: String,
    history: History,
}

impl Bias {
    pub(crate) fn new(context: &AsrContext) -> Bias {
        let figures = words::Figures::of(&context.language);
        let phrases: Vec<String> = context.phrases.iter().map(|text| words::spoken(text, figures)).collect();
        let mut trie = vec![Node::default()];
        for phrase in &phrases {
            let mut at = 0usize;
            // As in [`Bias::push`], what stands between figures does not matter.
            for letter in phrase.chars().filter(|letter| *letter == ' ' || counts(*letter)) {
                let next = trie.len();
                at = *trie[at].next.entry(letter).or_insert(next as u32) as usize;
                if at == next {
                    trie.push(Node::default());
                }
            }
            trie[at].ends = at != 0;
        }
        let mut vocabulary = Vocabulary::default();
        let apart = |text: &String| units(&words::spoken(text, figures)).join(" ");
        let (step, template): (Vec<_>, Vec<_>) =
            (phrases.iter().map(apart).collect(), context.free.iter().map(apart).collect());
        let mut count = |list: &[String]| Arc::new(Ngram::of(list.iter().map(String::as_str), &mut vocabulary));
        let parts = vec![(SHARES[0], count(&step)), (SHARES[1], count(&template))];
        let model = Mixture::new(parts, vocabulary.size());
        Bias { trie, vocabulary, model }
    }

    pub(crate) fn start(&self) -> State {
        State { node: Some(0), owed: 0.0, done: false, word: String::new(), history: self.model.start() }
    }

    /// The state after `piece` (a space starts a word; case and punctuation do not matter), and what it is worth.
    pub(crate) fn push(&self, state: &State, piece: &str) -> (State, f32) {
        let mut state = state.clone();
        let mut worth = 0.0;
        for letter in piece.chars().flat_map(char::to_lowercase) {
            if counts(letter) {
                worth += self.letter(&mut state, letter);
            } else if letter.is_whitespace() || letter == '▁' {
                worth += self.boundary(&mut state);
            }
        }
        (state, worth)
    }

    /// What the end of the utterance is worth.
    pub(crate) fn finish(&self, state: &State) -> f32 {
        let mut state = state.clone();
        let word = self.word(&mut state);
        word - self.leave(&mut state)
    }

    fn complete(&self, state: &State) -> bool {
        state.node.is_some_and(|node| self.trie[node as usize].ends)
    }

    fn letter(&self, state: &mut State, letter: char) -> f32 {
        let alone = words::stands_alone(letter);
        let mut worth = 0.0;
        if alone {
            worth += self.word(state);
        }
        state.word.push(letter);
        if alone && self.complete(state) {
            state.owed = 0.0;
        }
        let mut next = self.step(state.node, letter);
        if next.is_none() {
            // "yesterday" is no "yes".
            worth -= if alone { self.leave(state) } else { std::mem::take(&mut state.owed) };
            // Without spaces, a phrase can begin at every sign.
            next = if alone { self.step(Some(0), letter) } else { None };
        }
        state.node = next;
        if next.is_some() && !state.done {
            let given = if alone { PER_SIGN } else { PER_LETTER };
            state.owed += given;
            worth += given;
        }
        if alone {
            worth += self.word(state);
        }
        worth
    }

    fn boundary(&self, state: &mut State) -> f32 {
        if state.word.is_empty() {
            return 0.0;
        }
        let mut worth = self.word(state);
        match self.step(state.node, ' ') {
            Some(next) => {
                // What was complete so far is kept, even when the longer phrase is not finished.
                if self.complete(state) {
                    state.owed = 0.0;
                }
                state.node = Some(next);
            }
            None => {
                worth -= self.leave(state);
                state.node = Some(0);
            }
        }
        worth
    }

    fn step(&self, node: Option<u32>, letter: char) -> Option<u32> {
        node.and_then(|node| self.trie[node as usize].next.get(&letter).copied())
    }

    /// What is given back on leaving the trie here.
    fn leave(&self, state: &mut State) -> f32 {
        let owed = std::mem::take(&mut state.owed);
        state.done |= self.complete(state);
        if self.complete(state) { 0.0 } else { owed }
    }

    /// The word model's share for the word that ends here.
    fn word(&self, state: &mut State) -> f32 {
        let word = std::mem::take(&mut state.word);
        if word.is_empty() {
            return 0.0;
        }
        let Some((token, share)) = self.vocabulary.get(&word) else {
            state.history = self.model.start();
            return 0.0;
        };
        let likely = self.model.log_probability(state.history, token) + share;
        state.history = self.model.advance(state.history, token);
        WORD_WEIGHT * (likely + WORD_FLOOR).max(0.0)
    }
}

/// Whether a letter is compared.
fn counts(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '\''
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bias(phrases: &[&str], free: &[&str]) -> Bias {
        let list = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        Bias::new(&AsrContext { phrases: list(phrases), free: Arc::new(list(free)), ..AsrContext::default() })
    }

    fn worth(bias: &Bias, pieces: &[&str]) -> f32 {
        let mut state = bias.start();
        let mut sum = 0.0;
        for piece in pieces {
            let (next, more) = bias.push(&state, piece);
            sum += more;
            state = next;
        }
        sum + bias.finish(&state)
    }

    #[test]
    fn a_phrase_is_worth_something_however_it_is_cut_and_half_of_it_nothing_but_its_words() {
        let step = bias(&["wrong number"], &[]);
        let whole = worth(&step, &[" wrong", " number"]);
        assert!((whole - worth(&step, &[" Wr", "ong", " num", "ber."])).abs() < 1e-5);
        assert!(whole > 11.0 * PER_LETTER);
        let words_only = worth(&step, &[" wrong"]);
        assert!(words_only > 0.0 && words_only < 8.0 * WORD_WEIGHT + 1e-5, "{words_only}");
        assert!(worth(&step, &[" wrongly"]).abs() < 1e-5);
        assert_eq!(worth(&step, &[" horse"]), 0.0);
    }

    #[test]
    fn a_phrase_that_goes_on_as_another_keeps_what_it_was_given() {
        let step = bias(&["yes", "yes i do"], &[]);
        assert!(worth(&step, &[" yes", " i", " am"]) >= 3.0 * PER_LETTER);
        assert!(worth(&step, &[" yesterday"]).abs() < 1e-5);
        assert!(worth(&step, &[" yes", " i", " do"]) > worth(&step, &[" yes", " i", " am"]) + 2.0 * PER_LETTER);
    }

    #[test]
    fn signs_without_spaces_are_words_and_phrases_begin_anywhere() {
        let step = bias(&["不用了"], &["我不用"]);
        assert!(worth(&step, &["不", "用", "了"]) >= 3.0 * PER_SIGN);
        assert!(worth(&step, &["我", "不", "用", "了"]) >= 3.0 * PER_SIGN);
        assert!(worth(&step, &["不", "用"]) < 2.0 * PER_SIGN + 2.0 * WORD_FLOOR * WORD_WEIGHT);
        assert_eq!(worth(&step, &["好"]), 0.0);
        let again = worth(&step, &["不", "用", "了", "不", "用", "了"]) - worth(&step, &["不", "用", "了"]);
        assert!(again < 3.0 * WORD_FLOOR * WORD_WEIGHT, "{again}");
    }

    #[test]
    fn a_phrase_with_figures_is_worth_something_as_a_model_writes_it() {
        let phrases = vec!["jam 10:30".to_owned()];
        let step = Bias::new(&AsrContext { language: "id".into(), phrases, ..AsrContext::default() });
        assert!(worth(&step, &[" jam", " 10", ":30"]) > 7.0 * PER_LETTER);
    }

    #[test]
    fn the_templates_sentences_make_their_words_likelier_in_their_order() {
        let step = bias(&[], &["please call my office", "the office is open"]);
        assert!(worth(&step, &[" call", " my"]) > worth(&step, &[" my", " call"]));
        assert_eq!(worth(&bias(&[], &[]), &[" call"]), 0.0);
    }
}

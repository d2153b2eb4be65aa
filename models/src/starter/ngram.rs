//! How likely a word is after the two before it: a trigram with backoff, over words and word classes.
//!
//! Members of a class (weekdays, months, digits, names) share one history and one probability, so that
//! "call me back tuesday" teaches "call me back friday". Estimation is interpolated absolute discounting:
//! each order gives a fixed count away to the order below it.

use std::collections::HashMap;

/// A word or class in the model's own numbering.
pub(crate) type Token = u32;

/// Begin of sentence, in histories only.
pub(crate) const BEGIN: Token = 0;
/// End of sentence.
pub(crate) const END: Token = 1;
/// Stands for "no word" in shortened histories.
pub(crate) const NONE: Token = u32::MAX;

/// The two tokens before a word, oldest first; [`NONE`] where the history was cut.
pub(crate) type History = (Token, Token);

const DISCOUNT: [f32; 3] = [0.6, 0.7, 0.8];

/// Numbers for words and classes, shared by the models that are mixed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    tokens: HashMap<String, Token>,
    /// Word → its token and the logarithm of its share of the class (0 for a word that is its own class).
    words: HashMap<String, (Token, f32)>,
    next: Token,
}

impl Vocabulary {
    pub(crate) fn new(classes: &[(&str, &[&str])]) -> Vocabulary {
        let mut vocabulary = Vocabulary { next: END + 1, ..Vocabulary::default() };
        for (name, members) in classes {
            let token = vocabulary.fresh(name);
            let share = -(members.len() as f32).ln();
            for word in *members {
                vocabulary.words.insert((*word).to_string(), (token, share));
            }
        }
        vocabulary
    }

    fn fresh(&mut self, name: &str) -> Token {
        let token = self.next;
        self.next += 1;
        self.tokens.insert(name.to_string(), token);
        token
    }

    /// The token of `word` and its share of the class, numbering new words.
    pub(crate) fn add(&mut self, word: &str) -> (Token, f32) {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let token = self.fresh(word);
        self.words.insert(word.to_string(), (token, 0.0));
        (token, 0.0)
    }

    /// The token of a word that was added, and its share of the class.
    pub(crate) fn get(&self, word: &str) -> Option<(Token, f32)> {
        self.words.get(word).copied()
    }

    /// Every word, in no order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(String::as_str)
    }

    /// How many numbers are in use.
    pub(crate) fn size(&self) -> usize {
        self.next as usize
    }
}

#[derive(Clone, Debug, Default)]
struct Counts {
    total: f32,
    kinds: f32,
    after: HashMap<Token, f32>,
}

impl Counts {
    fn add(&mut self, token: Token) {
        self.total += 1.0;
        let count = self.after.entry(token).or_insert(0.0);
        if *count == 0.0 {
            self.kinds += 1.0;
        }
        *count += 1.0;
    }

    /// Interpolate with the probability of the order below.
    fn mix(&self, token: Token, discount: f32, below: f32) -> f32 {
        if self.total == 0.0 {
            return below;
        }
        let own = (self.after.get(&token).copied().unwrap_or(0.0) - discount).max(0.0);
        (own + discount * self.kinds * below) / self.total
    }
}

/// Counts of one set of sentences.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ngram {
    one: Counts,
    two: HashMap<Token, Counts>,
    three: HashMap<History, Counts>,
    /// Known token numbers, over which the last discount is spread evenly.
    size: f32,
}

impl Ngram {
    /// Count `sentences`, adding their words to `vocabulary`.
    pub(crate) fn of<'a>(sentences: impl IntoIterator<Item = &'a str>, vocabulary: &mut Vocabulary) -> Ngram {
        let mut model = Ngram::default();
        for sentence in sentences {
            let mut history = (NONE, BEGIN);
            let tokens: Vec<Token> = sentence.split_whitespace().map(|w| vocabulary.add(w).0).collect();
            if tokens.is_empty() {
                continue;
            }
            for token in tokens.into_iter().chain([END]) {
                model.one.add(token);
                model.two.entry(history.1).or_default().add(token);
                if history.0 != NONE {
                    model.three.entry(history).or_default().add(token);
                }
                history = (history.1, token);
            }
        }
        model.size = vocabulary.size() as f32;
        model
    }

    fn probability(&self, history: History, token: Token) -> f32 {
        let mut p = self.one.mix(token, DISCOUNT[0], 1.0 / self.size.max(1.0));
        if let Some(counts) = self.two.get(&history.1) {
            p = counts.mix(token, DISCOUNT[1], p);
        }
        if let Some(counts) = self.three.get(&history) {
            p = counts.mix(token, DISCOUNT[2], p);
        }
        p
    }
}

/// Several models mixed by fixed shares, above a floor for words that none of them saw.
#[derive(Clone, Debug)]
pub(crate) struct Mixture {
    parts: Vec<(f32, std::sync::Arc<Ngram>)>,
    /// Probability that every token has at least.
    floor: f32,
}

/// What all words share evenly, whatever was counted.
const EVEN: f32 = 0.02;

impl Mixture {
    /// `parts` are shares and models, whose shares are made to add up; models without a sentence are left out.
    /// `size` is the number of tokens in use.
    pub(crate) fn new(parts: Vec<(f32, std::sync::Arc<Ngram>)>, size: usize) -> Mixture {
        let mut parts: Vec<_> = parts.into_iter().filter(|(_, m)| m.one.total > 0.0).collect();
        let sum: f32 = parts.iter().map(|p| p.0).sum();
        parts.iter_mut().for_each(|p| p.0 *= (1.0 - EVEN) / sum);
        Mixture { parts, floor: EVEN / size.max(1) as f32 }
    }

    /// Natural logarithm of the probability of `token` after `history`.
    pub(crate) fn log_probability(&self, history: History, token: Token) -> f32 {
        let p: f32 = self.parts.iter().map(|(share, model)| share * model.probability(history, token)).sum();
        (p + self.floor).ln()
    }

    /// The history after `token`, cut to what any of the models can tell apart.
    pub(crate) fn advance(&self, history: History, token: Token) -> History {
        let full = (history.1, token);
        if self.parts.iter().any(|(_, m)| m.three.contains_key(&full)) { full } else { (NONE, token) }
    }

    /// The history at the begin of an utterance.
    pub(crate) fn start(&self) -> History {
        (NONE, BEGIN)
    }

    /// All tokens that can follow something.
    #[cfg(test)]
    fn tokens(&self) -> std::collections::HashSet<Token> {
        self.parts.iter().flat_map(|(_, m)| m.one.after.keys().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const DAYS: [(&str, &[&str]); 1] = [("<day>", &["monday", "tuesday", "friday"])];
    const SENTENCES: [&str; 4] = ["call me back tuesday", "call me back", "call me on monday", "please call me"];

    fn model(vocabulary: &mut Vocabulary) -> Mixture {
        let counted = Arc::new(Ngram::of(SENTENCES, vocabulary));
        Mixture::new(vec![(1.0, counted)], vocabulary.size())
    }

    #[test]
    fn probabilities_after_any_history_add_up_to_one() {
        let mut vocabulary = Vocabulary::new(&DAYS);
        let model = model(&mut vocabulary);
        let (call, me) = (vocabulary.add("call").0, vocabulary.add("me").0);
        for history in [(NONE, BEGIN), (NONE, me), (call, me), (NONE, 9_999)] {
            let seen: f32 = model.tokens().iter().map(|t| model.log_probability(history, *t).exp()).sum();
            // BEGIN and the class members' own share of the even part are never predicted.
            assert!((0.8..=1.0).contains(&seen), "{history:?}: {seen}");
        }
    }

    #[test]
    fn a_class_teaches_all_its_members() {
        let mut vocabulary = Vocabulary::new(&DAYS);
        let model = model(&mut vocabulary);
        let (me, back) = (vocabulary.add("me").0, vocabulary.add("back").0);
        let (friday, please) = (vocabulary.add("friday").0, vocabulary.add("please").0);
        let after = |token| model.log_probability((me, back), token);
        assert!(after(friday) > after(please) + 1.0);
    }

    #[test]
    fn a_longer_history_decides_and_unknown_ones_back_off() {
        let mut vocabulary = Vocabulary::new(&DAYS);
        let model = model(&mut vocabulary);
        let (call, me, back) = (vocabulary.add("call").0, vocabulary.add("me").0, vocabulary.add("back").0);
        assert!(model.log_probability((call, me), back) > model.log_probability((NONE, back), back));
        assert_eq!(model.advance((NONE, call), me), (call, me));
        assert_eq!(model.advance((NONE, back), call), (NONE, call));
    }

    #[test]
    fn no_sentences_is_an_even_model_not_a_panic() {
        let mut vocabulary = Vocabulary::default();
        let counted = Arc::new(Ngram::of([], &mut vocabulary));
        let empty = Mixture::new(vec![(1.0, counted)], 100);
        assert_eq!(empty.log_probability(empty.start(), 5), (EVEN / 100.0).ln());
    }
}

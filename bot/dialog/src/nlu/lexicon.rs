//! All listed utterances taken apart into words, so that a reading is compared only with those it shares words with.

use super::phrases::word_weight;
use crate::words;
use std::collections::HashMap;
use warmline_schema::distance;

/// A word of at least so many bytes is the same with one letter changed, lost or added.
const LONG: usize = 5;

/// The words of a template's utterances and where they stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lexicon {
    places: HashMap<String, usize>,
    words: Vec<String>,
    /// For each word, the utterances that hold it, in rising order.
    holders: Vec<Vec<u32>>,
    /// Words of at least [`LONG`] bytes by their length.
    long: HashMap<usize, Vec<usize>>,
    utterances: usize,
}

impl Lexicon {
    pub(crate) fn new(utterances: &[String]) -> Self {
        let mut lexicon = Self { utterances: utterances.len(), ..Self::default() };
        for (utterance, text) in utterances.iter().enumerate() {
            for word in words::compared(text) {
                let place = lexicon.place(word);
                let holders = &mut lexicon.holders[place];
                if holders.last() != Some(&(utterance as u32)) {
                    holders.push(utterance as u32);
                }
            }
        }
        lexicon
    }

    fn place(&mut self, word: String) -> usize {
        if let Some(place) = self.places.get(&word) {
            return *place;
        }
        let place = self.words.len();
        if word.len() >= LONG {
            self.long.entry(word.len()).or_default().push(place);
        }
        self.words.push(word.clone());
        self.holders.push(Vec::new());
        self.places.insert(word, place);
        place
    }

    /// For each utterance, at most how much the words weigh that it shares with `heard`.
    pub(super) fn shared(&self, heard: &[String]) -> Vec<f32> {
        let mut shared = vec![0.0; self.utterances];
        let mut counted = vec![usize::MAX; self.utterances];
        for (at, word) in heard.iter().enumerate() {
            let weight = word_weight(word);
            for place in self.same_as(word) {
                for utterance in &self.holders[place] {
                    let utterance = *utterance as usize;
                    if std::mem::replace(&mut counted[utterance], at) != at {
                        shared[utterance] += weight;
                    }
                }
            }
        }
        shared
    }

    /// Known words that count as `word`.
    fn same_as(&self, word: &str) -> Vec<usize> {
        let mut found: Vec<usize> = self.places.get(word).copied().into_iter().collect();
        if word.len() >= LONG {
            // A letter may take up to four bytes.
            let lengths = word.len().saturating_sub(4).max(LONG)..=word.len() + 4;
            let near = lengths.filter_map(|length| self.long.get(&length)).flatten();
            found.extend(near.copied().filter(|place| one_apart(word, &self.words[*place])));
        }
        found
    }
}

/// The same word, or a long one with an ending changed.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b || (a.len().min(b.len()) >= LONG && one_apart(a, b))
}

/// At most one letter changed, lost, added or moved by one place. Most words differ soon from both ends.
fn one_apart(a: &str, b: &str) -> bool {
    let (x, y) = (a.as_bytes(), b.as_bytes());
    let head = x.iter().zip(y).take_while(|(x, y)| x == y).count();
    let tail = x.iter().rev().zip(y.iter().rev()).take_while(|(x, y)| x == y).count();
    // The letters in between take at most four bytes, two of them where they are swapped.
    let between = x.len().max(y.len()).saturating_sub(head + tail);
    between <= 8 && distance(a, b) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_never_underestimated() {
        let utterances = ["cancel my appointment", "yes please", "我想取消預約"].map(str::to_owned);
        let lexicon = Lexicon::new(&utterances);
        let shared = |text: &str| lexicon.shared(&words::compared(text));
        let full = |text: &str| words::compared(text).iter().map(|word| word_weight(word)).sum::<f32>();
        assert_eq!(shared("cancel my appointment")[0], full(&utterances[0]));
        assert_eq!(shared("cancel the apointment")[0], full("cancel appointment"));
        assert_eq!(shared("the weather"), [0.0, 0.0, 0.0]);
        assert!(shared("我想取消预約")[2] > 0.0);
    }

    #[test]
    fn one_letter_apart() {
        for (a, b) in [("cancel", "cancle"), ("order", "orders"), ("größe", "grösse"), ("預約日期", "预約日期")]
        {
            assert_eq!(one_apart(a, b), distance(a, b) <= 1, "{a} {b}");
        }
        assert!(!one_apart("cancel", "confirm"));
    }
}

//! Recognition errors made on purpose: what a recogniser might have heard instead of a text.
//!
//! Errors are those that recognisers make: a word for one that sounds like it, a short word lost, a filler that was
//! not said, a word split or two merged; in scripts without spaces a character for one that sounds like it, or one
//! lost. Words that turn a meaning round ("not", 不, "tidak") are left alone: without them the text would mean
//! something else, and no understanding could be blamed for it.
//!
//! Pure: the same text, rate and seed give the same errors.

mod lists;
mod sound;

use crate::dice::Dice;
use lists::{CHARACTERS, COMMON, FILLERS, KEPT, SOUND_ALIKE};
use std::collections::HashMap;

/// Words no longer than this may be lost: in a telephone's narrow band they are little more than a breath.
const SHORT: usize = 3;
/// Words at least this long may be split, and two whose letters together are at most [`MERGED`] be merged.
const LONG: usize = 6;
const MERGED: usize = 9;
/// How far apart two words may sound, per sound of the longer one, to be taken for each other.
const ALIKE: f32 = 0.34;
/// So many of the words that sound most alike are drawn from.
const NEAREST: usize = 4;

/// A maker of errors. Its words are those a recogniser could have put in place of the right ones.
#[derive(Clone, Debug)]
pub struct Noise {
    words: Vec<Known>,
    /// Places in `words` by the number of their sounds.
    by_length: HashMap<usize, Vec<usize>>,
}

#[derive(Clone, Debug)]
struct Known {
    word: String,
    sounds: Vec<u8>,
}

impl Default for Noise {
    /// With the commonest words of spoken English.
    fn default() -> Self {
        Self::new(COMMON.split_whitespace())
    }
}

impl Noise {
    /// With words of its own, for instance those of a template and its language.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<&str> = words.into_iter().flat_map(str::split_whitespace).collect();
        all.sort_unstable();
        all.dedup();
        let words: Vec<Known> =
            all.iter().map(|word| Known { word: (*word).to_owned(), sounds: sound::of(word) }).collect();
        let mut by_length: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, known) in words.iter().enumerate() {
            by_length.entry(known.sounds.len()).or_default().push(place);
        }
        Self { words, by_length }
    }

    /// English with the words of a template (or any other texts) beside the commonest ones.
    pub fn english<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(COMMON.split_whitespace().chain(words))
    }

    /// `text` (normalised) as it might have been heard. About `rate` (0–1) of its words are touched, of its
    /// characters where the script has no spaces. Never empty unless `text` is; rate 0 changes nothing.
    pub fn heard(&self, text: &str, rate: f32, seed: u64) -> String {
        let mut lot = Lot::new(seed, text);
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut out: Vec<String> = Vec::with_capacity(words.len() + 2);
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let next = words.get(at + 1).copied();
            at += 1;
            if word.chars().any(without_spaces) {
                out.push(characters(word, rate, &mut lot));
            } else if KEPT.contains(word) || word.ends_with("n't") || !lot.below(rate) {
                out.push((*word).to_owned());
            } else {
                at += usize::from(self.mishear(word, next, &mut lot, &mut out));
            }
        }
        out.retain(|word| !word.is_empty());
        let heard = out.join(" ");
        if heard.is_empty() { text.to_owned() } else { heard }
    }

    /// `many` different hearings of `text`, fewer where there are not so many; the text itself is not among them.
    pub fn variants(&self, text: &str, rate: f32, seed: u64, many: usize) -> Vec<String> {
        let mut out: Vec<String> = Vec::with_capacity(many);
        for turn in 0..many as u64 * 4 {
            let heard = self.heard(text, rate, seed.wrapping_add(turn));
            if out.len() < many && heard != text && !out.contains(&heard) {
                out.push(heard);
            }
        }
        out
    }

    /// One error at `word`. True: `next` was swallowed by it.
    fn mishear(&self, word: &str, next: Option<&str>, lot: &mut Lot, out: &mut Vec<String>) -> bool {
        let kind = lot.share();
        let long = word.chars().count();
        let mergeable = next.filter(|next| !KEPT.contains(next) && long + next.chars().count() <= MERGED);
        match (kind, mergeable) {
            (0.0..0.12, _) => {
                out.push(lot.one_of(&FILLERS).to_owned());
                out.push(word.to_owned());
            }
            (0.12..0.32, _) if long <= SHORT => {}
            (0.12..0.22, _) if long >= LONG => out.extend(self.split(word, lot)),
            (0.22..0.32, Some(next)) => {
                let both = format!("{word}{next}");
                out.push(self.alike(&both, lot).unwrap_or(both));
                return true;
            }
            _ => out.push(self.confused(word, lot)),
        }
        false
    }

    /// A word that sounds like `word`: a listed one, a known one, or `word` with a changed ending.
    fn confused(&self, word: &str, lot: &mut Lot) -> String {
        let group = SOUND_ALIKE.iter().find(|group| group.contains(&word));
        let others: Vec<&str> =
            group.into_iter().flat_map(|group| group.iter().copied()).filter(|w| *w != word).collect();
        if !others.is_empty() && lot.below(0.7) {
            return lot.one_of(&others).to_owned();
        }
        self.alike(word, lot).unwrap_or_else(|| ending_changed(word, lot))
    }

    fn alike(&self, word: &str, lot: &mut Lot) -> Option<String> {
        let sounds = sound::of(word);
        let lengths = sounds.len().saturating_sub(2)..=sounds.len() + 2;
        let mut near: Vec<(f32, usize)> = lengths
            .filter_map(|length| self.by_length.get(&length))
            .flatten()
            .filter(|place| self.words[**place].word != word && !KEPT.contains(&self.words[**place].word.as_str()))
            .map(|place| {
                let other = &self.words[*place].sounds;
                (sound::distance(&sounds, other) / sounds.len().max(other.len()).max(1) as f32, *place)
            })
            .filter(|(apart, _)| *apart <= ALIKE)
            .collect();
        near.sort_by(|(a, x), (b, y)| a.total_cmp(b).then(x.cmp(y)));
        near.truncate(NEAREST);
        (!near.is_empty()).then(|| self.words[near[lot.number(near.len())].1].word.clone())
    }

    /// In two before a consonant, each half as a word that sounds like it.
    fn split(&self, word: &str, lot: &mut Lot) -> Vec<String> {
        let letters: Vec<char> = word.chars().collect();
        let places: Vec<usize> = (2..letters.len() - 1).filter(|at| !sound::is_vowel(letters[*at])).collect();
        if places.is_empty() {
            return vec![word.to_owned()];
        }
        let (head, tail) = letters.split_at(places[lot.number(places.len())]);
        [head, tail]
            .map(|half| half.iter().collect::<String>())
            .map(|half| self.alike(&half, lot).unwrap_or(half))
            .into()
    }
}

/// With the commonest words of spoken English: [`Noise::heard`] for a text or two.
pub fn heard(text: &str, rate: f32, seed: u64) -> String {
    Noise::default().heard(text, rate, seed)
}

/// A plural or a tense got lost, or was heard where there was none.
fn ending_changed(word: &str, lot: &mut Lot) -> String {
    for ending in ["ing", "ed", "es", "s", "er", "ly"] {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.chars().count() >= 3) {
            return stem.to_owned();
        }
    }
    format!("{word}{}", lot.one_of(&["s", "ed", "ing"]))
}

/// Chinese, Japanese and their like: every character may be misheard for itself.
fn characters(run: &str, rate: f32, lot: &mut Lot) -> String {
    let mut out = String::with_capacity(run.len());
    for c in run.chars() {
        if KEPT.contains(&&*c.encode_utf8(&mut [0; 4])) || !lot.below(rate) {
            out.push(c);
            continue;
        }
        let alike = CHARACTERS.iter().find(|group| group.contains(c));
        let others: Vec<char> = alike.into_iter().flat_map(|group| group.chars()).filter(|other| *other != c).collect();
        match (lot.share(), others.as_slice()) {
            (0.0..0.75, [_, ..]) => out.push(others[lot.number(others.len())]),
            (0.75..0.85, _) => out.extend([c, c]),
            _ => {}
        }
    }
    out
}

pub(crate) fn without_spaces(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{0e00}'..='\u{0eff}' | '\u{20000}'..='\u{3ffff}')
}

/// Chance that is the same for the same text and seed.
struct Lot(Dice);

impl Lot {
    fn new(seed: u64, text: &str) -> Self {
        let text = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(Dice::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ text))
    }

    fn share(&mut self) -> f32 {
        self.0.share()
    }

    fn below(&mut self, rate: f32) -> bool {
        self.share() < rate
    }

    /// Below `of`, which is not nought.
    fn number(&mut self, of: usize) -> usize {
        (self.0.throw() >> 20) as usize % of
    }

    fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.number(of.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 6] = [
        "yes i will be there on friday",
        "can i talk to a real person please",
        "i would like to change my appointment to another day",
        "no i do not want to buy insurance",
        "saya tidak bisa datang besok",
        "我想把預約改到星期五",
    ];

    fn changed(a: &str, b: &str) -> f32 {
        let (a, b): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
        a.iter().filter(|word| !b.contains(word)).count() as f32 / a.len() as f32
    }

    #[test]
    fn the_same_seed_makes_the_same_errors() {
        let noise = Noise::default();
        for text in TEXTS {
            assert_eq!(noise.heard(text, 0.3, 7), noise.heard(text, 0.3, 7));
            assert_eq!(noise.heard(text, 0.0, 7), text);
            let all: std::collections::BTreeSet<_> = (0..20).map(|seed| noise.heard(text, 0.4, seed)).collect();
            assert!(all.len() > 8, "{text}: {all:?}");
        }
    }

    #[test]
    fn the_rate_is_about_the_share_of_words_touched() {
        let noise = Noise::default();
        for rate in [0.1, 0.3] {
            let shares = (0..400).map(|seed| changed(TEXTS[2], &noise.heard(TEXTS[2], rate, seed)));
            let mean = shares.sum::<f32>() / 400.0;
            assert!((mean - rate).abs() < 0.4 * rate, "rate {rate}: {mean}");
        }
    }

    #[test]
    fn what_turns_a_meaning_round_stays_and_nothing_becomes_empty() {
        let noise = Noise::default();
        for seed in 0..200 {
            for (text, word) in [(TEXTS[3], "not"), (TEXTS[4], "tidak"), ("我不要", "不"), ("i can't come", "can't")]
            {
                let heard = noise.heard(text, 1.0, seed);
                assert!(heard.contains(word), "{text}: {heard}");
            }
            for text in ["to", "a", "我", "預約"] {
                assert!(!noise.heard(text, 1.0, seed).is_empty(), "{text}");
            }
        }
        assert_eq!(noise.heard("", 1.0, 1), "");
    }

    #[test]
    fn a_word_becomes_one_that_sounds_like_it() {
        let noise = Noise::english(["appointment", "cancel", "counsel", "reschedule", "delivery"]);
        let heard: Vec<_> = (0..300).map(|seed| noise.heard("cancel it for four", 1.0, seed)).collect();
        let times = |word: &str| heard.iter().filter(|text| text.split(' ').any(|other| other == word)).count();
        assert!(times("counsel") > 30, "{heard:?}");
        assert_eq!(times("reschedule") + times("delivery"), 0, "{heard:?}");
    }

    #[test]
    fn characters_are_misheard_one_by_one() {
        let noise = Noise::default();
        let heard: Vec<_> = (0..50).map(|seed| noise.heard(TEXTS[5], 0.3, seed)).collect();
        assert!(heard.iter().any(|text| text.chars().count() < TEXTS[5].chars().count()));
        let same = |text: &String| text.chars().filter(|c| TEXTS[5].contains(*c)).count();
        assert!(heard.iter().map(same).sum::<usize>() > 50 * 6, "{heard:?}");
    }

    #[test]
    fn variants_differ_from_the_text_and_from_each_other() {
        let variants = Noise::default().variants(TEXTS[0], 0.25, 1, 5);
        assert_eq!(variants.len(), 5);
        assert!(variants.iter().all(|text| text != TEXTS[0]));
        assert!(Noise::default().variants("not", 0.5, 1, 3).is_empty());
    }
}

//! What was said, with stand-ins for what is private in it, in the words of the language that was spoken.

use super::{LEAST, Mask, digits, without_noughts};
use crate::language::Language;
use crate::noise::without_spaces;
use crate::slots::{self, Answer};
use crate::speak::{self, Form};
use crate::words::{self, script};
use chrono::{Datelike, NaiveDate, NaiveDateTime};
use std::cmp::Reverse;
use std::ops::Range;
use warmline_schema::SlotType;

/// Names that are everyday words too: in a sentence they count as names only where a name is given.
const WORDS_TOO: [&str; 16] = [
    "will", "may", "june", "april", "august", "mark", "grace", "hope", "bill", "rich", "art", "guy", "joy", "summer",
    "miles", "faith",
];
const NAME_FOLLOWS: [&str; 9] = ["is", "am", "i'm", "it's", "name", "mr", "mrs", "ms", "speaking"];

/// A word of what was heard, as the parsers of values take it apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    /// A space stands before it.
    spaced: bool,
    /// It is a stand-in already.
    pub masked: bool,
}

impl Word {
    /// The words of normalised `text`.
    pub(super) fn all(text: &str, language: Language, masked: bool) -> Vec<Self> {
        let run = |run: &str| {
            let words = slots::words_of(run, language).into_iter().enumerate();
            words
                .map(|(at, text)| Self { text, spaced: at == 0 || language.space() == " ", masked })
                .collect::<Vec<_>>()
        };
        text.split_whitespace().flat_map(run).collect()
    }

    pub(super) fn joined(words: &[Self]) -> String {
        let mut out = String::new();
        for word in words {
            out.push_str(if word.spaced && !out.is_empty() { " " } else { "" });
            out.push_str(&word.text);
        }
        out
    }
}

/// Words and what takes their place.
type Edit = (Range<usize>, String);

fn replace(words: &mut Vec<Word>, mut edits: Vec<Edit>, language: Language) {
    edits.sort_by_key(|(used, _)| Reverse(used.start));
    for (used, text) in edits {
        let mut other = Word::all(&text, language, true);
        if let (Some(first), Some(before)) = (other.first_mut(), words.get(used.start)) {
            first.spaced = before.spaced;
        }
        words.splice(used, other);
    }
}

/// What is not masked yet.
fn answer(words: &[Word], language: Language) -> Answer {
    let texts = words.iter().map(|word| word.text.clone()).collect();
    Answer::of_words(texts, |at| words[at].masked, language)
}

impl Mask {
    /// What was heard at `now`, the time of the call, in the language that was spoken.
    pub fn heard(&self, text: &str, now: NaiveDateTime, language: Language) -> String {
        let mut words = match language {
            Language::English => self.written(text),
            _ => {
                let text = words::normalise_in(&digits::spelled(text, language), language);
                Word::all(&self.without_names(text), language, false)
            }
        };
        self.replace_days(&mut words, now, language);
        self.replace_amounts(&mut words, language);
        self.replace_names(&mut words, language);
        digits::replace(&mut words, &self.digits, &self.numbers, language);
        Word::joined(&words)
    }

    /// Without the names of a script without spaces, which stand inside the text; in either Chinese script.
    fn without_names(&self, mut text: String) -> String {
        let mut names: Vec<_> = self.names.iter().filter(|(name, _)| name.contains(without_spaces)).collect();
        names.sort_by_key(|(name, _)| Reverse(name.len()));
        for (name, stand_in) in names {
            let (folded, name) = (script::folded(&text), script::folded(name));
            let (mut out, mut from) = (String::with_capacity(text.len()), 0);
            for (at, _) in folded.match_indices(&name) {
                out.push_str(&text[from..at]);
                out.push_str(&stand_in.to_lowercase());
                from = at + name.len();
            }
            out.push_str(&text[from..]);
            text = out;
        }
        text
    }

    /// English, with its written dates moved and three or more written digits, in one word or in words that follow each
    /// other ("555 123"), by their stand-ins before they are read as words. The year behind a month stays.
    fn written(&self, text: &str) -> Vec<Word> {
        let plain = |word: &str| word.trim_end_matches([',', '.', '?', '!']).to_owned();
        let digits = |word: &str| match plain(word) {
            word if speak::read_date(&word).is_some() => 0,
            word if word.chars().all(|c| c.is_ascii_digit() || "+-./()".contains(c)) => {
                word.chars().filter(char::is_ascii_digit).count()
            }
            _ => 0,
        };
        let month = |word: &&str| speak::MONTHS.iter().any(|month| month.eq_ignore_ascii_case(word));
        let read = |word: &str, masked| Word::all(&words::normalise(word), Language::English, masked);
        let words: Vec<&str> = text.split_whitespace().collect();
        let (mut out, mut at) = (Vec::new(), 0);
        while at < words.len() {
            let run: Vec<usize> = words[at..].iter().map(|word| digits(word)).take_while(|count| *count > 0).collect();
            let of_date = at > 0 && month(&words[at - 1]);
            let count = run.iter().sum::<usize>();
            let private = count >= LEAST && !(of_date && count <= 6);
            for word in &words[at..at + run.len().max(1)] {
                out.extend(match speak::read_date(&plain(word)) {
                    Some(date) => read(&self.moved(date).to_string(), true),
                    None if private => read(&self.mapped(word), true),
                    None => read(word, false),
                });
            }
            at += run.len().max(1);
        }
        out
    }

    /// A day that is named by its date moves; one that means the moved day when it is said later stays as it is.
    fn replace_days(&self, words: &mut Vec<Word>, now: NaiveDateTime, language: Language) {
        let later = self.now(now);
        let edit = |found: slots::Found| {
            let phrase = Word::joined(&words[found.used.clone()]);
            let date = found.value.parse::<NaiveDate>().ok()?;
            // 三號桌 is no day: without its month it counts only where the data has it.
            let bare = language.is_chinese() && !phrase.contains('月');
            if reads(&phrase, self.moved(date), later, language) || bare && !self.days.contains(&date) {
                return None;
            }
            let text = said(self.moved(date), later, language)?;
            // "the third of may" loses its "the" with it.
            let the = found.used.start > 0 && words[found.used.start - 1].text == "the";
            Some((found.used.start - usize::from(the)..found.used.end, text))
        };
        let edits: Vec<Edit> =
            answer(words, language).every(SlotType::Date, now).into_iter().filter_map(edit).collect();
        replace(words, edits, language);
    }

    /// Amounts with their currency, and numbers that stand in the data.
    fn replace_amounts(&self, words: &mut Vec<Word>, language: Language) {
        let edit = |found: slots::Found| {
            let said = &words[found.used.clone()];
            let (number, currency) = found.value.split_once(' ').unwrap_or((&found.value, ""));
            let whole = number.split('.').next().unwrap_or_default();
            let long = !currency.is_empty() && whole.len() >= LEAST;
            let known = self.numbers.contains(without_noughts(number));
            // "Tahun seribu sembilan ratus delapan puluh empat", or the same behind a day that was replaced.
            let before = found.used.start.checked_sub(1).and_then(|at| words.get(at));
            let born = (1900..2000).contains(&whole.parse().unwrap_or(0))
                && before.is_some_and(|word| word.masked || word.text == "tahun");
            // Digits one by one are replaced as such.
            if !(long || known || born) || currency.is_empty() && digits::one_by_one(said, language) {
                return None;
            }
            let masked = self.mapped(&found.value);
            let number = masked.split(' ').next().unwrap_or_default();
            let text = speak::spoken(&masked, Form::Money, language)
                .or_else(|_| speak::spoken(without_noughts(number), Form::Number, language));
            Some((found.used, words::normalise(&text.ok()?)))
        };
        let all = answer(words, language).every(SlotType::Amount, NaiveDateTime::default());
        let edits: Vec<Edit> = all.into_iter().filter_map(edit).collect();
        replace(words, edits, language);
    }

    fn replace_names(&self, words: &mut [Word], language: Language) {
        for at in 0..words.len() {
            let Some(stand_in) = self.names.get(&words[at].text).filter(|_| !words[at].masked) else { continue };
            let given = at == 0
                || NAME_FOLLOWS.contains(&words[at - 1].text.as_str())
                || self.is_stand_in_or_name(&words[at - 1].text);
            if language != Language::English || !WORDS_TOO.contains(&words[at].text.as_str()) || given {
                words[at].text = stand_in.to_lowercase();
                words[at].masked = true;
            }
        }
    }

    fn is_stand_in_or_name(&self, word: &str) -> bool {
        self.names.contains_key(word) || self.names.values().any(|name| name.to_lowercase() == word)
    }
}

/// Does `phrase` mean `date`, said at `now`?
fn reads(phrase: &str, date: NaiveDate, now: NaiveDateTime, language: Language) -> bool {
    let found = Answer::new(phrase, language).find(SlotType::Date, now);
    found.is_some_and(|found| found.value == date.to_string())
}

/// `date` as it is said at `now`: with its year where it would be taken for another day without it.
fn said(date: NaiveDate, now: NaiveDateTime, language: Language) -> Option<String> {
    let plain = words::normalise(&speak::spoken(&date.to_string(), Form::Date, language).ok()?);
    let year = date.year().to_string();
    let dated = match language {
        Language::English | Language::Indonesian => {
            format!("{plain} {}", speak::spoken(&year, Form::Number, language).ok()?)
        }
        Language::Traditional | Language::Simplified => {
            format!("{}年{plain}", speak::spoken(&year, Form::Digits, language).ok()?)
        }
    };
    let means = |text: &String| reads(text, date, now, language);
    Some(if !means(&plain) && means(&dated) { dated } else { plain })
}

#[cfg(test)]
#[path = "heard_tests.rs"]
mod tests;

//! Where values stand in an English sentence as it was written or transcribed: times, dates, numbers of people, names.
//!
//! Every value of a sentence at once, with its exact bytes, by rules alone. The parsers beside this file read one
//! value out of spoken words; this finds which stretch of a text is a value at all, and of what kind.

mod names;
mod patterns;

use patterns::PATTERNS;
use regex::{Captures, Regex};
use std::ops::Range;

/// What a stretch of text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Time,
    Date,
    People,
    FirstName,
    LastName,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub kind: Kind,
    /// Bytes of the text.
    pub at: Range<usize>,
}

/// Stretches found so far; what was found first keeps its place.
struct Finder<'a> {
    text: &'a str,
    found: Vec<Stretch>,
}

/// All values in `text`, in its order. `asked`: what the text answers, in the order of the question; a bare number or
/// word is a value only then.
pub fn find(text: &str, asked: &[Kind]) -> Vec<Stretch> {
    let mut finder = Finder { text, found: Vec::new() };
    let patterns = &*PATTERNS;
    finder.all(Kind::Time, &patterns.hours_away);
    let away = finder.found.iter().map(|stretch| Stretch { kind: Kind::Date, at: stretch.at.clone() });
    let away: Vec<_> = away.collect();
    finder.found.extend(away);
    finder.all(Kind::Date, &patterns.full_dates);
    finder.all(Kind::People, &patterns.companies);
    finder.all(Kind::Time, &patterns.times);
    finder.all(Kind::Date, &patterns.days);
    finder.alone(asked);
    finder.all(Kind::People, &patterns.people);
    finder.bare(asked);
    finder.introduced(Kind::People, &patterns.people_before, &patterns.not_people);
    finder.introduced(Kind::Time, &patterns.time_introduced, &patterns.not_time);
    finder.introduced(Kind::People, &patterns.people_introduced, &patterns.not_people);
    let names = names::find(text, asked, &finder.found);
    finder.found.extend(names);
    finder.found.sort_by_key(|stretch| stretch.at.start);
    finder.found
}

impl Finder<'_> {
    fn add(&mut self, kind: Kind, at: Range<usize>) {
        if self.found.iter().all(|other| at.end <= other.at.start || at.start >= other.at.end) {
            self.found.push(Stretch { kind, at });
        }
    }

    fn all(&mut self, kind: Kind, patterns: &[Regex]) {
        for found in patterns.iter().flat_map(|pattern| pattern.find_iter(self.text)).collect::<Vec<_>>() {
            self.add(kind, found.range());
        }
    }

    /// The first group of `patterns`, unless what follows it says otherwise.
    fn introduced(&mut self, kind: Kind, patterns: &[Regex], unless: &Regex) {
        for pattern in patterns {
            let mut from = 0;
            while let Some(found) = self.text.get(from..).and_then(|_| pattern.captures_at(self.text, from)) {
                let Some(value) = group(&found) else { break };
                if !unless.is_match(&self.text[value.end..]) {
                    self.add(kind, value.clone());
                }
                from = value.end;
            }
        }
    }

    /// The whole answer is a number or a day.
    fn alone(&mut self, asked: &[Kind]) {
        if let Some(kind @ (Kind::Time | Kind::People)) = asked.first().copied()
            && let Some(value) = PATTERNS.number_alone.captures(self.text).as_ref().and_then(group)
        {
            self.add(kind, value);
        }
        if asked.contains(&Kind::Date)
            && let Some(value) = PATTERNS.day_alone.captures(self.text).as_ref().and_then(group)
        {
            self.add(Kind::Date, value);
        }
    }

    /// Numbers anywhere in the answer to a question for one kind of number.
    fn bare(&mut self, asked: &[Kind]) {
        let Some(kind @ (Kind::Time | Kind::People)) = asked.first().copied() else { return };
        if asked.iter().any(|other| *other != kind) || self.found.iter().any(|other| other.kind == kind) {
            return;
        }
        let values: Vec<_> = PATTERNS.number_bare.captures_iter(self.text).filter_map(|found| group(&found)).collect();
        values.into_iter().for_each(|value| self.add(kind, value));
    }
}

fn group(found: &Captures) -> Option<Range<usize>> {
    found.get(1).map(|value| value.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, asked: &[Kind]) -> Vec<(Kind, String)> {
        find(text, asked).into_iter().map(|stretch| (stretch.kind, text[stretch.at].to_owned())).collect()
    }

    fn expect(text: &str, asked: &[Kind], wanted: &[(Kind, &str)]) {
        let wanted: Vec<_> = wanted.iter().map(|(kind, value)| (*kind, (*value).to_owned())).collect();
        assert_eq!(said(text, asked), wanted, "{text}");
    }

    #[test]
    fn several_values_of_one_sentence_are_found_in_their_places() {
        use Kind::{Date, FirstName, LastName, People, Time};
        expect(
            "A table for four at half past seven on the 3rd of May, under Mary Quill",
            &[],
            &[
                (People, "four"),
                (Time, "half past seven"),
                (Date, "3rd of May"),
                (FirstName, "Mary"),
                (LastName, "Quill"),
            ],
        );
        expect("we are 6 people, tomorrow 7:15pm", &[], &[(People, "6 people"), (Date, "tomorrow"), (Time, "7:15pm")]);
        expect("in three weeks, me and my wife", &[], &[(Date, "in three weeks"), (People, "me and my wife")]);
        expect("in half an hour", &[], &[(Time, "in half an hour"), (Date, "in half an hour")]);
        expect("six thirty pm for 2", &[], &[(Time, "six thirty pm"), (People, "2")]);
        expect("at 8 in 2 days", &[], &[(Time, "8"), (Date, "in 2 days")]);
    }

    #[test]
    fn a_bare_number_is_what_was_asked_for() {
        expect("7", &[Kind::Time], &[(Kind::Time, "7")]);
        expect("just 7", &[Kind::People], &[(Kind::People, "7")]);
        expect("the 7th", &[Kind::Date], &[(Kind::Date, "7th")]);
        expect("7", &[], &[]);
        expect("Quill", &[Kind::LastName], &[(Kind::LastName, "Quill")]);
    }

    #[test]
    fn nothing_is_found_where_nothing_is_said() {
        for text in ["", "I would like to sit outside", "is there parking", "預約", "🙂 é"] {
            expect(text, &[], &[]);
        }
    }
}

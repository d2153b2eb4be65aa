//! Personal data of a stored call, replaced by invented stand-ins that keep the dialog going the same way.
//!
//! The same name, number or day is always replaced by the same one, so that a customer number still fits. Days move
//! by whole weeks together with the time of the call: "next Friday" means what it meant. Replaced are names, digits,
//! amounts, and days of the contact's data and the slots, and every run of three or more digits. Other words of the
//! person stay as they were said: somebody has to read them before they are shown to others. Number words and names
//! of days are known in English only; elsewhere only what is written in digits or as in the data is replaced.

use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use crate::language::{Language, primary};
use crate::mutate::Dice;
use crate::slots::Answer;
use crate::speak::{self, Form, number};
use crate::words;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};
use warmline_schema::{SlotType, StepKind, VariableType};

const GIVEN: [&str; 12] =
    ["Robin", "Kim", "Jamie", "Alex", "Sascha", "Noor", "Casey", "Rowan", "Quinn", "Jules", "Dana", "Lee"];
/// Names that are everyday words too: in a sentence they count as names only where a name is given.
const WORDS_TOO: [&str; 16] = [
    "will", "may", "june", "april", "august", "mark", "grace", "hope", "bill", "rich", "art", "guy", "joy", "summer",
    "miles", "faith",
];
const NAME_FOLLOWS: [&str; 9] = ["is", "am", "i'm", "it's", "name", "mr", "mrs", "ms", "speaking"];
const DIGIT_WORDS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
/// Words of a day that does not depend on today.
const ORDINALS: [&str; 4] = ["first", "second", "third", "th"];

/// What is replaced by what, for one call.
#[derive(Clone, Debug)]
pub struct Mask {
    english: bool,
    /// Word of a name (lower case) → its stand-in.
    names: BTreeMap<String, String>,
    /// Digit → digit; 0 stays, so that no number changes its length.
    digits: [u8; 10],
    /// Amounts and numbers of the data, as plain digits.
    numbers: BTreeSet<String>,
    shift: TimeDelta,
    forms: BTreeMap<String, Form>,
    /// Variables that the template asks for in conditions: their values decide the way.
    decisive: BTreeSet<String>,
    declared: BTreeSet<String>,
}

impl Mask {
    /// For a call with this contact and these slots at its end.
    pub fn new(template: &CompiledTemplate, contact: &Variables, slots: &Variables, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut mask = Self {
            english: primary(&template.template().language) == "en",
            names: BTreeMap::new(),
            digits: digits(&mut dice),
            numbers: BTreeSet::new(),
            shift: TimeDelta::weeks(3 + i64::try_from(dice.below(20)).unwrap_or_default()),
            forms: forms(template),
            decisive: decisive(template),
            declared: template.template().variables.iter().map(|variable| variable.name.name.clone()).collect(),
        };
        let mut free: Vec<&str> = GIVEN.to_vec();
        for (name, value) in contact.iter().chain(slots) {
            if is_name(name) || template_names(template).contains(name) {
                for word in value.split_whitespace().filter(|word| word.chars().count() > 1) {
                    if free.is_empty() {
                        free = GIVEN.to_vec();
                    }
                    let place = dice.below(free.len());
                    let word = words::normalise(word);
                    mask.names.entry(word).or_insert_with(|| free.remove(place).to_owned());
                }
            }
            let plain: String = value.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            if plain.len() >= 3 && !value.contains(':') && speak::read_date(value).is_none() {
                mask.numbers.insert(plain.trim_end_matches(".00").to_owned());
            }
        }
        mask
    }

    /// The time of the call, moved with its days.
    pub fn now(&self, now: NaiveDateTime) -> NaiveDateTime {
        now + self.shift
    }

    /// What the template needs of the contact, without anybody in it.
    pub fn contact(&self, contact: &Variables) -> Variables {
        let needed = contact.iter().filter(|(name, _)| self.declared.contains(*name) || self.decisive.contains(*name));
        needed.map(|(name, value)| (name.clone(), self.value(name, value))).collect()
    }

    /// A value of the contact or of a slot.
    pub fn value(&self, name: &str, value: &str) -> String {
        if let Some(date) = speak::read_date(value) {
            return (date + self.shift).to_string();
        }
        if self.decisive.contains(name) && value.chars().filter(char::is_ascii_digit).count() < 3 {
            return value.to_owned();
        }
        match self.forms.get(name).copied().unwrap_or(Form::Plain) {
            Form::Digits | Form::Phone | Form::Money => self.mapped(value),
            Form::Number if value.chars().filter(char::is_ascii_digit).count() >= 3 => self.mapped(value),
            Form::Number | Form::Ordinal | Form::YesNo | Form::Time | Form::Duration | Form::Date => value.to_owned(),
            Form::Plain if self.named(value) => self.in_names(value),
            Form::Plain if self.declared.contains(name) => format!("Example {}", name.replace(['_', '-'], " ")),
            // A slot: words that were said.
            Form::Plain => self.mapped(value),
        }
    }

    /// A slot that holds words as they were said.
    pub fn is_plain(&self, slot: &str) -> bool {
        self.forms.get(slot).is_some_and(|form| *form == Form::Plain) && !self.decisive.contains(slot)
    }

    fn named(&self, value: &str) -> bool {
        value.split_whitespace().any(|word| self.names.contains_key(&words::normalise(word)))
    }

    fn in_names(&self, value: &str) -> String {
        let stand_in = |word: &str| match self.names.get(&words::normalise(word)) {
            Some(name) => name.clone(),
            None => self.mapped(word),
        };
        value.split_whitespace().map(stand_in).collect::<Vec<_>>().join(" ")
    }

    /// Every digit by its stand-in.
    fn mapped(&self, text: &str) -> String {
        let digit = |c: char| match c.to_digit(10) {
            Some(digit) => char::from(b'0' + self.digits[digit as usize]),
            None => c,
        };
        text.chars().map(digit).collect()
    }

    /// What was heard at `now`, the time of the call.
    pub fn heard(&self, text: &str, now: NaiveDateTime) -> String {
        let mut heard: Vec<String> =
            words::normalise(&self.written(text)).split_whitespace().map(str::to_owned).collect();
        if self.english {
            self.days(&mut heard, now);
            self.amounts(&mut heard);
            self.runs(&mut heard);
        }
        for at in 0..heard.len() {
            let Some(stand_in) = self.names.get(&heard[at]) else { continue };
            let given = at == 0 || NAME_FOLLOWS.contains(&heard[at - 1].as_str()) || self.was_name(&heard[at - 1]);
            if !WORDS_TOO.contains(&heard[at].as_str()) || given {
                heard[at] = stand_in.to_lowercase();
            }
        }
        heard.join(" ")
    }

    /// Three or more written digits, in one word or in words that follow each other ("555 123"), by their stand-ins,
    /// before they are read as words. A date stays: it is moved as one; so does the year behind a month.
    fn written(&self, text: &str) -> String {
        let digits = |word: &str| match word.trim_end_matches([',', '.', '?', '!']) {
            word if speak::read_date(word).is_some() => 0,
            word if word.chars().all(|c| c.is_ascii_digit() || "+-./()".contains(c)) => {
                word.chars().filter(char::is_ascii_digit).count()
            }
            _ => 0,
        };
        let month = |word: &&str| speak::MONTHS.iter().any(|month| month.eq_ignore_ascii_case(word));
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let mut out: Vec<String> = Vec::new();
        while !words.is_empty() {
            let run: Vec<usize> = words.iter().map(|word| digits(word)).take_while(|count| *count > 0).collect();
            let rest = words.split_off(run.len().max(1));
            let of_date = out.last().is_some_and(|last| month(&last.as_str()));
            let count = run.iter().sum::<usize>();
            let private = count >= 3 && !(of_date && count <= 6);
            let replaced = |word: &&str| private && !(self.english && read_as_digits(word));
            out.extend(words.iter().map(|word| if replaced(word) { self.mapped(word) } else { (*word).to_owned() }));
            words = rest;
        }
        out.join(" ")
    }

    fn was_name(&self, word: &str) -> bool {
        self.names.contains_key(word) || self.names.values().any(|name| name.to_lowercase() == word)
    }

    /// A day that is named by its date moves; one that is named from today stays as it is.
    fn days(&self, heard: &mut Vec<String>, now: NaiveDateTime) {
        let Some(found) = Answer::new(&heard.join(" "), Language::English).find(SlotType::Date, now) else { return };
        let said = &heard[found.used.clone()];
        let month = |word: &String| speak::MONTHS.iter().any(|month| month.eq_ignore_ascii_case(word));
        let ordinal = |word: &String| ORDINALS.iter().any(|ending| word.ends_with(ending));
        if !said.iter().any(|word| month(word) || ordinal(word)) {
            return;
        }
        let Ok(date) = found.value.parse::<NaiveDate>() else { return };
        let Ok(spoken) = speak::spoken(&(date + self.shift).to_string(), Form::Date, Language::English) else { return };
        // "the third of may" loses its "the" with it.
        let from = found.used.start - usize::from(found.used.start > 0 && heard[found.used.start - 1] == "the");
        let other = words::normalise(&spoken).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        heard.splice(from..found.used.end, other);
    }

    /// Amounts and numbers that stand in the data.
    fn amounts(&self, heard: &mut Vec<String>) {
        let Some(found) =
            Answer::new(&heard.join(" "), Language::English).find(SlotType::Number, NaiveDateTime::default())
        else {
            return;
        };
        let Ok(value) = self.mapped(&found.value).parse::<u64>() else { return };
        if self.numbers.contains(&found.value) {
            let other = number::cardinal(value);
            heard.splice(found.used, other.split_whitespace().map(str::to_owned));
        }
    }

    /// Runs of three or more digits.
    fn runs(&self, heard: &mut [String]) {
        let digit = |word: &String| DIGIT_WORDS.iter().position(|known| known == word);
        let of_run = |word: &String| digit(word).is_some() || ["oh", "double", "triple"].contains(&word.as_str());
        let mut at = 0;
        while at < heard.len() {
            let run = heard[at..].iter().take_while(|word| of_run(word)).count();
            if run >= 3 {
                for word in &mut heard[at..at + run] {
                    if let Some(digit) = digit(word) {
                        *word = DIGIT_WORDS[usize::from(self.digits[digit])].to_owned();
                    }
                }
            }
            at += run.max(1);
        }
    }
}

/// Written digits that are read one by one, as "0420": a run of digit words, which are replaced as such.
fn read_as_digits(word: &str) -> bool {
    let read = words::normalise(word);
    read.split_whitespace().count() >= 3 && read.split_whitespace().all(|word| DIGIT_WORDS.contains(&word))
}

/// A column or slot that holds a name of a person.
fn is_name(variable: &str) -> bool {
    let lower = variable.to_lowercase();
    let mut parts = lower.split(['_', '-']);
    lower.contains("surname")
        || parts.any(|part| ["name", "firstname", "lastname", "contact", "person"].contains(&part))
}

/// Slots that take the name of a person.
fn template_names(template: &CompiledTemplate) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in &template.template().steps {
        match &step.kind {
            StepKind::Collect(collect) if collect.shape.kind == SlotType::Name => {
                names.insert(collect.slot.name.clone());
            }
            StepKind::Form(form) => {
                let fields = form.fields.iter().filter(|field| field.shape.kind == SlotType::Name);
                names.extend(fields.map(|field| field.slot.name.clone()));
            }
            _ => {}
        }
    }
    names
}

fn forms(template: &CompiledTemplate) -> BTreeMap<String, Form> {
    let declared = template.template().variables.iter().filter(|variable| variable.kind != VariableType::Text);
    let mut names: BTreeSet<String> = declared.map(|variable| variable.name.name.clone()).collect();
    for step in &template.template().steps {
        match &step.kind {
            StepKind::Collect(collect) => {
                names.insert(collect.slot.name.clone());
                names.extend(collect.also.as_ref().map(|(slot, _)| slot.name.clone()));
            }
            StepKind::Form(form) => names.extend(form.fields.iter().map(|field| field.slot.name.clone())),
            _ => {}
        }
    }
    names.into_iter().map(|name| (name.clone(), template.form(&name))).collect()
}

/// Names that conditions read.
fn decisive(template: &CompiledTemplate) -> BTreeSet<String> {
    let branches = template.template().steps.iter().filter_map(|step| match &step.kind {
        StepKind::Branch(branch) => Some(branch),
        _ => None,
    });
    let conditions = branches.flat_map(|branch| &branch.cases).flat_map(|case| case.condition.names());
    conditions.map(str::to_owned).collect()
}

/// A permutation of 1 to 9 in which no digit stays; 0 does.
fn digits(dice: &mut Dice) -> [u8; 10] {
    let mut order: Vec<u8> = (1..=9).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, dice.below(last + 1));
    }
    let mut digits = [0u8; 10];
    for (place, digit) in order.iter().enumerate() {
        digits[usize::from(*digit)] = order[(place + 1) % order.len()];
    }
    digits
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mask(seed: u64) -> Mask {
        let source = r#"
template: small
voice: flite:slt
entry: { person: hello }
variables: { name: text, company: text, code: digits, date: date, amount: money, vip: text }
steps:
  hello: { type: collect, slot: given, as: digits, prompt: "{{name}} {{company}} {{code}} {{date}} {{amount}}", next: check }
  check: { type: branch, when: [{ if: "given == code or vip == 'yes'", goto: bye }], else: hello }
  bye: { type: end, prompt: Goodbye. }
"#;
        let template = CompiledTemplate::compile(warmline_schema::parse(source).unwrap()).unwrap();
        Mask::new(&template, &contact(), &[("given".into(), "0420".into())].into(), seed)
    }

    fn contact() -> Variables {
        let pairs = [
            ("name", "Anna Will"),
            ("company", "Harbour Bank"),
            ("code", "0420"),
            ("date", "2026-11-24"),
            ("amount", "899 EUR"),
            ("vip", "yes"),
            ("note", "lives at the harbour"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn nothing_of_the_person_is_left_and_equal_things_stay_equal() {
        for seed in 0..20 {
            let mask = mask(seed);
            let masked = mask.contact(&contact());
            let text = format!("{masked:?}");
            for private in ["Anna", "Will", "0420", "2026-11-24", "899", "harbour", "Harbour"] {
                assert!(!text.contains(private), "{private} in {text}");
            }
            assert_eq!(masked["code"], mask.value("given", "0420"), "they are compared in the dialog");
            assert_eq!(masked["vip"], "yes", "it decides the way");
            assert!(!masked.contains_key("note"), "the template does not need it");
        }
    }

    #[test]
    fn words_are_replaced_as_the_data_is() {
        let mask = mask(1);
        let now = "2026-11-20T10:00:00".parse().unwrap();
        let moved = |text: &str| mask.heard(text, now);
        assert_eq!(moved("yes I will come next tuesday"), "yes i will come next tuesday", "nothing private in it");
        let digits = moved("it's zero four two oh");
        assert!(digits.starts_with("it's zero ") && !digits.contains("four two"), "{digits}");
        let card = mask.heard("my card is 4111 1111", now);
        assert_eq!(card, words::normalise(&format!("my card is {} {}", mask.mapped("4111"), mask.mapped("1111"))));
        assert_eq!(moved("it's 0420"), words::normalise(&format!("it's {}", mask.mapped("0420"))), "replaced once");
        assert!(!moved("call 555-0102").contains(&words::normalise("555-0102")));
        assert_eq!(moved("at 10 or 12"), words::normalise("at 10 or 12"), "nobody's number");
        let name = moved("this is anna will speaking");
        assert!(!name.contains("anna") && !name.contains("will"), "{name}");
        let day = moved("on the third of december please");
        assert!(!day.contains("third of december") && day.ends_with("please"), "{day}");
        let read = Answer::new(&day, Language::English).find(SlotType::Date, mask.now(now)).unwrap().value;
        assert_eq!(read, mask.value("date", "2026-12-03"));
        assert!(!moved("eight hundred ninety nine euros").contains("ninety nine"));
    }
}

//! Personal data of a stored call, replaced by invented stand-ins that keep the dialog going the same way.
//!
//! The same name, number or day is always replaced by the same one, so that a customer number still fits. Days move
//! by whole weeks together with the time of the call: "next Friday" means what it meant. Replaced are names, digits,
//! amounts, and days of the contact's data and the slots; in what was said, those names as they stand there, days that
//! are named by their date, amounts, the data's numbers, and runs of digits, one by one or in groups, in each language
//! that is understood. Times of day stay. Other words of the person stay as they were said (a Chinese name that was
//! heard with other signs, too): somebody has to read them before they are shown to others.

mod digits;
mod heard;

use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use crate::language::Language;
use crate::mutate::Dice;
use crate::sim::later;
use crate::speak::{self, Form};
use crate::words::{self, script};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};
use warmline_schema::{SlotType, StepKind, VariableType};

const GIVEN: [&str; 12] =
    ["Robin", "Kim", "Jamie", "Alex", "Sascha", "Noor", "Casey", "Rowan", "Quinn", "Jules", "Dana", "Lee"];
/// Digits of the shortest number that may be somebody's.
const LEAST: usize = 3;
/// Written alike in both scripts.
const CHINESE: [&str; 12] = [
    "林可安",
    "江文心",
    "方子平",
    "石子玉",
    "白羽",
    "田青禾",
    "金子安",
    "丁立新",
    "史可文",
    "毛士林",
    "安如玉",
    "高士文",
];
/// What is replaced by what, for one call.
#[derive(Clone, Debug)]
pub struct Mask {
    /// Word of a name (lower case) → its stand-in.
    names: BTreeMap<String, String>,
    /// Digit → digit; 0 stays, so that no number changes its length.
    digits: [u8; 10],
    /// Amounts and numbers of the data, as plain digits.
    numbers: BTreeSet<String>,
    /// Days of the data.
    days: BTreeSet<NaiveDate>,
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
            names: BTreeMap::new(),
            digits: digits(&mut dice),
            numbers: BTreeSet::new(),
            days: BTreeSet::new(),
            shift: TimeDelta::weeks(3 + i64::try_from(dice.below(20)).unwrap_or_default()),
            forms: forms(template),
            decisive: decisive(template),
            declared: template.template().variables.iter().map(|variable| variable.name.name.clone()).collect(),
        };
        let (mut latin, mut chinese) = (Vec::new(), Vec::new());
        for (name, value) in contact.iter().chain(slots) {
            if is_name(name) || template_names(template).contains(name) {
                for word in value.split_whitespace().filter(|word| word.chars().count() > 1) {
                    let (free, all) = match word.contains(script::is_sign) {
                        true => (&mut chinese, CHINESE),
                        false => (&mut latin, GIVEN),
                    };
                    if free.is_empty() {
                        *free = all.to_vec();
                    }
                    let place = dice.below(free.len());
                    let word = words::normalise(word);
                    mask.names.entry(word).or_insert_with(|| free.remove(place).to_owned());
                }
            }
            mask.days.extend(speak::read_date(value));
            mask.numbers.extend(mask.number_in(name, value, Language::of(template.language_of(contact))));
        }
        mask
    }

    /// The amount or number that `value` begins with, if it is long enough to be somebody's.
    fn number_in(&self, name: &str, value: &str, language: Language) -> Option<String> {
        if value.contains(':') || speak::read_date(value).is_some() {
            return None;
        }
        // A currency may stand before it.
        let is_money = self.forms.get(name) == Some(&Form::Money);
        let value = if is_money { value.trim_start_matches(|c: char| !c.is_ascii_digit()) } else { value };
        let figures: String = value.chars().take_while(|c| c.is_ascii_digit() || ".,".contains(*c)).collect();
        let plain = match language {
            Language::Indonesian => speak::with_comma(&figures),
            _ => figures.replace(',', ""),
        };
        (plain.len() >= LEAST).then(|| without_noughts(&plain).to_owned())
    }

    /// The time of the call, moved with its days.
    pub fn now(&self, now: NaiveDateTime) -> NaiveDateTime {
        later(now, self.shift)
    }

    /// What the template needs of the contact, without anybody in it.
    pub fn contact(&self, contact: &Variables) -> Variables {
        let needed = contact.iter().filter(|(name, _)| self.declared.contains(*name) || self.decisive.contains(*name));
        needed.map(|(name, value)| (name.clone(), self.value(name, value))).collect()
    }

    /// A value of the contact or of a slot.
    pub fn value(&self, name: &str, value: &str) -> String {
        if let Some(date) = speak::read_date(value) {
            return self.moved(date).to_string();
        }
        if self.decides(name, value) {
            return value.to_owned();
        }
        match self.forms.get(name).copied().unwrap_or(Form::Plain) {
            Form::Digits | Form::Phone | Form::Money => self.mapped(value),
            Form::Number if !is_short(value) => self.mapped(value),
            Form::Number | Form::Ordinal | Form::YesNo | Form::Time | Form::Duration | Form::Date => value.to_owned(),
            Form::Plain if self.named(value) => self.in_names(value),
            Form::Plain if self.declared.contains(name) => format!("Example {}", name.replace(['_', '-'], " ")),
            // A slot: words that were said.
            Form::Plain => self.mapped(value),
        }
    }

    /// A key of the value of `slot`, which came to `value` in the call: as [`Mask::value`] has its digits.
    pub fn key(&self, slot: &str, value: Option<&str>, key: char) -> char {
        let kept = value.is_some_and(|value| self.decides(slot, value));
        let masked = match self.forms.get(slot).copied().unwrap_or(Form::Plain) {
            Form::Digits | Form::Phone | Form::Money => !kept,
            Form::Number => !kept && value.is_none_or(|value| !is_short(value)),
            _ => false,
        };
        if masked { self.digit(key) } else { key }
    }

    /// A short value that conditions read says nothing of anybody, and has to stay.
    fn decides(&self, name: &str, value: &str) -> bool {
        self.decisive.contains(name) && is_short(value)
    }

    fn moved(&self, date: NaiveDate) -> NaiveDate {
        date.checked_add_signed(self.shift).unwrap_or(NaiveDate::MAX)
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
        text.chars().map(|c| self.digit(c)).collect()
    }

    fn digit(&self, c: char) -> char {
        c.to_digit(10).map_or(c, |digit| char::from(b'0' + self.digits[digit as usize]))
    }
}

/// Fewer digits than could tell somebody from others.
fn is_short(value: &str) -> bool {
    value.chars().filter(char::is_ascii_digit).count() < LEAST
}

/// `49.90` → `49.9`, `899.00` → `899`.
fn without_noughts(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
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

    pub(super) fn mask(seed: u64) -> Mask {
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
    fn keys_are_replaced_as_the_value_they_make() {
        let mask = mask(4);
        let typed: String = "0427".chars().map(|key| mask.key("given", Some("0427"), key)).collect();
        assert_eq!(typed, mask.value("given", "0427"));
        assert_ne!(mask.key("given", None, '4'), '4', "nobody knows what it would have become");
        assert_eq!(mask.key("given", Some("4"), '4'), '4', "a choice that decides the way");
        assert_eq!(mask.key("given", Some("0427"), '#'), '#');
        assert_eq!(mask.key("elsewhere", Some("0427"), '4'), '4');
    }

    #[test]
    fn days_at_the_end_of_time_stay_there() {
        let mask = mask(1);
        assert_eq!(mask.now(NaiveDateTime::MAX), NaiveDateTime::MAX);
        assert_eq!(mask.value("date", "+262142-12-31"), NaiveDate::MAX.to_string());
    }
}

//! Personal data of a stored call, replaced by invented stand-ins that keep the dialog going the same way.
//!
//! The same name, number or day is always replaced by the same one, so that a customer number still fits. Days move
//! by whole weeks together with the time of the call: "next Friday" means what it meant. Replaced are names, digits,
//! amounts, and days of the contact's data and the slots; in what was said, those names as they stand there, and every
//! run of three or more digits said one by one, in each language that is understood. Days, and the data's amounts and
//! numbers said as one number, are found in English words only. Other words of the person stay as they were said (a
//! Chinese name that was heard with other signs, too): somebody has to read them before they are shown to others.

mod digits;

use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use crate::language::Language;
use crate::mutate::Dice;
use crate::noise::without_spaces;
use crate::sim::later;
use crate::slots::Answer;
use crate::speak::{self, Form, number};
use crate::words::{self, script};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};
use warmline_schema::{SlotType, StepKind, VariableType};

const GIVEN: [&str; 12] =
    ["Robin", "Kim", "Jamie", "Alex", "Sascha", "Noor", "Casey", "Rowan", "Quinn", "Jules", "Dana", "Lee"];
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
/// Names that are everyday words too: in a sentence they count as names only where a name is given.
const WORDS_TOO: [&str; 16] = [
    "will", "may", "june", "april", "august", "mark", "grace", "hope", "bill", "rich", "art", "guy", "joy", "summer",
    "miles", "faith",
];
const NAME_FOLLOWS: [&str; 9] = ["is", "am", "i'm", "it's", "name", "mr", "mrs", "ms", "speaking"];
/// Words of a day that does not depend on today.
const ORDINALS: [&str; 4] = ["first", "second", "third", "th"];

/// What is replaced by what, for one call.
#[derive(Clone, Debug)]
pub struct Mask {
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
            names: BTreeMap::new(),
            digits: digits(&mut dice),
            numbers: BTreeSet::new(),
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
            let plain: String = value.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            if plain.len() >= 3 && !value.contains(':') && speak::read_date(value).is_none() {
                mask.numbers.insert(plain.trim_end_matches(".00").to_owned());
            }
        }
        mask
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

    /// What was heard at `now`, the time of the call, in the language that was spoken.
    pub fn heard(&self, text: &str, now: NaiveDateTime, language: Language) -> String {
        let english = language == Language::English;
        let text = if english { self.written(text) } else { digits::spelled(text, language) };
        let mut heard: Vec<String> =
            words::normalise_in(&text, language).split_whitespace().map(str::to_owned).collect();
        if english {
            self.days(&mut heard, now);
            self.amounts(&mut heard);
        }
        for at in 0..heard.len() {
            let Some(stand_in) = self.names.get(&heard[at]) else { continue };
            let given = at == 0 || NAME_FOLLOWS.contains(&heard[at - 1].as_str()) || self.was_name(&heard[at - 1]);
            if !english || !WORDS_TOO.contains(&heard[at].as_str()) || given {
                heard[at] = stand_in.to_lowercase();
            }
        }
        digits::replaced(&self.without_names(heard.join(" ")), &self.digits, language)
    }

    /// Without the names of a script without spaces, which stand inside the text; in either Chinese script.
    fn without_names(&self, mut text: String) -> String {
        let mut names: Vec<_> = self.names.iter().filter(|(name, _)| name.contains(without_spaces)).collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
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
            let replaced = |word: &&str| private && !read_as_digits(word);
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
        let Ok(spoken) = speak::spoken(&self.moved(date).to_string(), Form::Date, Language::English) else { return };
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
}

/// Fewer digits than could tell somebody from others.
fn is_short(value: &str) -> bool {
    value.chars().filter(char::is_ascii_digit).count() < 3
}

/// Written digits that are read one by one, as "0420": a run of digit words, which are replaced as such.
fn read_as_digits(word: &str) -> bool {
    let read = words::normalise(word);
    let is_digit = |word: &str| (0..10).any(|digit| number::cardinal(digit) == word);
    read.split_whitespace().count() >= 3 && read.split_whitespace().all(is_digit)
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
        let moved = |text: &str| mask.heard(text, now, Language::English);
        assert_eq!(moved("yes I will come next tuesday"), "yes i will come next tuesday", "nothing private in it");
        let digits = moved("it's zero four two oh");
        assert!(digits.starts_with("it's zero ") && !digits.contains("four two"), "{digits}");
        let card = mask.heard("my card is 4111 1111", now, Language::English);
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

    fn of(name: &str) -> Mask {
        let source = r#"
template: small
language: zh-TW
voice: flite:slt
entry: { person: hello }
variables: { name: text }
steps: { hello: { type: end, prompt: "{{name}}" } }
"#;
        let template = CompiledTemplate::compile(warmline_schema::parse(source).unwrap()).unwrap();
        Mask::new(&template, &[("name".into(), name.into())].into(), &Variables::new(), 3)
    }

    #[test]
    fn names_and_digits_of_other_languages_are_replaced_too() {
        let now = "2026-11-20T10:00:00".parse().unwrap();
        let said: [(Language, &str, &str, &[&str]); 6] = [
            (Language::Traditional, "王小明", "我是王小明我的電話是零九一二三四五六七八", &["王小明", "九一二三"]),
            (Language::Traditional, "陳大文", "我是陈大文 0912 345 678", &["陈大文", "陳大文", "三四五", "0912"]),
            (Language::Simplified, "陈大文", "密码是1234", &["1234", "一二三四", "一千"]),
            (Language::Traditional, "王小明", "密碼是 one two three four", &["one", "一二三四", "一千"]),
            (Language::Indonesian, "Budi", "nama saya Budi 0812 3456 7890", &["budi", "eight", "satu dua tiga"]),
            (Language::Indonesian, "Will", "saya will", &["will"]),
        ];
        for (language, name, text, private) in said {
            let masked = of(name).heard(text, now, language);
            assert!(private.iter().all(|private| !masked.contains(private)), "{masked}");
            assert_eq!(masked, words::normalise_in(&masked, language), "a conversation hears it as it is written");
        }
        let (mask, heard) = (of("王小明"), "我叫王小明");
        let given = Answer::new(&mask.heard(heard, now, Language::Traditional), Language::Traditional);
        let found = given.find(SlotType::Name, now).unwrap().value;
        assert_eq!(found, mask.value("name", "王小明"), "a stand-in is understood as a name");
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

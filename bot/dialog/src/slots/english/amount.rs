//! Amounts of money: "forty nine dollars ninety", "two euros and fifty cents", "$49.90".

use super::number;
use crate::slots::Found;

/// What is said or written of a currency, and its code (ISO 4217).
const CURRENCIES: [(&str, &str); 22] = [
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("bucks", "USD"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("pound", "GBP"),
    ("pounds", "GBP"),
    ("quid", "GBP"),
    ("franc", "CHF"),
    ("francs", "CHF"),
    ("rupiah", "IDR"),
    ("yuan", "CNY"),
    ("$", "USD"),
    ("usd", "USD"),
    ("€", "EUR"),
    ("eur", "EUR"),
    ("£", "GBP"),
    ("gbp", "GBP"),
    ("chf", "CHF"),
    ("rp", "IDR"),
    ("idr", "IDR"),
    ("cny", "CNY"),
];
const HUNDREDTHS: [&str; 5] = ["cent", "cents", "penny", "pence", "centimes"];

fn code(word: &str) -> Option<&'static str> {
    CURRENCIES.iter().find(|(name, _)| *name == word).map(|(_, code)| *code)
}

fn value(whole: u64, hundredths: u64, code: Option<&str>) -> String {
    let amount = format!("{whole}.{hundredths:02}");
    code.map_or_else(|| amount.clone(), |code| format!("{amount} {code}"))
}

/// `raw` is the answer as it was typed, where it was typed.
pub(super) fn find(words: &[String], raw: &str) -> Option<Found> {
    typed(raw).map(|value| Found { value, used: 0..words.len() }).or_else(|| spoken(words))
}

/// Figures, with the currency before or after them or without one.
fn typed(raw: &str) -> Option<String> {
    let from = raw.find(|c: char| c.is_ascii_digit())?;
    let figures: &str = raw[from..].split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').next()?;
    let plain = figures.trim_end_matches(['.', ',']).replace(',', "");
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, "0"));
    let hundredths = match part.len() {
        1 => part.parse::<u64>().ok()? * 10,
        2 => part.parse().ok()?,
        _ => return None,
    };
    let last = |text: &str| text.split_whitespace().next_back().map(str::to_lowercase);
    let first = |text: &str| text.split_whitespace().next().map(str::to_lowercase);
    let beside = [last(&raw[..from]), first(&raw[from + figures.len()..])].into_iter().flatten();
    let code = beside.filter_map(|word| code(word.trim_matches(['.', '?', '!']))).next();
    Some(value(whole.parse().ok()?, hundredths, code))
}

fn spoken(words: &[String]) -> Option<Found> {
    (0..words.len()).filter(|from| !number::inside(words, *from)).find_map(|from| at(words, from))
}

fn at(words: &[String], from: usize) -> Option<Found> {
    let (whole, used) = number::cardinal(&words[from..])?;
    let mut to = from + used;
    let is = |at: usize, any: &[&str]| words.get(at).is_some_and(|word| any.contains(&word.as_str()));
    if is(to, &HUNDREDTHS) {
        return (whole < 100).then(|| Found { value: value(0, whole, None), used: from..to + 1 });
    }
    if is(to, &["point"]) {
        let (hundredths, more) = decimals(&words[to + 1..])?;
        to += 1 + more;
        let code = words.get(to).and_then(|word| code(word));
        return Some(Found { value: value(whole, hundredths, code), used: from..to + usize::from(code.is_some()) });
    }
    let code = words.get(to).and_then(|word| code(word));
    if code.is_none() {
        return Some(Found { value: value(whole, 0, None), used: from..to });
    }
    to += 1;
    let and = usize::from(is(to, &["and"]));
    let rest = words.get(to + and..).unwrap_or_default();
    match number::below_hundred(rest).filter(|(n, used)| *n < 100 && (and == 0 || is(to + and + used, &HUNDREDTHS))) {
        Some((hundredths, used)) => {
            to += and + used;
            to += usize::from(is(to, &HUNDREDTHS));
            Some(Found { value: value(whole, hundredths, code), used: from..to })
        }
        None => Some(Found { value: value(whole, 0, code), used: from..to }),
    }
}

/// "Nine", "nine five", "ninety five" after "point".
fn decimals(words: &[String]) -> Option<(u64, usize)> {
    let (first, used) = number::below_hundred(words)?;
    if first >= 10 {
        return Some((first, used));
    }
    match number::below_hundred(&words[used..]).filter(|(n, _)| *n < 10) {
        Some((second, more)) => Some((first * 10 + second, used + more)),
        None => Some((first * 10, used)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let words: Vec<_> = crate::words::normalise(text).split_whitespace().map(str::to_owned).collect();
        find(&words, text).map(|found| found.value)
    }

    #[test]
    fn amounts_as_people_say_and_type_them() {
        let said = [
            ("forty nine dollars ninety", "49.90 USD"),
            ("i paid two euros and fifty cents", "2.50 EUR"),
            ("a hundred and five pounds", "105.00 GBP"),
            ("thirty cents", "0.30"),
            ("twelve point five francs", "12.50 CHF"),
            ("fifty thousand rupiah", "50000.00 IDR"),
            ("seventy", "70.00"),
            ("$49.90", "49.90 USD"),
            ("it was 1,250 EUR.", "1250.00 EUR"),
            ("ten dollars and two people", "10.00 USD"),
        ];
        for (words, value) in said {
            assert_eq!(read(words).as_deref(), Some(value), "{words}");
        }
        assert_eq!(read("too much"), None);
    }
}

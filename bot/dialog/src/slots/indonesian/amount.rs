//! Amounts of money: "lima puluh ribu", "dua juta lima ratus ribu rupiah", "Rp50.000", "sepuluh dolar".

use super::{Found, begins, number};

/// Names of currencies and their codes (ISO 4217); longer ones count first.
const CURRENCIES: [(&str, &str); 17] = [
    ("rupiah", "IDR"),
    ("rp", "IDR"),
    ("idr", "IDR"),
    ("perak", "IDR"),
    ("dolar amerika", "USD"),
    ("dolar singapura", "SGD"),
    ("dolar australia", "AUD"),
    ("dolar taiwan", "TWD"),
    ("dolar hong kong", "HKD"),
    ("dolar", "USD"),
    ("usd", "USD"),
    ("euro", "EUR"),
    ("ringgit", "MYR"),
    ("yuan", "CNY"),
    ("yen", "JPY"),
    ("pound", "GBP"),
    ("franc", "CHF"),
];

fn currency(words: &[String]) -> Option<(&'static str, usize)> {
    let named = CURRENCIES.into_iter().filter_map(|(name, code)| Some((code, begins(words, &[name])?)));
    named.max_by_key(|(_, used)| *used)
}

/// The first amount with a currency, else the first number.
pub(super) fn find(words: &[String]) -> Option<Found> {
    let starts = |from: &usize| !number::inside(words, *from);
    let named = (0..words.len()).filter(starts).find_map(|from| amount(words, from));
    named.or_else(|| {
        (0..words.len()).filter(starts).find_map(|from| {
            let (value, used) = number::number(&words[from..])?;
            Some(Found { value: hundredths(&value, None)?, used: from..from + used })
        })
    })
}

fn amount(words: &[String], from: usize) -> Option<Found> {
    let lead = currency(&words[from..]);
    let at = from + lead.map_or(0, |(_, used)| used);
    let (value, used) = number::number(&words[at..])?;
    let end = at + used;
    let trail = currency(&words[end..]);
    let (code, more) = match (lead, trail) {
        (_, Some((code, used))) => (code, used),
        (Some((code, _)), None) => (code, 0),
        (None, None) => return None,
    };
    Some(Found { value: hundredths(&value, Some(code))?, used: from..end + more })
}

/// `12.5` → `12.50 USD`.
fn hundredths(number: &str, code: Option<&str>) -> Option<String> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let part = if part.len() > 2 { return None } else { format!("{part:0<2}") };
    let amount = format!("{whole}.{part}");
    Some(code.map_or_else(|| amount.clone(), |code| format!("{amount} {code}")))
}

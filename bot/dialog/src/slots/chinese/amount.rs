//! Amounts of money: 一千兩百元, 三塊五, 兩塊半, 五毛, 美金五十, 新台幣三萬五.

use super::{Found, begins, number, skipped};

/// Names of currencies and their codes (ISO 4217), the longer ones first.
const CURRENCIES: [(&str, &str); 29] = [
    ("新台币", "TWD"),
    ("新台元", "TWD"),
    ("台币", "TWD"),
    ("人民币", "CNY"),
    ("新加坡币", "SGD"),
    ("新加坡元", "SGD"),
    ("新币", "SGD"),
    ("美元", "USD"),
    ("美金", "USD"),
    ("美刀", "USD"),
    ("欧元", "EUR"),
    ("英镑", "GBP"),
    ("日圆", "JPY"),
    ("日元", "JPY"),
    ("日币", "JPY"),
    ("港币", "HKD"),
    ("港元", "HKD"),
    ("瑞士法郎", "CHF"),
    ("法郎", "CHF"),
    ("印尼盾", "IDR"),
    ("印尼卢比", "IDR"),
    ("马来西亚令吉", "MYR"),
    ("令吉", "MYR"),
    ("马币", "MYR"),
    ("澳币", "AUD"),
    ("澳元", "AUD"),
    ("美圆", "USD"),
    ("欧圆", "EUR"),
    ("港圆", "HKD"),
];
/// Latin letters for a currency.
const LETTERS: [(&str, &str); 11] = [
    ("nt", "TWD"),
    ("ntd", "TWD"),
    ("twd", "TWD"),
    ("rmb", "CNY"),
    ("cny", "CNY"),
    ("usd", "USD"),
    ("us", "USD"),
    ("eur", "EUR"),
    ("gbp", "GBP"),
    ("hkd", "HKD"),
    ("idr", "IDR"),
];

fn currency(words: &[String], signs: &[char], own: &'static str) -> Option<(&'static str, usize)> {
    let named = CURRENCIES.into_iter().find_map(|(name, code)| Some((code, begins(signs, &[name])?)));
    let letters = || LETTERS.into_iter().find(|(name, _)| words.first().is_some_and(|word| word == name));
    let plain = || begins(signs, &["元整", "块钱", "元", "圆", "块"]).map(|used| (own, used));
    named.or_else(|| letters().map(|(_, code)| (code, 1))).or_else(plain)
}

/// The first amount with a currency, else the first number. `own` is what 元 means here.
pub(super) fn find(words: &[String], signs: &[char], own: &'static str) -> Option<Found> {
    let named = (0..signs.len()).find_map(|at| amount(words, signs, at, own));
    named.or_else(|| {
        let bare = |at: usize| {
            let (value, used) = number::number(&signs[at..])?;
            Some(Found { value: hundredths(&value, None)?, used: at..at + used })
        };
        (0..signs.len()).filter(|at| number::starts(signs, *at)).find_map(bare)
    })
}

/// `12.5` → `12.50 USD`.
fn hundredths(number: &str, code: Option<&str>) -> Option<String> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let part = if part.len() > 2 { return None } else { format!("{part:0<2}") };
    let amount = format!("{whole}.{part}");
    Some(code.map_or_else(|| amount.clone(), |code| format!("{amount} {code}")))
}

/// An amount that begins at `from`, with its currency before or after it.
fn amount(words: &[String], signs: &[char], from: usize, own: &'static str) -> Option<Found> {
    let (lead, mut at) = match currency(&words[from..], &signs[from..], own) {
        Some((code, used)) => (Some(code), from + used),
        None => (None, from),
    };
    if lead.is_none() && !number::starts(signs, at) || at >= signs.len() {
        return None;
    }
    let (value, used) = number::number(&signs[at..])?;
    at += used;
    // 五毛, 三十分 of money.
    if lead.is_none() && !value.contains('.') && begins(&signs[at..], &["毛", "角"]).is_some() {
        let (part, used) = small_change(&signs[at - used..])?;
        return Some(Found { value: hundredths(&format!("0.{part:02}"), Some(own))?, used: from..at - 1 + used });
    }
    let trail = currency(&words[at..], &signs[at..], own);
    let code = lead.filter(|code| trail.is_none() || *code != own).or(trail.map(|(code, _)| code)).or(lead)?;
    let Some((_, used)) = trail else {
        return Some(Found { value: hundredths(&value, Some(code))?, used: from..at });
    };
    at += used;
    let (part, more) = match signs.get(at) {
        // 兩塊半.
        Some('半') => (50, 1),
        _ if value.contains('.') => (0, 0),
        _ => small_change(&signs[at..]).unwrap_or((0, 0)),
    };
    let value = if part > 0 { format!("{value}.{part:02}") } else { value };
    Some(Found { value: hundredths(&value, Some(code))?, used: from..at + more })
}

/// 五毛, 九角五分, 零五分, and 五 of 三塊五: hundredths and signs.
fn small_change(signs: &[char]) -> Option<(u64, usize)> {
    let lead = skipped(signs, &["零", "又"]);
    let (n, used) = number::cardinal(signs.get(lead..)?).filter(|(n, _)| *n < 100)?;
    let mut at = lead + used;
    match signs.get(at) {
        Some('毛' | '角') if n < 10 => {
            at += 1;
            at += skipped(&signs[at..], &["钱"]);
            let cents = signs.get(at..).and_then(number::cardinal).filter(|(n, _)| *n < 10);
            match cents {
                Some((cents, more)) if begins(&signs[at + more..], &["分"]).is_some() => {
                    Some((n * 10 + cents, at + more + 1))
                }
                // 五毛五.
                Some((cents, more)) if at + more == signs.len() => Some((n * 10 + cents, at + more)),
                _ => Some((n * 10, at)),
            }
        }
        Some('分') => Some((n, at + 1)),
        // 三塊五 is 3.50, 三塊零五 and 三塊五十 as they stand; not 三塊五個.
        None if n < 10 && lead == 0 => Some((n * 10, at)),
        None => Some((n, at)),
        _ => None,
    }
}

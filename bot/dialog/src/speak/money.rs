//! Amounts of money as English words.

use super::number::cardinal;

/// Code, sign, one, many, one hundredth, many hundredths.
const CURRENCIES: [(&str, &str, [&str; 4]); 5] = [
    ("USD", "$", ["dollar", "dollars", "cent", "cents"]),
    ("EUR", "€", ["euro", "euros", "cent", "cents"]),
    ("GBP", "£", ["pound", "pounds", "penny", "pence"]),
    ("CHF", "Fr.", ["franc", "francs", "centime", "centimes"]),
    ("IDR", "Rp", ["rupiah", "rupiah", "sen", "sen"]),
];

/// `49.90 EUR`, `€49.90` → "forty nine euros and ninety cents". `None`: not an amount.
pub(crate) fn words(text: &str) -> Option<String> {
    let (amount, names) = CURRENCIES.into_iter().find_map(|(code, sign, names)| {
        [code, sign].into_iter().find_map(|mark| {
            let amount = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark))?;
            Some((amount.trim(), names))
        })
    })?;
    let plain = amount.replace([',', ' '], "");
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, "0"));
    let whole: u64 = whole.parse().ok()?;
    let hundredths: u64 = match part.len() {
        1 => part.parse::<u64>().ok()? * 10,
        2 => part.parse().ok()?,
        _ => return None,
    };
    let counted = |n: u64, one, many| format!("{} {}", cardinal(n), if n == 1 { one } else { many });
    let [one, many, cent, cents] = names;
    Some(match (whole, hundredths) {
        (_, 0) => counted(whole, one, many),
        (0, _) => counted(hundredths, cent, cents),
        _ => format!("{} and {}", counted(whole, one, many), counted(hundredths, cent, cents)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        assert_eq!(words("49.90 EUR").as_deref(), Some("forty nine euros and ninety cents"));
        assert_eq!(words("$1").as_deref(), Some("one dollar"));
        assert_eq!(words("£0.01").as_deref(), Some("one penny"));
        assert_eq!(words("1,250.5 USD").as_deref(), Some("one thousand two hundred fifty dollars and fifty cents"));
        assert_eq!(words("49.90"), None);
        assert_eq!(words("EUR lots"), None);
        assert_eq!(words("0 GBP").as_deref(), Some("zero pounds"));
    }
}

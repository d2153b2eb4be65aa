//! Amounts of money as English words.

use super::number::cardinal;
use crate::speak::written::Money;

/// Code, one, many, one hundredth, many hundredths.
const CURRENCIES: [(&str, [&str; 4]); 7] = [
    ("USD", ["dollar", "dollars", "cent", "cents"]),
    ("EUR", ["euro", "euros", "cent", "cents"]),
    ("GBP", ["pound", "pounds", "penny", "pence"]),
    ("CHF", ["franc", "francs", "centime", "centimes"]),
    ("IDR", ["rupiah", "rupiah", "sen", "sen"]),
    ("TWD", ["Taiwan dollar", "Taiwan dollars", "cent", "cents"]),
    ("CNY", ["yuan", "yuan", "fen", "fen"]),
];

/// `49.90 EUR` → "forty nine euros and ninety cents". `None`: of no currency that has an English name here.
pub(crate) fn words(money: &Money) -> Option<String> {
    let (_, names) = CURRENCIES.into_iter().find(|(code, _)| Some(*code) == money.currency)?;
    let counted = |n: u64, one, many| format!("{} {}", cardinal(n), if n == 1 { one } else { many });
    let [one, many, cent, cents] = names;
    Some(match (money.whole, money.hundredths) {
        (whole, 0) => counted(whole, one, many),
        (0, hundredths) => counted(hundredths, cent, cents),
        (whole, hundredths) => format!("{} and {}", counted(whole, one, many), counted(hundredths, cent, cents)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn amounts() {
        let words = |text| Money::read(text, Language::English).as_ref().and_then(words);
        assert_eq!(words("49.90 EUR").as_deref(), Some("forty nine euros and ninety cents"));
        assert_eq!(words("$1").as_deref(), Some("one dollar"));
        assert_eq!(words("£0.01").as_deref(), Some("one penny"));
        assert_eq!(words("1,250.5 USD").as_deref(), Some("one thousand two hundred fifty dollars and fifty cents"));
        assert_eq!(words("49.90"), None);
        assert_eq!(words("EUR lots"), None);
        assert_eq!(words("0 GBP").as_deref(), Some("zero pounds"));
    }
}

//! Numbers as people write them in, and as trunks want them out.
//!
//! A list says which kind it holds: public numbers, normalised to E.164 (ITU-T E.164: `+`, country
//! code, at most 15 digits), or strings that only mean something on its trunk (`7001`). Numbers that
//! a campaign must never dial (emergency services, premium rate) are refused here, at the door.

use crate::mask::mask;
use phonenumber::country;
use phonenumber::metadata::DATABASE;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Most digits in an E.164 number.
const E164_MOST_DIGITS: usize = 15;
/// Most characters in a trunk-local dial string.
const LOCAL_MOST_CHARS: usize = 20;
/// Emergency services of the world, as dialled from a local trunk.
const EMERGENCY: [&str; 14] =
    ["112", "911", "999", "000", "110", "111", "113", "115", "117", "118", "119", "120", "122", "190"];

/// A normalised number: E.164 with its `+`, or a trunk-local dial string without one.
///
/// `Debug` and `Display` are masked, so that a number cannot slip into a log; [`as_str`](Self::as_str)
/// is the real one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(Box<str>);

impl PhoneNumber {
    /// Reads a number under a list's rule.
    pub fn parse(text: &str, rule: &NumberRule) -> Result<(Self, Option<Region>), NumberError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        match rule {
            NumberRule::International { region } => parse_e164(text, region.as_ref()),
            NumberRule::Local if text.starts_with('+') => parse_e164(text, None),
            NumberRule::Local => parse_local(text).map(|n| (n, None)),
        }
    }

    /// Takes a number back from storage, which only ever held normalised ones.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The number in full: what the trunk dials.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `+1••••••••34`.
    pub fn masked(&self) -> String {
        mask(&self.0)
    }

    /// Public (E.164), as opposed to a string that only one trunk understands.
    pub fn is_e164(&self) -> bool {
        self.0.starts_with('+')
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Serialised in full: whoever sends it to a reader masks it first.
impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(|s| Self(s.into()))
    }
}

/// An ISO 3166-1 alpha-2 region, such as `US`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region([u8; 2]);

impl Region {
    /// Reads two letters in either case.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        match text.trim().as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(NumberError::UnknownRegion { region: text.trim().into() }),
        }
    }

    /// `US`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    fn id(&self) -> Result<country::Id, NumberError> {
        let unknown = || NumberError::UnknownRegion { region: self.as_str().into() };
        self.as_str().parse().map_err(|_| unknown())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let region = Self::parse(&text).map_err(serde::de::Error::custom)?;
        region.id().map_err(serde::de::Error::custom)?;
        Ok(region)
    }
}

/// Which numbers a list accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "numbers", rename_all = "snake_case")]
pub enum NumberRule {
    /// Public numbers. `region` is assumed for those written without a `+`.
    International { region: Option<Region> },
    /// Dial strings of the trunk itself, such as `7001`; public ones need their `+`.
    Local,
}

/// Why a number cannot be dialled. Says what was expected, never the number itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("the number is empty")]
    Empty,
    #[error("this is not a phone number")]
    NotANumber,
    #[error("the number has no country code; write it with + or give the list a default region")]
    NoCountry,
    #[error("no such number exists in {region}")]
    Invalid { region: String },
    #[error("premium-rate numbers are never dialled by a campaign")]
    PremiumRate,
    #[error("emergency services are never dialled by a campaign")]
    Emergency,
    #[error("a local number has at most {LOCAL_MOST_CHARS} characters out of 0-9, * and #")]
    NotLocal,
    #[error("`{region}` is not a region; use two letters, such as US")]
    UnknownRegion { region: String },
}

fn parse_e164(text: &str, region: Option<&Region>) -> Result<(PhoneNumber, Option<Region>), NumberError> {
    // "00" is how most of the world writes "+".
    let text = match text.strip_prefix("00") {
        Some(rest) => format!("+{rest}").into(),
        None => std::borrow::Cow::Borrowed(text),
    };
    if text.starts_with('+') && text.bytes().filter(u8::is_ascii_digit).count() > E164_MOST_DIGITS {
        return Err(NumberError::NotANumber);
    }
    if EMERGENCY.contains(&text.as_ref()) {
        return Err(NumberError::Emergency);
    }
    let id = region.map(Region::id).transpose()?;
    let number = phonenumber::parse(id, text.as_ref()).map_err(|e| match e {
        phonenumber::ParseError::InvalidCountryCode => NumberError::NoCountry,
        _ => NumberError::NotANumber,
    })?;
    let kind = number.number_type(&DATABASE);
    // The type is looked up without leading zeros, which some countries (Italy) have; validity is not.
    if kind == phonenumber::Type::Unknown && !number.is_valid() {
        let region = region_of(&number).map_or_else(|| "any region".into(), |r| r.to_string());
        return Err(NumberError::Invalid { region });
    }
    if kind == phonenumber::Type::PremiumRate {
        return Err(NumberError::PremiumRate);
    }
    let text = number.format().mode(phonenumber::Mode::E164).to_string();
    Ok((PhoneNumber(text.into()), region_of(&number)))
}

/// The region of a number. Most country codes belong to one region, which spares the search among several.
/// Where the search finds none (again the leading zeros), the code's main region stands, which comes first.
fn region_of(number: &phonenumber::PhoneNumber) -> Option<Region> {
    let regions = DATABASE.by_code(&number.code().value())?;
    let searched = || number.country().id().and_then(|c| Region::parse(c.as_ref()).ok());
    let main = || regions.first().and_then(|r| Region::parse(r.id()).ok());
    if regions.len() == 1 { main() } else { searched().or_else(main) }
}

fn parse_local(text: &str) -> Result<PhoneNumber, NumberError> {
    let compact: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
    if EMERGENCY.contains(&compact.as_str()) {
        return Err(NumberError::Emergency);
    }
    let dialable = |c: char| c.is_ascii_digit() || c == '*' || c == '#';
    if compact.is_empty() || compact.len() > LOCAL_MOST_CHARS || !compact.chars().all(dialable) {
        return Err(NumberError::NotLocal);
    }
    Ok(PhoneNumber(compact.into()))
}

/// Length of the country code at the start of E.164 digits (ITU-T E.164 Annex to OB 1114): zones 1 and
/// 7 have one digit, the codes listed here two, all others three.
pub(crate) fn country_code_len(digits: &str) -> usize {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    match digits.as_bytes() {
        [] => 0,
        [b'1' | b'7', ..] => 1,
        [_, _, ..] if TWO.contains(&&digits[..2]) => 2,
        other => other.len().min(3),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn us() -> NumberRule {
        NumberRule::International { region: Some(Region::parse("us").unwrap()) }
    }

    fn parse(text: &str, rule: &NumberRule) -> Result<String, NumberError> {
        PhoneNumber::parse(text, rule).map(|(n, _)| n.as_str().to_owned())
    }

    #[test]
    fn public_numbers_become_e164_however_they_are_written() {
        for text in ["(202) 456-1111", "202.456.1111", "+1 202 456 1111", "0012024561111", " 12024561111 "] {
            assert_eq!(parse(text, &us()).as_deref(), Ok("+12024561111"), "{text}");
        }
        let (_, region) = PhoneNumber::parse("+49 30 901820", &us()).unwrap();
        assert_eq!(region.unwrap().as_str(), "DE");
        // Leading zeros belong to Italian numbers; Canada shares its country code.
        let (rome, region) = PhoneNumber::parse("+39 06 6982", &us()).unwrap();
        assert_eq!((rome.as_str(), region.unwrap().as_str()), ("+39066982", "IT"));
        let (_, region) = PhoneNumber::parse("+1 613 782 7274", &us()).unwrap();
        assert_eq!(region.unwrap().as_str(), "CA");
    }

    #[test]
    fn a_number_without_country_needs_a_default_region() {
        let rule = NumberRule::International { region: None };
        assert_eq!(parse("202 456 1111", &rule), Err(NumberError::NoCountry));
    }

    #[test]
    fn numbers_that_do_not_exist_or_must_not_be_dialled_are_refused() {
        assert!(matches!(parse("+1 202 456", &us()), Err(NumberError::Invalid { .. })));
        assert!(matches!(parse("hello", &us()), Err(NumberError::NotANumber)));
        assert_eq!(parse("", &us()), Err(NumberError::Empty));
        assert_eq!(parse("911", &us()), Err(NumberError::Emergency));
        assert_eq!(parse("911", &NumberRule::Local), Err(NumberError::Emergency));
        assert_eq!(parse("+1 900 234 5678", &us()), Err(NumberError::PremiumRate));
        assert_eq!(parse("+1234567890123456", &us()), Err(NumberError::NotANumber));
    }

    #[test]
    fn local_numbers_are_valid_only_where_the_list_allows_them() {
        assert_eq!(parse("7001", &NumberRule::Local).as_deref(), Ok("7001"));
        assert_eq!(parse("70 01#", &NumberRule::Local).as_deref(), Ok("7001#"));
        assert_eq!(parse("alice", &NumberRule::Local), Err(NumberError::NotLocal));
        assert_eq!(parse("123456789012345678901", &NumberRule::Local), Err(NumberError::NotLocal));
        assert_eq!(parse("+12024561111", &NumberRule::Local).as_deref(), Ok("+12024561111"));
        assert!(parse("7001", &us()).is_err());
    }

    #[test]
    fn a_number_is_masked_wherever_it_is_printed() {
        let (number, _) = PhoneNumber::parse("+12024561134", &us()).unwrap();
        assert_eq!(format!("{number} {number:?}"), "+1••••••••34 +1••••••••34");
    }
}

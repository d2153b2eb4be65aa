//! The languages in which conversations are held: what is spoken and understood in a way of its own.

use chrono::NaiveDateTime;

/// A language, told by a template's tag (BCP 47).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    English,
    /// Chinese in traditional script, as in Taiwan.
    Traditional,
    /// Chinese in simplified script, as in mainland China.
    Simplified,
    Indonesian,
}

/// Where a conversation is: what answers are read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here {
    /// The person's local time.
    pub now: NaiveDateTime,
    /// Spoken now.
    pub language: Language,
}

/// Primary tags of the languages that are known.
pub(crate) const SPOKEN: [&str; 3] = ["en", "zh", "id"];

/// The part of a tag before the first `-`.
pub(crate) fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

impl Language {
    /// The language of `tag`; English where it is none of these.
    pub fn of(tag: &str) -> Self {
        match primary(tag) {
            "id" => Self::Indonesian,
            "zh" if ["TW", "HK", "MO", "Hant"].iter().any(|part| tag.split('-').any(|p| p == *part)) => {
                Self::Traditional
            }
            "zh" => Self::Simplified,
            _ => Self::English,
        }
    }

    pub(crate) fn is_chinese(self) -> bool {
        matches!(self, Self::Traditional | Self::Simplified)
    }

    /// What stands between two words.
    pub(crate) fn space(self) -> &'static str {
        if self.is_chinese() { "" } else { " " }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_its_language_and_script() {
        for (tag, language) in [
            ("en-GB", Language::English),
            ("zh-TW", Language::Traditional),
            ("zh-Hant-HK", Language::Traditional),
            ("zh", Language::Simplified),
            ("zh-CN", Language::Simplified),
            ("id", Language::Indonesian),
        ] {
            assert_eq!(Language::of(tag), language, "{tag}");
        }
    }
}

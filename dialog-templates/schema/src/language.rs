//! The languages of one template: each with its voice and the words that ask for it.

use crate::fields::{Fields, Named, scalar};
use crate::node::{Key, Kind, Node};
use crate::problem::{At, Problems};

/// A language the conversation can be held in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// BCP 47, such as `en`, `zh-TW`, `id`.
    pub tag: Named,
    /// Engine and voice, such as `espeak:id`.
    pub voice: String,
    /// Ways to ask for it, beside the engine's own.
    pub phrases: Vec<Named>,
}

impl Language {
    /// `id: espeak:id`, or `id: {voice: …, phrases: […]}`.
    pub(crate) fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<Self> {
        let tag = checked_tag(&key.text, key.at, problems)?;
        if let Kind::Scalar(_) = node.kind {
            let (voice, at) = scalar(node, "voice", problems)?;
            return Some(Self { tag, voice: checked_voice(voice, at, problems)?, phrases: Vec::new() });
        }
        let mut fields = Fields::of(node, format!("language `{}`", key.text), problems)?;
        let node = fields.required("voice");
        let voice = node.and_then(|node| scalar(node, "voice", fields.problems));
        let phrases = fields.texts("phrases");
        fields.finish();
        let (voice, at) = voice?;
        Some(Self { tag, voice: checked_voice(voice, at, problems)?, phrases })
    }
}

/// Letters and digits in groups of one to eight, joined by `-`.
pub(crate) fn checked_tag(tag: &str, at: At, problems: &mut Problems) -> Option<Named> {
    let good = tag.starts_with(|c: char| c.is_ascii_alphabetic())
        && tag.split('-').all(|p| (1..=8).contains(&p.len()) && p.chars().all(|c| c.is_ascii_alphanumeric()));
    if !good {
        let hint = Some("write a tag such as `en`, `zh-TW` or `id`".to_owned());
        problems.error_with(at, format!("`{tag}` is not a language"), hint);
        return None;
    }
    Some(Named { name: tag.to_owned(), at })
}

pub(crate) fn checked_voice(voice: String, at: At, problems: &mut Problems) -> Option<String> {
    match voice.split_once(':') {
        Some((engine, name)) if !engine.is_empty() && !name.is_empty() => Some(voice),
        _ => {
            let hint = Some("write engine and voice, such as `flite:slt`".to_owned());
            problems.error_with(at, format!("`{voice}` is not a voice"), hint);
            None
        }
    }
}

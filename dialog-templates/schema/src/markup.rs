//! The tags a prompt may have: a small part of SSML 1.1 (W3C Recommendation, 2010).
//!
//! `<break time="300ms"/>`, `<emphasis>…</emphasis>`, `<prosody rate="slow">…</prosody>` and
//! `<say-as interpret-as="digits">…</say-as>`. What engines cannot do is not accepted.

use crate::problem::{At, Problems};
use crate::template::VariableType;
use crate::text::Part;

/// A special way to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Spoken a little slower, between short pauses: what engines without stress marks can do.
    Emphasis,
    /// Percent of the usual rate.
    Rate(u16),
    SayAs(VariableType),
}

const TAGS: [&str; 4] = ["break", "emphasis", "prosody", "say-as"];
/// Longest pause of one `break`, in milliseconds.
const LONGEST_MS: u32 = 10_000;
/// Of a `break` without a time.
const USUAL_MS: u32 = 400;
const RATES: [(&str, u16); 5] = [("x-slow", 60), ("slow", 80), ("medium", 100), ("fast", 120), ("x-fast", 140)];
const SAY_AS: [(&str, VariableType); 12] = [
    ("digits", VariableType::Digits),
    ("characters", VariableType::Digits),
    ("cardinal", VariableType::Number),
    ("number", VariableType::Number),
    ("ordinal", VariableType::Ordinal),
    ("date", VariableType::Date),
    ("time", VariableType::Time),
    ("currency", VariableType::Money),
    ("money", VariableType::Money),
    ("telephone", VariableType::Phone),
    ("phone", VariableType::Phone),
    ("text", VariableType::Text),
];

/// Bytes before the next variable or tag. A `<` that is followed by neither a letter nor `/` is text.
pub(crate) fn next_special(text: &str) -> usize {
    let tag = text.char_indices().find(|(at, c)| {
        *c == '<' && text[at + 1..].starts_with(|next: char| next.is_ascii_alphabetic() || next == '/')
    });
    let tag = tag.map_or(text.len(), |(at, _)| at);
    text.find("{{").map_or(tag, |variable| variable.min(tag))
}

/// The inside of one `<…>`. `open` are the names of the tags that wait for their end.
pub(crate) fn tag<'a>(source: &'a str, open: &mut Vec<&'a str>, at: At, problems: &mut Problems) -> Option<Part> {
    if let Some(name) = source.strip_prefix('/') {
        return close(name.trim(), open, at, problems);
    }
    let (body, alone) = match source.strip_suffix('/') {
        Some(body) => (body.trim(), true),
        None => (source.trim(), false),
    };
    let (name, rest) = body.split_once(' ').unwrap_or((body, ""));
    if !TAGS.contains(&name) {
        problems.unknown(at, "tag", name, TAGS);
        return None;
    }
    if alone != (name == "break") {
        let should = if alone { format!("<{name}>…</{name}>") } else { "<break time=\"300ms\"/>".to_owned() };
        problems.error(at, format!("`<{source}>` should be written `{should}`"));
        return None;
    }
    if !alone {
        open.push(name);
    }
    match name {
        "break" => pause(rest, at, problems).map(Part::Pause),
        "emphasis" => {
            attribute(rest, "level", false, at, problems)?;
            Some(Part::Open(Mark::Emphasis))
        }
        "prosody" => {
            let rate = attribute(rest, "rate", true, at, problems)?;
            rate_percent(rate, at, problems).map(|percent| Part::Open(Mark::Rate(percent)))
        }
        _ => {
            let kind = attribute(rest, "interpret-as", true, at, problems)?;
            let found = SAY_AS.iter().find(|(word, _)| *word == kind);
            if found.is_none() {
                problems.unknown(at, "value of `interpret-as`", kind, SAY_AS.map(|(word, _)| word));
            }
            found.map(|(_, kind)| Part::Open(Mark::SayAs(*kind)))
        }
    }
}

fn close(name: &str, open: &mut Vec<&str>, at: At, problems: &mut Problems) -> Option<Part> {
    match open.last() {
        Some(last) if *last == name => {
            open.pop();
            Some(Part::Close)
        }
        Some(last) => {
            problems.error(at, format!("`</{name}>` where `<{last}>` is open"));
            None
        }
        None => {
            problems.error(at, format!("`</{name}>` closes nothing"));
            None
        }
    }
}

/// The value of the only attribute a tag has; empty when it may be absent and is.
fn attribute<'a>(source: &'a str, name: &str, needed: bool, at: At, problems: &mut Problems) -> Option<&'a str> {
    let source = source.trim();
    if source.is_empty() && !needed {
        return Some("");
    }
    let value = source.strip_prefix(name).and_then(|rest| rest.trim_start().strip_prefix('=')).map(str::trim);
    let quoted = value.and_then(|value| {
        let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
        value[1..].strip_suffix(quote)
    });
    if quoted.is_none() {
        problems.error(at, format!("`{source}` should be one attribute such as `{name}=\"…\"`"));
    }
    quoted
}

fn pause(source: &str, at: At, problems: &mut Problems) -> Option<u32> {
    let time = attribute(source, "time", false, at, problems)?;
    if time.is_empty() {
        return Some(USUAL_MS);
    }
    let ms = duration_ms(time).filter(|ms| *ms <= LONGEST_MS);
    if ms.is_none() {
        problems.error(at, format!("`{time}` should be a time such as `300ms` or `1.5s`, at most 10s"));
    }
    ms
}

/// `300ms`, `3s`, `1.5s`, in milliseconds.
pub fn duration_ms(text: &str) -> Option<u32> {
    let text = text.trim();
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (text.strip_suffix('s')?, 1000.0),
    };
    let ms = number.trim().parse::<f64>().ok()? * factor;
    (0.0..=3_600_000.0).contains(&ms).then_some(ms as u32)
}

fn rate_percent(rate: &str, at: At, problems: &mut Problems) -> Option<u16> {
    let named = RATES.iter().find(|(word, _)| *word == rate).map(|(_, percent)| *percent);
    let percent = named.or_else(|| rate.strip_suffix('%')?.parse().ok().filter(|percent| (50..=200).contains(percent)));
    if percent.is_none() {
        let words = RATES.map(|(word, _)| word).join("`, `");
        problems.error(at, format!("rate `{rate}` should be `{words}`, or from 50% to 200%"));
    }
    percent
}

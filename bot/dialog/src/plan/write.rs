//! Conversations as text: one line of a transcript, and the YAML of a `*.test.yaml`.

use super::PlanError;
use crate::plan::Plan;
use std::collections::BTreeMap;
use warmline_schema::conversations::{Act, AnsweredBy, Conversation, Expected, LineKind, Spoken};

/// An act as a line of a transcript.
pub fn told(act: &Act) -> String {
    let readings = |readings: &[Spoken]| match readings {
        [only] if only.confidence >= 1.0 => only.text.clone(),
        all => all.iter().map(|r| format!("{} ({:.2})", r.text, r.confidence)).collect::<Vec<_>>().join(" | "),
    };
    match act {
        Act::User(said) => format!("user: {}", readings(said)),
        Act::Interrupt(said) => format!("user, interrupting: {}", readings(said)),
        Act::Unclear => "user: (nobody can read it)".to_owned(),
        Act::Key(key) => format!("key:  {key}"),
        Act::Silence => "user: (says nothing)".to_owned(),
        Act::Machine(answered_by) => format!("answered by {}", answered_by.name()),
        Act::Agent { answers: true } => "an agent answers".to_owned(),
        Act::Agent { answers: false } => "no agent answers".to_owned(),
        Act::Http(Some(answer)) => format!("the other system answers {answer}"),
        Act::Http(None) => "the other system does not answer".to_owned(),
        Act::Elapsed(ms) => format!("{} go by", duration(*ms)),
    }
}

/// A conversation as an item of `dialogs`, with two spaces before it and a line break behind.
pub fn written(conversation: &Conversation) -> String {
    let mut out = format!("  - name: {}\n", scalar(&conversation.name.name));
    if conversation.answered_by != AnsweredBy::Person {
        out += &format!("    answered_by: {}\n", conversation.answered_by.name());
    }
    if !conversation.contact.is_empty() {
        out += &format!("    contact: {}\n", flow(&conversation.contact));
    }
    if let Some(now) = &conversation.now {
        out += &format!("    now: {}\n", quoted(&now.name));
    }
    if conversation.seed != 1 {
        out += &format!("    seed: {}\n", conversation.seed);
    }
    if !conversation.must_not.is_empty() {
        let words = conversation.must_not.iter().map(|words| scalar(&words.name));
        out += &format!("    must_not: [{}]\n", words.collect::<Vec<_>>().join(", "));
    }
    out += if conversation.talk.is_empty() { "    talk: []\n" } else { "    talk:\n" };
    for line in &conversation.talk {
        out += &format!("      - {}\n", self::line(&line.kind));
    }
    let expected = expected(&conversation.expect);
    if !expected.is_empty() {
        out += &format!("    expect: {{ {expected} }}\n");
    }
    out
}

fn line(kind: &LineKind) -> String {
    match kind {
        LineKind::Bot { words, within: 0 } => format!("bot: {}", scalar(words)),
        LineKind::Bot { words, within } => format!("{{ bot: {}, within: {within} }}", quoted(words)),
        LineKind::BotNot(words) => format!("bot_not: {}", scalar(words)),
        LineKind::Expect(expect) => format!("expect: {{ {} }}", expected(expect)),
        LineKind::Act(act) => self::act(act),
    }
}

fn act(act: &Act) -> String {
    let readings = |readings: &[Spoken]| match readings {
        [only] if only.confidence >= 1.0 => scalar(&only.text),
        all => {
            let one = |r: &Spoken| format!("{{ text: {}, confidence: {:.2} }}", quoted(&r.text), r.confidence);
            format!("[{}]", all.iter().map(one).collect::<Vec<_>>().join(", "))
        }
    };
    match act {
        Act::User(said) => format!("user: {}", readings(said)),
        Act::Interrupt(said) => format!("interrupt: {}", readings(said)),
        Act::Unclear => "unclear".to_owned(),
        Act::Silence => "silence".to_owned(),
        Act::Key(key) => format!("key: \"{key}\""),
        Act::Machine(answered_by) => format!("machine: {}", answered_by.name()),
        Act::Agent { answers } => format!("agent: {}", if *answers { "answers" } else { "nobody" }),
        Act::Http(answer) => format!("http: {}", scalar(answer.as_deref().unwrap_or("failed"))),
        Act::Elapsed(ms) => format!("elapsed: {}", duration(*ms)),
    }
}

fn expected(expected: &Expected) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(expected.end.map(|end| format!("end: {}", end.name())));
    parts.extend(expected.step.as_ref().map(|step| format!("step: {}", step.name)));
    parts.extend(expected.intent.as_ref().map(|intent| format!("intent: {}", intent.name)));
    parts.extend(expected.understood.as_ref().map(|found| format!("understood: {}", quoted(&found.name))));
    if let Some(tags) = &expected.tags {
        parts.push(format!("tags: [{}]", tags.iter().map(|tag| scalar(tag)).collect::<Vec<_>>().join(", ")));
    }
    if !expected.slots.is_empty() {
        let slots = expected.slots.iter().map(|(slot, value)| (slot.name.clone(), value.clone())).collect();
        parts.push(format!("slots: {}", flow(&slots)));
    }
    let facts = [("opt_out", expected.opt_out), ("callback", expected.callback), ("handoff", expected.handoff)];
    parts.extend(facts.iter().filter_map(|(name, value)| value.map(|value| format!("{name}: {value}"))));
    parts.extend(expected.within.map(|most| format!("within: {most}")));
    parts.join(", ")
}

fn flow(values: &BTreeMap<String, String>) -> String {
    let pairs = values.iter().map(|(name, value)| format!("{name}: {}", quoted(value)));
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}

fn duration(ms: u32) -> String {
    if ms.is_multiple_of(1000) { format!("{}s", ms / 1000) } else { format!("{ms}ms") }
}

/// As it stands where YAML would read the same text, else in quotes.
fn scalar(text: &str) -> String {
    const MEAN_MORE: [&str; 10] = ["yes", "no", "true", "false", "on", "off", "null", "y", "n", "~"];
    let plain = text.starts_with(|c: char| c.is_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_alphanumeric() || " '.?!-_/+".contains(c))
        && !MEAN_MORE.contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { quoted(text) }
}

/// A double-quoted scalar: what JSON writes is read by YAML as the same text.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// A file of conversations with this one in it.
pub fn new_file(template: &str, conversation: &Conversation) -> String {
    let mut inside = conversation.clone();
    let now = inside.now.take().map(|now| now.name).unwrap_or_default();
    let contact = std::mem::take(&mut inside.contact);
    let contact = if contact.is_empty() { String::new() } else { format!("contact: {}\n", flow(&contact)) };
    format!("template: {template}\nnow: {}\n{contact}\ndialogs:\n{}", quoted(&now), written(&inside))
}

/// `source`, a file of conversations, with `conversation` behind its last one; comments and everything else stay.
///
/// # Errors
/// `source` is not such a file, or has its `dialogs` in one line (`[…]`), or a conversation of this name.
pub fn appended(source: &str, conversation: &Conversation) -> Result<String, PlanError> {
    let before = Plan::parse(source)?;
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    let top = |line: &str| line.starts_with(|c: char| c.is_alphabetic());
    let from = lines.iter().position(|line| line.starts_with("dialogs:")).unwrap_or(lines.len());
    let next = lines.iter().skip(from + 1).position(|line| top(line)).map_or(lines.len(), |at| from + 1 + at);
    // Comments and empty lines before the next block belong to it.
    let end = (from..next).rev().find(|at| is_content(lines[*at])).map_or(next, |at| at + 1);
    let item = lines[from..end].iter().find(|line| line.trim_start().starts_with("- "));
    let indent = item.map_or(2, |line| line.len() - line.trim_start().len());
    let mut text: String = lines[..end].concat();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push('\n');
    let own = written(conversation);
    text.extend(own.lines().map(|line| format!("{}{}\n", " ".repeat(indent), line.get(2..).unwrap_or_default())));
    text.push_str(&lines[end..].concat());
    let after = Plan::parse(&text)?;
    debug_assert_eq!(after.dialogs.len(), before.dialogs.len() + 1);
    Ok(text)
}

fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

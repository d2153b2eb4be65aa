//! Values that are marked in an utterance: `to [Jakarta](city)`, `[tomorrow](day:next_day)`,
//! `[NYC]{"entity": "city", "value": "new_york"}`.

use crate::node::{self, Kind, Node};

/// A marked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    pub entity: String,
    /// As it was said.
    pub text: String,
    /// What it stands for, when the mark says so.
    pub value: Option<String>,
    /// The mark says more, such as a role, for which templates have no place.
    pub more: Option<String>,
}

/// The utterance without its marks, and what they said. The error says which mark cannot be read.
pub(super) fn read(utterance: &str) -> Result<(String, Vec<Marked>), String> {
    let (mut plain, mut marked, mut rest) = (String::new(), Vec::new(), utterance);
    while let Some(open) = rest.find('[') {
        plain.push_str(&rest[..open]);
        let inside = &rest[open + 1..];
        let Some(close) = inside.find(']') else {
            plain.push('[');
            rest = inside;
            continue;
        };
        let (text, behind) = (&inside[..close], &inside[close + 1..]);
        let end = match behind.chars().next() {
            Some('(') => behind.find(')'),
            Some('{') => behind.find('}'),
            Some('[') => behind.find(']'),
            // Brackets that mark nothing are words like others.
            _ => {
                plain.push('[');
                rest = inside;
                continue;
            }
        };
        let Some(end) = end else { return Err(format!("the mark of `{text}` is not closed")) };
        plain.push_str(text);
        marked.extend(mark(text, &behind[..=end])?);
        rest = &behind[end + 1..];
    }
    plain.push_str(rest);
    Ok((plain.split_whitespace().collect::<Vec<_>>().join(" "), marked))
}

fn mark(text: &str, written: &str) -> Result<Vec<Marked>, String> {
    let text = text.trim().to_owned();
    if let Some(short) = written.strip_prefix('(') {
        let short = short.trim_end_matches(')');
        let (entity, value) = match short.split_once(':') {
            Some((entity, value)) => (entity, Some(value.trim().to_owned())),
            None => (short, None),
        };
        let entity = entity.trim().to_owned();
        if entity.is_empty() || text.is_empty() {
            return Err(format!("the mark `[{text}]{written}` names nothing"));
        }
        return Ok(vec![Marked { entity, text, value, more: None }]);
    }
    // JSON is YAML too.
    let unreadable = || format!("the mark `{written}` of `{text}` is no JSON object with `entity`");
    let node = node::parse(written, 0).map_err(|_| unreadable())?;
    let marks = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&node),
    };
    marks.iter().map(|node| one(&text, node).ok_or_else(unreadable)).collect()
}

fn one(text: &str, node: &Node) -> Option<Marked> {
    let Kind::Map(entries) = &node.kind else { return None };
    let field = |name: &str| {
        entries.iter().find(|(key, _)| key.text == name).and_then(|(_, node)| match &node.kind {
            Kind::Scalar(text) => Some(text.trim().to_owned()),
            _ => None,
        })
    };
    let other = entries.iter().map(|(key, _)| key.text.as_str()).find(|key| !["entity", "value"].contains(key));
    let entity = field("entity").filter(|entity| !entity.is_empty())?;
    Some(Marked { entity, text: text.to_owned(), value: field("value"), more: other.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seen(utterance: &str) -> (String, Vec<String>) {
        let (plain, marked) = read(utterance).unwrap();
        let one = |m: Marked| {
            format!("{}={}/{}/{}", m.entity, m.text, m.value.unwrap_or_default(), m.more.unwrap_or_default())
        };
        (plain, marked.into_iter().map(one).collect())
    }

    #[test]
    fn marks_are_read_in_each_of_their_forms() {
        let (plain, marked) =
            seen("from [Jakarta](city) to [Bandung]{\"entity\": \"city\", \"role\": \"to\"} [tmrw](day:tomorrow)");
        assert_eq!(plain, "from Jakarta to Bandung tmrw");
        assert_eq!(marked, ["city=Jakarta//", "city=Bandung//role", "day=tmrw/tomorrow/"]);
        let (plain, marked) = seen("[NYC]{\"entity\":\"city\",\"value\":\"new york\"}!");
        assert_eq!((plain.as_str(), marked[0].as_str()), ("NYC!", "city=NYC/new york/"));
        let (_, marked) = seen("[a b][{\"entity\": \"x\"}, {\"entity\": \"y\"}]");
        assert_eq!(marked, ["x=a b//", "y=a b//"]);
        assert_eq!(seen("a [b] c [d"), ("a [b] c [d".into(), vec![]));
    }

    #[test]
    fn a_broken_mark_is_named() {
        assert!(read("[a](").unwrap_err().contains("not closed"));
        assert!(read("[a]{\"value\": \"b\"}").unwrap_err().contains("`entity`"));
        assert!(read("[a]()").unwrap_err().contains("names nothing"));
    }
}

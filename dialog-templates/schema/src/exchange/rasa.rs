//! Rasa's NLU training data: YAML with a list `nlu` of intents, synonyms, look-up tables and regular expressions
//! (<https://rasa.com/docs/rasa/nlu-training-data>).

use super::Lessons;
use super::annotation;
use super::gather::Gathered;
use crate::node::{self, Key, Kind, Node};
use crate::problem::{At, Problems};

/// Read several files, each with its name, as one.
///
/// # Errors
/// The name of the first file that cannot be read, and what is wrong with it, with lines.
pub fn from_rasa<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Lessons, (String, Problems)> {
    let mut gathered = Gathered::default();
    for (file, text) in files {
        gathered.begin(file);
        let mut problems = Problems::default();
        match node::parse(text, 0) {
            Ok(root) => read(&root, &mut gathered, &mut problems),
            Err(more) => problems = more,
        }
        if problems.has_errors() {
            return Err((file.to_owned(), problems.placed(&[])));
        }
    }
    Ok(gathered.lessons())
}

fn read(root: &Node, gathered: &mut Gathered, problems: &mut Problems) {
    let Kind::Map(entries) = &root.kind else {
        return problems
            .error(root.at, format!("a file of training data is a block with `nlu`, not {}", root.describe()));
    };
    let mut any = false;
    for (key, node) in entries {
        match key.text.as_str() {
            "nlu" => {
                any = true;
                items(node, gathered, problems);
            }
            "version" => {}
            other => {
                let message = format!("`{other}` is not taken: only `nlu` is about understanding");
                gathered.note(key.at.line, message);
            }
        }
    }
    if !any {
        problems.error(root.at, "there is no list `nlu` here");
    }
}

fn items(node: &Node, gathered: &mut Gathered, problems: &mut Problems) {
    let list = match &node.kind {
        Kind::List(list) => list,
        Kind::Null => return,
        _ => return problems.error(node.at, format!("`nlu` should be a list, not {}", node.describe())),
    };
    for item in list {
        let Kind::Map(fields) = &item.kind else {
            problems.error(item.at, format!("an entry of `nlu` should be a block of fields, not {}", item.describe()));
            continue;
        };
        one(item.at, fields, gathered, problems);
    }
}

const KINDS: [&str; 4] = ["intent", "synonym", "lookup", "regex"];

fn one(at: At, fields: &[(Key, Node)], gathered: &mut Gathered, problems: &mut Problems) {
    let kind = fields.iter().find(|(key, _)| KINDS.contains(&key.text.as_str()));
    let Some((kind, name_node)) = kind else {
        return problems.error_with(
            at,
            "an entry of `nlu` names neither an intent nor a synonym, a lookup or a regex",
            Some("begin it with one of `intent:`, `synonym:`, `lookup:`, `regex:`".to_owned()),
        );
    };
    let Kind::Scalar(name) = &name_node.kind else {
        return problems.error(name_node.at, format!("`{}` should be a name, not {}", kind.text, name_node.describe()));
    };
    for (key, _) in fields.iter().filter(|(key, _)| key.text != kind.text && key.text != "examples") {
        gathered.note(key.at.line, format!("`{}` of `{name}` is not taken", key.text));
    }
    let Some((key, examples)) = fields.iter().find(|(key, _)| key.text == "examples") else {
        return problems.error(at, format!("{} `{name}` lacks `examples`", kind.text));
    };
    let examples = self::examples(key, examples, gathered, problems);
    let line = kind.at.line;
    let texts = || examples.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
    match kind.text.as_str() {
        "intent" => {
            let intent = gathered.intent(line, name);
            for (line, example) in &examples {
                match annotation::read(example) {
                    Ok((plain, marks)) => {
                        gathered.phrase(*line, intent, &plain);
                        gathered.marked(*line, marks);
                    }
                    Err(why) => problems.error(At { line: *line, column: 1, file: 0 }, why),
                }
            }
        }
        "synonym" => gathered.synonym(line, name, texts()),
        "lookup" => gathered.lookup(line, name, texts()),
        _ => examples.into_iter().for_each(|(line, pattern)| gathered.pattern(line, name, pattern)),
    }
}

/// Each example with its line: a text with a line `- …` for each, or a list of blocks with `text`.
fn examples(key: &Key, node: &Node, gathered: &mut Gathered, problems: &mut Problems) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    match &node.kind {
        Kind::Scalar(text) => {
            for (number, written) in (1u32..).zip(text.lines()) {
                let line = key.at.line.saturating_add(number);
                let written = written.trim();
                match written.strip_prefix('-').map(str::trim) {
                    Some("") => {}
                    Some(example) => found.push((line, example.to_owned())),
                    None if written.is_empty() => {}
                    None => problems.error(
                        At { line, column: 1, file: 0 },
                        format!("an example begins with `- `, not `{written}`"),
                    ),
                }
            }
        }
        Kind::List(items) => {
            for item in items {
                match &item.kind {
                    Kind::Scalar(text) => found.push((item.at.line, text.trim().to_owned())),
                    Kind::Map(fields) => {
                        for (key, node) in fields {
                            match (key.text.as_str(), &node.kind) {
                                ("text", Kind::Scalar(text)) => {
                                    let text = text.trim();
                                    found.push((key.at.line, text.strip_prefix("- ").unwrap_or(text).to_owned()));
                                }
                                ("text", _) => {
                                    problems.error(node.at, format!("`text` should be a text, not {}", node.describe()))
                                }
                                (other, _) => {
                                    gathered.note(key.at.line, format!("`{other}` of an example is not taken"))
                                }
                            }
                        }
                    }
                    _ => problems.error(item.at, format!("an example should be a text, not {}", item.describe())),
                }
            }
        }
        _ => problems
            .error(node.at, format!("`examples` should be a text with a line `- …` for each, not {}", node.describe())),
    }
    found.retain(|(_, text)| !text.is_empty());
    found
}

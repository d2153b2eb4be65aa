//! `warmline bench slots`: values found in sentences by rules alone, against labelled stretches.
//!
//! A value counts when it is of the right kind and begins and ends at exactly the labelled characters. A slot's F1 is
//! the harmonic mean of how many found values are right and how many labelled ones were found.

use super::bench_turns::envelope;
use anyhow::{Context, Result};
use comfy_table::Table;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use warmline_dialog::written::{self, Kind};

const SLOTS: [(&str, Kind); 5] = [
    ("time", Kind::Time),
    ("date", Kind::Date),
    ("people", Kind::People),
    ("first_name", Kind::FirstName),
    ("last_name", Kind::LastName),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sentence {
    user_input: Input,
    #[serde(default)]
    context: Question,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Debug, Deserialize)]
struct Input {
    text: String,
}

/// What the sentence answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    #[serde(default)]
    requested_slots: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Label {
    slot: String,
    value_span: Span,
}

/// In characters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    #[serde(default)]
    start_index: usize,
    end_index: usize,
}

#[derive(Debug, Default, Serialize)]
struct Row {
    slot: &'static str,
    labelled: usize,
    found: usize,
    right: usize,
    precision: f64,
    recall: f64,
    f1: f64,
}

type Value = (&'static str, usize, usize);

/// `misses`: print the sentences of this slot that were got wrong.
pub fn run(data: &Path, misses: Option<&str>, as_json: bool) -> Result<()> {
    let text = std::fs::read_to_string(data).with_context(|| format!("{}", data.display()))?;
    let sentences: Vec<Sentence> = serde_json::from_str(&text).with_context(|| format!("{}", data.display()))?;
    let mut rows: Vec<Row> = SLOTS.iter().map(|(slot, _)| Row { slot, ..Row::default() }).collect();
    let mut times = Vec::with_capacity(sentences.len());
    for sentence in &sentences {
        let begun = super::clock();
        let found = found(sentence);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        let labelled = labelled(sentence);
        for row in &mut rows {
            let of = |values: &BTreeSet<Value>| values.iter().filter(|value| value.0 == row.slot).count();
            row.labelled += of(&labelled);
            row.found += of(&found);
            row.right += of(&labelled.intersection(&found).copied().collect());
        }
        if misses.is_some_and(|slot| labelled.symmetric_difference(&found).any(|value| value.0 == slot)) {
            println!("{} | labelled {labelled:?} | found {found:?}", sentence.user_input.text);
        }
    }
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    for row in &mut rows {
        row.precision = share(row.right, row.found);
        row.recall = share(row.right, row.labelled);
        row.f1 = share(2 * row.right, row.found + row.labelled);
    }
    times.sort_by(f64::total_cmp);
    let p95_ms = times.get(times.len() * 95 / 100).copied().unwrap_or_default();
    if as_json {
        let params = json!({ "data": data.file_name().map(|n| n.to_string_lossy()), "p95_ms": p95_ms });
        println!("{}", serde_json::to_string_pretty(&envelope("slots", params, json!(rows)))?);
    } else {
        println!("{}\n{} sentences, p95 {p95_ms:.2} ms each", table(&rows), sentences.len());
    }
    Ok(())
}

fn name(kind: Kind) -> &'static str {
    SLOTS.iter().find(|(_, other)| *other == kind).map_or("", |(slot, _)| slot)
}

fn found(sentence: &Sentence) -> BTreeSet<Value> {
    let text = &sentence.user_input.text;
    let asked = sentence.context.requested_slots.iter();
    let asked: Vec<Kind> =
        asked.filter_map(|slot| SLOTS.iter().find(|(name, _)| name == slot).map(|(_, kind)| *kind)).collect();
    let characters = |byte: usize| text[..byte].chars().count();
    let found = written::find(text, &asked);
    found.into_iter().map(|s| (name(s.kind), characters(s.at.start), characters(s.at.end))).collect()
}

fn labelled(sentence: &Sentence) -> BTreeSet<Value> {
    let value = |label: &Label| {
        let (slot, _) = SLOTS.iter().find(|(name, _)| *name == label.slot)?;
        Some((*slot, label.value_span.start_index, label.value_span.end_index))
    };
    sentence.labels.iter().filter_map(value).collect()
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.set_header(["slot", "labelled", "found", "right", "precision", "recall", "F1"]);
    for row in rows {
        let counts = [row.labelled, row.found, row.right].map(|n| n.to_string());
        let shares = [row.precision, row.recall, row.f1].map(|share| format!("{share:.3}"));
        table.add_row([row.slot.to_owned()].into_iter().chain(counts).chain(shares));
    }
    table
}

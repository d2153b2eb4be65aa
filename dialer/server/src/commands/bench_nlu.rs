//! `warmline bench nlu`: how well the classifier of meanings does on labelled texts, and how quickly it learns and answers.
//!
//! Reads `train.csv` and `test.csv` (`text,category`) of a folder. The category `oos` in the test set means "none of
//! them". Times are of one thread and include the sentence embedding where it is part of the answer.

use super::bench_turns::envelope;
use crate::cli::BenchNluArgs;
use anyhow::{Context, Result, ensure};
use comfy_table::Table;
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use warmline_classify::{Example, Machine, Options};
use warmline_models::{Embedder, minilm::MiniLm, store::Store};

/// "None of them" in a test set.
const OUTSIDE: &str = "oos";
/// The share of right answers that the threshold may reject.
const REJECTED: f32 = 0.05;

#[derive(Debug, Deserialize)]
struct Line {
    text: String,
    category: String,
}

/// A text with its embedding and its place among the categories; none: outside.
struct Text {
    text: String,
    embedding: Vec<f32>,
    category: Option<usize>,
}

/// One training and test.
#[derive(Debug, Default, Serialize)]
struct Row {
    dataset: String,
    shots: String,
    seed: String,
    accuracy: f64,
    /// Share of texts outside that are rejected; absent where the test set has none.
    oos_recall: Option<f64>,
    /// Share of texts inside that are rejected.
    oos_false: f64,
    train_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
}

pub fn run(args: &BenchNluArgs) -> Result<()> {
    let shots = args.shots()?;
    let train = read(&args.data.join("train.csv"))?;
    let test = read(&args.data.join("test.csv"))?;
    let mut categories: Vec<String> = train.iter().map(|line| line.category.clone()).collect();
    categories.sort();
    categories.dedup();
    ensure!(categories.len() >= 2, "{}: a classifier needs at least two categories", args.data.display());
    let mut embedder = MiniLm::load(&Store::locate()?, 1)?;
    let names: Vec<Line> =
        categories.iter().map(|name| Line { text: name.replace('_', " "), category: name.clone() }).collect();
    let (names, _) = embedded(&mut embedder, names, &categories)?;
    let (train, _) = embedded(&mut embedder, train, &categories)?;
    let (test, embed_ms) = embedded(&mut embedder, test, &categories)?;
    let dataset = args.data.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut rows = Vec::new();
    for seed in 0..if shots.is_some() { args.seeds.max(1) } else { 1 } {
        let mut examples = chosen(&train, shots, seed);
        if !args.no_names {
            examples.extend(&names);
        }
        let row = measure(&examples, &test, &embed_ms, categories.len())?;
        let shots = shots.map_or_else(|| "all".to_owned(), |n| n.to_string());
        rows.push(Row { dataset: dataset.clone(), shots, seed: seed.to_string(), ..row });
    }
    if rows.len() > 1 {
        rows.push(mean(&rows));
    }
    if args.json {
        let params = json!({ "data": dataset, "shots": args.shots, "seeds": args.seeds, "names": !args.no_names });
        println!("{}", serde_json::to_string_pretty(&envelope("nlu", params, json!(rows)))?);
    } else {
        println!("{}", table(&rows));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Line>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("{}", path.display()))?;
    reader.deserialize().collect::<Result<_, _>>().with_context(|| format!("{}", path.display()))
}

/// The texts with their embeddings, and the milliseconds each embedding took.
fn embedded(embedder: &mut MiniLm, lines: Vec<Line>, categories: &[String]) -> Result<(Vec<Text>, Vec<f64>)> {
    let (mut texts, mut times) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
    for Line { text, category } in lines {
        let begun = super::clock();
        let embedding = embedder.embed(&[&text])?.pop().context("the embedder gave nothing")?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        let place = categories.binary_search(&category).ok();
        ensure!(place.is_some() || category == OUTSIDE, "test.csv: category `{category}` is not in train.csv");
        texts.push(Text { text, embedding, category: place });
    }
    Ok((texts, times))
}

/// `shots` texts of each category, by lot; all without.
fn chosen(train: &[Text], shots: Option<usize>, seed: u64) -> Vec<&Text> {
    let Some(shots) = shots else { return train.iter().collect() };
    let mut by_category: BTreeMap<usize, Vec<&Text>> = BTreeMap::new();
    for text in train {
        by_category.entry(text.category.unwrap_or_default()).or_default().push(text);
    }
    let mut lot = StdRng::seed_from_u64(seed);
    let mut out = Vec::new();
    for texts in by_category.values_mut() {
        texts.shuffle(&mut lot);
        out.extend(texts.iter().take(shots));
    }
    out
}

fn measure(examples: &[&Text], test: &[Text], embed_ms: &[f64], categories: usize) -> Result<Row> {
    let examples: Vec<Example> = examples
        .iter()
        .map(|text| Example {
            text: &text.text,
            embedding: Some(&text.embedding),
            label: text.category.unwrap_or_default(),
        })
        .collect();
    let begun = super::clock();
    let machine = Machine::train(&examples, categories, Options::default())?;
    let train_ms = begun.elapsed().as_secs_f64() * 1000.0;
    let threshold = machine.threshold(REJECTED);
    let (mut right, mut inside, mut wrongly_out, mut outside, mut rightly_out) = (0, 0, 0, 0, 0);
    let mut times = Vec::with_capacity(test.len());
    for (text, embed_ms) in test.iter().zip(embed_ms) {
        let begun = super::clock();
        let found = machine.predict(&text.text, Some(&text.embedding)).context("the machine gave no answer")?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0 + embed_ms);
        let best = found.ranked.first().context("the machine knows no labels")?;
        let rejected = usize::from(best.probability < threshold);
        match text.category {
            Some(category) => {
                inside += 1;
                right += usize::from(best.label == category);
                wrongly_out += rejected;
            }
            None => {
                outside += 1;
                rightly_out += rejected;
            }
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((share * times.len() as f64) as usize).copied().unwrap_or_default();
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    Ok(Row {
        accuracy: share(right, inside),
        oos_recall: (outside > 0).then(|| share(rightly_out, outside)),
        oos_false: share(wrongly_out, inside),
        train_ms,
        p50_ms: at(0.5),
        p95_ms: at(0.95),
        ..Row::default()
    })
}

fn mean(rows: &[Row]) -> Row {
    let of = |value: fn(&Row) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
    let recalls: Vec<f64> = rows.iter().filter_map(|row| row.oos_recall).collect();
    Row {
        dataset: rows[0].dataset.clone(),
        shots: rows[0].shots.clone(),
        seed: "mean".to_owned(),
        accuracy: of(|row| row.accuracy),
        oos_recall: (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64),
        oos_false: of(|row| row.oos_false),
        train_ms: of(|row| row.train_ms),
        p50_ms: of(|row| row.p50_ms),
        p95_ms: of(|row| row.p95_ms),
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.set_header([
        "dataset",
        "shots",
        "seed",
        "right %",
        "outside rejected %",
        "inside rejected %",
        "training ms",
        "answer p50 ms",
        "p95 ms",
    ]);
    for row in rows {
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        table.add_row([
            row.dataset.clone(),
            row.shots.clone(),
            row.seed.clone(),
            percent(row.accuracy),
            row.oos_recall.map_or_else(|| "–".to_owned(), percent),
            percent(row.oos_false),
            format!("{:.0}", row.train_ms),
            format!("{:.2}", row.p50_ms),
            format!("{:.2}", row.p95_ms),
        ]);
    }
    table
}

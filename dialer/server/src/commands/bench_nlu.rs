//! `warmline bench nlu`: how well the classifier of meanings does on labelled texts, and how quickly it learns and answers.
//!
//! Reads `train.csv` and `test.csv` (`text,category`) of a folder. The category `oos` in the test set means "none of
//! them". Times are the thread's own processor time, so that other programs do not count, and an answer's include its
//! sentence embedding. With `--noise` the test texts are misheard too, and with `--learn-noise` so are training texts,
//! as those of a template are.

use super::bench_turns::envelope;
use super::processor_ms;
use crate::cli::BenchNluArgs;
use anyhow::{Context, Result, ensure};
use comfy_table::Table;
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use warmline_classify::{Example, Machine, Options};
use warmline_dialog::{noise::Noise, words::normalise};
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
    /// The same of the misheard texts.
    noisy_accuracy: Option<f64>,
    /// Share of texts outside that are rejected; absent where the test set has none.
    oos_recall: Option<f64>,
    /// Share of texts inside that are rejected.
    oos_false: f64,
    train_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
    /// Of an answer without its embedding.
    classify_p95_ms: f64,
}

/// What is misheard, and how much.
struct Misheard {
    /// The test texts.
    test: Vec<Text>,
    /// One variant of each training text, in its order.
    train: Option<Vec<Text>>,
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
    let noise =
        Noise::english(train.iter().map(|line| normalise(&line.text)).collect::<Vec<_>>().iter().map(String::as_str));
    let misheard = |lines: &[Line], seed: u64| -> Vec<Line> {
        let heard = |line: &Line| noise.heard(&normalise(&line.text), args.noise as f32, seed);
        lines.iter().map(|line| Line { text: heard(line), category: line.category.clone() }).collect()
    };
    let noisy_test = if args.noise > 0.0 { misheard(&test, 7) } else { Vec::new() };
    let noisy_train = (args.noise > 0.0 && args.learn_noise).then(|| misheard(&train, 99));
    let (names, _) = embedded(&mut embedder, names, &categories)?;
    let (train, _) = embedded(&mut embedder, train, &categories)?;
    let (test, embed_ms) = embedded(&mut embedder, test, &categories)?;
    let misheard = Misheard {
        test: embedded(&mut embedder, noisy_test, &categories)?.0,
        train: noisy_train
            .map(|lines| embedded(&mut embedder, lines, &categories))
            .transpose()?
            .map(|(texts, _)| texts),
    };
    let dataset = args.data.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut rows = Vec::new();
    let first = args.first_seed;
    for seed in first..first + if shots.is_some() { args.seeds.max(1) } else { 1 } {
        let mut examples = Vec::new();
        for place in chosen(&train, shots, seed) {
            examples.push((&train[place], false));
            examples.extend(misheard.train.as_ref().map(|texts| (&texts[place], true)));
        }
        if !args.no_names {
            examples.extend(names.iter().map(|name| (name, false)));
        }
        let row = measure(&examples, &test, &embed_ms, &misheard.test, categories.len())?;
        let shots = shots.map_or_else(|| "all".to_owned(), |n| n.to_string());
        rows.push(Row { dataset: dataset.clone(), shots, seed: seed.to_string(), ..row });
    }
    if rows.len() > 1 {
        rows.push(mean(&rows));
    }
    if args.json {
        let params = json!({
            "data": dataset, "shots": args.shots, "seeds": args.seeds, "names": !args.no_names, "noise": args.noise,
            "learn_noise": args.learn_noise, "times": "processor",
        });
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
        let begun = processor_ms();
        let embedding = embedder.embed(&[&text])?.pop().context("the embedder gave nothing")?;
        times.push(processor_ms() - begun);
        let place = categories.binary_search(&category).ok();
        ensure!(place.is_some() || category == OUTSIDE, "test.csv: category `{category}` is not in train.csv");
        texts.push(Text { text, embedding, category: place });
    }
    Ok((texts, times))
}

/// The places of `shots` texts of each category, by lot; of all without.
fn chosen(train: &[Text], shots: Option<usize>, seed: u64) -> Vec<usize> {
    let Some(shots) = shots else { return (0..train.len()).collect() };
    let mut by_category: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, text) in train.iter().enumerate() {
        by_category.entry(text.category.unwrap_or_default()).or_default().push(place);
    }
    let mut lot = StdRng::seed_from_u64(seed);
    let mut out = Vec::new();
    for texts in by_category.values_mut() {
        texts.shuffle(&mut lot);
        out.extend(texts.iter().take(shots));
    }
    out
}

/// `examples`: texts, and whether they are made up.
fn measure(
    examples: &[(&Text, bool)],
    test: &[Text],
    embed_ms: &[f64],
    noisy: &[Text],
    categories: usize,
) -> Result<Row> {
    let examples: Vec<Example> = examples
        .iter()
        .map(|(text, made_up)| Example {
            made_up: *made_up,
            ..Example::new(&text.text, Some(&text.embedding), text.category.unwrap_or_default())
        })
        .collect();
    let begun = processor_ms();
    let machine = Machine::train(&examples, categories, Options::default())?;
    let train_ms = processor_ms() - begun;
    let threshold = machine.threshold(REJECTED);
    let of_noisy = |text: &Text| {
        let found = machine.predict(&text.text, Some(&text.embedding));
        found.and_then(|found| found.ranked.first().map(|best| best.label)) == text.category
    };
    let inside_noisy: Vec<_> = noisy.iter().filter(|text| text.category.is_some()).collect();
    let noisy_right = inside_noisy.iter().filter(|text| of_noisy(text)).count();
    let (mut right, mut inside, mut wrongly_out, mut outside, mut rightly_out) = (0, 0, 0, 0, 0);
    let mut times = Vec::with_capacity(test.len());
    let mut alone = Vec::with_capacity(test.len());
    for (text, embed_ms) in test.iter().zip(embed_ms) {
        let begun = processor_ms();
        let found = machine.predict(&text.text, Some(&text.embedding)).context("the machine gave no answer")?;
        alone.push(processor_ms() - begun);
        times.push(alone.last().copied().unwrap_or_default() + embed_ms);
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
    let at = |times: &mut Vec<f64>, share: f64| {
        times.sort_by(f64::total_cmp);
        times.get((share * times.len() as f64) as usize).copied().unwrap_or_default()
    };
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    Ok(Row {
        accuracy: share(right, inside),
        oos_recall: (outside > 0).then(|| share(rightly_out, outside)),
        oos_false: share(wrongly_out, inside),
        train_ms,
        noisy_accuracy: (!inside_noisy.is_empty()).then(|| share(noisy_right, inside_noisy.len())),
        p50_ms: at(&mut times, 0.5),
        p95_ms: at(&mut times, 0.95),
        classify_p95_ms: at(&mut alone, 0.95),
        ..Row::default()
    })
}

fn mean(rows: &[Row]) -> Row {
    let of = |value: fn(&Row) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
    let some = |value: fn(&Row) -> Option<f64>| {
        let values: Vec<f64> = rows.iter().filter_map(value).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Row {
        dataset: rows[0].dataset.clone(),
        shots: rows[0].shots.clone(),
        seed: "mean".to_owned(),
        accuracy: of(|row| row.accuracy),
        noisy_accuracy: some(|row| row.noisy_accuracy),
        oos_recall: some(|row| row.oos_recall),
        oos_false: of(|row| row.oos_false),
        train_ms: of(|row| row.train_ms),
        p50_ms: of(|row| row.p50_ms),
        p95_ms: of(|row| row.p95_ms),
        classify_p95_ms: of(|row| row.classify_p95_ms),
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.set_header([
        "dataset",
        "shots",
        "seed",
        "right %",
        "misheard right %",
        "outside rejected %",
        "inside rejected %",
        "training CPU ms",
        "answer CPU p50 ms",
        "p95 ms",
        "p95 ms without embedding",
    ]);
    for row in rows {
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        table.add_row([
            row.dataset.clone(),
            row.shots.clone(),
            row.seed.clone(),
            percent(row.accuracy),
            row.noisy_accuracy.map_or_else(|| "–".to_owned(), percent),
            row.oos_recall.map_or_else(|| "–".to_owned(), percent),
            percent(row.oos_false),
            format!("{:.0}", row.train_ms),
            format!("{:.2}", row.p50_ms),
            format!("{:.2}", row.p95_ms),
            format!("{:.2}", row.classify_p95_ms),
        ]);
    }
    table
}

//! Understanding on a small set of our own: fifteen wishes of a call centre, and lines that are none of them.
//!
//! The same files serve `warmline bench nlu --data dialog-templates/nlu`. With the embedder where the store has it,
//! and always without: the pieces of words alone must carry languages that the embedder does not know.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use warmline_classify::{Example, Machine, Options};
use warmline_models::{Embedder, minilm::MiniLm, store::Store};

/// Share of right answers that the threshold for "none of them" may reject.
const REJECTED: f32 = 0.05;

struct Line {
    text: String,
    category: String,
    embedding: Option<Vec<f32>>,
}

fn read(file: &str, embedder: &mut Option<MiniLm>) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dialog-templates/nlu").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let (text, category) = line.split_once(',').unwrap();
        let embedding = embedder.as_mut().map(|embedder| embedder.embed(&[text]).unwrap().remove(0));
        Line { text: text.to_owned(), category: category.to_owned(), embedding }
    };
    text.lines().skip(1).map(line).collect()
}

/// Accuracy inside, share of the lines outside that are rejected, share of the lines inside that are.
fn measure(embedder: &mut Option<MiniLm>) -> (f64, f64, f64) {
    let (train, test) = (read("train.csv", embedder), read("test.csv", embedder));
    let mut categories: Vec<&str> = train.iter().map(|line| line.category.as_str()).collect();
    categories.dedup();
    let place = |name: &str| categories.iter().position(|category| *category == name);
    let examples: Vec<Example> = train
        .iter()
        .map(|line| Example::new(&line.text, line.embedding.as_deref(), place(&line.category).unwrap()))
        .collect();
    let machine = Machine::train(&examples, categories.len(), Options::default()).unwrap();
    let threshold = machine.threshold(REJECTED);
    let (mut inside, mut right, mut inside_out, mut outside, mut outside_out) = (0, 0, 0, 0, 0);
    for line in &test {
        let found = machine.predict(&line.text, line.embedding.as_deref());
        let rejected = found.as_ref().is_none_or(|found| found.ranked[0].probability < threshold);
        match place(&line.category) {
            Some(label) => {
                inside += 1;
                right += usize::from(found.is_some_and(|found| found.ranked[0].label == label));
                inside_out += usize::from(rejected);
            }
            None => {
                outside += 1;
                outside_out += usize::from(rejected);
            }
        }
    }
    let share = |part: usize, of: usize| part as f64 / of as f64;
    (share(right, inside), share(outside_out, outside), share(inside_out, inside))
}

#[test]
fn meanings_are_found_and_others_rejected_by_embedding_and_pieces() {
    let Ok(embedder) = Store::locate().and_then(|store| MiniLm::load(&store, 1)) else {
        println!("the store has no embedder: only the pieces of words are tested");
        return;
    };
    let (accuracy, recall, lost) = measure(&mut Some(embedder));
    println!("with embeddings: {accuracy:.3} right, {recall:.3} outside rejected, {lost:.3} inside rejected");
    assert!(accuracy >= 0.84 && recall >= 0.75 && lost <= 0.15);
}

#[test]
fn meanings_are_found_by_pieces_alone() {
    let (accuracy, recall, lost) = measure(&mut None);
    println!("pieces alone: {accuracy:.3} right, {recall:.3} outside rejected, {lost:.3} inside rejected");
    assert!(accuracy >= 0.58 && recall >= 0.05 && lost <= 0.15);
}

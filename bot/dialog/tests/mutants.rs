//! The conversations of the library notice when their template is broken: the draw of `warmline template mutate
//! --count 200 --seed 1`, over every template and every kind of break.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use warmline_dialog::mutate::{drawn, mutants};
use warmline_dialog::plan::Plan;

const BREAKS: usize = 200;
const SEED: u64 = 1;
/// Nine in ten.
const LEAST_NOTICED: usize = 180;

/// In the command's order, so that the same breaks are drawn.
fn library() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut templates: Vec<_> = files.filter(|file| file.with_extension("test.yaml").exists()).collect();
    templates.sort();
    templates
}

#[test]
fn nine_in_ten_breaks_are_noticed() {
    let mut all = Vec::new();
    for file in library() {
        let read = |file: &Path| std::fs::read_to_string(file).unwrap();
        let template = warmline_dialog::schema::parse(&read(&file)).unwrap();
        let plan = Plan::parse(&read(&file.with_extension("test.yaml"))).unwrap();
        let found = mutants(&template, SEED);
        let subject = Arc::new((template, plan));
        all.extend(found.into_iter().map(|mutant| (subject.clone(), mutant)));
    }
    assert!(all.len() > 1000, "{} breaks are possible", all.len());
    let draw = drawn(all.len(), BREAKS, SEED);
    let survivors: Vec<_> = draw
        .into_iter()
        .map(|place| &all[place])
        .filter(|(subject, mutant)| !mutant.is_noticed(&subject.0, &subject.1))
        .map(|(subject, mutant)| format!("{}: {mutant:?}", subject.0.name))
        .collect();
    let noticed = BREAKS - survivors.len();
    assert!(noticed >= LEAST_NOTICED, "{noticed} of {BREAKS} noticed; not noticed:\n{}", survivors.join("\n"));
}

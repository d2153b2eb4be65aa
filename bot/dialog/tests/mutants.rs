//! The conversations of the library notice when a template is broken: a small draw with a fixed seed. The whole
//! measure is `warmline template mutate`.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use warmline_dialog::mutate::{drawn, mutants};
use warmline_dialog::plan::Plan;

const BREAKS: usize = 60;
/// Nine in ten.
const LEAST_NOTICED: usize = 54;

#[test]
fn nine_in_ten_breaks_of_the_library_are_noticed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dialog-templates/library");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for tests in files.iter().filter(|file| file.to_string_lossy().ends_with(".test.yaml")) {
        let file = tests.to_string_lossy().replace(".test.yaml", ".yaml");
        let template = warmline_dialog::schema::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let plan = Plan::parse(&std::fs::read_to_string(tests).unwrap()).unwrap();
        let found = mutants(&template, 1);
        let subject = Arc::new((template, plan));
        all.extend(found.into_iter().map(|mutant| (subject.clone(), mutant)));
    }
    assert!(all.len() > 1000, "{} breaks are possible", all.len());
    let draw = drawn(all.len(), BREAKS, 2);
    let survivors: Vec<_> = draw
        .into_iter()
        .map(|place| &all[place])
        .filter(|(subject, mutant)| !mutant.is_noticed(&subject.0, &subject.1))
        .map(|(subject, mutant)| format!("{}: {mutant:?}", subject.0.name))
        .collect();
    let noticed = BREAKS - survivors.len();
    assert!(noticed >= LEAST_NOTICED, "{noticed} of {BREAKS} noticed; not noticed:\n{}", survivors.join("\n"));
}

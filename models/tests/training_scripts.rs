//! The training scripts agree with what the recogniser reads, and answer mistakes before they do any work.

#![allow(clippy::unwrap_used)]

use std::{path::PathBuf, process::Command};

fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_phones_of_training_are_the_columns_of_the_model() {
    let source = std::fs::read_to_string(models().join("src/starter/phones.rs")).unwrap();
    let list = source.split_once("const PHONES").unwrap().1.split_once("= [").unwrap().1.split_once("];").unwrap().0;
    let columns: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    let output = Command::new("python3")
        .args(["-c", "import phones; print(*phones.PHONES)"])
        .env("PYTHONPATH", models().join("training/starter_en"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trained = String::from_utf8(output.stdout).unwrap();
    assert_eq!(trained.split_whitespace().collect::<Vec<_>>(), columns);
}

#[test]
fn a_mistake_on_the_command_line_is_named() {
    let train = models().join("../scripts/train");
    let cases: [(&[&str], &str); 5] = [
        (&[], "which model?"),
        (&["starter-fr"], "no model is called starter-fr"),
        (&["starter-en", "--minutes", "soon"], "--minutes: soon is not a number"),
        (&["starter-en", "--seed", "-1"], "--seed: -1 is not a whole number"),
        (&["starter-en", "--hours"], "--hours wants a value"),
    ];
    for (arguments, expected) in cases {
        let output = Command::new(&train).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{arguments:?}: {said}");
    }
}

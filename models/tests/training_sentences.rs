//! The shipped sentences are what the script in `models/training` makes.

#![allow(clippy::unwrap_used)]

use std::{path::Path, process::Command};

#[test]
fn the_sentences_can_be_made_again() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("python3").arg(models.join("training/starter_en/sentences.py")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shipped = std::fs::read(models.join("starter-en/sentences.txt")).unwrap();
    assert!(output.stdout == shipped, "sentences.txt differs from what sentences.py prints");
}

//! What each engine says to files that are not what they should be: every file of every engine × four kinds of
//! damage.

#![allow(clippy::unwrap_used)]

use super::Row;
use crate::{
    Embedder, ModelError, Vad, ctc, engines::load_asr, minilm::MiniLm, moonshine, silero::Silero, store::Store, testing,
};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Damage, and whether the store's list of sums is made to agree with it.
const KINDS: [(&str, bool); 4] =
    [("corrupt", false), ("truncated", true), ("wrong shape", true), ("wrong checksum", false)];

/// An engine: its name, its files, and what loading and one use of it says.
type Subject = (&'static str, Vec<(String, Vec<u8>)>, fn(&Store) -> Result<(), ModelError>);

fn mine(store: &Store) -> Result<(), ModelError> {
    load_asr(store, "mine", 1).map(drop)
}

fn subjects() -> Vec<Subject> {
    let real = Store::locate().unwrap();
    let files = |name: &str| {
        let info = real.find(name).unwrap();
        info.files.iter().map(|f| (f.path.clone(), real.read(&f.path).unwrap())).collect::<Vec<_>>()
    };
    let own = |list: &[(&str, Vec<u8>)]| {
        list.iter().map(|(name, bytes)| (format!("mine/{name}"), bytes.clone())).collect::<Vec<_>>()
    };
    let tokens = ctc::tests::TOKENS.as_bytes().to_vec();
    let sensevoice = own(&[
        ("model.onnx", ctc::tests::sensevoice("speech", 7)),
        ("tokens.txt", tokens),
        ("am.mvn", ctc::tests::mvn().into_bytes()),
    ]);
    let two = own(&[
        ("encoder_model.onnx", moonshine::tests::encoder()),
        ("decoder_model_merged.onnx", moonshine::tests::decoder(&moonshine::tests::wrong_number())),
        ("tokenizer.json", moonshine::tests::tokenizer().into_bytes()),
    ]);
    vec![
        ("silero", files("silero-vad"), |s| Silero::load(s)?.probability(&[0; 256]).map(drop)),
        ("minilm", files("all-minilm-l6-v2"), |s| MiniLm::load(s, 1)?.embed(&["a"]).map(drop)),
        ("starter", files("starter-en"), |s| load_asr(s, "starter-en", 1).map(drop)),
        ("sensevoice", sensevoice, mine),
        ("moonshine", two, mine),
        #[cfg(feature = "whisper")]
        ("whisper", own(&[("ggml.bin", crate::whisper::tests::saying(&[1_000]))]), mine),
    ]
}

/// A row per engine and kind of damage; its outcome names the first file that was taken as it is.
pub(super) fn table() -> Vec<Row> {
    let mut rows = Vec::new();
    for (engine, files, load) in subjects() {
        for (test, agreed) in KINDS {
            let tried = files.iter().try_for_each(|(path, bytes)| one(engine, &files, path, bytes, test, agreed, load));
            rows.push(Row { engine: engine.to_owned(), test, outcome: tried });
        }
    }
    rows
}

fn one(
    engine: &str,
    files: &[(String, Vec<u8>)],
    damaged: &str,
    good: &[u8],
    kind: &str,
    agreed: bool,
    load: fn(&Store) -> Result<(), ModelError>,
) -> Result<(), String> {
    let bytes = spoil(good, kind);
    let (dir, _) = testing::store(engine, &["en"], &[]);
    let mut sums = String::new();
    let mut list = Vec::new();
    for (path, whole) in files {
        let now = if path == damaged { &bytes } else { whole };
        let full = dir.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(full, now).unwrap();
        let sum = match path == damaged {
            // A list of words has no shape of its own: only its sum tells.
            true if !agreed || path.ends_with(".txt") => sum(whole),
            _ => sum(now),
        };
        sums += &format!("{sum}  {path}\n");
        list.push(format!("{{ path = \"{path}\" }}"));
    }
    std::fs::write(dir.path().join("SHA256SUMS"), sums).unwrap();
    let own = std::fs::read_to_string(dir.path().join("manifest.toml")).unwrap();
    std::fs::write(
        dir.path().join("manifest.toml"),
        own.replace("files = []", &format!("files = [{}]", list.join(", "))),
    )
    .unwrap();
    let name = damaged.rsplit('/').next().unwrap_or(damaged);
    match load(&Store::open(dir.path()).unwrap()) {
        Ok(()) => Err(format!("{name} is taken as it is")),
        Err(ModelError::Failed { .. }) => Ok(()),
        Err(error) if error.to_string().contains(name) => Ok(()),
        Err(error) => Err(format!("{name} is not named: {error}")),
    }
}

/// Sums are needed for damage inside: a weight with another value is still a weight.
fn spoil(good: &[u8], kind: &str) -> Vec<u8> {
    match kind {
        "corrupt" => good.iter().enumerate().map(|(i, b)| if i % 97 == 50 { b ^ 0x5a } else { *b }).collect(),
        "truncated" => good[..good.len() / 2].to_vec(),
        "wrong shape" => testing::onnx_file::OnnxFile::new()
            .input("x", testing::onnx_file::Element::Float, &[1])
            .output("y", testing::onnx_file::Element::Float, &[1])
            .node("Abs", &["x"], &["y"])
            .bytes(),
        // The right file and something behind it.
        _ => [good, &[0]].concat(),
    }
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

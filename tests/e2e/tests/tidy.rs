//! What must stay absent: the arrows and habits of ARCHITECTURE.md, held by reading the manifests
//! and the sources.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Folder → (package name, normal dependencies) of every workspace member.
fn members() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let read = |path: &Path| -> toml::Table { std::fs::read_to_string(path).unwrap().parse().unwrap() };
    let workspace = read(&root().join("Cargo.toml"));
    let folders = workspace["workspace"]["members"].as_array().unwrap().iter().map(|m| m.as_str().unwrap().to_owned());
    folders
        .map(|folder| {
            let manifest = read(&root().join(&folder).join("Cargo.toml"));
            let name = manifest["package"]["name"].as_str().unwrap().to_owned();
            let dependencies = manifest.get("dependencies").and_then(|d| d.as_table());
            (folder, (name, dependencies.into_iter().flat_map(|d| d.keys().cloned()).collect()))
        })
        .collect()
}

/// Fails with every folder under `from` whose dependencies include one that `forbidden` names.
fn assert_absent(why: &str, from: impl Fn(&str) -> bool, forbidden: impl Fn(&str) -> bool) {
    let guilty: Vec<String> = members()
        .into_iter()
        .filter(|(folder, _)| from(folder))
        .flat_map(|(folder, (_, deps))| deps.into_iter().map(move |d| (folder.clone(), d)))
        .filter(|(_, dependency)| forbidden(dependency))
        .map(|(folder, dependency)| format!("{folder} ▶ {dependency}"))
        .collect();
    assert!(guilty.is_empty(), "{why}: {guilty:?}");
}

fn packages_under(prefix: &str) -> BTreeSet<String> {
    members().into_iter().filter(|(folder, _)| folder.starts_with(prefix)).map(|(_, (name, _))| name).collect()
}

#[test]
fn the_bot_never_depends_on_the_dialer() {
    let dialer = packages_under("dialer/");
    assert_absent("bot ▶ dialer", |f| f.starts_with("bot/"), |d| dialer.contains(d));
}

#[test]
fn the_carrier_shares_nothing_with_the_product() {
    assert_absent("carrier ▶ ours", |f| f == "tests/carrier", |d| d.starts_with("warmline-"));
}

#[test]
fn pure_rooms_have_no_runtime_sockets_database_or_models() {
    let pure = [
        "bot/control",
        "bot/media",
        "bot/speech",
        "bot/dialog",
        "bot/call",
        "dialog-templates/schema",
        "dialer/domain",
        "dialer/pacing",
        "dialer/campaign",
        "models/classify",
    ];
    let shells =
        ["tokio", "sqlx", "ort", "axum", "reqwest", "rsipstack", "rand", "warmline-models", "warmline-runtime"];
    assert_absent("pure room ▶ shell", |f| pure.contains(&f), |d| shells.contains(&d));
}

#[test]
fn only_storage_knows_sql_and_only_models_knows_onnx() {
    assert_absent("sqlx", |f| f != "dialer/storage", |d| d == "sqlx");
    assert_absent("ort", |f| f != "models", |d| d == "ort");
    assert_absent("models ▶ async", |f| f == "models", |d| d == "tokio");
}

/// Every file of ours that git knows or would know, below the folders that hold code.
fn sources(extensions: &[&str]) -> Vec<PathBuf> {
    let skip = ["target", "node_modules", "dist", "store", ".git"];
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                if !skip.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if extensions.iter().any(|e| name.ends_with(e)) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<_> = sources(&[".rs"])
        .into_iter()
        .filter(|path| !path.ends_with("build.rs"))
        .filter(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            !text.lines().find(|l| !l.starts_with("#!")).is_some_and(|l| l.starts_with("//!"))
        })
        .collect();
    assert!(silent.is_empty(), "no //! at the top of {silent:?}");
}

#[test]
fn pure_rooms_read_no_clock_and_draw_no_random_number() {
    let pure = [
        "bot/media/src",
        "bot/speech/src",
        "bot/dialog/src",
        "bot/call/src",
        "dialer/domain/src",
        "dialer/pacing/src",
        "dialer/campaign/src",
        "models/classify/src",
    ];
    let banned = ["Instant::now", "SystemTime::now", "Utc::now", "Local::now", "rand::", "std::fs::", "std::net::Udp"];
    for path in sources(&[".rs"]) {
        let place = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let test = path.file_stem().is_some_and(|name| name.to_string_lossy().contains("tests"));
        if test || !pure.iter().any(|p| place.starts_with(p)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")) {
            for word in banned {
                assert!(!has_word(line, word), "{place}:{}: {word} in a pure room", number + 1);
            }
        }
    }
}

/// Whether `word` is in `line` and no longer name ends with it (`Operand::` is not `rand::`).
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn weights_stay_small() {
    for path in sources(&[".onnx", ".bin", ".safetensors"]) {
        let size = path.metadata().unwrap().len();
        assert!(size <= 12 << 20, "{} has {size} bytes", path.display());
    }
}

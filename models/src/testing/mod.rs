//! What the engines' own tests are built with: small model files in the published formats, with weights of
//! the test's choice, and stores of them. Compiled for tests only.

#![allow(clippy::unwrap_used)]

#[cfg(feature = "whisper")]
pub(crate) mod ggml_file;
pub(crate) mod onnx_file;

use crate::{onnx::Runtime, store::Store};
use sha2::{Digest, Sha256};

/// A store whose model `mine` has `files`, every sum right. ONNX Runtime is loaded from the real store.
pub(crate) fn store(engine: &str, languages: &[&str], files: &[(&str, &[u8])]) -> (tempfile::TempDir, Store) {
    Runtime::get(&Store::locate().unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("mine")).unwrap();
    let (mut sums, mut list) = (String::new(), Vec::new());
    for (name, bytes) in files {
        std::fs::write(dir.path().join("mine").join(name), bytes).unwrap();
        let sum: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        sums += &format!("{sum}  mine/{name}\n");
        list.push(format!("{{ path = \"mine/{name}\" }}"));
    }
    let languages: Vec<String> = languages.iter().map(|l| format!("\"{l}\"")).collect();
    let own = format!(
        "[[model]]\nname = \"mine\"\ntask = \"asr\"\nengine = \"{engine}\"\nlanguages = [{}]\nlicence = \"own\"\n\
         origin = \"here\"\nfiles = [{}]\n",
        languages.join(", "),
        list.join(", ")
    );
    std::fs::write(dir.path().join("manifest.toml"), own).unwrap();
    std::fs::write(dir.path().join("SHA256SUMS"), sums).unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

/// Tones of 8 kHz, 200 ms each, that rise and fall within 20 ms, with 120 ms of silence around them. Several
/// frequencies sound at once.
pub(crate) fn tones(hz: &[&[f32]]) -> Vec<i16> {
    let mut pcm = vec![0; 960];
    for chord in hz {
        let sample = |i: usize| -> f32 {
            // Without a click, which would hold every frequency.
            let level = 6_000.0 * (i.min(1_600 - i) as f32 / 160.0).min(1.0);
            chord.iter().map(|hz| level * (std::f32::consts::TAU * hz * i as f32 / 8_000.0).sin()).sum()
        };
        pcm.extend((0..1_600).map(|i| sample(i) as i16));
        pcm.resize(pcm.len() + 960, 0);
    }
    pcm
}

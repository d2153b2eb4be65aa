//! What one thread of this machine needs for each engine: `cargo run --release -p warmline-models --example
//! bench_engines`. Figures depend on the machine and on what else runs on it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use warmline_models::{
    Embedder, Vad, VoiceSpec, minilm::MiniLm, resample::resample, silero::Silero, store::Store, synth::Voice,
    synth::VoiceConfig,
};

/// The middle and the slow end of many runs, in microseconds.
fn time(what: &str, runs: usize, mut once: impl FnMut(usize)) {
    once(0);
    let mut took: Vec<Duration> = (1..=runs)
        .map(|i| {
            let started = Instant::now();
            once(i);
            started.elapsed()
        })
        .collect();
    took.sort_unstable();
    let at = |percent: usize| took[(runs * percent / 100).min(runs - 1)].as_secs_f64() * 1e6;
    println!("{what:<58} p50 {:>9.0} µs   p95 {:>9.0} µs   p99 {:>9.0} µs", at(50), at(95), at(99));
}

fn main() {
    let store = Store::locate().unwrap();
    let started = Instant::now();
    let mut vad = Silero::load(&store).unwrap();
    println!("ONNX Runtime and Silero loaded in {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    let started = Instant::now();
    let mut minilm = MiniLm::load(&store, 1).unwrap();
    println!("MiniLM loaded in {:.0} ms", started.elapsed().as_secs_f64() * 1e3);

    let noise: Vec<i16> = (0..22_050i32).map(|i| ((i * 7_919) % 4_001 - 2_000) as i16).collect();
    time("Silero, 32 ms of audio", 2_000, |_| assert!(vad.probability(&noise[..256]).is_ok()));
    let sentences = ["yes please", "could we do it on another day, perhaps next week after five"];
    for sentence in sentences {
        let words = sentence.split_whitespace().count();
        time(&format!("MiniLM, a sentence of {words} words"), 300, |_| drop(minilm.embed(&[sentence]).unwrap()));
    }
    time("resampling 1 s from 22,050 to 8,000 Hz", 100, |_| drop(resample(&noise, 22_050, 8_000)));
    voices();
}

fn voices() {
    let folder = tempfile::tempdir().unwrap();
    let with = |cache: Option<PathBuf>| Voice::new(VoiceConfig { cache, ..VoiceConfig::default() }).unwrap();
    let voice = with(Some(folder.path().into()));
    for name in ["flite:slt", "flite:kal", "espeak:en-gb"] {
        let spec = VoiceSpec { voice: name.into(), rate_percent: 100 };
        let clause = |i: usize| format!("your appointment number {i} is tomorrow at ten");
        time(&format!("{name}, a new clause of 3 s"), 30, |i| drop(voice.render(&clause(i), &spec).unwrap()));
        let again = with(Some(folder.path().into()));
        time(&format!("{name}, the same from disk"), 30, |i| drop(again.render(&clause(i), &spec).unwrap()));
        time(&format!("{name}, the same from memory"), 30, |i| drop(again.render(&clause(i), &spec).unwrap()));
    }
}

//! `warmline bench tts`: how soon, how fast, how loud and how well understood each voice is.
//!
//! Every sentence is made anew in an empty cache, then had from disk by a fresh process's worth of state, then
//! from memory. Intelligibility is what the starter recogniser reads of it over G.711: once among a list of
//! sentences, once freely, where the other half of the list is its word model, so that none is read with its
//! own words at hand.

#![allow(clippy::disallowed_methods, reason = "measures real time")]

use crate::{
    Asr, AsrContext, ModelError, VoiceSpec,
    bench_asr::{Channel, word_errors},
    loudness,
    synth::{RATE_HZ, Voice, VoiceConfig},
};
use serde::Serialize;
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

const SENTENCES: &str = include_str!("sentences.txt");
/// English voices, since the starter recogniser knows no other language.
const VOICES: [&str; 7] =
    ["flite:slt", "flite:rms", "flite:awb", "flite:kal", "espeak:en-us", "espeak:en-gb", "espeak:en-gb+f2"];

/// One voice.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub voice: String,
    pub sentences: usize,
    /// From the request to the first clause of a new sentence, in milliseconds.
    pub first_audio_p50_ms: f64,
    pub first_audio_p95_ms: f64,
    /// Seconds of work per second of new speech.
    pub real_time_factor: f64,
    /// One sentence that is on disk.
    pub disk_hit_p50_ms: f64,
    pub disk_hit_p95_ms: f64,
    /// One sentence that is in memory.
    pub memory_hit_p50_ms: f64,
    /// Mean and farthest level of a sentence, active speech, dB below full scale.
    pub level_dbfs: f64,
    pub level_spread_db: f64,
    pub peak_dbfs: f64,
    /// Sentences recognised among those of the list, 0–1.
    pub understood: f64,
    /// Word error rate of free recognition, 0–1.
    pub word_error_rate: f64,
}

/// Voices to measure: the English ones of the programs, and every Piper voice in `store` where this build has Piper.
pub fn voices(store: &Path, quick: bool) -> Vec<String> {
    if quick {
        return vec!["flite:slt".into(), "espeak:en-gb".into()];
    }
    let mut all: Vec<String> = VOICES.iter().map(|v| (*v).to_owned()).collect();
    if cfg!(feature = "piper") {
        let files = std::fs::read_dir(store.join("piper")).into_iter().flatten().flatten();
        let names = files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".onnx")?.to_owned()));
        all.extend(names.map(|name| format!("piper:{name}")));
    }
    all
}

/// Measure `voice`. `quick` takes every third sentence.
pub fn measure(asr: &mut dyn Asr, voice: &str, quick: bool) -> Result<Row, ModelError> {
    let sentences: Vec<&str> = SENTENCES.lines().step_by(if quick { 3 } else { 1 }).collect();
    let spec = VoiceSpec { voice: voice.to_owned(), rate_percent: 100 };
    let folder = tempfile::tempdir()
        .map_err(|e| ModelError::Failed { engine: "voice cache", reason: format!("no temporary folder: {e}") })?;
    let fresh = || {
        let timeout = Duration::from_secs(60);
        Voice::new(VoiceConfig { cache: Some(folder.path().into()), timeout, ..VoiceConfig::default() })
    };
    let engine = fresh()?;
    // Finding the program and loading a network happen once a process, before the first call.
    engine.render("ready", &spec)?;
    let made = times(&engine, &sentences, &spec)?;
    let seconds = made.pcm.iter().map(|pcm| pcm.len() as f64 / f64::from(RATE_HZ)).sum::<f64>();
    let again = fresh()?;
    again.render("ready", &spec)?;
    let disk = times(&again, &sentences, &spec)?;
    let memory = times(&again, &sentences, &spec)?;
    let levels: Vec<f64> = made.pcm.iter().filter_map(|pcm| loudness::active_level_dbfs(pcm)).collect();
    let level = levels.iter().sum::<f64>() / levels.len().max(1) as f64;
    let peak = made.pcm.iter().flat_map(|pcm| pcm.iter()).map(|s| s.unsigned_abs()).max().unwrap_or(1);
    let heard = understand(asr, &sentences, &made.pcm)?;
    Ok(Row {
        voice: voice.to_owned(),
        sentences: sentences.len(),
        first_audio_p50_ms: percentile(&made.first_ms, 50),
        first_audio_p95_ms: percentile(&made.first_ms, 95),
        real_time_factor: made.whole_ms.iter().sum::<f64>() / 1_000.0 / seconds,
        disk_hit_p50_ms: percentile(&disk.whole_ms, 50),
        disk_hit_p95_ms: percentile(&disk.whole_ms, 95),
        memory_hit_p50_ms: percentile(&memory.whole_ms, 50),
        level_dbfs: level,
        level_spread_db: levels.iter().map(|l| (l - level).abs()).fold(0.0, f64::max),
        peak_dbfs: 20.0 * (f64::from(peak) / 32_768.0).log10(),
        understood: heard.understood,
        word_error_rate: heard.word_error_rate,
    })
}

#[derive(Default)]
struct Times {
    /// To the first clause, and to the end, of each sentence.
    first_ms: Vec<f64>,
    whole_ms: Vec<f64>,
    pcm: Vec<Vec<i16>>,
}

fn times(voice: &Voice, sentences: &[&str], spec: &VoiceSpec) -> Result<Times, ModelError> {
    let mut times = Times::default();
    for sentence in sentences {
        let started = Instant::now();
        let since = || started.elapsed().as_secs_f64() * 1_000.0;
        let (mut first, mut pieces) = (None, Vec::new());
        voice.speak(sentence, spec, &mut |piece| {
            first.get_or_insert_with(since);
            pieces.push(piece.clone());
            true
        })?;
        times.whole_ms.push(since());
        times.first_ms.push(first.unwrap_or_default());
        times.pcm.push(pieces.iter().flat_map(|piece| piece.iter().copied()).collect());
    }
    Ok(times)
}

struct Heard {
    understood: f64,
    word_error_rate: f64,
}

fn understand(asr: &mut dyn Asr, sentences: &[&str], pcm: &[Vec<i16>]) -> Result<Heard, ModelError> {
    let plain: Vec<String> = sentences.iter().map(|s| s.replace(',', "")).collect();
    let half = |odd: usize| plain.iter().skip(odd).step_by(2).cloned().collect::<Vec<String>>();
    let (mut understood, mut errors, mut words) = (0, 0, 0);
    for odd in [0, 1] {
        let others = Arc::new(half(1 - odd));
        let context = |phrases| AsrContext { language: "en".into(), phrases, grammars: vec![], free: others.clone() };
        let (closed, open) = (asr.prepare(&context(half(odd)))?, asr.prepare(&context(vec![]))?);
        for (at, said) in plain.iter().enumerate().skip(odd).step_by(2) {
            let heard = Channel::Clean.carry(&pcm[at], at as u64);
            let read = asr.recognise(&heard, closed.as_ref(), true)?;
            understood += usize::from(read.best().is_some_and(|h| h.expected && h.text == *said));
            let read = asr.recognise(&heard, open.as_ref(), true)?;
            let free = read.nbest.iter().find(|h| !h.expected).map_or("", |h| h.text.as_str());
            errors += word_errors(said, free);
            words += said.split_whitespace().count();
        }
    }
    Ok(Heard {
        understood: understood as f64 / sentences.len().max(1) as f64,
        word_error_rate: errors as f64 / words.max(1) as f64,
    })
}

/// The value that `percent` of `values` do not exceed.
fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fake::FakeAsr;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        assert_eq!(percentile(&[3.0, 1.0, 2.0], 50), 2.0);
        assert_eq!(percentile(&[3.0, 1.0, 2.0], 95), 3.0);
        assert_eq!(percentile(&[], 50), 0.0);
    }

    #[test]
    fn a_recogniser_that_hears_nothing_right_makes_a_voice_unintelligible() {
        let row = measure(&mut FakeAsr::new(&["no"]), "flite:kal", true).unwrap();
        assert!(row.understood < 0.2 && row.word_error_rate > 0.8, "{row:?}");
        assert!(row.memory_hit_p50_ms < row.first_audio_p50_ms && row.real_time_factor > 0.0, "{row:?}");
        assert!((row.level_dbfs + 20.0).abs() < 1.0 && row.peak_dbfs < -0.9, "{row:?}");
    }
}

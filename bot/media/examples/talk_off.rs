//! Runs every tone detector over recordings of speech and lists what it took for a key, a beep or a
//! network tone: `cargo run --release -p warmline-media --example talk_off -- DIR`.
//!
//! Takes 16-bit mono WAV files with a plain 44-byte header, at any rate. Speech should give no line.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};
use warmline_media::{
    FRAME_SAMPLES,
    dtmf::InbandDetector,
    resample::resample,
    tones::{BeepDetector, ProgressDetector},
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: talk_off DIR")?;
    let mut files = Vec::new();
    wav_files(Path::new(&folder), &mut files)?;
    let mut seconds = 0;
    for file in &files {
        let pcm = read(file)?;
        seconds += pcm.len() / 8000;
        for line in detect(&pcm) {
            println!("{}: {line}", file.display());
        }
    }
    println!("{} files, {seconds} s", files.len());
    Ok(())
}

fn wav_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            wav_files(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "wav") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

fn read(file: &Path) -> Result<Vec<i16>, Box<dyn Error>> {
    let bytes = fs::read(file)?;
    let rate = bytes.get(24..28).ok_or("not a WAV file")?;
    let rate_hz = u32::from_le_bytes(rate.try_into()?);
    let body = bytes.get(44..).unwrap_or_default();
    let pcm: Vec<i16> = body.as_chunks::<2>().0.iter().map(|b| i16::from_le_bytes(*b)).collect();
    Ok(resample(&pcm, rate_hz, 8000))
}

fn detect(pcm: &[i16]) -> Vec<String> {
    let (mut keys, mut beeps, mut progress) = (InbandDetector::new(), BeepDetector::new(), ProgressDetector::new());
    let mut lines = Vec::new();
    for frame in pcm.as_chunks::<FRAME_SAMPLES>().0 {
        lines.extend(keys.push(frame).iter().map(|k| format!("{k:?}")));
        lines.extend(beeps.push(frame).map(|b| format!("{b:?}")));
        lines.extend(progress.push(frame).map(|p| format!("{p:?}")));
    }
    lines
}

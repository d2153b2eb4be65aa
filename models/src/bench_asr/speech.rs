//! Who speaks in the benchmark, and how sentences become sound.
//!
//! Speech is kept in a folder of its own between runs, since the engines take longer to speak than the
//! recogniser takes to listen.

use crate::{ModelError, VoiceSpec, cache, loudness, process, resample::resample, synth::Voice, wave};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Each voice, and whether it was neither trained nor tuned on.
pub(super) const VOICES: &[(&str, bool)] = &[
    ("espeak:en-us", false),
    ("espeak:en-gb+f2", false),
    ("espeak:en-gb-x-rp+m3", false),
    ("flite:slt", false),
    ("flite:rms", false),
    ("flite:kal", false),
    ("festival:kal_diphone", false),
    ("festival:cmu_us_slt_arctic_hts", false),
    ("flite:awb", true),
    ("espeak:en-gb-scotland", true),
    ("espeak:en-gb-scotland+f2", true),
];

/// For all sentences of a festival voice.
const FESTIVAL_TIMEOUT: Duration = Duration::from_secs(900);

/// Where speech is kept between runs.
pub fn folder() -> PathBuf {
    std::env::temp_dir().join("warmline-bench-speech")
}

/// `texts` as 8 kHz speech, in their order.
pub(super) fn speak(voices: &Voice, voice: &str, texts: &[String]) -> Result<Vec<Arc<Vec<i16>>>, ModelError> {
    match voice.strip_prefix("festival:") {
        Some(name) => festival(name, texts),
        None => {
            let spec = VoiceSpec { voice: voice.into(), rate_percent: 100 };
            texts.iter().map(|text| voices.render(text, &spec)).collect()
        }
    }
}

/// Festival starts slowly, so that it speaks everything that is not in the folder in one run.
fn festival(name: &str, texts: &[String]) -> Result<Vec<Arc<Vec<i16>>>, ModelError> {
    let failed = |reason: String| ModelError::Failed { engine: "festival", reason };
    let kept = folder();
    fs::create_dir_all(&kept).map_err(|e| failed(format!("{}: {e}", kept.display())))?;
    let file = |text: &String| kept.join(format!("{}.wav", cache::key(&["festival", name, text])));
    let missing: Vec<&String> = texts.iter().filter(|text| !file(text).exists()).collect();
    if !missing.is_empty() {
        let program = process::locate("festival")?;
        let mut script = format!("(voice_{name})\n");
        for text in missing {
            let quoted = text.replace(['"', '\\'], " ");
            let path = file(text);
            // Writing to a String does not fail.
            let _ = writeln!(
                script,
                "(utt.save.wave (utt.synth (Utterance Text \"{quoted}\")) \"{}\" 'riff)",
                path.display()
            );
        }
        let args = ["--pipe"];
        process::Run { program: &program, args: &args, stdin: &script, timeout: FESTIVAL_TIMEOUT }
            .output()
            .map_err(failed)?;
    }
    texts.iter().map(|text| read(&file(text)).map_err(failed)).collect()
}

fn read(path: &Path) -> Result<Arc<Vec<i16>>, String> {
    let bytes = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let wave = wave::parse_program_output(&bytes)?;
    let mut pcm = resample(&wave.pcm, wave.rate_hz, 8_000);
    loudness::normalise(&mut pcm);
    Ok(Arc::new(pcm))
}

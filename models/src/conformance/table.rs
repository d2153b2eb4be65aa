//! The suites run against every engine that is installed, as one table: engine × test.

use super::{asr, embedder, tts, vad};
use crate::{
    AsrContext, ModelError, VoiceSpec,
    engines::load_asr,
    espeak::Espeak,
    flite::Flite,
    minilm::MiniLm,
    silero::Silero,
    store::{Store, Task},
    synth::{Voice, VoiceConfig},
};
use std::{fmt::Write, time::Duration};

const PATIENT: Duration = Duration::from_secs(60);
const TEXT: &str = "Good morning, this is the dental clinic. Do you have a moment to talk?";
const PHRASE: &str = "yes please";

/// One engine's result in one test.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub engine: String,
    pub test: &'static str,
    /// What is wrong, in words.
    pub outcome: Result<(), String>,
}

/// Every installed engine in the suite of its trait. Engines whose files are not there are left out; English
/// speech for those that hear is made by flite.
pub fn table(store: &Store) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |engine: &str, test, outcome| rows.push(Row { engine: engine.to_owned(), test, outcome });
    let speech = say(TEXT);
    add(
        "silero-vad",
        "voice activity",
        suite(Silero::load(store), |engine| vad(engine, speech.as_deref().map_err(|e| e.to_string())?)),
    );
    add("all-minilm-l6-v2", "embedding", suite(MiniLm::load(store, 1), |engine| embedder(engine)));
    let voice = |name: &str| VoiceSpec { voice: name.into(), rate_percent: 100 };
    add("flite", "speech", suite(Flite::find(PATIENT), |e| tts(e, &voice("flite:slt"), &voice("flite:none"), TEXT)));
    add(
        "espeak-ng",
        "speech",
        suite(Espeak::find(PATIENT), |e| tts(e, &voice("espeak:en-gb"), &voice("espeak:none"), TEXT)),
    );
    let (context, spoken) = (english(), say(PHRASE));
    for info in store.models().iter().filter(|model| model.task == Task::Asr) {
        if info.files.iter().all(|file| store.path(&file.path).is_ok()) && info.knows("en") {
            let loaded = load_asr(store, &info.id(), 1).map(|list| list.into_iter().next());
            let heard = suite(loaded, |engine| match engine {
                Some(engine) => asr(engine.as_mut(), &context, PHRASE, spoken.as_deref().map_err(|e| e.to_string())?),
                None => Err("it gives no engine".into()),
            });
            add(&info.id(), "recognition", heard);
        }
    }
    rows
}

/// The rows as text for a terminal.
pub fn render(rows: &[Row]) -> String {
    let wide = rows.iter().map(|row| row.engine.len()).max().unwrap_or(0);
    rows.iter().fold(String::new(), |mut text, row| {
        let outcome = row.outcome.as_ref().map_or_else(String::as_str, |()| "ok");
        writeln!(text, "{:wide$}  {:24}  {outcome}", row.engine, row.test).ok();
        text
    })
}

fn suite<E>(engine: Result<E, ModelError>, test: impl FnOnce(&mut E) -> Result<(), String>) -> Result<(), String> {
    test(&mut engine.map_err(|e| e.to_string())?)
}

fn say(text: &str) -> Result<Vec<i16>, &'static str> {
    const NO_SPEECH: &str = "there is no flite to speak to it";
    let voices = Voice::new(VoiceConfig { timeout: PATIENT, ..VoiceConfig::default() }).map_err(|_| NO_SPEECH)?;
    let spoken =
        voices.render(text, &VoiceSpec { voice: "flite:slt".into(), rate_percent: 100 }).map_err(|_| NO_SPEECH)?;
    let pad = [0; 1_600];
    Ok([&pad[..], &spoken, &pad[..]].concat())
}

fn english() -> AsrContext {
    let phrases = [PHRASE, "no thanks", "call me tomorrow"].map(str::to_owned).into();
    AsrContext { language: "en".into(), phrases, ..AsrContext::default() }
}

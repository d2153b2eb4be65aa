//! What every engine must do, whichever it is. An engine's tests call the suite for its trait.
//!
//! Each suite returns what is wrong, in words, instead of panicking, so that it can also be run against an
//! engine on a user's machine.

#[cfg(test)]
mod damage;
mod table;

pub use table::{Row, render, table};

use crate::{Asr, AsrContext, Classifier, Embedder, Tts, Vad, VoiceSpec};

type Outcome = Result<(), String>;

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// `speech` is a few seconds of somebody speaking, 8 kHz.
pub fn vad(engine: &mut dyn Vad, speech: &[i16]) -> Outcome {
    let size = engine.chunk();
    let run = |engine: &mut dyn Vad, pcm: &[i16]| -> Result<Vec<f32>, String> {
        engine.reset();
        pcm.chunks_exact(size).map(|c| engine.probability(c).map_err(|e| e.to_string())).collect()
    };
    let silent = run(engine, &vec![0; size * 60])?;
    let talking = run(engine, speech)?;
    ensure(silent.iter().chain(&talking).all(|p| (0.0..=1.0).contains(p)), || "a value is not in 0–1".into())?;
    ensure(silent.iter().all(|&p| p < 0.5), || "silence is taken for speech".into())?;
    let share = talking.iter().filter(|&&p| p > 0.5).count() as f64 / talking.len().max(1) as f64;
    ensure(share > 0.5, || format!("speech is heard in {:.0} % of its chunks only", share * 100.0))?;
    ensure(run(engine, speech)? == talking, || "after a reset the same sound has another value".into())?;
    let loudest: Vec<i16> = (0..size * 20).map(|i| if i % 7 < 3 { i16::MAX } else { i16::MIN }).collect();
    run(engine, &loudest)?;
    for wrong in [0, size - 1, size + 1] {
        ensure(engine.probability(&vec![0; wrong]).is_err(), || format!("a chunk of {wrong} samples is accepted"))?;
    }
    Ok(())
}

/// `text` has at least two sentences; `unknown` is a voice the engine does not have.
pub fn tts(engine: &mut dyn Tts, voice: &VoiceSpec, unknown: &VoiceSpec, text: &str) -> Outcome {
    let rate = engine.sample_rate_hz(voice).map_err(|e| e.to_string())?;
    ensure((8_000..=48_000).contains(&rate), || format!("a rate of {rate} Hz"))?;
    let whole = said(engine, voice, text, usize::MAX)?;
    ensure(whole.len() > 1, || "two sentences come in one piece".into())?;
    let seconds = whole.concat().len() as f64 / f64::from(rate);
    let letters = text.chars().count() as f64;
    ensure((letters / 40.0..letters / 5.0).contains(&seconds), || format!("{letters} letters take {seconds:.2} s"))?;
    ensure(whole.concat().iter().any(|s| s.unsigned_abs() > 300), || "nothing can be heard".into())?;
    ensure(said(engine, voice, text, usize::MAX)? == whole, || "the same text sounds different again".into())?;
    ensure(said(engine, voice, text, 1)?.len() == 1, || "it goes on when told to stop".into())?;
    for nothing in ["", " \n", "...", "?!"] {
        let pieces = said(engine, voice, nothing, usize::MAX)?;
        ensure(pieces.concat().len() < rate as usize, || format!("{nothing:?} is spoken"))?;
    }
    for odd in ["--help", "-v x", "$(echo 1) `id`", "a\u{0}b [[h@]] <p>c</p>", "ok 👍 fine"] {
        said(engine, voice, odd, usize::MAX)?;
    }
    ensure(engine.speak("hello", unknown, &mut |_| true).is_err(), || format!("it speaks as {}", unknown.voice))
}

fn said(engine: &mut dyn Tts, voice: &VoiceSpec, text: &str, most: usize) -> Result<Vec<Vec<i16>>, String> {
    let mut pieces = Vec::new();
    let mut sink = |pcm: &[i16]| {
        pieces.push(pcm.to_vec());
        pieces.len() < most
    };
    engine.speak(text, voice, &mut sink).map_err(|e| format!("{text:?}: {e}"))?;
    Ok(pieces)
}

/// Shape, length and repeatability; whether meanings are right is the engine's own test.
pub fn embedder(engine: &mut dyn Embedder) -> Outcome {
    let long = "word ".repeat(5_000);
    let texts = ["yes please", "no thank you", "", "Grüße 你好 👍", &long, "yes please"];
    let vectors = engine.embed(&texts).map_err(|e| e.to_string())?;
    ensure(vectors.len() == texts.len(), || format!("{} vectors for {} texts", vectors.len(), texts.len()))?;
    for (text, vector) in texts.iter().zip(&vectors) {
        let start: String = text.chars().take(20).collect();
        ensure(vector.len() == engine.dimensions(), || format!("{start:?} has {} numbers", vector.len()))?;
        let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        ensure((length - 1.0).abs() < 1e-3, || format!("{start:?} has length {length}"))?;
    }
    ensure(vectors[0] == vectors[5], || "the same text has two vectors".into())?;
    ensure(vectors[0] != vectors[1], || "different texts have the same vector".into())?;
    ensure(engine.embed(&[]).is_ok_and(|v| v.is_empty()), || "no text gives a vector".into())
}

/// `examples` are what it was trained on (description, place of its label), so that most of them are easy.
pub fn classifier(engine: &dyn Classifier, examples: &[(Vec<f32>, usize)]) -> Outcome {
    let labels = engine.labels();
    ensure(labels.len() > 1, || "it knows fewer than two labels".into())?;
    let twice = |at: usize| labels[..at].contains(&labels[at]);
    ensure(!(0..labels.len()).any(twice), || "a label is there twice".into())?;
    let mut right = 0;
    for (features, label) in examples {
        let found = engine.classify(features).map_err(|error| error.to_string())?;
        ensure(found.len() == labels.len(), || format!("{} values for {} labels", found.len(), labels.len()))?;
        ensure(found.iter().all(|p| (0.0..=1.0).contains(p)), || "a value is not in 0–1".into())?;
        ensure((found.iter().sum::<f32>() - 1.0).abs() < 1e-3, || "the values do not sum to 1".into())?;
        let again = engine.classify(features).map_err(|error| error.to_string())?;
        ensure(again == found, || "the same numbers have another value again".into())?;
        right += usize::from(found.iter().all(|p| found.get(*label).is_some_and(|own| own >= p)));
    }
    ensure(right * 5 >= examples.len() * 4, || format!("{right} of {} examples are right", examples.len()))?;
    for wrong in [0, engine.dimensions() - 1, engine.dimensions() + 1] {
        ensure(engine.classify(&vec![0.0; wrong]).is_err(), || format!("{wrong} numbers are accepted"))?;
    }
    let none = vec![f32::NAN; engine.dimensions()];
    ensure(engine.classify(&none).is_err(), || "what is no number is accepted".into())
}

/// `spoken` is `phrase` as 8 kHz speech; `context` expects it among others.
pub fn asr(engine: &mut dyn Asr, context: &AsrContext, phrase: &str, spoken: &[i16]) -> Outcome {
    let prepared = engine.prepare(context).map_err(|e| e.to_string())?;
    let mut hear = |pcm: &[i16], last| engine.recognise(pcm, prepared.as_ref(), last).map_err(|e| e.to_string());
    let best = hear(spoken, true)?.best().cloned().ok_or("nothing is heard in speech")?;
    ensure(best.text == phrase && best.expected, || format!("{phrase:?} is heard as {:?}", best.text))?;
    ensure((0.5..=1.0).contains(&best.confidence), || format!("it is right but not sure: {}", best.confidence))?;
    let length_ms = (spoken.len() / 8) as u32;
    for word in &best.words {
        ensure(word.from_ms <= word.to_ms && word.to_ms <= length_ms + 50, || format!("{word:?} is out of time"))?;
    }
    hear(&spoken[..spoken.len() / 2], false)?;
    let silence = hear(&vec![0; 8_000], true)?;
    ensure(silence.best().is_none_or(|h| h.confidence < 0.5), || "silence is taken for words".into())?;
    let loudest: Vec<i16> = (0..8_000).map(|i| if i % 7 < 3 { i16::MAX } else { i16::MIN }).collect();
    for odd in [&[][..], &[1], &spoken[..spoken.len().min(100)], &loudest] {
        hear(odd, true)?;
        hear(odd, false)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        espeak::Espeak,
        fake::{FakeAsr, FakeEmbedder, FakeTts, FakeVad},
        flite::Flite,
        minilm::MiniLm,
        silero::Silero,
        store::Store,
        synth::{Voice, VoiceConfig},
    };
    use std::time::Duration;

    const PATIENT: Duration = Duration::from_secs(60);
    const TEXT: &str = "Good morning, this is the dental clinic. Do you have a moment to talk?";

    fn voice(name: &str) -> VoiceSpec {
        VoiceSpec { voice: name.into(), rate_percent: 100 }
    }

    fn speech() -> Vec<i16> {
        let voices = Voice::new(VoiceConfig { timeout: PATIENT, ..VoiceConfig::default() }).unwrap();
        voices.render(TEXT, &voice("flite:slt")).unwrap().to_vec()
    }

    #[test]
    fn silero_conforms() {
        vad(&mut Silero::load(&Store::locate().unwrap()).unwrap(), &speech()).unwrap();
    }

    #[test]
    fn minilm_conforms() {
        embedder(&mut MiniLm::load(&Store::locate().unwrap(), 1).unwrap()).unwrap();
    }

    #[test]
    fn flite_conforms() {
        for name in ["flite:kal", "flite:slt"] {
            tts(&mut Flite::find(PATIENT).unwrap(), &voice(name), &voice("flite:none"), TEXT).unwrap();
        }
    }

    #[test]
    fn espeak_conforms() {
        for name in ["espeak:en-gb", "espeak:id+f2"] {
            tts(&mut Espeak::find(PATIENT).unwrap(), &voice(name), &voice("espeak:none"), TEXT).unwrap();
        }
    }

    #[test]
    fn the_suites_can_fail() {
        assert!(vad(&mut FakeVad, &[0; 25_600]).is_err());
        assert!(asr(&mut FakeAsr::new(&["no"]), &AsrContext::default(), "yes", &[900; 8_000]).is_err());
        assert!(tts(&mut FakeTts, &voice("a:b"), &voice("a:c"), TEXT).unwrap_err().contains("it speaks as a:c"));
    }

    #[test]
    fn the_stand_ins_conform_where_they_stand_for_the_trait() {
        vad(&mut FakeVad, &speech()).unwrap();
        embedder(&mut FakeEmbedder).unwrap();
        let context = AsrContext { phrases: vec!["yes".into()], ..AsrContext::default() };
        asr(&mut FakeAsr::new(&["yes"]), &context, "yes", &speech()).unwrap();
    }

    #[test]
    fn every_installed_engine_conforms() {
        let rows = table(&Store::locate().unwrap());
        print!("{}", render(&rows));
        assert!(rows.len() >= 5 && rows.iter().all(|row| row.outcome.is_ok()), "{}", render(&rows));
    }

    #[test]
    fn damaged_files_are_clear_errors_and_the_process_lives() {
        let rows = damage::table();
        print!("{}", render(&rows));
        assert!(rows.iter().all(|row| row.outcome.is_ok()), "{}", render(&rows));
    }
}

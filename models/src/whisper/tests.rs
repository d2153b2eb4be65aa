//! Whisper's format, decoding and guards, with a file whose words are known: its decoder ignores the sound and
//! follows a chain of tokens written into its weights.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    store::Task,
    testing::ggml_file::{SHAPE, write},
};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Tokens of the test's vocabulary.
const WORDS: [(u32, &str); 9] = [
    (220, " "),
    (1_000, " Wrong"),
    (1_001, " number"),
    (1_002, "."),
    (1_003, " thank"),
    (1_004, " you"),
    (1_005, " wrung"),
    (1_006, " (music)"),
    (1_007, "Wrong"),
];
const END: u32 = 50_256;
const NOT_TIMED: u32 = 50_362;

fn token(id: u32) -> String {
    let known = WORDS.iter().find(|(word, _)| *word == id);
    known.map_or_else(|| format!("x{id}"), |(_, text)| (*text).to_owned())
}

/// A file whose greedy reading is `chain`, then the end. Each token of the chain has a direction of its own; the
/// only block's feed-forward part turns a token's direction into the next one's.
pub(crate) fn saying(chain: &[u32]) -> Vec<u8> {
    let n = SHAPE.audio_state as usize;
    let steps: Vec<u32> = [NOT_TIMED].iter().chain(chain).chain(&[END]).copied().collect();
    let direction = |id: u32| steps.iter().position(|step| *step == id);
    write(&SHAPE, token, |name, length| {
        let mut numbers = vec![0.0; length];
        match name {
            _ if name.ends_with("ln.weight") || name.ends_with("ln_post.weight") => numbers.fill(1.0),
            "decoder.token_embedding.weight" => {
                for id in 0..SHAPE.vocabulary {
                    if let Some(at) = direction(id) {
                        numbers[id as usize * n + at] = 6.0;
                    }
                }
            }
            // From the state to itself, and from each direction to the next, much stronger.
            "decoder.blocks.0.mlp.0.weight" => (0..n).for_each(|i| numbers[i * n + i] = 1.0),
            "decoder.blocks.0.mlp.0.bias" => numbers.fill(-1.0),
            "decoder.blocks.0.mlp.2.weight" => {
                let next = |i: usize| if steps[i + 1..].is_empty() { i } else { i + 1 };
                for i in 0..steps.len() {
                    // A token that comes twice in a chain leads back to its first place.
                    let to = steps.get(next(i)).and_then(|id| direction(*id)).unwrap_or(i);
                    numbers[to * 4 * n + i] = 20.0;
                }
            }
            _ => {}
        }
        numbers
    })
}

#[test]
fn a_vocabulary_without_what_whisper_cpp_looks_up_is_refused() {
    let bytes = write(&SHAPE, |id| format!("x{id}"), |_, length| vec![0.0; length]);
    assert!(file::check(&bytes).is_err_and(|reason| reason.contains("no token for a space")));
}

fn store(bytes: &[u8], sum: Option<&str>) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("w")).unwrap();
    std::fs::write(dir.path().join("w/ggml.bin"), bytes).unwrap();
    let own = "[[model]]\nname = \"w\"\ntask = \"asr\"\nengine = \"whisper\"\nlanguages = [\"en\"]\n\
               licence = \"own\"\norigin = \"here\"\nfiles = [{ path = \"w/ggml.bin\" }]\n";
    std::fs::write(dir.path().join("manifest.toml"), own).unwrap();
    let real = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
    if sum != Some("") {
        std::fs::write(dir.path().join("SHA256SUMS"), format!("{}  w/ggml.bin\n", sum.unwrap_or(&real))).unwrap();
    }
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.find("w").unwrap().task, Task::Asr);
    (dir, store)
}

fn load(bytes: &[u8]) -> Result<WhisperAsr, ModelError> {
    let (_dir, store) = store(bytes, None);
    WhisperAsr::load(&store, store.find("w").unwrap())
}

/// Two seconds of a tone that comes and goes like syllables.
fn sound() -> Vec<i16> {
    let loud = |i: usize| if (i / 1_200).is_multiple_of(2) { 8_000.0 } else { 0.0 };
    (0..16_000).map(|i| (loud(i) * (i as f32 * 0.4).sin()) as i16).collect()
}

fn step(phrases: &[&str]) -> AsrContext {
    let phrases = phrases.iter().map(|p| (*p).to_string()).collect();
    AsrContext { language: "en-GB".into(), phrases, ..AsrContext::default() }
}

fn hear(asr: &mut WhisperAsr, phrases: &[&str], last: bool) -> Transcript {
    let prepared = asr.prepare(&step(phrases)).unwrap();
    asr.recognise(&sound(), prepared.as_ref(), last).unwrap()
}

#[test]
fn what_the_model_says_is_heard_with_its_words_in_place() {
    let mut asr = load(&saying(&[1_000, 1_001, 1_002])).unwrap();
    let heard = hear(&mut asr, &["wrong number"], true);
    let best = heard.best().unwrap();
    assert_eq!((best.text.as_str(), best.expected), ("wrong number", true));
    assert!(best.confidence > 0.5, "{best:?}");
    assert_eq!(best.words.len(), 2);
    assert!(best.words[0].from_ms < best.words[0].to_ms && best.words[1].to_ms <= 2_000, "{:?}", best.words);
    let unexpected = hear(&mut asr.clone(), &["yes"], false);
    assert_eq!(unexpected.nbest.len(), 1);
    assert!(!unexpected.nbest[0].expected);
    assert_eq!(hear(&mut asr, &["wrong number"], true), heard, "the same sound has another reading");
}

#[test]
fn silence_is_not_read_and_odd_sound_does_no_harm() {
    let mut asr = load(&saying(&[1_000, 1_001])).unwrap();
    let prepared = asr.prepare(&step(&["wrong number"])).unwrap();
    for pcm in [&[][..], &[0; 8_000], &[1], &sound()[..700]] {
        assert_eq!(asr.recognise(pcm, prepared.as_ref(), true).unwrap(), Transcript::default());
    }
    let loud: Vec<i16> = (0..280_000).map(|i| if i % 900 < 300 { i16::MAX } else { i16::MIN }).collect();
    asr.recognise(&loud, prepared.as_ref(), true).unwrap();
}

#[test]
fn loops_and_descriptions_of_sounds_are_refused() {
    let mut loops = load(&saying(&[1_003, 1_004, 1_003])).unwrap();
    assert_eq!(hear(&mut loops, &["thank you"], true), Transcript::default());
    let mut describes = load(&saying(&[1_006, 1_001])).unwrap();
    assert_eq!(hear(&mut describes, &["number"], true), Transcript::default());
}

#[test]
fn a_close_expected_phrase_is_a_second_reading_and_says_how_likely_it_is() {
    let mut asr = load(&saying(&[1_005, 1_001])).unwrap();
    let heard = hear(&mut asr, &["wrong number", "yes"], true);
    assert_eq!(heard.nbest[0].text, "wrung number");
    // The chain makes every other word all but impossible, so the phrase is far less likely and left out.
    assert_eq!(heard.nbest.len(), 1);
}

#[test]
fn only_languages_that_the_file_knows_are_heard() {
    let asr = load(&saying(&[1_000])).unwrap();
    assert!(asr.hears("en") && asr.hears("en-US") && !asr.hears("id") && !asr.hears("x") && !asr.hears("\0"));
    let error = asr.prepare(&AsrContext { language: "id".into(), ..AsrContext::default() }).err().unwrap();
    assert!(error.to_string().contains("does not know `id`"), "{error}");
}

#[test]
fn no_damaged_file_reaches_whisper_cpp() {
    let good = saying(&[1_000]);
    assert_eq!(file::check(&good), Ok(SHAPE));
    let changed = |at: usize, value: u32| {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let cases: [(Vec<u8>, &str); 10] = [
        (Vec::new(), "it ends at byte 0"),
        (b"not a model at all".to_vec(), "not a ggml file"),
        ([&good[..4], &[0x5a; 4_000]].concat(), "n_vocab"),
        (changed(12, 40), "n_text_state"),
        (changed(12, 3_000), "n_audio_state"),
        (changed(44, 77), "unknown type"),
        (changed(44, 0), "32 bits wide"),
        (good[..good.len() - 1].to_vec(), "it ends at byte"),
        (good[..good.len() / 2].to_vec(), "it ends at byte"),
        ([&good[..], &[0]].concat(), "it ends at byte"),
    ];
    for (bytes, reason) in cases {
        let error = load(&bytes).err().unwrap();
        assert!(matches!(&error, ModelError::Damaged { path, .. } if path.ends_with(Path::new("w/ggml.bin"))));
        assert!(error.to_string().contains(reason), "{error}, not {reason}");
    }
    // Any byte of the parameters, the filters' sizes and the first tensor's header.
    for at in (0..56).step_by(4) {
        let bytes = changed(at, u32::from_le_bytes([good[at], good[at + 1], good[at + 2], good[at + 3]]) ^ 0x4000_0001);
        assert!(file::check(&bytes).is_err(), "byte {at}");
    }
}

#[test]
fn a_file_with_another_sum_or_none_is_refused() {
    let good = saying(&[1_000]);
    for (sum, reason) in [(Some("0".repeat(64)), "sha-256"), (Some(String::new()), "nothing says what it should be")] {
        let (_dir, store) = store(&good, sum.as_deref());
        let error = WhisperAsr::load(&store, store.find("w").unwrap()).err().unwrap().to_string();
        assert!(error.contains(reason) && error.contains("ggml.bin"), "{error}");
    }
}

#[test]
fn a_context_of_another_engine_is_refused() {
    let mut asr = load(&saying(&[1_000])).unwrap();
    let other = crate::fake::FakeAsr::new(&[]).prepare(&AsrContext::default()).unwrap();
    assert!(asr.recognise(&sound(), other.as_ref(), true).is_err());
}

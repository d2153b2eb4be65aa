//! Piper with a made-up voice: the inputs and outputs of a published one, random weights inside.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    conformance,
    testing::onnx_file::{Attribute, Element, OnnxFile},
};
use serde_json::json;

/// Signs of the made-up voice; a sign's number is its place.
const SIGNS: &str = "_^$ .,:;?!abdefhijklmnoprstuvwzæðŋɐɑɒɔəɚɛɜɡɪɹʃʊʌʒʔθˈˌː";
/// Samples that one sign becomes at the voice's own speed.
const SAMPLES: i64 = 500;

/// Numbers between -0.3 and 0.3, always the same ones (a linear congruential generator, Numerical Recipes).
fn noise(count: usize) -> Vec<f32> {
    let steps = std::iter::successors(Some(7u32), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)));
    steps.skip(1).take(count).map(|n| ((n >> 8) as f32 / (1u32 << 24) as f32 - 0.5) * 0.6).collect()
}

/// Every sign is a piece of noise of its own; the second scale stretches it, the speaker sets its level.
fn network(speakers: i64) -> Vec<u8> {
    let signs = SIGNS.chars().count() as i64;
    let noise = noise((signs * SAMPLES) as usize);
    let mut file = OnnxFile::new()
        .input("input", Element::Int64, &[1, -1])
        .input("input_lengths", Element::Int64, &[1])
        .input("scales", Element::Float, &[3]);
    if speakers > 1 {
        file = file.input("sid", Element::Int64, &[1]);
    }
    file = file
        .output("output", Element::Float, &[1, 1, 1, -1])
        .floats("noise", &[signs, SAMPLES], &noise)
        .floats("ones", &[3], &[1.0; 3])
        .floats("levels", &[4], &[1.0, 0.5, 0.25, 0.125])
        .ints("second", &[1], &[1])
        .ints("first", &[1], &[0])
        .ints("flat", &[4], &[1, 1, 1, -1])
        .node("Gather", &["noise", "input"], &["pieces"])
        .node("Reshape", &["pieces", "flat"], &["row"])
        .node("Gather", &["scales", "second"], &["stretch"])
        .node_with("Concat", &["ones", "stretch"], &["sizes"], &[Attribute::Int("axis", 0)])
        .node("Resize", &["row", "", "sizes"], &["stretched"]);
    let which = if speakers > 1 { "sid" } else { "first" };
    file.node("Gather", &["levels", which], &["level"]).node("Mul", &["stretched", "level"], &["output"]).bytes()
}

fn description(speakers: u32) -> serde_json::Value {
    let ids: serde_json::Map<String, serde_json::Value> =
        SIGNS.chars().enumerate().map(|(id, sign)| (sign.to_string(), json!([id]))).collect();
    json!({
        "audio": { "sample_rate": 22_050, "quality": "medium" },
        "espeak": { "voice": "en-us" },
        "phoneme_type": "espeak",
        "inference": { "noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8 },
        "num_speakers": speakers,
        "speaker_id_map": if speakers > 1 { json!({ "anna": 0, "bob": 1 }) } else { json!({}) },
        "phoneme_id_map": ids,
    })
}

/// A store with the machine's ONNX Runtime and the voice `made-up`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(speakers: u32) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        Runtime::get(&Store::locate().unwrap()).unwrap();
        folder.write("made-up.onnx", &network(i64::from(speakers)));
        folder.write("made-up.onnx.json", description(speakers).to_string().as_bytes());
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::create_dir_all(self.0.path().join("piper")).unwrap();
        std::fs::write(self.0.path().join("piper").join(name), bytes).unwrap();
    }

    fn open(&self) -> Piper {
        Piper::find(Store::open(self.0.path()).unwrap(), Duration::from_secs(60)).unwrap()
    }

    fn complaint(&self) -> String {
        self.open().check("made-up").unwrap_err().to_string()
    }
}

fn spec(voice: &str) -> VoiceSpec {
    VoiceSpec { voice: voice.into(), rate_percent: 100 }
}

#[test]
fn piper_conforms() {
    let text = "Good morning, this is the dental clinic. Do you have a moment to talk?";
    let folder = Folder::with(1);
    let mut engine = folder.open();
    conformance::tts(&mut engine, &spec("piper:made-up"), &spec("piper:other"), text).unwrap();
    assert_eq!(engine.sample_rate_hz(&spec("piper:made-up")).unwrap(), 22_050);
}

#[test]
fn phonemes_keep_their_words_and_signs() {
    let folder = Folder::with(1);
    let engine = folder.open();
    let voice = engine.voice("made-up").unwrap();
    assert_eq!(engine.phonemes("Hello Anna, are you there?", &voice).unwrap(), "həlˈoʊ ˈænə, ɑːɹ juː ðˈɛɹ?");
}

#[test]
fn the_rate_and_the_speaker_are_heard() {
    let folder = Folder::with(4);
    let engine = folder.open();
    let speech = |voice: &str, rate| engine.clause("this is a reminder", voice, rate).unwrap().pcm;
    let (slow, fast) = (speech("made-up", 50).len() as f64, speech("made-up", 200).len() as f64);
    assert!((slow / fast - 4.0).abs() < 0.1, "{slow} {fast}");
    let peak = |voice: &str| speech(voice, 100).iter().map(|s| s.unsigned_abs()).max().unwrap();
    assert!(peak("made-up#0") > peak("made-up#bob") && peak("made-up#bob") > peak("made-up#3"));
    assert_eq!(speech("made-up#1", 100), speech("made-up#bob", 100));
    for nobody in ["made-up#4", "made-up#-1", "made-up#carol", "made-up#"] {
        let error = engine.check(nobody).unwrap_err().to_string();
        assert!(error.contains("no speaker") && error.contains("0 to 3"), "{nobody}: {error}");
    }
}

#[test]
fn a_long_clause_without_any_sign_is_spoken_in_parts() {
    let folder = Folder::with(1);
    let engine = folder.open();
    let long = "reminder ".repeat(150);
    assert!(engine.clause(&long, "made-up", 200).unwrap().pcm.len() > 22_050);
    assert!(parts(&"a".repeat(1_000)).iter().all(|part| part.len() <= MOST_PHONEMES));
    assert_eq!(parts(&"word ".repeat(200)).join(" ").trim(), "word ".repeat(200).trim());
}

#[test]
fn a_damaged_voice_is_an_error_that_names_the_file() {
    let folder = Folder::with(1);
    let whole = network(1);
    for bytes in [&whole[..whole.len() / 2], b"not a model", &[]] {
        folder.write("made-up.onnx", bytes);
        let error = folder.complaint();
        assert!(error.contains("made-up.onnx cannot be used"), "{error}");
    }
    folder.write("made-up.onnx", &network(4));
    assert!(folder.complaint().contains("it takes input, input_lengths, scales, sid"));
    folder.write("made-up.onnx", &whole);
    std::fs::write(folder.0.path().join("SHA256SUMS"), format!("{}  piper/made-up.onnx\n", "0".repeat(64))).unwrap();
    assert!(folder.complaint().contains("sha-256 is not the expected one"));
}

#[test]
fn a_wrong_description_is_an_error_that_names_the_field() {
    let folder = Folder::with(1);
    for (field, wrong) in [
        ("/audio/sample_rate", json!(0)),
        ("/espeak/voice", json!("-w/tmp/x")),
        ("/phoneme_type", json!("text")),
        ("/inference/length_scale", json!(0.0)),
        ("/phoneme_id_map/_", json!([])),
    ] {
        let mut described = description(1);
        *described.pointer_mut(field).unwrap() = wrong;
        folder.write("made-up.onnx.json", described.to_string().as_bytes());
        let (error, name) = (folder.complaint(), field.rsplit('/').next().unwrap());
        assert!(error.contains("made-up.onnx.json") && error.contains(name), "{field}: {error}");
    }
    folder.write("made-up.onnx.json", b"{ \"audio\": 3 }");
    assert!(folder.complaint().contains("line 1"));
}

#[test]
fn a_wrong_output_is_an_error_of_that_clause() {
    let folder = Folder::with(1);
    let words = OnnxFile::new()
        .input("input", Element::Int64, &[1, -1])
        .input("input_lengths", Element::Int64, &[1])
        .input("scales", Element::Float, &[3])
        .output("output", Element::Int64, &[1, -1])
        .node("Identity", &["input"], &["output"]);
    folder.write("made-up.onnx", &words.bytes());
    let error = folder.open().clause("hello", "made-up", 100).unwrap_err().to_string();
    assert!(error.contains("piper failed"), "{error}");
}

#[test]
fn names_that_are_paths_are_refused() {
    let folder = Folder::with(1);
    let engine = folder.open();
    for name in ["../made-up", "/etc/passwd", ".hidden", ""] {
        assert!(matches!(engine.check(name), Err(ModelError::Unsupported(_))), "{name}");
    }
    let error = engine.check("absent").unwrap_err().to_string();
    assert!(error.contains("absent.onnx is missing") && error.contains("absent.onnx.json"), "{error}");
}

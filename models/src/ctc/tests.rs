//! SenseVoice's inputs and outputs, end to end, with a model that understands four tones as words. Its features,
//! names and shapes are the published ones; only its weights are these.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    conformance,
    testing::{
        self,
        onnx_file::{Attribute, Element, OnnxFile},
        tones,
    },
};

pub(crate) const TOKENS: &str = "<unk> 0\n▁yes 1\n▁no 2\n▁wrong 3\n▁number 4\n是 5\n<|en|> 6\n";
const YES: f32 = 700.0;
const NO: f32 = 2_000.0;
const WRONG: f32 = 1_200.0;
const NUMBER: f32 = 3_000.0;
const WIDTH: usize = 560;

/// `am.mvn` that brings loud tones to about 1.5 and silence to about −2.6.
pub(crate) fn mvn() -> String {
    let list = |value: &str| format!("[ {} ]", vec![value; WIDTH].join(" "));
    format!("<Nnet>\n<AddShift> 560 560\n{}\n<Rescale> 560 560\n{}\n</Nnet>\n", list("-10"), list("0.1"))
}

/// The filter that holds `hz`.
fn filter(hz: f32) -> usize {
    let mel = |hz: f32| 1127.0 * (1.0 + hz / 700.0).ln();
    let width = (mel(8_000.0) - mel(20.0)) / 81.0;
    ((mel(hz) - mel(20.0)) / width - 1.0).round() as usize
}

/// The model over `tokens` tokens; its sound input is called `sound`.
pub(crate) fn sensevoice(sound: &str, tokens: usize) -> Vec<u8> {
    let mut weights = vec![0.0; WIDTH * tokens];
    for (token, hz) in [(1, YES), (2, NO), (3, WRONG), (4, NUMBER)] {
        weights[(3 * 80 + filter(hz)) * tokens + token] = 20.0;
    }
    let bias: Vec<f32> = (0..tokens)
        .map(|t| {
            if t == 0 {
                0.0
            } else if t < 5 {
                -20.0
            } else {
                -40.0
            }
        })
        .collect();
    // Told that it is Chinese, it hears 是 in everything.
    let mut languages = vec![0.0; 16 * tokens];
    languages[3 * tokens + 5] = 45.0;
    let mut marks = vec![0.0; 4 * tokens];
    (0..4).for_each(|row| marks[row * tokens + tokens - 1] = 30.0);
    let n = tokens as i64;
    // The export for sherpa-onnx has other names, and shift and scale inside.
    let [length, style, scores] = match sound {
        "x" => ["x_length", "text_norm", "logits"],
        _ => ["speech_lengths", "textnorm", "ctc_logits"],
    };
    OnnxFile::new()
        .meta("neg_mean", &["-10"; WIDTH].join(","))
        .meta("inv_stddev", &["0.1"; WIDTH].join(","))
        .input(sound, Element::Float, &[1, -1, 560])
        .input(length, Element::Int32, &[1])
        .input("language", Element::Int32, &[1])
        .input(style, Element::Int32, &[1])
        .output(scores, Element::Float, &[1, -1, n])
        .floats("weights", &[560, n], &weights)
        .floats("bias", &[n], &bias)
        .floats("languages", &[16, n], &languages)
        .floats("marks", &[1, 4, n], &marks)
        .node("MatMul", &[sound, "weights"], &["heard"])
        .node("Gather", &["languages", "language"], &["own"])
        .node("Add", &["heard", "bias"], &["plain"])
        .node("Add", &["plain", "own"], &["spelled"])
        .node_with("Concat", &["marks", "spelled"], &[scores], &[Attribute::Int("axis", 1)])
        .bytes()
}

fn load(files: &[(&str, &[u8])]) -> Result<CtcAsr, ModelError> {
    let (_dir, store) = testing::store("sensevoice", &["en", "zh"], files);
    CtcAsr::load(&store, store.find("mine").unwrap(), 1)
}

fn asr() -> CtcAsr {
    load(&[("model.onnx", &sensevoice("speech", 7)), ("tokens.txt", TOKENS.as_bytes()), ("am.mvn", mvn().as_bytes())])
        .unwrap()
}

fn hear(asr: &mut CtcAsr, language: &str, phrases: &[&str], pcm: &[i16]) -> Transcript {
    let phrases = phrases.iter().map(|p| (*p).to_string()).collect();
    let context = AsrContext { language: language.into(), phrases, ..AsrContext::default() };
    let prepared = asr.prepare(&context).unwrap();
    asr.recognise(pcm, prepared.as_ref(), true).unwrap()
}

#[test]
fn it_conforms() {
    let context = AsrContext {
        language: "en".into(),
        phrases: vec!["wrong number".into(), "yes".into()],
        ..AsrContext::default()
    };
    conformance::asr(&mut asr(), &context, "wrong number", &tones(&[&[WRONG], &[NUMBER]])).unwrap();
}

#[test]
fn both_published_exports_are_known_by_their_inputs() {
    let other = load(&[("model.int8.onnx", &sensevoice("x", 7)), ("tokens.txt", TOKENS.as_bytes())]);
    let pcm = tones(&[&[WRONG], &[NUMBER]]);
    assert_eq!(hear(&mut other.unwrap(), "en", &[], &pcm), hear(&mut asr(), "en", &[], &pcm));
}

#[test]
fn words_have_the_times_of_their_tones() {
    let heard = hear(&mut asr(), "en", &[], &tones(&[&[NO], &[YES]]));
    let best = heard.best().unwrap();
    assert_eq!((best.text.as_str(), best.expected), ("no yes", false));
    // Tones sound from 120 to 320 and from 440 to 640 ms.
    assert!((60..=320).contains(&best.words[0].from_ms), "{:?}", best.words);
    assert!((380..=640).contains(&best.words[1].from_ms), "{:?}", best.words);
}

#[test]
fn two_words_at_once_are_heard_as_the_expected_one() {
    // Lower tones are heard less, so there is more of the lower one.
    let whole = tones(&[&[YES, YES, YES, NO]]);
    // So short that the model has one frame of it: one word.
    let both = [&[0; 1_168][..], &whole[1_440..2_080], &[0; 1_600]].concat();
    for expected in ["yes", "no"] {
        let heard = hear(&mut asr(), "en", &[expected], &both);
        let best = heard.best().unwrap();
        assert_eq!((best.text.as_str(), best.expected), (expected, true), "{heard:?}");
        assert!(heard.nbest.len() > 1);
    }
}

#[test]
fn the_model_is_told_the_language() {
    let heard = hear(&mut asr(), "zh-TW", &["是"], &tones(&[&[1_700.0], &[1_700.0]]));
    assert!(heard.best().is_some_and(|best| best.text.starts_with('是') && best.expected), "{heard:?}");
    assert!(asr().prepare(&AsrContext { language: "id".into(), ..AsrContext::default() }).is_err());
    assert!(asr().hears("zh") && !asr().hears("id"));
}

/// Three files, the one that the error must name, and why.
type Case<'a> = (&'a [u8], &'a [u8], &'a str, &'a str, &'a str);

#[test]
fn a_model_that_does_not_fit_its_files_is_an_error_that_says_why() {
    let good = sensevoice("speech", 7);
    let mvn = mvn();
    let (tokens, short) = (TOKENS.as_bytes(), mvn.replace("-10 ", ""));
    let cases: [Case<'_>; 6] = [
        (&good[..good.len() / 2], tokens, &mvn, "model.onnx", ""),
        (b"garbage", tokens, &mvn, "model.onnx", ""),
        (&sensevoice("sound", 7), tokens, &mvn, "model.onnx", "it has no input `x`; it has sound"),
        (&good, b"<unk> 0\n\xe2\x96\x81yes 1\n", &mvn, "model.onnx", "7 scores per frame for 2 tokens"),
        (&good, b"\xff\xfe", &mvn, "tokens.txt", "UTF-8"),
        (&good, tokens, &short, "am.mvn", "shift and scale are 0 and 560"),
    ];
    for (model, tokens, mvn, file, reason) in cases {
        let loaded = load(&[("model.onnx", model), ("tokens.txt", tokens), ("am.mvn", mvn.as_bytes())]);
        let error = loaded.err().unwrap();
        assert!(matches!(error, ModelError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(file) && error.to_string().contains(reason), "{error}, not {reason}");
    }
    let alone = load(&[("model.onnx", &good)]).err().unwrap().to_string();
    assert!(alone.contains("lists no file `tokens.txt`"), "{alone}");
}

/// A model over samples, as wav2vec 2.0 is: every 20 ms that are louder than the mean are a letter.
fn plain() -> Vec<u8> {
    OnnxFile::new()
        .input("input_values", Element::Float, &[1, -1])
        .output("logits", Element::Float, &[1, -1, 4])
        .ints("axis", &[1], &[1])
        .floats("weights", &[1, 4], &[0.0, 0.0, 0.0, 40.0])
        .floats("bias", &[4], &[10.0, -30.0, -30.0, -10.0])
        .node("Abs", &["input_values"], &["loud"])
        .node("Unsqueeze", &["loud", "axis"], &["channel"])
        .node_with(
            "AveragePool",
            &["channel"],
            &["pooled"],
            &[Attribute::Ints("kernel_shape", &[320]), Attribute::Ints("strides", &[320])],
        )
        .node_with("Transpose", &["pooled"], &["rows"], &[Attribute::Ints("perm", &[0, 2, 1])])
        .node("MatMul", &["rows", "weights"], &["heard"])
        .node("Add", &["heard", "bias"], &["logits"])
        .bytes()
}

const PLAIN: &str = "model = \"w.onnx\"\ntokens = \"vocab.json\"\nfeatures = { kind = \"waveform\", normalised = true }\n\
                     inputs = { sound = \"input_values\" }\noutput = { scores = \"logits\", frame_ms = 20.0, space = \"|\" }\n";

#[test]
fn a_plain_model_is_described_by_a_file_beside_it() {
    let vocabulary = b"{\"<pad>\": 0, \"|\": 1, \"a\": 2, \"b\": 3}";
    let files = |toml: &str| {
        let (_dir, store) = testing::store(
            "ctc",
            &["id"],
            &[("w.onnx", &plain()), ("vocab.json", vocabulary), ("model.toml", toml.as_bytes())],
        );
        CtcAsr::load(&store, store.find("mine").unwrap(), 1)
    };
    let heard = hear(&mut files(PLAIN).unwrap(), "id", &["bb"], &tones(&[&[900.0], &[900.0]]));
    assert_eq!(heard.best().map(|best| (best.text.as_str(), best.expected)), Some(("bb", true)));
    for (from, to, reason) in [
        ("\"input_values\"", "\"input\"", "no input `input`; it has input_values"),
        ("\"logits\"", "\"scores\"", "no output `scores`; it has logits"),
        ("frame_ms = 20.0", "blank = 9, frame_ms = 20.0", "its blank is token 9 of 4"),
        ("\"vocab.json\"", "\"v.txt\"", "lists no file `v.txt`"),
        ("kind = \"waveform\", normalised = true", "kind = \"fbank\"", "not of rank 3"),
    ] {
        let error = files(&PLAIN.replace(from, to)).err().unwrap().to_string();
        assert!(error.contains(reason), "{error}, not {reason}");
    }
    let bare = testing::store("ctc", &["id"], &[("w.onnx", &plain())]);
    let error = CtcAsr::load(&bare.1, bare.1.find("mine").unwrap(), 1).err().unwrap().to_string();
    assert!(error.contains("lists no file model.toml"), "{error}");
}

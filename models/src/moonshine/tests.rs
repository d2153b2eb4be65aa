//! Moonshine's two files end to end, with a decoder that writes from a script, word by word, as long as its cache
//! and the sound are handed to it rightly.

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

const V: i64 = 10;
const END: usize = 2;
/// Tokens 3 to 9 of [`tokenizer`].
const WRONG: usize = 3;
const NUMBER: usize = 4;
const TALL: usize = 5;
const ME: usize = 6;
const CALL: usize = 7;

pub(crate) fn tokenizer() -> String {
    let vocabulary = ["<unk>", "<s>", "</s>", "▁Wrong", "▁number", "▁tall", "▁me", "▁call", "<0xC3>", "<0xA9>"];
    let entries: Vec<String> = vocabulary.iter().enumerate().map(|(i, token)| format!("\"{token}\": {i}")).collect();
    format!(
        "{{\"version\": \"1.0\", \"truncation\": null, \"padding\": null, \"added_tokens\": [], \"normalizer\": null, \
         \"pre_tokenizer\": null, \"post_processor\": null, \"decoder\": null, \
         \"model\": {{\"type\": \"WordLevel\", \"vocab\": {{{}}}, \"unk_token\": \"<unk>\"}}}}",
        entries.join(", ")
    )
}

/// Frames of 20 ms: their loudness, twice.
pub(crate) fn encoder() -> Vec<u8> {
    OnnxFile::new()
        .input("input_values", Element::Float, &[1, -1])
        .output("last_hidden_state", Element::Float, &[1, -1, 2])
        .ints("axis", &[1], &[1])
        .floats("twice", &[1, 2], &[1.0, 1.0])
        .node("Abs", &["input_values"], &["loud"])
        .node("Unsqueeze", &["loud", "axis"], &["channel"])
        .node_with(
            "AveragePool",
            &["channel"],
            &["pooled"],
            &[Attribute::Ints("kernel_shape", &[320]), Attribute::Ints("strides", &[320])],
        )
        .node_with("Transpose", &["pooled"], &["rows"], &[Attribute::Ints("perm", &[0, 2, 1])])
        .node("MatMul", &["rows", "twice"], &["last_hidden_state"])
        .bytes()
}

/// Scores of the n-th token are the n-th row of `script`, times 1 when the sound that the cache remembers is
/// louder than nothing and times 0 otherwise. As in the published files, the cache that comes in counts only
/// with `use_cache_branch`, and what the sound left in it is put out only without.
pub(crate) fn decoder(script: &[Vec<f32>]) -> Vec<u8> {
    let rows = script.len() as i64;
    OnnxFile::new()
        .input("input_ids", Element::Int64, &[1, -1])
        .input("encoder_hidden_states", Element::Float, &[1, -1, 2])
        .input("past_key_values.0.decoder.key", Element::Float, &[1, 1, -1, 1])
        .input("past_key_values.0.encoder.key", Element::Float, &[1, 1, -1, 2])
        .input("use_cache_branch", Element::Bool, &[1])
        .output("logits", Element::Float, &[1, -1, V])
        .output("present.0.decoder.key", Element::Float, &[1, 1, -1, 1])
        .output("present.0.encoder.key", Element::Float, &[1, 1, -1, 2])
        .floats("script", &[rows, V], &script.concat())
        .ints("one", &[1], &[1])
        .ints("two", &[1], &[2])
        .ints("far", &[1], &[1_000])
        .ints("last", &[1], &[rows - 1])
        .ints("key", &[4], &[1, 1, -1, 1])
        .ints("sound", &[4], &[1, 1, -1, 2])
        // What was remembered: all of it with the cache, nothing of it without.
        .node_with("Cast", &["use_cache_branch"], &["cached"], &[Attribute::Int("to", 7)])
        .node("Sub", &["one", "cached"], &["from"])
        .node("Slice", &["past_key_values.0.decoder.key", "from", "far", "two"], &["kept"])
        .node_with("Cast", &["input_ids"], &["numbers"], &[Attribute::Int("to", 1)])
        .node("Reshape", &["numbers", "key"], &["new"])
        .node_with("Concat", &["kept", "new"], &["present.0.decoder.key"], &[Attribute::Int("axis", 2)])
        .node("Reshape", &["encoder_hidden_states", "sound"], &["fresh"])
        .node_with("Cast", &["from"], &["first"], &[Attribute::Int("to", 1)])
        .node("Mul", &["fresh", "first"], &["present.0.encoder.key"])
        // The loudness, from the cache or from the sound itself.
        .node_with("ReduceSum", &["past_key_values.0.encoder.key"], &["old"], &[Attribute::Int("keepdims", 0)])
        .node_with("ReduceSum", &["fresh"], &["now"], &[Attribute::Int("keepdims", 0)])
        .node("Where", &["use_cache_branch", "old", "now"], &["loudness"])
        .node("Sign", &["loudness"], &["alive"])
        // The row of the script.
        .node("Shape", &["present.0.decoder.key"], &["shape"])
        .node("Gather", &["shape", "two"], &["length"])
        .node("Sub", &["length", "one"], &["place"])
        .node("Min", &["place", "last"], &["bounded"])
        .node("Gather", &["script", "bounded"], &["row"])
        .node("Mul", &["row", "alive"], &["living"])
        .ints("rank", &[3], &[1, 1, V])
        .node("Reshape", &["living", "rank"], &["logits"])
        .bytes()
}

/// A row in which these tokens have these scores and all others none.
pub(crate) fn row(scores: &[(usize, f32)]) -> Vec<f32> {
    let mut row = vec![-20.0; V as usize];
    scores.iter().for_each(|(token, score)| row[*token] = *score);
    row
}

pub(crate) fn wrong_number() -> Vec<Vec<f32>> {
    vec![row(&[(WRONG, 10.0)]), row(&[(NUMBER, 10.0)]), row(&[(END, 10.0)])]
}

fn load(encoder: &[u8], decoder: &[u8], tokenizer: &str) -> Result<MoonshineAsr, ModelError> {
    let files: [(&str, &[u8]); 3] = [
        ("encoder_model.onnx", encoder),
        ("decoder_model_merged.onnx", decoder),
        ("tokenizer.json", tokenizer.as_bytes()),
    ];
    let (_dir, store) = testing::store("moonshine", &["en"], &files);
    MoonshineAsr::load(&store, store.find("mine").unwrap(), 1)
}

fn hear(script: &[Vec<f32>], phrases: &[&str]) -> Transcript {
    let mut asr = load(&encoder(), &decoder(script), &tokenizer()).unwrap();
    let phrases = phrases.iter().map(|p| (*p).to_string()).collect();
    let prepared = asr.prepare(&AsrContext { language: "en".into(), phrases, ..AsrContext::default() }).unwrap();
    asr.recognise(&tones(&[&[700.0], &[900.0]]), prepared.as_ref(), true).unwrap()
}

#[test]
fn it_conforms() {
    let mut asr = load(&encoder(), &decoder(&wrong_number()), &tokenizer()).unwrap();
    let context = AsrContext { language: "en".into(), phrases: vec!["wrong number".into()], ..AsrContext::default() };
    conformance::asr(&mut asr, &context, "wrong number", &tones(&[&[700.0], &[900.0]])).unwrap();
}

#[test]
fn the_beam_is_led_by_what_is_expected() {
    let script = [row(&[(TALL, 10.0), (CALL, 8.0)]), row(&[(ME, 10.0)]), row(&[(END, 10.0)])];
    assert_eq!(hear(&script, &[]).nbest[0].text, "tall me");
    let led = hear(&script, &["call me"]);
    assert_eq!((led.nbest[0].text.as_str(), led.nbest[0].expected), ("call me", true), "{led:?}");
    assert!(led.nbest.iter().any(|reading| reading.text == "tall me"));
}

#[test]
fn loops_are_refused_and_bytes_are_put_together() {
    assert_eq!(hear(&[row(&[(ME, 10.0)])], &["me"]), Transcript::default());
    let accent = [row(&[(8, 10.0)]), row(&[(9, 10.0)]), row(&[(END, 10.0)])];
    assert_eq!(hear(&accent, &[]).nbest[0].text, "é");
}

/// Three files, the one that the error must name, and why.
type Case<'a> = (&'a [u8], &'a [u8], &'a str, &'a str, &'a str);

#[test]
fn files_that_do_not_fit_are_errors_that_say_why() {
    let (good_encoder, good_decoder, good_tokenizer) = (encoder(), decoder(&wrong_number()), tokenizer());
    let short = good_tokenizer.replace(", \"<0xA9>\": 9", "");
    let cases: [Case<'_>; 6] = [
        (&good_encoder[..100], &good_decoder, &good_tokenizer, "encoder_model.onnx", ""),
        (&good_encoder, &good_decoder[..900], &good_tokenizer, "decoder_model_merged.onnx", ""),
        (&good_decoder, &good_decoder, &good_tokenizer, "encoder_model.onnx", "no input `input_values`"),
        (&good_encoder, &good_encoder, &good_tokenizer, "decoder_model_merged.onnx", "no input `input_ids`"),
        (&good_encoder, &good_decoder, "{}", "tokenizer.json", ""),
        (&good_encoder, &good_decoder, &short, "decoder_model_merged.onnx", "10 scores for 9 tokens"),
    ];
    for (encoder, decoder, tokenizer, file, reason) in cases {
        let error = load(encoder, decoder, tokenizer).err().unwrap();
        assert!(matches!(error, ModelError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(file) && error.to_string().contains(reason), "{error}, not {reason}");
    }
    let (_dir, store) = testing::store("moonshine", &["en"], &[("encoder_model.onnx", &good_encoder)]);
    let error = MoonshineAsr::load(&store, store.find("mine").unwrap(), 1).err().unwrap().to_string();
    assert!(error.contains("lists no file `decoder_model_merged.onnx`"), "{error}");
}

//! A writer of small ggml Whisper files: the layout of `whisper::file`, with weights of the test's choice.

use crate::whisper::file::{Kind, Shape, wanted};
use std::collections::HashMap;

/// English Whisper, as small as whisper.cpp takes it.
pub(crate) const SHAPE: Shape = Shape {
    vocabulary: 51_864,
    audio_context: 1_500,
    audio_state: 32,
    audio_heads: 2,
    audio_layers: 1,
    text_context: 64,
    text_heads: 2,
    text_layers: 1,
    mels: 80,
    weights: Kind::F16,
};

/// The bytes of a file. `token` gives each token's text, `weights` a tensor's numbers by its name and length.
pub(crate) fn write(
    shape: &Shape,
    token: impl Fn(u32) -> String,
    weights: impl Fn(&str, usize) -> Vec<f32>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = [
        0x6767_6d6c,
        shape.vocabulary,
        shape.audio_context,
        shape.audio_state,
        shape.audio_heads,
        shape.audio_layers,
        shape.text_context,
        shape.audio_state,
        shape.text_heads,
        shape.text_layers,
        shape.mels,
        // In the numbering of files, 16-bit weights are 1, too.
        shape.weights as u32,
        shape.mels,
        201,
    ];
    parameters.iter().for_each(|value| out.extend(value.to_le_bytes()));
    for bin in 0..shape.mels * 201 {
        // Each filter is a few neighbouring bins.
        let (mel, hz) = (bin / 201, bin % 201);
        let weight = if hz * shape.mels / 201 == mel { 0.02f32 } else { 0.0 };
        out.extend(weight.to_le_bytes());
    }
    let listed = 50_257u32;
    out.extend(listed.to_le_bytes());
    for text in (0..listed).map(token) {
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text.as_bytes());
    }
    let tensors: HashMap<_, _> = wanted(shape);
    let mut names: Vec<&String> = tensors.keys().collect();
    names.sort();
    for name in names {
        let (dims, kind) = tensors[name];
        tensor(&mut out, name, dims, kind, &weights(name, dims.iter().product::<u32>() as usize));
    }
    out
}

fn tensor(out: &mut Vec<u8>, name: &str, dims: [u32; 3], kind: Kind, values: &[f32]) {
    for value in [3, name.len() as u32, kind as u32, dims[0], dims[1], dims[2]] {
        out.extend(value.to_le_bytes());
    }
    out.extend(name.as_bytes());
    for value in values {
        match kind {
            Kind::F32 => out.extend(value.to_le_bytes()),
            Kind::F16 => out.extend(half(*value).to_le_bytes()),
            other => panic!("{other:?} is not written"),
        }
    }
}

/// `value` in 16 bits (IEEE 754), cut and not rounded; what is too small for them is 0.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let exponent = (bits >> 23 & 0xff) as i32 - 127 + 15;
    let sign = (bits >> 16 & 0x8000) as u16;
    if exponent <= 0 { sign } else { sign | (exponent as u16) << 10 | (bits >> 13 & 0x3ff) as u16 }
}

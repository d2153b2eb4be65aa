//! Moonshine's files, checked against each other, and single runs of its encoder and decoder.

use super::ENGINE;
use crate::{
    ModelError,
    onnx::{Runtime, SharedSession},
    store::{ModelInfo, Store},
};
use ort::{
    session::{Session, SessionInputValue, SessionOutputs},
    value::{Tensor, TensorRef},
};
use std::{borrow::Cow, sync::Arc};
use tokenizers::Tokenizer;

const ENCODER: &str = "encoder_model.onnx";
const DECODER: &str = "decoder_model_merged.onnx";
const TOKENIZER: &str = "tokenizer.json";
const PAST: &str = "past_key_values";
/// Sound for the trial at loading: half a second.
const TRIAL: usize = 8_000;

/// What a token spells.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Text(String),
    /// One byte of a letter that has no token of its own.
    Byte(u8),
    Mark,
}

pub(super) struct Model {
    encoder: SharedSession,
    decoder: SharedSession,
    pub(super) tokens: Vec<Token>,
    pub(super) start: i64,
    pub(super) end: i64,
    caches: Vec<Cache>,
    /// Whether the files want to be told which samples and frames count.
    masks: [bool; 2],
}

/// One of the decoder's remembered tensors.
struct Cache {
    past: String,
    present: String,
    heads: usize,
    width: usize,
    /// Made of the sound by the first run and the same from then on.
    of_sound: bool,
}

/// A tensor with its shape.
#[derive(Clone)]
struct Held {
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// The encoder's answer.
pub(super) struct Heard(Held);

/// What the decoder remembers of the tokens before, in the order of [`Model::caches`].
#[derive(Clone)]
pub(super) struct Past(Vec<Arc<Held>>);

impl Model {
    pub(super) fn load(store: &Store, info: &ModelInfo, copies: usize) -> Result<Model, ModelError> {
        let path = |name: &str| {
            let found = info.files.iter().find(|file| file.path.rsplit('/').next() == Some(name));
            let lacks = || ModelError::Unsupported(format!("model `{}` lists no file `{name}`", info.id()));
            found.map(|file| file.path.as_str()).ok_or_else(lacks)
        };
        let damaged = |path: &str, reason: String| match store.path(path) {
            Ok(path) => ModelError::Damaged { path, reason },
            Err(error) => error,
        };
        let (encoder, decoder, tokenizer) = (path(ENCODER)?, path(DECODER)?, path(TOKENIZER)?);
        let runtime = Runtime::get(store)?;
        let sessions = (runtime.session(store, encoder, copies)?, runtime.session(store, decoder, copies)?);
        let encoder_mask =
            inputs(&sessions.0.lock(), &["input_values"], "attention_mask").map_err(|e| damaged(encoder, e))?;
        let wanted = ["input_ids", "encoder_hidden_states", "use_cache_branch"];
        let decoder_mask =
            inputs(&sessions.1.lock(), &wanted, "encoder_attention_mask").map_err(|e| damaged(decoder, e))?;
        let caches = caches(&sessions.1.lock()).map_err(|e| damaged(decoder, e))?;
        let (tokens, start, end) = tokens(&store.read(tokenizer)?).map_err(|e| damaged(tokenizer, e))?;
        let masks = [encoder_mask, decoder_mask];
        let model = Model { encoder: sessions.0, decoder: sessions.1, tokens, start, end, caches, masks };
        let heard = model.hear(&[0; TRIAL]).map_err(|e| damaged(encoder, e.to_string()))?;
        let (scores, past) = model.first(&heard).map_err(|e| damaged(decoder, e.to_string()))?;
        if scores.len() != model.tokens.len() {
            let reason = format!("it gives {} scores for {} tokens of {TOKENIZER}", scores.len(), model.tokens.len());
            return Err(damaged(decoder, reason));
        }
        model.next(&heard, model.start, &past).map_err(|e| damaged(decoder, e.to_string()))?;
        Ok(model)
    }

    /// Run the encoder on `pcm` (16 kHz).
    pub(super) fn hear(&self, pcm: &[i16]) -> ort::Result<Heard> {
        let sound: Vec<f32> = pcm.iter().map(|&s| f32::from(s) / 32_768.0).collect();
        let ones = vec![1i64; sound.len()];
        let mut given: Vec<(Cow<'_, str>, SessionInputValue<'_>)> =
            vec![("input_values".into(), TensorRef::from_array_view(([1, sound.len()], &sound[..]))?.into())];
        if self.masks[0] {
            given.push(("attention_mask".into(), TensorRef::from_array_view(([1, ones.len()], &ones[..]))?.into()));
        }
        let mut session = self.encoder.lock();
        let heard = held(&session.run(given)?, "last_hidden_state")?;
        match heard.shape[..] {
            [1, frames, width] if frames > 0 && width > 0 => Ok(Heard(heard)),
            _ => Err(ort::Error::new(format!("its output is of shape {:?}, not [1, frames, numbers]", heard.shape))),
        }
    }

    /// Scores of the first token.
    pub(super) fn first(&self, heard: &Heard) -> ort::Result<(Vec<f32>, Past)> {
        // The branch without a cache does not look at it, but tensors must have a length.
        let empty =
            |c: &Cache| Arc::new(Held { shape: vec![1, c.heads, 1, c.width], values: vec![0.0; c.heads * c.width] });
        self.run(heard, self.start, &Past(self.caches.iter().map(empty).collect()), false)
    }

    /// Scores of the token after `token`, with what was remembered up to before it.
    pub(super) fn next(&self, heard: &Heard, token: i64, past: &Past) -> ort::Result<(Vec<f32>, Past)> {
        self.run(heard, token, past, true)
    }

    fn run(&self, Heard(heard): &Heard, token: i64, past: &Past, cached: bool) -> ort::Result<(Vec<f32>, Past)> {
        let ones = vec![1i64; heard.shape[1]];
        let mut given: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = vec![
            ("input_ids".into(), Tensor::from_array(([1usize, 1], vec![token]))?.into()),
            ("encoder_hidden_states".into(), view(heard)?),
            ("use_cache_branch".into(), Tensor::from_array(([1usize], vec![cached]))?.into()),
        ];
        if self.masks[1] {
            given.push((
                "encoder_attention_mask".into(),
                TensorRef::from_array_view(([1, ones.len()], &ones[..]))?.into(),
            ));
        }
        for (cache, held) in self.caches.iter().zip(&past.0) {
            given.push((cache.past.as_str().into(), view(held)?));
        }
        let mut session = self.decoder.lock();
        let out = session.run(given)?;
        let logits = held(&out, "logits")?;
        let width = logits.shape.last().copied().unwrap_or(0);
        let last = logits.values.len().checked_sub(width).filter(|_| width > 0);
        let Some(scores) = last.map(|at| logits.values[at..].to_vec()) else {
            return Err(ort::Error::new("it gives no scores"));
        };
        let remember = |(cache, old): (&Cache, &Arc<Held>)| match cached && cache.of_sound {
            // With a cache, this output is empty: what the first run gave is still right.
            true => Ok(old.clone()),
            false => held(&out, &cache.present).map(Arc::new),
        };
        Ok((scores, Past(self.caches.iter().zip(&past.0).map(remember).collect::<ort::Result<_>>()?)))
    }
}

fn view(held: &Held) -> ort::Result<SessionInputValue<'_>> {
    Ok(TensorRef::from_array_view((held.shape.clone(), &held.values[..]))?.into())
}

fn held(out: &SessionOutputs<'_>, name: &str) -> ort::Result<Held> {
    let value = out.get(name).ok_or_else(|| ort::Error::new(format!("it gives no output `{name}`")))?;
    let (shape, values) = value.try_extract_tensor::<f32>()?;
    Ok(Held { shape: shape.iter().map(|&d| d.max(0) as usize).collect(), values: values.to_vec() })
}

/// Whether all `wanted` inputs are there; says whether the `mask` is, too.
fn inputs(session: &Session, wanted: &[&str], mask: &str) -> Result<bool, String> {
    let names: Vec<&str> = session.inputs().iter().map(|input| input.name()).collect();
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        names.iter().filter(|name| !name.starts_with(PAST)).partition(|name| wanted.contains(name) || **name == mask);
    match (wanted.iter().find(|name| !names.contains(name)), unknown.first()) {
        (Some(missing), _) => Err(format!("it has no input `{missing}`; it has {}", names.join(", "))),
        (None, Some(other)) => Err(format!("it wants an input `{other}` that {ENGINE} does not know")),
        (None, None) => Ok(known.contains(&mask)),
    }
}

/// The remembered tensors, from the names and shapes of the decoder's inputs.
fn caches(session: &Session) -> Result<Vec<Cache>, String> {
    let cache = |input: &ort::value::Outlet| {
        let (past, shape) = (input.name().to_owned(), input.dtype().tensor_shape());
        let shape = shape.map(|shape| shape.to_vec()).unwrap_or_default();
        match shape[..] {
            [_, heads @ 1..=1_024, _, width @ 1..=4_096] => {
                let (present, of_sound) = (past.replace(PAST, "present"), past.contains(".encoder."));
                if !session.outputs().iter().any(|output| output.name() == present) {
                    return Err(format!("it has an input `{past}` and no output `{present}`"));
                }
                Ok(Cache { past, present, heads: heads as usize, width: width as usize, of_sound })
            }
            _ => Err(format!("its input `{past}` is of shape {shape:?}, which does not say heads and width")),
        }
    };
    let caches: Vec<Cache> =
        session.inputs().iter().filter(|i| i.name().starts_with(PAST)).map(cache).collect::<Result<_, _>>()?;
    if caches.is_empty() { Err(format!("it has no input `{PAST}…`")) } else { Ok(caches) }
}

/// What each token spells, and the numbers of start and end.
fn tokens(bytes: &[u8]) -> Result<(Vec<Token>, i64, i64), String> {
    let tokenizer = Tokenizer::from_bytes(bytes).map_err(|e| e.to_string())?;
    let number =
        |token: &str| tokenizer.token_to_id(token).map(i64::from).ok_or_else(|| format!("it has no token `{token}`"));
    let token = |id: u32| match tokenizer.id_to_token(id) {
        None => Token::Mark,
        Some(text) => {
            let inside = text.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
            match inside.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) => Token::Byte(byte),
                None if text.len() > 2 && text.starts_with('<') && text.ends_with('>') => Token::Mark,
                None => Token::Text(text.replace('▁', " ")),
            }
        }
    };
    let most = tokenizer.get_vocab(true).into_values().max().unwrap_or(0);
    Ok(((0..=most).map(token).collect(), number("<s>")?, number("</s>")?))
}

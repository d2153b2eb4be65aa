//! A CTC model's files, checked against each other, and one run of it.

use super::{
    describe::{self, Description, Features},
    fbank::{Fbank, stacked},
};
use crate::{
    ModelError,
    onnx::{Runtime, SharedSession},
    store::{ModelInfo, Store},
};
use ort::{
    session::{Session, SessionInputValue},
    value::{Outlet, Tensor, TensorElementType},
};
use std::{borrow::Cow, path::PathBuf};

/// Sound for the trial at loading: half a second.
const TRIAL: usize = 8_000;

pub(super) struct Model {
    session: SharedSession,
    pub(super) description: Description,
    /// What each token spells; `None` for the blank and for marks.
    pub(super) texts: Vec<Option<String>>,
    fbank: Option<Fbank>,
    /// Shift and scale of each feature.
    cmvn: Option<(Vec<f32>, Vec<f32>)>,
    /// Whether whole numbers are given as 64 bits.
    wide: bool,
}

/// Scores of one utterance, row by row.
pub(super) struct Scores {
    pub(super) rows: Vec<f32>,
    pub(super) width: usize,
}

impl Model {
    pub(super) fn load(store: &Store, info: &ModelInfo, copies: usize) -> Result<Model, ModelError> {
        let files = Files { store, info };
        let described = match files.find(|name| name == "model.toml") {
            Some(path) => Some(files.parsed(&path, Description::parse)?),
            None if info.engine == "sensevoice" => None,
            None => return Err(files.lacks("model.toml")),
        };
        let onnx = match &described {
            Some(own) => files.named(&own.model)?,
            None => files.find(|name| name.ends_with(".onnx")).ok_or_else(|| files.lacks("an .onnx file"))?,
        };
        let session = Runtime::get(store)?.session(store, &onnx, copies)?;
        let description = match described {
            Some(own) => own,
            None => files.sensevoice(&onnx, &session)?,
        };
        let damaged = |reason: String| files.damaged(&onnx, reason);
        let wide = check(&session.lock(), &description).map_err(damaged)?;
        let path = files.named(&description.tokens)?;
        let tokens = files.parsed(&path, describe::tokens)?;
        let texts = texts(&tokens, &description);
        let (fbank, cmvn) = files.features(&description, &onnx, &session)?;
        let model = Model { session, description, texts, fbank, cmvn, wide };
        model.trial().map_err(damaged)?;
        Ok(model)
    }

    /// One run, so that what does not fit is known before a call.
    fn trial(&self) -> Result<(), String> {
        let scores = self.scores(&[0; TRIAL], self.description.language("").unwrap_or(0))?;
        if scores.width != self.texts.len() {
            return Err(format!("it gives {} scores per frame for {} tokens", scores.width, self.texts.len()));
        }
        if self.description.output.blank >= scores.width {
            return Err(format!("its blank is token {} of {}", self.description.output.blank, scores.width));
        }
        Ok(())
    }

    /// Run the model on `pcm` (16 kHz). Sound too short for one row gives no rows.
    pub(super) fn scores(&self, pcm: &[i16], language: i64) -> Result<Scores, String> {
        let (shape, sound) = self.sound(pcm);
        if sound.is_empty() {
            return Ok(Scores { rows: Vec::new(), width: self.texts.len() });
        }
        self.run(shape, sound, language).map_err(|e| e.to_string())
    }

    fn sound(&self, pcm: &[i16]) -> (Vec<usize>, Vec<f32>) {
        match (&self.description.features, &self.fbank) {
            (Features::Fbank { stack, stride, .. }, Some(fbank)) => {
                let mut rows = stacked(&fbank.rows(pcm), *stack, *stride);
                if let Some((shift, scale)) = &self.cmvn {
                    for row in &mut rows {
                        row.iter_mut().zip(shift).zip(scale).for_each(|((v, shift), scale)| *v = (*v + shift) * scale);
                    }
                }
                (vec![1, rows.len(), rows.first().map_or(0, Vec::len)], rows.concat())
            }
            (features, _) => {
                let normalised = matches!(features, Features::Waveform { normalised: true });
                (vec![1, pcm.len()], waveform(pcm, normalised))
            }
        }
    }

    fn run(&self, shape: Vec<usize>, sound: Vec<f32>, language: i64) -> ort::Result<Scores> {
        let inputs = &self.description.inputs;
        let mut given: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        let length = shape[1] as i64;
        given.push((inputs.sound.as_str().into(), Tensor::from_array((shape, sound))?.into()));
        let numbers = [(&inputs.length, length), (&inputs.language, language), (&inputs.style, inputs.style_value)];
        for (name, value) in numbers {
            if let Some(name) = name {
                let value: SessionInputValue<'_> = match self.wide {
                    true => Tensor::from_array(([1usize], vec![value]))?.into(),
                    false => Tensor::from_array(([1usize], vec![value as i32]))?.into(),
                };
                given.push((name.as_str().into(), value));
            }
        }
        let mut session = self.session.lock();
        let out = session.run(given)?;
        let (shape, rows) = out[self.description.output.scores.as_str()].try_extract_tensor::<f32>()?;
        match shape[..] {
            [1, frames, width] if frames >= 0 && width > 0 => Ok(Scores { rows: rows.to_vec(), width: width as usize }),
            _ => Err(ort::Error::new(format!("its output is of shape {shape:?}, not [1, frames, tokens]"))),
        }
    }
}

fn find<'a>(list: &'a [Outlet], name: &str, what: &str) -> Result<&'a Outlet, String> {
    let lacks = || {
        let names: Vec<&str> = list.iter().map(Outlet::name).collect();
        format!("it has no {what} `{name}`; it has {}", names.join(", "))
    };
    list.iter().find(|own| own.name() == name).ok_or_else(lacks)
}

/// Names, ranks and types of inputs and outputs; says whether whole numbers are 64 bits wide.
fn check(session: &Session, description: &Description) -> Result<bool, String> {
    let inputs = &description.inputs;
    let sound = find(session.inputs(), &inputs.sound, "input")?;
    let (rank, width) = match &description.features {
        Features::Fbank { mels, stack, .. } => (3, (mels * stack) as i64),
        Features::Waveform { .. } => (2, -1),
    };
    let shape = sound.dtype().tensor_shape().map(|shape| shape.to_vec()).unwrap_or_default();
    let last = shape.last().copied().unwrap_or(0);
    if shape.len() != rank || (width != -1 && last != -1 && last != width) {
        return Err(format!(
            "its input `{}` is of shape {shape:?}, not of rank {rank} and width {width}",
            inputs.sound
        ));
    }
    let mut wide = None;
    for name in [&inputs.length, &inputs.language, &inputs.style].into_iter().flatten() {
        let own = match find(session.inputs(), name, "input")?.dtype().tensor_type() {
            Some(TensorElementType::Int64) => true,
            Some(TensorElementType::Int32) => false,
            other => return Err(format!("its input `{name}` is of type {other:?}, not a whole number")),
        };
        if wide.replace(own).is_some_and(|other| other != own) {
            return Err(format!("its input `{name}` is of another width than the others"));
        }
    }
    let given = [Some(&inputs.sound), inputs.length.as_ref(), inputs.language.as_ref(), inputs.style.as_ref()];
    if let Some(other) = session.inputs().iter().find(|own| !given.iter().flatten().any(|name| *name == own.name())) {
        return Err(format!("it wants an input `{}` that its description does not name", other.name()));
    }
    find(session.outputs(), &description.output.scores, "output")?;
    Ok(wide.unwrap_or(true))
}

/// What each token spells.
fn texts(tokens: &[String], description: &Description) -> Vec<Option<String>> {
    let mark = |token: &str| {
        token.len() > 2
            && ((token.starts_with('<') && token.ends_with('>')) || (token.starts_with('[') && token.ends_with(']')))
    };
    let text = |(number, token): (usize, &String)| match token.as_str() {
        _ if number == description.output.blank => None,
        _ if description.output.space.as_ref() == Some(token) => Some(" ".to_owned()),
        token if mark(token) => None,
        token => Some(token.replace('▁', " ")),
    };
    tokens.iter().enumerate().map(text).collect()
}

/// Samples between −1 and 1, or of mean 0 and variance 1.
fn waveform(pcm: &[i16], normalised: bool) -> Vec<f32> {
    let mut sound: Vec<f32> = pcm.iter().map(|&s| f32::from(s) / 32_768.0).collect();
    if normalised {
        let mean = sound.iter().sum::<f32>() / sound.len().max(1) as f32;
        let variance = sound.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / sound.len().max(1) as f32;
        sound.iter_mut().for_each(|v| *v = (*v - mean) / (variance + 1e-7).sqrt());
    }
    sound
}

/// A model's files in the store.
struct Files<'a> {
    store: &'a Store,
    info: &'a ModelInfo,
}

impl Files<'_> {
    /// The path of the first listed file whose name `fits`.
    fn find(&self, fits: impl Fn(&str) -> bool) -> Option<String> {
        let name = |path: &str| path.rsplit('/').next().is_some_and(&fits);
        self.info.files.iter().map(|file| file.path.clone()).find(|path| name(path))
    }

    fn named(&self, wanted: &str) -> Result<String, ModelError> {
        self.find(|name| name == wanted).ok_or_else(|| self.lacks(&format!("`{wanted}`")))
    }

    fn lacks(&self, what: &str) -> ModelError {
        ModelError::Unsupported(format!("model `{}` lists no file {what}", self.info.id()))
    }

    fn damaged(&self, path: &str, reason: String) -> ModelError {
        let full = self.store.path(path).unwrap_or_else(|_| PathBuf::from(path));
        ModelError::Damaged { path: full, reason }
    }

    fn parsed<T>(&self, path: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, ModelError> {
        let text = String::from_utf8(self.store.read(path)?);
        let text = text.map_err(|_| self.damaged(path, "it is not UTF-8 text".into()))?;
        parse(&text).map_err(|reason| self.damaged(path, reason))
    }

    fn sensevoice(&self, onnx: &str, session: &SharedSession) -> Result<Description, ModelError> {
        let tokens = self.find(|name| name == "tokens.txt" || name == "tokens.json");
        let tokens = tokens.ok_or_else(|| self.lacks("`tokens.txt` or `tokens.json`"))?;
        let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let funasr = session.lock().inputs().iter().any(|input| input.name() == "speech");
        Ok(Description::sensevoice(&last(onnx), &last(&tokens), funasr))
    }

    #[expect(clippy::type_complexity, reason = "shift and scale, or none")]
    fn features(
        &self,
        description: &Description,
        onnx: &str,
        session: &SharedSession,
    ) -> Result<(Option<Fbank>, Option<(Vec<f32>, Vec<f32>)>), ModelError> {
        let Features::Fbank { mels, window, stack, cmvn, .. } = &description.features else {
            return Ok((None, None));
        };
        let (path, found) = match cmvn.as_deref() {
            None => return Ok((Some(Fbank::new(*mels, *window)), None)),
            Some("metadata") => (onnx.to_owned(), metadata(session).map_err(|e| self.damaged(onnx, e))?),
            Some(name) => {
                let path = self.named(name)?;
                let found = self.parsed(&path, describe::cmvn)?;
                (path, found)
            }
        };
        let width = mels * stack;
        if found.0.len() != width || found.1.len() != width {
            let reason = format!("shift and scale are {} and {} numbers, not {width}", found.0.len(), found.1.len());
            return Err(self.damaged(&path, reason));
        }
        Ok((Some(Fbank::new(*mels, *window)), Some(found)))
    }
}

fn metadata(session: &SharedSession) -> Result<(Vec<f32>, Vec<f32>), String> {
    let session = session.lock();
    let metadata = session.metadata().map_err(|e| e.to_string())?;
    let list = |key: &str| {
        let text = metadata.custom(key).ok_or_else(|| format!("its metadata has no `{key}`"))?;
        describe::numbers(&text).map_err(|e| format!("its metadata `{key}`: {e}"))
    };
    Ok((list("neg_mean")?, list("inv_stddev")?))
}

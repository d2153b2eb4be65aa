//! One greedy reading: sound in, tokens out, tokens to pieces of text.

use super::{Prepared, WhisperAsr, failed};
use crate::{
    ModelError,
    lm::{Piece, Spelled, guard, normalise, place},
    resample::resample,
};
use whisper_rs::WhisperState;

/// Encoder positions a second.
const POSITIONS: usize = 50;
/// Fewer positions than these (10 s) confuse models that were trained on 30 s.
const LEAST_POSITIONS: usize = 512;
/// Silence kept behind the sound, in positions.
const MARGIN: usize = 64;
/// Nobody speaks more tokens a second.
const TOKENS_A_SECOND: usize = 10;
/// Above this the model itself says that nobody speaks, unless it is sure of its words (whisper/transcribe.py).
const NO_SPEECH: f32 = 0.6;
const UNSURE: f32 = -1.0;

impl WhisperAsr {
    /// What is said in `pcm` (8 kHz); `None` when it is nothing, or made up.
    pub(super) fn read(&mut self, pcm: &[i16], prepared: &Prepared) -> Result<Option<Spelled>, ModelError> {
        let sound: Vec<f32> = resample(pcm, 8_000, 16_000).iter().map(|&s| f32::from(s) / 32_768.0).collect();
        let positions = (pcm.len() * POSITIONS / 8_000 + MARGIN).max(LEAST_POSITIONS);
        let room = (self.shape.text_context as usize / 2).saturating_sub(8);
        let tokens = (4 + pcm.len() * TOKENS_A_SECOND / 8_000).min(room);
        let mut params = self.parameters(prepared.language);
        params.set_audio_ctx(positions.min(self.shape.audio_context as usize) as i32);
        params.set_max_tokens(tokens as i32);
        params.set_tokens(&prepared.prompt.phrases);
        let (end_of_text, start, nobody) =
            (self.context.token_eot(), self.context.token_sot(), self.context.token_nosp());
        let state = self.state()?;
        state.full(params, &sound).map_err(failed)?;
        let spelled = spell(state, end_of_text, guard::voiced_ms(pcm));
        let text = spelled.text();
        let unsure = !text.trim().is_empty() && spelled.mean_log_probability() < UNSURE;
        let made_up = (unsure && no_speech(state, start, nobody)? > NO_SPEECH)
            || guard::describes(&text)
            || guard::repeats(&text)
            || guard::too_fast(&text, pcm.len() as u32 / 8);
        Ok((!made_up && !text.trim().is_empty()).then_some(spelled))
    }

    pub(super) fn state(&mut self) -> Result<&mut WhisperState, ModelError> {
        match &mut self.state {
            Some(state) => Ok(state),
            empty => Ok(empty.insert(self.context.create_state().map_err(failed)?)),
        }
    }
}

/// The probability of the token that says so, right after the start. whisper.cpp's own number is taken from
/// scores that it does not compute when there is more than one token before the first word.
fn no_speech(state: &mut WhisperState, start: i32, nobody: i32) -> Result<f32, ModelError> {
    state.decode(&[start], 0, 1).map_err(failed)?;
    let mut scores = state.get_logits().map_err(failed)?.to_vec();
    normalise(&mut scores);
    Ok(usize::try_from(nobody).ok().and_then(|at| scores.get(at)).map_or(0.0, |p| p.exp()))
}

/// The state's tokens as pieces. A sign can be cut into several tokens, none of which is text alone.
fn spell(state: &WhisperState, end_of_text: i32, voiced_ms: (u32, u32)) -> Spelled {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut bytes, mut sum, mut count) = (Vec::new(), 0.0, 0.0);
    for segment in state.as_iter() {
        for token in (0..segment.n_tokens()).filter_map(|i| segment.get_token(i)) {
            if token.token_id() >= end_of_text {
                continue;
            }
            bytes.extend_from_slice(token.to_bytes().unwrap_or_default());
            sum += token.token_data().plog;
            count += 1.0;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                pieces.push(Piece { text: text.to_owned(), from_ms: 0, to_ms: 0, log_probability: sum / count });
                (bytes, sum, count) = (Vec::new(), 0.0, 0.0);
            }
        }
    }
    place(&mut pieces, voiced_ms);
    Spelled { pieces, behind: 0.0 }
}

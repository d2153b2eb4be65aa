//! A prompt that is spoken in pieces: each at its own rate, with silence between them, joined into one sound.

use std::sync::{Arc, Mutex, PoisonError};
use warmline_dialog::{Piece, Prompt};
use warmline_models::synth::Voice;
use warmline_models::{ModelError, VoiceSpec};

/// Samples in a millisecond of telephone audio.
const SAMPLES_PER_MS: usize = 8;

/// Sound of a prompt, or of one of its pieces: 8 kHz, one channel.
pub type Sound = Arc<Vec<i16>>;

/// The pieces of `prompt`; one at the usual rate where it has none.
pub(crate) fn of(prompt: &Prompt) -> Vec<Piece> {
    match prompt.pieces.is_empty() {
        true => vec![Piece { text: prompt.text.clone(), rate_percent: 100, pause_ms: 0 }],
        false => prompt.pieces.clone(),
    }
}

/// One sound from those of the pieces, in their order. A piece without words is only its pause.
pub(crate) fn join(pieces: &[Piece], mut sound: impl FnMut(&Piece) -> Option<Sound>) -> Option<Sound> {
    if let [only] = pieces
        && only.pause_ms == 0
    {
        return sound(only);
    }
    let mut whole = Vec::new();
    for piece in pieces {
        if !piece.text.is_empty() {
            whole.extend_from_slice(&sound(piece)?);
        }
        whole.resize(whole.len() + piece.pause_ms as usize * SAMPLES_PER_MS, 0);
    }
    Some(Arc::new(whole))
}

/// The words of `prompt`, spoken at once and without a call. Blocks while the voice's engine works.
///
/// # Errors
/// The voice cannot speak, or not this.
pub fn spoken(voice: &Voice, prompt: &Prompt) -> Result<Sound, ModelError> {
    let mut failed = None;
    let whole = join(&of(prompt), |piece| {
        let spec = VoiceSpec { voice: prompt.voice.clone(), rate_percent: piece.rate_percent };
        voice.render(&piece.text, &spec).map_err(|error| failed = Some(error)).ok()
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(whole.unwrap_or_default()),
    }
}

type Done = Box<dyn FnOnce(Result<Sound, String>) + Send>;

/// Waits for the sounds of all pieces, which come from several threads in any order.
pub(crate) struct Assembly {
    pieces: Vec<Piece>,
    state: Mutex<State>,
}

struct State {
    sounds: Vec<Option<Sound>>,
    /// Taken when it is called.
    done: Option<Done>,
}

impl Assembly {
    /// `done` gets the whole, or the first error.
    pub(crate) fn new(pieces: Vec<Piece>, done: Done) -> Self {
        let sounds = vec![None; pieces.len()];
        Self { pieces, state: Mutex::new(State { sounds, done: Some(done) }) }
    }

    /// The sound of piece number `place` is there.
    pub(crate) fn put(&self, place: usize, result: Result<Sound, String>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = match result {
            Err(error) => Some(Err(error)),
            Ok(sound) => {
                state.sounds[place] = Some(sound);
                let mut sounds = self.pieces.iter().zip(&state.sounds);
                let there = sounds.all(|(piece, sound)| piece.text.is_empty() || sound.is_some());
                let mut spoken = state.sounds.iter().zip(&self.pieces).filter(|(_, piece)| !piece.text.is_empty());
                let next = |_: &Piece| spoken.next().and_then(|(sound, _)| sound.clone());
                there.then(|| join(&self.pieces, next).ok_or_else(|| "a piece is missing".to_owned()))
            }
        };
        if let Some(whole) = whole
            && let Some(done) = state.done.take()
        {
            drop(state);
            done(whole);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc;

    fn piece(text: &str, pause_ms: u32) -> Piece {
        Piece { text: text.to_owned(), rate_percent: 100, pause_ms }
    }

    #[test]
    fn pieces_are_joined_in_their_order_with_silence_between() {
        let (told, whole) = mpsc::channel();
        let pieces = vec![piece("one", 2), piece("", 1), piece("two", 0)];
        let assembly = Assembly::new(pieces, Box::new(move |result| told.send(result).unwrap()));
        assembly.put(2, Ok(Arc::new(vec![5; 3])));
        assert!(whole.try_recv().is_err(), "not before all are there");
        assembly.put(0, Ok(Arc::new(vec![9; 2])));
        let samples = whole.recv().unwrap().unwrap();
        assert_eq!(samples.len(), 2 + 16 + 8 + 3);
        assert_eq!((samples[0], samples[2], samples[25], samples[26]), (9, 0, 0, 5));
    }

    #[test]
    fn the_first_error_is_told_once() {
        let (told, whole) = mpsc::channel();
        let pieces = vec![piece("one", 0), piece("two", 0)];
        let assembly = Assembly::new(pieces, Box::new(move |result| told.send(result).unwrap()));
        assembly.put(1, Err("no voice".to_owned()));
        assembly.put(0, Err("no voice either".to_owned()));
        assert_eq!(whole.try_iter().collect::<Vec<_>>(), [Err("no voice".to_owned())]);
    }
}

//! A text on its way to the voice: its words, and the pieces that are spoken in a special way.

use crate::api::{BargeIn, Piece, Prompt};
use crate::speak::Form;
use warmline_schema::Mark;

/// An emphasised piece is spoken at this rate, in percent, between pauses of [`EMPHASIS_PAUSE_MS`].
const EMPHASIS_PERCENT: u16 = 85;
const EMPHASIS_PAUSE_MS: u32 = 120;

/// Words to say, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Speech {
    /// As it stands in the transcript.
    pub text: String,
    /// Empty: all of it at the usual rate.
    pub pieces: Vec<Piece>,
    pub audio: Option<String>,
}

impl Speech {
    pub(crate) fn plain(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// Everything at `percent` of its rate. A recording cannot be slowed down: it is spoken instead.
    pub(crate) fn at_rate(mut self, percent: u16) -> Self {
        if percent == 100 {
            return self;
        }
        if self.pieces.is_empty() {
            self.pieces.push(Piece { text: self.text.clone(), rate_percent: 100, pause_ms: 0 });
        }
        for piece in &mut self.pieces {
            let rate = u32::from(piece.rate_percent) * u32::from(percent) / 100;
            piece.rate_percent = u16::try_from(rate).unwrap_or(u16::MAX).max(50);
        }
        self.audio = None;
        self
    }

    pub(crate) fn prompt(self, voice: &str, barge_in: BargeIn, step: &str) -> Prompt {
        let (voice, step) = (voice.to_owned(), step.to_owned());
        Prompt { text: self.text, voice, barge_in, step, pieces: self.pieces, audio: self.audio }
    }
}

/// Collects words and marks in the order of the text.
#[derive(Default)]
pub(crate) struct Speaker {
    text: String,
    pieces: Vec<Piece>,
    marks: Vec<Mark>,
}

impl Speaker {
    pub(crate) fn push(&mut self, words: &str) {
        self.text.push_str(words);
        let rate_percent = self.rate_percent();
        // Punctuation belongs to the words before it, whatever pause or mark ended there.
        let bare = !words.chars().any(char::is_alphanumeric);
        match self.pieces.last_mut() {
            Some(last) if last.rate_percent == rate_percent && last.pause_ms == 0 => last.text.push_str(words),
            Some(last) if bare => last.text.push_str(words.trim_end()),
            _ => self.pieces.push(Piece { text: words.to_owned(), rate_percent, pause_ms: 0 }),
        }
    }

    pub(crate) fn pause(&mut self, ms: u32) {
        // Words on both sides stay apart in the transcript too.
        self.text.push(' ');
        let rate_percent = self.rate_percent();
        match self.pieces.last_mut() {
            Some(last) => last.pause_ms = last.pause_ms.saturating_add(ms),
            None => self.pieces.push(Piece { text: String::new(), rate_percent, pause_ms: ms }),
        }
    }

    pub(crate) fn open(&mut self, mark: Mark) {
        if mark == Mark::Emphasis && !self.pieces.is_empty() {
            self.pause(EMPHASIS_PAUSE_MS);
        }
        self.marks.push(mark);
    }

    pub(crate) fn close(&mut self) {
        if self.marks.pop() == Some(Mark::Emphasis)
            && let Some(last) = self.pieces.last_mut()
        {
            last.pause_ms = last.pause_ms.saturating_add(EMPHASIS_PAUSE_MS);
        }
    }

    /// How values are spoken here, where the text says so.
    pub(crate) fn form(&self) -> Option<Form> {
        self.marks.iter().rev().find_map(|mark| match mark {
            Mark::SayAs(kind) => Some((*kind).into()),
            _ => None,
        })
    }

    fn rate_percent(&self) -> u16 {
        let rate = self.marks.iter().fold(100u32, |rate, mark| match mark {
            Mark::Rate(percent) => rate * u32::from(*percent) / 100,
            Mark::Emphasis => rate * u32::from(EMPHASIS_PERCENT) / 100,
            Mark::SayAs(_) => rate,
        });
        u16::try_from(rate.clamp(50, 200)).unwrap_or(100)
    }

    pub(crate) fn finish(self) -> Speech {
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut pieces = self.pieces;
        for piece in &mut pieces {
            piece.text = tidy(&piece.text);
        }
        pieces.retain(|piece| !piece.text.is_empty() || piece.pause_ms > 0);
        let plain = pieces.iter().all(|piece| piece.rate_percent == 100 && piece.pause_ms == 0);
        let pieces = if plain { Vec::new() } else { pieces };
        Speech { text: tidy(&self.text), pieces, audio: None }
    }
}

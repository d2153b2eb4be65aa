//! Audio ready to play, with the places where it is speech.

use crate::RATE_HZ;
use std::ops::Range;

/// Sound below this is silence at the edges of a rendered text (about −46 dBFS).
const QUIET: i32 = 160;

/// Loudness speech is brought to: RMS over its loud frames, about −20 dBFS.
const LEVEL_RMS: f64 = 3200.0;

/// Something to play, at 8 kHz.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clip {
    pub pcm: Vec<i16>,
    /// Sample ranges that are speech, in order; pauses lie between them.
    pub speech: Vec<Range<usize>>,
}

impl Clip {
    /// Appends speech.
    pub fn push_speech(&mut self, pcm: &[i16]) {
        let from = self.pcm.len();
        self.pcm.extend_from_slice(pcm);
        self.speech.push(from..self.pcm.len());
    }

    /// Appends silence.
    pub fn push_silence(&mut self, ms: u64) {
        self.pcm.resize(self.pcm.len() + (ms * u64::from(RATE_HZ) / 1000) as usize, 0);
    }

    /// A tone or anything else that is not speech.
    pub fn sound(pcm: Vec<i16>) -> Self {
        Self { pcm, speech: Vec::new() }
    }
}

/// `pcm` without the silence before and after.
pub(super) fn trim(pcm: &[i16]) -> &[i16] {
    let loud = |s: &i16| i32::from(*s).abs() > QUIET;
    match (pcm.iter().position(loud), pcm.iter().rposition(loud)) {
        (Some(first), Some(last)) => &pcm[first..=last],
        _ => &[],
    }
}

/// `pcm` at the common loudness, so that no voice is easier to hear than another; peaks are limited.
pub(super) fn level(pcm: &[i16]) -> Vec<i16> {
    let power = |frame: &[i16]| frame.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / frame.len() as f64;
    let frames: Vec<f64> = pcm.chunks(crate::FRAME).map(power).collect();
    let loudest = frames.iter().copied().fold(0.0, f64::max);
    // Frames within 20 dB of the loudest are speech proper.
    let speech: Vec<f64> = frames.into_iter().filter(|p| *p > loudest / 100.0).collect();
    if speech.is_empty() {
        return pcm.to_vec();
    }
    let rms = (speech.iter().sum::<f64>() / speech.len() as f64).sqrt();
    let gain = LEVEL_RMS / rms;
    pcm.iter().map(|s| (f64::from(*s) * gain).round().clamp(-30_000.0, 30_000.0) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_knows_where_it_speaks() {
        let mut clip = Clip::default();
        clip.push_speech(&[1000; 800]);
        clip.push_silence(100);
        clip.push_speech(&[1000; 160]);
        assert_eq!(clip.speech, [0..800, 1600..1760]);
        assert_eq!(clip.pcm.len(), 1760);
    }

    #[test]
    fn quiet_and_loud_voices_come_out_alike() {
        let quiet = level(&[300, -300].repeat(400));
        let loud = level(&[20_000, -20_000].repeat(400));
        assert_eq!(quiet, loud);
        assert_eq!(trim(&[0, 5, -900, 3, 700, 1]), [-900, 3, 700]);
        assert!(trim(&[0, 1, -2]).is_empty());
    }
}

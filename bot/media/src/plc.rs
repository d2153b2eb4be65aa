//! Packet loss concealment by pitch repetition, after the idea of ITU-T G.711 Appendix I.
//!
//! A lost frame is filled with the last pitch period of what was heard, faded out over 60 ms, and
//! the first good frame afterwards is blended in. Unlike the recommendation it adds no delay: the
//! seam at the start is smoothed by a decaying offset instead of a look-ahead.

use crate::{FRAME_SAMPLES, Frame, SILENCE, mix::rms};

/// Pitch periods searched: 200 Hz down to 66 Hz, in samples at 8 kHz.
const MIN_LAG: usize = 40;
const MAX_LAG: usize = 120;
/// Samples compared at each lag (20 ms).
const WINDOW: usize = 160;
const HISTORY: usize = WINDOW + MAX_LAG;
/// Full level for 10 ms, then linearly to nothing.
const HOLD: usize = 80;
const FADE: usize = 400;
/// What counts as quiet: twice the noise floor, between −55 and −38 dBFS.
const QUIET: std::ops::RangeInclusive<f32> = 58.0..=410.0;
/// Blend into the first good frame (4 ms).
const BLEND: usize = 32;

/// Concealment state of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Plc {
    history: Vec<i16>,
    /// The period being repeated, empty when nothing is being concealed.
    period: Vec<f32>,
    /// What separates the last heard sample from where the repetition starts.
    gap: f32,
    /// Samples made since the loss began.
    made: usize,
    /// Level of the quietest frames lately, slowly rising.
    floor: f32,
}

impl Plc {
    pub(crate) fn new() -> Self {
        Self { history: vec![0; HISTORY], period: Vec::new(), gap: 0.0, made: 0, floor: 100.0 }
    }

    /// A good frame: blends it with the concealment that preceded it, and remembers it.
    pub(crate) fn good(&mut self, frame: &mut Frame) {
        if !self.period.is_empty() {
            for (i, s) in frame.iter_mut().take(BLEND).enumerate() {
                let w = (i + 1) as f32 / (BLEND + 1) as f32;
                *s = (f32::from(*s) * w + self.next_sample() * (1.0 - w)).round() as i16;
            }
            self.period.clear();
            self.made = 0;
        }
        self.floor = (self.floor * 1.01 + 0.1).min(rms(frame));
        self.history.drain(..FRAME_SAMPLES);
        self.history.extend_from_slice(frame);
    }

    /// Level below which a frame may be dropped or repeated unnoticed.
    pub(crate) fn quiet_level(&self) -> f32 {
        (self.floor * 2.0).clamp(*QUIET.start(), *QUIET.end())
    }

    /// The last frame was such a frame.
    pub(crate) fn quiet(&self) -> bool {
        rms(&self.history[HISTORY - FRAME_SAMPLES..]) < self.quiet_level()
    }

    /// A frame more of the quiet: the last one backwards, which joins without a step.
    pub(crate) fn repeat_quiet(&self) -> Frame {
        let mut frame = SILENCE;
        for (s, &h) in frame.iter_mut().zip(self.history.iter().rev()) {
            *s = h;
        }
        frame
    }

    /// A frame for one that is missing.
    pub(crate) fn conceal(&mut self) -> Frame {
        if self.period.is_empty() {
            self.start();
        }
        let mut frame = SILENCE;
        for s in &mut frame {
            *s = self.next_sample().round() as i16; // a float cast saturates
        }
        self.history.drain(..FRAME_SAMPLES);
        self.history.extend_from_slice(&frame);
        frame
    }

    /// The concealment has faded to silence.
    pub(crate) fn exhausted(&self) -> bool {
        self.made >= HOLD + FADE
    }

    fn next_sample(&mut self) -> f32 {
        let gain = 1.0 - (self.made.saturating_sub(HOLD) as f32 / FADE as f32).min(1.0);
        let lag = self.period.len().max(1);
        let s = self.period.get(self.made % lag).copied().unwrap_or(0.0);
        let offset = self.gap * (1.0 - (self.made as f32 * 4.0 / lag as f32).min(1.0));
        self.made += 1;
        (s + offset) * gain
    }

    /// Takes one pitch period, its end bent so that it joins its own start.
    fn start(&mut self) {
        let lag = self.pitch_lag();
        let end = self.history.len();
        let mut period: Vec<f32> = self.history[end - lag..].iter().map(|&s| f32::from(s)).collect();
        // Repetition joins the last sample to the first of the period; what really preceded the first
        // is one lag earlier. Blend the end towards that, so that every seam is as smooth as speech.
        let seam = lag / 4;
        for i in 0..seam {
            let w = (i + 1) as f32 / (seam + 1) as f32;
            let before = f32::from(self.history[end - lag - seam + i]);
            let at = lag - seam + i;
            period[at] = period[at] * (1.0 - w) + before * w;
        }
        // The very first seam joins the unblended last sample: carry the difference and let it decay.
        self.gap = f32::from(self.history[end - 1]) - f32::from(self.history[end - lag - 1]);
        self.period = period;
        self.made = 0;
    }

    /// The lag with the highest normalised correlation.
    fn pitch_lag(&self) -> usize {
        let end = self.history.len();
        let recent = &self.history[end - WINDOW..];
        let mut best = (MAX_LAG, 0.0_f32);
        for lag in MIN_LAG..=MAX_LAG {
            let earlier = &self.history[end - WINDOW - lag..end - lag];
            let (mut cross, mut energy) = (0.0_f32, 1.0_f32);
            for (&a, &b) in recent.iter().zip(earlier) {
                cross += f32::from(a) * f32::from(b);
                energy += f32::from(b) * f32::from(b);
            }
            let score = if cross > 0.0 { cross * cross / energy } else { 0.0 };
            if score > best.1 {
                best = (lag, score);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone_frame(hz: f32, n: usize) -> Frame {
        std::array::from_fn(|i| {
            let t = (n * FRAME_SAMPLES + i) as f32 / 8000.0;
            (8000.0 * (std::f32::consts::TAU * hz * t).sin()) as i16
        })
    }

    fn largest_step(pcm: &[i16]) -> i32 {
        pcm.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap_or(0)
    }

    #[test]
    fn a_lost_frame_of_a_voiced_sound_is_continued_without_a_click() {
        let mut plc = Plc::new();
        let mut out = Vec::new();
        for n in 0..10 {
            let mut frame = tone_frame(100.0, n);
            if n == 6 {
                frame = plc.conceal();
            } else {
                plc.good(&mut frame);
            }
            out.extend_from_slice(&frame);
        }
        let lost = &out[6 * 160..7 * 160];
        assert!(rms(lost) > 0.8 * rms(&out[5 * 160..6 * 160]), "level kept");
        let error: Vec<i16> = lost.iter().zip(tone_frame(100.0, 6)).map(|(a, b)| a - b).collect();
        assert!(rms(&error) < 0.35 * rms(lost), "phase kept");
        assert!(largest_step(&out[5 * 160..8 * 160]) < 3 * largest_step(&out[..5 * 160]));
    }

    #[test]
    fn a_long_loss_fades_to_silence_within_60_ms() {
        let mut plc = Plc::new();
        for n in 0..5 {
            plc.good(&mut tone_frame(150.0, n));
        }
        let frames: Vec<Frame> = (0..4).map(|_| plc.conceal()).collect();
        assert!(rms(&frames[1]) < rms(&frames[0]));
        assert!(rms(&frames[2]) < rms(&frames[1]));
        assert_eq!(frames[3], SILENCE);
        assert!(plc.exhausted());
    }

    #[test]
    fn silence_is_concealed_by_silence() {
        let mut plc = Plc::new();
        plc.good(&mut SILENCE.clone());
        assert_eq!(plc.conceal(), SILENCE);
    }
}

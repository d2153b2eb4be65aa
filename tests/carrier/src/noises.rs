//! Sounds that are no words, as 8 kHz samples: a cough, and a bad line. Pure; a seed makes each one different.

use crate::tones::samples;
use std::f32::consts::TAU;

/// Something that is heard and means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    Cough,
    /// Hum, hiss and crackle.
    Line,
    /// No sound at all: what would have happened anyway.
    Nothing,
}

impl Noise {
    /// As the report calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cough => "(cough)",
            Self::Line => "(line noise)",
            Self::Nothing => "(nothing)",
        }
    }

    /// Its samples.
    pub fn pcm(self, seed: u32) -> Vec<i16> {
        match self {
            Self::Cough => cough(&mut White(seed)),
            Self::Line => line(&mut White(seed)),
            Self::Nothing => vec![0; samples(400)],
        }
    }
}

/// White noise from −1 to 1.
struct White(u32);

impl White {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    /// Evenly from 0 to 1.
    fn share(&mut self) -> f32 {
        0.5 + 0.5 * self.next()
    }
}

/// Two bursts of breath: a hard start, a tail of a fifth of a second, the throat's resonance around 500 and 1,500 Hz.
fn cough(white: &mut White) -> Vec<i16> {
    let mut pcm = Vec::new();
    for loud in [1.0, 0.6] {
        let (tail, pitch) = (0.05 + 0.03 * white.share(), 0.85 + 0.3 * white.share());
        let mut throat = [Resonance::new(500.0 * pitch, 180.0), Resonance::new(1500.0 * pitch, 400.0)];
        for n in 0..samples(220) {
            let seconds = n as f32 / 8000.0;
            let level = (seconds / 0.004).min(1.0) * (-seconds / tail).exp();
            let breath = white.next() * level;
            let voiced: f32 = throat.iter_mut().map(|r| r.push(breath)).sum();
            pcm.push((9000.0 * loud * (0.3 * breath + voiced)).clamp(-30_000.0, 30_000.0) as i16);
        }
        pcm.resize(pcm.len() + samples(60 + (120.0 * white.share()) as u64), 0);
    }
    pcm
}

/// Six tenths of a second of hum and hiss, with crackles in it.
fn line(white: &mut White) -> Vec<i16> {
    let hum = |n: usize, hz: f32| (TAU * hz * n as f32 / 8000.0).sin();
    let mut crackle = 0.0;
    let frame = |n: usize| {
        if white.share() < 0.002 {
            crackle = 9000.0 * white.next();
        }
        crackle *= 0.8;
        (700.0 * hum(n, 50.0) + 400.0 * hum(n, 150.0) + 500.0 * white.next() + crackle) as i16
    };
    (0..samples(600)).map(frame).collect()
}

/// A resonance of two poles.
struct Resonance {
    a1: f32,
    a2: f32,
    gain: f32,
    past: [f32; 2],
}

impl Resonance {
    fn new(hz: f32, width_hz: f32) -> Self {
        let radius = (-TAU * width_hz / 2.0 / 8000.0).exp();
        Self { a1: 2.0 * radius * (TAU * hz / 8000.0).cos(), a2: -radius * radius, gain: 1.0 - radius, past: [0.0; 2] }
    }

    fn push(&mut self, input: f32) -> f32 {
        let out = self.gain * 4.0 * input + self.a1 * self.past[0] + self.a2 * self.past[1];
        self.past = [out, self.past[0]];
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rms(pcm: &[i16]) -> f64 {
        (pcm.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / pcm.len() as f64).sqrt()
    }

    #[test]
    fn a_cough_is_loud_at_its_start_and_no_two_are_alike() {
        let cough = Noise::Cough.pcm(1);
        assert!(
            rms(&cough[..400]) > 1000.0 && rms(&cough[..400]) > 3.0 * rms(&cough[1200..1600]),
            "{}",
            rms(&cough[..400])
        );
        assert!((samples(500)..samples(900)).contains(&cough.len()));
        assert_ne!(cough, Noise::Cough.pcm(2));
        assert_eq!(cough, Noise::Cough.pcm(1));
    }

    #[test]
    fn line_noise_is_steady_and_nothing_is_silent() {
        let noise = Noise::Line.pcm(1);
        assert!((400.0..1500.0).contains(&rms(&noise)), "{}", rms(&noise));
        assert!(Noise::Nothing.pcm(1).iter().all(|s| *s == 0));
    }
}

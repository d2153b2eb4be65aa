//! What noise suppression and gain do to the starter recogniser, and what they cost:
//! `cargo run --release -p warmline-models --example bench_enhance [noise|whole|quick]`.
//!
//! The phrases and voices of `warmline bench asr` at 15 dB of noise, at 5 dB (more noise is added) and
//! 25 dB too quiet, each heard as it is and enhanced. Right and wrong are accepted answers.

use std::{cell::Cell, error::Error, sync::Arc};
use warmline_models::{
    Asr, AsrContext, ModelError, PreparedContext, Transcript,
    bench_asr::{self, Extent, Outcome},
    enhance::{Enhance, Enhancer},
    measure::processor_time,
    starter::StarterAsr,
    store::Store,
    synth::{Voice, VoiceConfig},
};

#[derive(Clone, Copy)]
enum Line {
    /// 15 dB, as the benchmark makes it.
    Usual,
    Noisy,
    Quiet,
}

/// A recogniser behind a line and an enhancer.
struct Behind<'a> {
    asr: &'a mut StarterAsr,
    line: Line,
    wanted: Enhance,
    /// Seconds of a processor's work and of sound.
    work: Cell<(f64, f64)>,
}

impl Asr for Behind<'_> {
    fn name(&self) -> &'static str {
        "enhanced"
    }

    fn hears(&self, language: &str) -> bool {
        self.asr.hears(language)
    }

    fn prepare(&self, context: &AsrContext) -> Result<Arc<dyn PreparedContext>, ModelError> {
        self.asr.prepare(context)
    }

    fn recognise(&mut self, pcm: &[i16], context: &dyn PreparedContext, last: bool) -> Result<Transcript, ModelError> {
        let mut pcm = carried(pcm, self.line);
        if let Some(mut enhancer) = Enhancer::new(self.wanted) {
            // What a call has heard before the utterance: the same line without speech.
            let lead: Vec<i16> = pcm.iter().take(1_600).cycle().take(16_000).copied().collect();
            let mut all = [lead, pcm].concat();
            let started = processor_time().as_secs_f64();
            all.chunks_mut(160).for_each(|frame| enhancer.process(frame));
            let (work, sound) = self.work.get();
            self.work.set((work + processor_time().as_secs_f64() - started, sound + all.len() as f64 / 8_000.0));
            pcm = all.split_off(16_000);
        }
        self.asr.recognise(&pcm, context, last)
    }
}

fn carried(pcm: &[i16], line: Line) -> Vec<i16> {
    match line {
        Line::Usual => pcm.to_vec(),
        Line::Quiet => pcm.iter().map(|s| s / 18).collect(),
        Line::Noisy => {
            let power = |p: &[i16]| p.iter().map(|&s| f32::from(s).powi(2)).sum::<f32>() / p.len().max(1) as f32;
            // Speech is 15 dB over what its pauses hold; 5 dB wants nine times as much again.
            let level = (power(&pcm[..pcm.len().min(1_600)]) * 9.0).sqrt();
            let mut state = 9u64;
            let mut low = 0.0;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let white = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
                low = 0.8 * low + white;
                // The power of this noise is 1/3 over 1 − 0.8².
                low * level / (1.0f32 / 3.0 / 0.36).sqrt()
            };
            pcm.iter().map(|&s| (f32::from(s) + next()).clamp(-32_768.0, 32_767.0) as i16).collect()
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let extent = match std::env::args().nth(1).as_deref() {
        Some("whole") => Extent::Whole,
        Some("noise") => Extent::Noise,
        _ => Extent::Quick,
    };
    let mut asr = StarterAsr::load(&Store::locate()?, 1)?;
    let voices = Voice::new(VoiceConfig { cache: Some(bench_asr::folder()), ..VoiceConfig::default() })?;
    let (denoise, gain) = (true, true);
    let plain = Enhance::default();
    let ways = [("nothing", plain), ("denoise", Enhance { denoise, ..plain }), ("gain", Enhance { gain, ..plain })];
    for (name, line) in [("15 dB", Line::Usual), ("5 dB", Line::Noisy), ("25 dB too quiet", Line::Quiet)] {
        for (way, wanted) in ways {
            let mut behind = Behind { asr: &mut asr, line, wanted, work: Cell::default() };
            let rows = bench_asr::run(&mut behind, &voices, extent, &mut |_| {})?;
            let answers = rows.iter().fold(Outcome::default(), |sum, row| sum + row.answers());
            let unrelated: f64 = rows.iter().map(|r| r.unrelated_rejected.percent()).sum::<f64>() / rows.len() as f64;
            let (work, sound) = behind.work.get();
            println!(
                "{name:16} {way:8} answers {:4}: right {:5.1} % wrong {:4.1} % · unrelated rejected {unrelated:5.1} % · \
                 {:.2} ms a second",
                answers.spoken,
                answers.right_percent(),
                answers.wrong_percent(),
                if sound > 0.0 { work * 1_000.0 / sound } else { 0.0 },
            );
        }
    }
    Ok(())
}

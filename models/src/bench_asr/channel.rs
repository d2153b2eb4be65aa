//! What a telephone line does to speech: noise at a given level, G.711, lost packets.

/// Silence before and after speech, in samples.
const PAD: usize = 1_600;

/// How speech reaches the recogniser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// µ-law.
    Clean,
    /// Low-pitched noise 15 dB below the speech, then µ-law.
    Noise,
    /// The same with noise 9 dB below: what makes a known voice as hard to hear as an unknown one.
    Loud,
    /// µ-law in packets of 20 ms, of which 3 % are lost and concealed.
    Loss,
}

/// Samples of a packet.
const PACKET: usize = 160;
const LOST: f32 = 0.03;

impl Channel {
    pub(super) fn name(self) -> &'static str {
        match self {
            Channel::Clean => "G.711",
            Channel::Noise => "G.711, 15 dB noise",
            Channel::Loud => "G.711, 9 dB noise",
            Channel::Loss => "G.711, 3 % loss",
        }
    }

    /// `pcm` with 200 ms before and after it, through the channel. Equal `seed`s give equal noise.
    pub(crate) fn carry(self, pcm: &[i16], seed: u64) -> Vec<i16> {
        let pad = [0; PAD];
        let padded = [&pad[..], pcm, &pad[..]].concat();
        let coded = |pcm: &[i16]| pcm.iter().map(|s| through_ulaw(f32::from(*s))).collect::<Vec<i16>>();
        match self {
            Channel::Clean => coded(&padded),
            Channel::Noise => noisy(&padded, power(pcm), 15.0, seed).into_iter().map(through_ulaw).collect(),
            Channel::Loud => noisy(&padded, power(pcm), 9.0, seed).into_iter().map(through_ulaw).collect(),
            Channel::Loss => with_losses(coded(&padded), seed),
        }
    }
}

fn power(pcm: &[i16]) -> f32 {
    pcm.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / pcm.len().max(1) as f32
}

fn noisy(pcm: &[i16], speech_power: f32, below_db: f32, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut low = 0.0f32;
    let noise: Vec<f32> = (0..pcm.len())
        .map(|_| {
            let white: f32 = (0..4).map(|_| uniform(&mut state)).sum();
            low = 0.9 * low + white;
            low + white
        })
        .collect();
    let noise_power = noise.iter().map(|n| n * n).sum::<f32>() / noise.len().max(1) as f32;
    let gain = (speech_power / noise_power.max(1e-9)).sqrt() * 10f32.powf(-below_db / 20.0);
    pcm.iter().zip(noise).map(|(s, n)| f32::from(*s) + n * gain).collect()
}

/// A lost packet sounds like the one before it at half the level: what simple receivers do.
fn with_losses(mut pcm: Vec<i16>, seed: u64) -> Vec<i16> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for at in (PACKET..pcm.len().saturating_sub(PACKET)).step_by(PACKET) {
        if uniform(&mut state) + 0.5 < LOST {
            for i in at..at + PACKET {
                pcm[i] = pcm[i - PACKET] / 2;
            }
        }
    }
    pcm
}

/// xorshift; −0.5…0.5.
fn uniform(state: &mut u64) -> f32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
}

/// The rounding that µ-law does (ITU-T G.711, in its continuous form).
fn through_ulaw(sample: f32) -> i16 {
    const MU: f32 = 255.0;
    let x = (sample / 32_768.0).clamp(-1.0, 1.0);
    let coded = ((1.0 + MU * x.abs()).ln() / (1.0 + MU).ln() * 127.0).round() / 127.0;
    (x.signum() * ((1.0 + MU).powf(coded) - 1.0) / MU * 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone() -> Vec<i16> {
        (0..16_000).map(|i| ((i as f32 * 0.6).sin() * 8_000.0) as i16).collect()
    }

    #[test]
    fn noise_is_fifteen_decibels_down_and_repeats() {
        let carried = Channel::Noise.carry(&tone(), 3);
        assert_eq!(carried, Channel::Noise.carry(&tone(), 3));
        let pauses = [&carried[..PAD], &carried[carried.len() - PAD..]].concat();
        let ratio = 10.0 * (power(&tone()) / power(&pauses)).log10();
        assert!((ratio - 15.0).abs() < 1.0, "{ratio} dB");
    }

    #[test]
    fn the_codec_alone_is_hardly_heard() {
        let carried = Channel::Clean.carry(&tone(), 0);
        assert_eq!(carried.len(), 2 * PAD + tone().len());
        let difference: Vec<i16> = tone().iter().zip(&carried[PAD..]).map(|(a, b)| a - b).collect();
        assert!(power(&difference) * 1_000.0 < power(&tone()));
    }

    #[test]
    fn about_three_packets_in_a_hundred_are_lost() {
        let (whole, holes) = (Channel::Clean.carry(&tone(), 5), Channel::Loss.carry(&tone(), 5));
        let lost = whole.chunks(PACKET).zip(holes.chunks(PACKET)).filter(|(a, b)| a != b).count();
        assert!((1..=8).contains(&lost), "{lost} of {}", whole.len() / PACKET);
    }
}

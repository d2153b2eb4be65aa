//! The four codecs behind one enum, and their RTP facts.
//!
//! Encoders take and decoders give 8 kHz mono; G.722 (16 kHz) and Opus (48 kHz) resample inside,
//! with state that lives across packets. SDP payload numbers that are dynamic are negotiated in
//! [`crate::sdp`]; the numbers here are only what we propose.

use crate::{Frame, resample::Resampler};
use audio_codec::{
    Decoder as _, Encoder as _,
    g722::{G722Decoder, G722Encoder},
    opus::{OpusApplication, OpusDecoder, OpusEncoder},
    pcma::{PcmaDecoder, PcmaEncoder},
    pcmu::{PcmuDecoder, PcmuEncoder},
};

/// Opus is encoded at our own rate, which gives its narrow-band speech mode, and decoded at the rate
/// that suits whatever mode the far end chose. The RTP clock is 48 kHz for both (RFC 7587 §4.1).
const OPUS_ENCODE_HZ: u32 = 8000;
const OPUS_DECODE_HZ: u32 = 48_000;
/// Transparent for telephone-band speech.
const OPUS_BITRATE: i32 = 32_000;

/// A speech codec we can send and receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722 at 64 kbit/s.
    G722,
    /// Opus, sent mono.
    Opus,
}

/// Why a payload or frame could not be coded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// A packet without payload.
    #[error("empty {0} payload")]
    Empty(&'static str),
    /// The payload is not what the codec allows.
    #[error("damaged {0} payload")]
    Damaged(&'static str),
    /// The encoder refused a frame.
    #[error("{0} encoder failed")]
    Encode(&'static str),
}

impl Codec {
    /// Every codec, in the order we would rather offer to a telephone network.
    pub const ALL: [Self; 4] = [Self::Pcmu, Self::Pcma, Self::G722, Self::Opus];

    /// Encoding name as registered for SDP; compared without case (RFC 4566 §6).
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// The codec of an encoding name, without case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name().eq_ignore_ascii_case(name))
    }

    /// Payload type with a fixed meaning (RFC 3551 §6), valid without `a=rtpmap`.
    pub fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
            Self::G722 => Some(9),
            Self::Opus => None,
        }
    }

    /// The payload type we write in an offer.
    pub fn offered_payload_type(self) -> u8 {
        self.static_payload_type().unwrap_or(111)
    }

    /// RTP timestamp clock in Hz. G.722 samples at 16 kHz but keeps an 8 kHz clock, a historical
    /// error that RFC 3551 §4.5.2 made permanent.
    pub fn clock_rate_hz(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8000,
            Self::Opus => 48_000,
        }
    }

    /// RTP timestamp units of one 20-ms frame.
    pub fn timestamp_step(self) -> u32 {
        self.clock_rate_hz() / 50
    }

    /// Value of `a=rtpmap` after the payload type.
    pub fn rtpmap(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU/8000",
            Self::Pcma => "PCMA/8000",
            Self::G722 => "G722/8000",
            Self::Opus => "opus/48000/2",
        }
    }

    /// Value of `a=fmtp` after the payload type. Opus: we want mono narrow-band speech.
    pub fn fmtp(self) -> Option<&'static str> {
        match self {
            Self::Opus => Some("maxplaybackrate=8000;sprop-maxcapturerate=8000;stereo=0;useinbandfec=0"),
            _ => None,
        }
    }
}

/// Turns 20-ms frames into payloads. One per sending stream.
pub struct Encoder {
    codec: Codec,
    inner: EncoderState,
    wide: Vec<i16>,
}

enum EncoderState {
    Pcmu(PcmuEncoder),
    Pcma(PcmaEncoder),
    G722(Box<G722Encoder>, Resampler),
    Opus(Box<OpusEncoder>),
}

impl Encoder {
    /// A fresh encoder.
    pub fn new(codec: Codec) -> Self {
        let inner = match codec {
            Codec::Pcmu => EncoderState::Pcmu(PcmuEncoder::new()),
            Codec::Pcma => EncoderState::Pcma(PcmaEncoder::new()),
            Codec::G722 => EncoderState::G722(Box::default(), Resampler::new(8000, 16_000)),
            Codec::Opus => {
                let mut opus = OpusEncoder::new_with_application(OPUS_ENCODE_HZ, 1, OpusApplication::Voip);
                opus.set_bitrate(OPUS_BITRATE);
                opus.set_complexity(5);
                EncoderState::Opus(Box::new(opus))
            }
        };
        Self { codec, inner, wide: Vec::new() }
    }

    /// The codec this encoder was made for.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// One RTP payload for one frame.
    pub fn encode(&mut self, frame: &Frame) -> Result<Vec<u8>, CodecError> {
        let payload = match &mut self.inner {
            EncoderState::Pcmu(e) => e.encode(frame),
            EncoderState::Pcma(e) => e.encode(frame),
            EncoderState::G722(e, up) => {
                self.wide.clear();
                up.process(frame, &mut self.wide);
                e.encode(&self.wide)
            }
            EncoderState::Opus(e) => e.encode(frame),
        };
        if payload.is_empty() { Err(CodecError::Encode(self.codec.name())) } else { Ok(payload) }
    }
}

/// Turns payloads into 8 kHz samples. One per received stream.
pub struct Decoder {
    codec: Codec,
    inner: DecoderState,
}

enum DecoderState {
    Pcmu(PcmuDecoder),
    Pcma(PcmaDecoder),
    G722(Box<G722Decoder>, Resampler),
    Opus(Box<OpusDecoder>, Resampler),
}

impl Decoder {
    /// A fresh decoder.
    pub fn new(codec: Codec) -> Self {
        let inner = match codec {
            Codec::Pcmu => DecoderState::Pcmu(PcmuDecoder::new()),
            Codec::Pcma => DecoderState::Pcma(PcmaDecoder::new()),
            Codec::G722 => DecoderState::G722(Box::default(), Resampler::new(16_000, 8000)),
            Codec::Opus => {
                DecoderState::Opus(Box::new(OpusDecoder::new(OPUS_DECODE_HZ, 1)), Resampler::new(OPUS_DECODE_HZ, 8000))
            }
        };
        Self { codec, inner }
    }

    /// The codec this decoder was made for.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The samples of one RTP payload, as many as the sender packed (160 for 20 ms).
    pub fn decode(&mut self, payload: &[u8]) -> Result<Vec<i16>, CodecError> {
        let name = self.codec.name();
        if payload.is_empty() {
            return Err(CodecError::Empty(name));
        }
        let (wide, down) = match &mut self.inner {
            DecoderState::Pcmu(d) => return Ok(d.decode(payload)),
            DecoderState::Pcma(d) => return Ok(d.decode(payload)),
            DecoderState::G722(d, down) => (d.decode(payload), down),
            DecoderState::Opus(d, down) => (d.decode(payload), down),
        };
        if wide.is_empty() {
            return Err(CodecError::Damaged(name));
        }
        let mut out = Vec::with_capacity(crate::FRAME_SAMPLES);
        down.process(&wide, &mut out);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{FRAME_SAMPLES, tones::generate::babble};

    /// Best signal-to-noise ratio in dB over all delays up to 60 ms in eighths of a sample, gain corrected.
    fn snr_db(input: &[i16], output: &[i16]) -> f64 {
        let fine = crate::resample::resample(output, 8000, 64_000);
        let best = (0..3840).map(|delay| {
            let pairs = input.iter().zip(fine[delay..].iter().step_by(8)).map(|(&a, &b)| (f64::from(a), f64::from(b)));
            let (mut aa, mut ab, mut bb) = (0.0, 0.0, 0.0);
            for (a, b) in pairs {
                aa += a * a;
                ab += a * b;
                bb += b * b;
            }
            let explained = ab * ab / bb.max(1.0);
            explained / (aa - explained).max(1.0)
        });
        10.0 * best.fold(0.0, f64::max).log10()
    }

    fn round_trip(codec: Codec, pcm: &[i16]) -> (Vec<i16>, usize) {
        let (mut encoder, mut decoder) = (Encoder::new(codec), Decoder::new(codec));
        let (mut out, mut bytes) = (Vec::new(), 0);
        for frame in pcm.as_chunks::<FRAME_SAMPLES>().0 {
            let payload = encoder.encode(frame).unwrap();
            bytes += payload.len();
            let decoded = decoder.decode(&payload).unwrap();
            assert_eq!(decoded.len(), FRAME_SAMPLES, "{codec:?}");
            out.extend(decoded);
        }
        (out, bytes)
    }

    #[test]
    fn speech_survives_every_codec() {
        let voice = babble(3000, 1, -12.0);
        for (codec, wanted_db) in [(Codec::Pcmu, 30.0), (Codec::Pcma, 30.0), (Codec::G722, 30.0), (Codec::Opus, 12.0)] {
            let (out, bytes) = round_trip(codec, &voice);
            let snr = snr_db(&voice[800..20_000], &out[800..]);
            println!("{codec:?}: {snr:.1} dB, {} bit/s", bytes * 8 / 3);
            assert!(snr > wanted_db, "{codec:?}: {snr:.1} dB");
        }
    }

    #[test]
    fn wide_band_opus_of_other_senders_is_understood() {
        let voice = babble(2000, 2, -12.0);
        let wide = crate::resample::resample(&voice, 8000, 48_000);
        for (channels, application) in
            [(1, OpusApplication::Voip), (1, OpusApplication::Audio), (2, OpusApplication::Audio)]
        {
            let mut encoder = OpusEncoder::new_with_application(48_000, channels, application);
            encoder.set_bitrate(64_000);
            let mut decoder = Decoder::new(Codec::Opus);
            let out: Vec<i16> =
                wide.chunks_exact(960).flat_map(|c| decoder.decode(&encoder.encode(c)).unwrap()).collect();
            let snr = snr_db(&voice[800..12_000], &out[800..]);
            println!("{channels} {snr:.1} dB");
            assert!(snr > 14.0, "{channels} channels: {snr:.1} dB");
        }
    }

    #[test]
    fn g711_matches_the_published_code_points() {
        let first = |codec, s: i16| Encoder::new(codec).encode(&[s; FRAME_SAMPLES]).unwrap()[0];
        assert_eq!(
            [first(Codec::Pcmu, 0), first(Codec::Pcmu, i16::MAX), first(Codec::Pcmu, i16::MIN)],
            [0xFF, 0x80, 0x00]
        );
        assert_eq!(
            [first(Codec::Pcma, 0), first(Codec::Pcma, i16::MAX), first(Codec::Pcma, i16::MIN)],
            [0xD5, 0xAA, 0x2A]
        );
    }

    #[test]
    fn rtp_facts_are_those_of_the_registry() {
        assert_eq!(Codec::G722.clock_rate_hz(), 8000, "RFC 3551 4.5.2");
        assert_eq!(Codec::Opus.timestamp_step(), 960);
        assert_eq!(Codec::parse("OPUS"), Some(Codec::Opus));
        assert_eq!(Codec::parse("GSM"), None);
    }

    #[test]
    fn packets_of_other_lengths_decode_to_their_length() {
        assert_eq!(Decoder::new(Codec::Pcmu).decode(&[0xFF; 80]).unwrap().len(), 80);
        assert_eq!(Decoder::new(Codec::G722).decode(&[0; 240]).unwrap().len(), 240);
    }

    #[test]
    fn garbage_is_an_error_or_noise_but_never_a_panic() {
        assert_eq!(Decoder::new(Codec::Pcma).decode(&[]), Err(CodecError::Empty("PCMA")));
        let mut noise = 1_u32;
        for codec in Codec::ALL {
            let mut decoder = Decoder::new(codec);
            for len in 1..400 {
                let payload: Vec<u8> = (0..len)
                    .map(|_| {
                        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (noise >> 24) as u8
                    })
                    .collect();
                let _ = decoder.decode(&payload);
            }
        }
    }
}

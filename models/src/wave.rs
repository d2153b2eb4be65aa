//! WAV data as speech programs write it (people's recordings: [`crate::recorded`]), and the silence around it.
//!
//! Programs that stream to a pipe leave placeholder lengths in the header, so lengths are taken as upper
//! bounds here.

/// Mono PCM with its rate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wave {
    pub(crate) pcm: Vec<i16>,
    pub(crate) rate_hz: u32,
}

/// The mono 16-bit PCM of a program's output.
pub(crate) fn parse_program_output(bytes: &[u8]) -> Result<Wave, String> {
    if bytes.len() < 12 || &bytes[..4] != b"RIFF" || &bytes[8..12] != b"WAVE" {
        return Err("it wrote no WAV data".into());
    }
    let mut rate_hz = 0;
    let mut rest = &bytes[12..];
    while rest.len() >= 8 {
        let (id, length) = (&rest[..4], le_u32(&rest[4..8]) as usize);
        let body = &rest[8..];
        let held = &body[..length.min(body.len())];
        match id {
            b"fmt " => rate_hz = pcm16_mono_rate(held)?,
            b"data" if rate_hz > 0 => {
                let pcm = held.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
                return Ok(Wave { pcm, rate_hz });
            }
            _ => {}
        }
        rest = &body[(length + length % 2).min(body.len())..];
    }
    Err("its WAV data has no samples".into())
}

fn pcm16_mono_rate(format: &[u8]) -> Result<u32, String> {
    if format.len() < 16 || format[..4] != [1, 0, 1, 0] || format[14..16] != [16, 0] {
        return Err("its WAV data is not 16-bit mono PCM".into());
    }
    match le_u32(&format[4..8]) {
        rate @ 4_000..=192_000 => Ok(rate),
        rate => Err(format!("its WAV data has a rate of {rate} Hz")),
    }
}

fn le_u32(b: &[u8]) -> u32 {
    u32::from_le_bytes([b[0], b[1], b[2], b[3]])
}

/// Without the silence before and after speech, down to a natural rest of it: 10 ms before, 40 ms after.
pub(crate) fn trim_silence(wave: &mut Wave) {
    let frame = (wave.rate_hz / 200).max(1) as usize;
    let level = |f: &[i16]| f.iter().map(|&s| i32::from(s).abs()).max().unwrap_or(0);
    let peak = level(&wave.pcm);
    // 46 dB below the loudest sample: under the breath noise of the synthesisers, over their silence.
    let threshold = (peak / 200).max(1);
    let loud: Vec<bool> = wave.pcm.chunks(frame).map(|f| level(f) > threshold).collect();
    let (Some(first), Some(last)) = (loud.iter().position(|&l| l), loud.iter().rposition(|&l| l)) else {
        wave.pcm.clear();
        return;
    };
    let end = ((last + 1 + 8) * frame).min(wave.pcm.len());
    wave.pcm.truncate(end);
    wave.pcm.drain(..first.saturating_sub(2) * frame);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Cursor;

    fn wav(rate: u32, bits: u16, channels: u16, samples: &[i32]) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        samples.iter().for_each(|&s| writer.write_sample(s).unwrap());
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_streamed_header_with_an_endless_length_is_read() {
        let mut bytes = wav(22_050, 16, 1, &[1, -2, 3]);
        bytes[40..44].copy_from_slice(&0x7fff_f000u32.to_le_bytes());
        let wave = parse_program_output(&bytes).unwrap();
        assert_eq!(wave, Wave { pcm: vec![1, -2, 3], rate_hz: 22_050 });
    }

    #[test]
    fn what_is_no_wav_is_an_error_at_every_length() {
        let whole = wav(8_000, 16, 1, &[5; 10]);
        for cut in 0..44 {
            assert!(parse_program_output(&whole[..cut]).is_err(), "{cut}");
        }
        assert!(parse_program_output(b"error: no such voice").is_err());
        assert!(parse_program_output(&wav(8_000, 16, 2, &[5; 10])).is_err());
    }

    #[test]
    fn silence_around_speech_is_cut_and_silence_inside_kept() {
        let mut pcm = vec![0; 8_000];
        pcm[2_000..2_400].fill(5_000);
        pcm[4_000..4_400].fill(-5_000);
        let mut wave = Wave { pcm, rate_hz: 8_000 };
        trim_silence(&mut wave);
        assert_eq!(wave.pcm.len(), 2_400 + 80 + 320);
        let mut silent = Wave { pcm: vec![0; 100], rate_hz: 8_000 };
        trim_silence(&mut silent);
        assert!(silent.pcm.is_empty());
    }
}

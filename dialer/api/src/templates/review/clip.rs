//! A stretch of a call's two-channel recording, as a WAV of its own.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::Path;

/// Heard before and after the answer.
const AROUND_MS: u64 = 400;
/// Longest clip.
const LONGEST_MS: u64 = 60_000;
/// Where the chunks of a recording's header must have been read.
const HEADER: usize = 4096;
/// Both channels, 16 bits each.
const BLOCK: u64 = 4;

/// The recording from a little before `from_ms` to a little after `to_ms`. Blocking.
///
/// # Errors
/// The file cannot be read, or is no two-channel PCM recording.
pub fn clip(path: &Path, from_ms: u32, to_ms: u32) -> Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut header = Vec::new();
    file.by_ref().take(HEADER as u64).read_to_end(&mut header)?;
    let (rate, start) = sound(&header).ok_or_else(|| Error::new(ErrorKind::InvalidData, "no two-channel recording"))?;
    let length = file.metadata()?.len().saturating_sub(start) / BLOCK;
    let sample = |ms: u64| (ms.saturating_mul(u64::from(rate)) / 1000).min(length);
    let from = sample(u64::from(from_ms).saturating_sub(AROUND_MS));
    let to_ms = (u64::from(to_ms) + AROUND_MS).min(u64::from(from_ms) + LONGEST_MS);
    let bytes = sample(to_ms).saturating_sub(from) * BLOCK;
    file.seek(SeekFrom::Start(start + from * BLOCK))?;
    let mut out = wav_header(rate, u32::try_from(bytes).unwrap_or(u32::MAX));
    file.take(bytes).read_to_end(&mut out)?;
    Ok(out)
}

/// Samples a second, and the byte where they begin.
fn sound(header: &[u8]) -> Option<(u32, u64)> {
    let word = |at: usize| Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?));
    if header.get(..4)? != b"RIFF" || header.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut at, mut rate) = (12, None);
    loop {
        let (id, length) = (header.get(at..at + 4)?, word(at + 4)? as usize);
        match id {
            // PCM, two channels, 16 bits.
            b"fmt " if header.get(at + 8..at + 12)? == [1, 0, 2, 0] && header.get(at + 22..at + 24)? == [16, 0] => {
                rate = word(at + 12);
            }
            b"data" => return Some((rate?, at as u64 + 8)),
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
    }
}

/// 44 bytes before `bytes` of two channels.
fn wav_header(rate: u32, bytes: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(44 + bytes as usize);
    out.extend(b"RIFF");
    out.extend(bytes.saturating_add(36).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    out.extend([1, 0, 2, 0]);
    out.extend(rate.to_le_bytes());
    out.extend(rate.saturating_mul(BLOCK as u32).to_le_bytes());
    out.extend([BLOCK as u8, 0, 16, 0]);
    out.extend(b"data");
    out.extend(bytes.to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_clip_is_the_stretch_with_a_little_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let mut recording = wav_header(8000, 8000 * 10 * 4);
        recording.extend((0..80_000u32).flat_map(|n| n.to_le_bytes()));
        std::fs::write(&path, &recording).unwrap();
        let cut = clip(&path, 2000, 3000).unwrap();
        assert_eq!(sound(&cut), Some((8000, 44)));
        assert_eq!(cut.len(), 44 + 4 * 8 * 1800);
        assert_eq!(cut[44..48], (8 * 1600u32).to_le_bytes());
        assert_eq!(cut[40..44], (4 * 8 * 1800u32).to_le_bytes());
        // At the beginning, at the end, and beyond it.
        assert_eq!(clip(&path, 0, 100).unwrap().len(), 44 + 4 * 8 * 500);
        assert_eq!(clip(&path, 9900, 20_000).unwrap().len(), 44 + 4 * 8 * 500);
        assert_eq!(clip(&path, 90_000, 95_000).unwrap().len(), 44);
        std::fs::write(&path, &recording[..30]).unwrap();
        assert_eq!(clip(&path, 0, 100).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn a_header_with_an_impossible_rate_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let mut recording = wav_header(u32::MAX, 40);
        recording.extend([0; 40]);
        std::fs::write(&path, &recording).unwrap();
        assert_eq!(clip(&path, 0, u32::MAX).unwrap().len(), 44 + 40);
        assert_eq!(clip(&path, u32::MAX, u32::MAX).unwrap().len(), 44);
    }
}

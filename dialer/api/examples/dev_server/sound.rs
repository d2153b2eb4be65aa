//! A recording that looks like talk: syllables of a hum on the left for what was said, of another on the right
//! for what was heard, at the turns' times.

use warmline_domain::Turn;

pub const RATE: u32 = 8000;
const TAIL_MS: u32 = 1200;

/// Two channels of 16-bit PCM as a WAV file.
pub fn wav(turns: &[Turn]) -> Vec<u8> {
    let end = turns.iter().map(|t| t.said_to_ms.max(t.heard_to_ms.unwrap_or(0))).max().unwrap_or(0) + TAIL_MS;
    let mut frames = vec![[0i16; 2]; frame(end)];
    for turn in turns {
        hum(&mut frames, 0, turn.said_from_ms, turn.said_to_ms, 190.0);
        if let (Some(from), Some(to)) = (turn.heard_from_ms, turn.heard_to_ms) {
            hum(&mut frames, 1, from, to, 120.0);
        }
    }
    let data: Vec<u8> = frames.iter().flatten().flat_map(|s| s.to_le_bytes()).collect();
    [header(data.len() as u32), data].concat()
}

fn frame(ms: u32) -> usize {
    (ms * RATE / 1000) as usize
}

fn hum(frames: &mut [[i16; 2]], side: usize, from_ms: u32, to_ms: u32, pitch_hz: f32) {
    let start = frame(from_ms);
    for (i, pair) in frames.iter_mut().take(frame(to_ms)).enumerate().skip(start) {
        let t = (i - start) as f32 / RATE as f32;
        let syllable = (t * 4.3 * std::f32::consts::TAU).sin().max(0.0) * (0.6 + 0.4 * (t * 0.9).sin());
        let voice: f32 = (1..5).map(|n| (t * pitch_hz * n as f32 * std::f32::consts::TAU).sin() / n as f32).sum();
        pair[side] = (voice * syllable * 9000.0) as i16;
    }
}

fn header(size: u32) -> Vec<u8> {
    let mut out = b"RIFF".to_vec();
    out.extend((36 + size).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    for field in [1u16, 2] {
        out.extend(field.to_le_bytes());
    }
    out.extend(RATE.to_le_bytes());
    out.extend((RATE * 4).to_le_bytes());
    for field in [4u16, 16] {
        out.extend(field.to_le_bytes());
    }
    out.extend(b"data");
    out.extend(size.to_le_bytes());
    out
}

//! Prompts that a person has recorded: reading any WAV file, and finding the recording of a text.
//!
//! `wav:FILE` plays one file. `recorded:FOLDER` looks every text up in `FOLDER/prompts.txt`, whose lines are
//! `file.wav = the words that are spoken in it`; letter case and punctuation do not count. What has no recording
//! is spoken by the voice after a bar (`recorded:anna|flite:slt`), and is an error without one.

use crate::{ModelError, wave::Wave};
use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
};

/// Longest file that is read.
const MAX_BYTES: u64 = 64 << 20;
/// What lies in a folder of recordings beside them.
pub(crate) const INDEX: &str = "prompts.txt";

/// The recordings of one folder by what is said in them.
#[derive(Debug)]
pub(crate) struct Prompts {
    folder: PathBuf,
    by_words: HashMap<String, PathBuf>,
}

impl Prompts {
    /// Read `folder/prompts.txt`. [`ModelError::Missing`] names every recording that is listed and not there.
    pub(crate) fn read(folder: &Path) -> Result<Prompts, ModelError> {
        let index = folder.join(INDEX);
        let hint = format!("write a line `file.wav = words` for each recording of {}", folder.display());
        let text = std::fs::read_to_string(&index).map_err(|_| ModelError::Missing { path: index.clone(), hint })?;
        let mut by_words = HashMap::new();
        let mut absent = Vec::new();
        for (number, line) in text.lines().enumerate().map(|(i, line)| (i + 1, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let damaged =
                |reason: &str| ModelError::Damaged { path: index.clone(), reason: format!("line {number}: {reason}") };
            let (file, words) = line.split_once('=').ok_or_else(|| damaged("it is not `file.wav = words`"))?;
            let (file, words) = (file.trim(), plain(words));
            if words.is_empty() {
                return Err(damaged("there are no words after the `=`"));
            }
            if !is_below(file) {
                return Err(damaged(&format!("`{file}` is not a name below the folder")));
            }
            if !folder.join(file).is_file() {
                absent.push(file.to_owned());
            }
            by_words.insert(words, folder.join(file));
        }
        if absent.is_empty() {
            return Ok(Prompts { folder: folder.to_owned(), by_words });
        }
        let hint = format!("{INDEX} lists {} and they are not there: record or copy them", absent.join(", "));
        Err(ModelError::Missing { path: folder.join(&absent[0]), hint })
    }

    /// The file in which exactly this is said.
    pub(crate) fn find(&self, text: &str) -> Option<&Path> {
        self.by_words.get(&plain(text)).map(PathBuf::as_path)
    }

    /// The error for a text that nobody has recorded.
    pub(crate) fn lacks(&self, text: &str) -> ModelError {
        let hint = format!("no recording says \"{text}\": add it, or name a voice for the rest after a `|`");
        ModelError::Missing { path: self.folder.join(INDEX), hint }
    }
}

/// Lower-case words with one space between them.
fn plain(text: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || c.is_whitespace() || *c == '\'';
    let words: String = text.replace('’', "'").chars().filter(kept).flat_map(char::to_lowercase).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `name` stays inside the folder it is joined to.
pub(crate) fn is_below(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|c| matches!(c, Component::Normal(_)))
}

/// The recording in `path`, mixed to mono, at its own rate.
pub(crate) fn read(path: &Path) -> Result<Wave, ModelError> {
    let damaged = |reason: String| ModelError::Damaged { path: path.to_owned(), reason };
    let meta = std::fs::metadata(path)
        .map_err(|_| ModelError::Missing { path: path.to_owned(), hint: "record or copy it there".into() })?;
    if meta.len() > MAX_BYTES {
        return Err(damaged(format!("it is larger than {} MB", MAX_BYTES >> 20)));
    }
    let bytes = std::fs::read(path).map_err(|e| damaged(e.to_string()))?;
    let wave = parse(&bytes).map_err(damaged)?;
    if wave.pcm.is_empty() { Err(damaged("it has no samples".into())) } else { Ok(wave) }
}

/// How samples are written (Microsoft's `mmreg.h` numbers the formats).
#[derive(Clone, Copy)]
enum Coding {
    /// Whole numbers of so many bytes; a single byte has no sign.
    Pcm(usize),
    Float(usize),
    ALaw,
    MuLaw,
}

struct Format {
    coding: Coding,
    channels: usize,
    rate_hz: u32,
}

/// Any WAV file a person may have recorded: 8 to 32 bits, float, µ-law or A-law, any number of channels.
pub(crate) fn parse(bytes: &[u8]) -> Result<Wave, String> {
    if bytes.len() < 12 || &bytes[..4] != b"RIFF" || &bytes[8..12] != b"WAVE" {
        return Err("it is no WAV file".into());
    }
    let mut format = None;
    let mut rest = &bytes[12..];
    while rest.len() >= 8 {
        let length = u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]]) as usize;
        let body = &rest[8..];
        let held = &body[..length.min(body.len())];
        match (&rest[..4], &format) {
            (b"fmt ", _) => format = Some(read_format(held)?),
            (b"data", Some(format)) => return Ok(mixed(held, format)),
            (b"data", None) => return Err("its samples come before their format".into()),
            _ => {}
        }
        rest = &body[(length + length % 2).min(body.len())..];
    }
    Err("it has no samples".into())
}

fn read_format(held: &[u8]) -> Result<Format, String> {
    if held.len() < 16 {
        return Err("its format is cut short".into());
    }
    let short = |at: usize| u16::from_le_bytes([held[at], held[at + 1]]);
    // The extensible form names the format at the start of its GUID.
    let tag = if short(0) == 0xfffe && held.len() >= 26 { short(24) } else { short(0) };
    let coding = match (tag, short(14)) {
        (1, bits @ (8 | 16 | 24 | 32)) => Coding::Pcm(usize::from(bits / 8)),
        (3, bits @ (32 | 64)) => Coding::Float(usize::from(bits / 8)),
        (6, 8) => Coding::ALaw,
        (7, 8) => Coding::MuLaw,
        (tag, bits) => return Err(format!("its format {tag} with {bits} bits is not known; save it as 16-bit PCM")),
    };
    let rate_hz = u32::from_le_bytes([held[4], held[5], held[6], held[7]]);
    if !(4_000..=192_000).contains(&rate_hz) {
        return Err(format!("its rate is {rate_hz} Hz"));
    }
    match usize::from(short(2)) {
        0 => Err("it has no channels".into()),
        channels => Ok(Format { coding, channels, rate_hz }),
    }
}

fn mixed(bytes: &[u8], format: &Format) -> Wave {
    let size = match format.coding {
        Coding::Pcm(size) | Coding::Float(size) => size,
        Coding::ALaw | Coding::MuLaw => 1,
    };
    let mix = |frame: &[u8]| {
        let sum: f32 = frame.chunks_exact(size).map(|sample| value(sample, format.coding)).sum();
        // Numbers beyond full scale, and what is no number (0), are what a float file can hold.
        (sum / format.channels as f32 * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
    };
    Wave { pcm: bytes.chunks_exact(size * format.channels).map(mix).collect(), rate_hz: format.rate_hz }
}

/// One sample, full scale at ±1.
fn value(sample: &[u8], coding: Coding) -> f32 {
    match (coding, sample) {
        (Coding::Float(4), &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
        (Coding::Float(_), &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
        (Coding::Pcm(1), &[a]) => (f32::from(a) - 128.0) / 128.0,
        (Coding::Pcm(_), bytes) => {
            // Put at the top of 32 bits, so that the sign is in its place.
            let mut wide = [0; 4];
            wide[4 - bytes.len()..].copy_from_slice(bytes);
            i32::from_le_bytes(wide) as f32 / (1u32 << 31) as f32
        }
        (Coding::MuLaw, &[a]) => f32::from(mu_law(a)) / 32_768.0,
        (_, bytes) => f32::from(a_law(bytes[0])) / 32_768.0,
    }
}

/// ITU-T G.711 µ-law.
fn mu_law(code: u8) -> i16 {
    let code = !code;
    let size = ((i16::from(code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4);
    if code & 0x80 == 0 { size - 0x84 } else { 0x84 - size }
}

/// ITU-T G.711 A-law.
fn a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let within = i16::from(code & 0x0f) << 4;
    let size = match (code & 0x70) >> 4 {
        0 => within + 8,
        segment => (within + 0x108) << (segment - 1),
    };
    if code & 0x80 == 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A WAV file of these bytes of samples, with a chunk of no interest before them.
    fn wav(tag: u16, channels: u16, bits: u16, samples: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        for word in [tag, channels] {
            bytes.extend(word.to_le_bytes());
        }
        for long in [16_000u32, 16_000 * u32::from(channels) * u32::from(bits / 8)] {
            bytes.extend(long.to_le_bytes());
        }
        for word in [channels * bits / 8, bits] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(b"LIST\x03\0\0\0abc\0data");
        bytes.extend((samples.len() as u32).to_le_bytes());
        bytes.extend(samples);
        bytes
    }

    #[test]
    fn every_coding_gives_the_same_half_of_full_scale() {
        let half = i32::MAX / 2 + 1;
        let cases: [(u16, u16, Vec<u8>); 8] = [
            (1, 8, vec![192]),
            (1, 16, 16_384i16.to_le_bytes().to_vec()),
            (1, 24, half.to_le_bytes()[1..].to_vec()),
            (1, 32, half.to_le_bytes().to_vec()),
            (3, 32, 0.5f32.to_le_bytes().to_vec()),
            (3, 64, 0.5f64.to_le_bytes().to_vec()),
            (6, 8, vec![0xa5]),
            (7, 8, vec![0x8f]),
        ];
        for (tag, bits, sample) in cases {
            let read = parse(&wav(tag, 1, bits, &sample)).unwrap();
            assert_eq!((read.pcm.len(), read.rate_hz), (1, 16_000));
            // The telephone's codes have steps of a thirty-second there.
            let close = if tag > 3 { 600 } else { 0 };
            assert!((i32::from(read.pcm[0]) - 16_384).abs() <= close, "{tag} {bits}: {}", read.pcm[0]);
        }
    }

    #[test]
    fn telephone_codes_follow_g_711() {
        // From the tables of G.711: the smallest and the largest values, and silence.
        assert_eq!([0xff, 0x7f, 0x80, 0x00].map(mu_law), [0, 0, 32_124, -32_124]);
        assert_eq!([0xd5, 0x55, 0xaa, 0x2a].map(a_law), [8, -8, 32_256, -32_256]);
    }

    #[test]
    fn channels_are_mixed_and_values_out_of_range_held_back() {
        let stereo: Vec<u8> = [1_000i16, 3_000, -500, -1_500].iter().flat_map(|s| s.to_le_bytes()).collect();
        assert_eq!(parse(&wav(1, 2, 16, &stereo)).unwrap().pcm, [2_000, -1_000]);
        let wild: Vec<u8> = [9.0f32, -9.0, f32::NAN].iter().flat_map(|s| s.to_le_bytes()).collect();
        assert_eq!(parse(&wav(3, 1, 32, &wild)).unwrap().pcm, [32_767, -32_768, 0]);
    }

    #[test]
    fn a_cut_file_never_panics() {
        let whole = wav(1, 2, 24, &[7; 60]);
        for cut in 0..whole.len() {
            let read = parse(&whole[..cut]);
            assert!(read.is_err() || cut >= whole.len() - 60, "{cut}");
        }
        assert!(parse(&wav(85, 1, 0, &[1, 2])).unwrap_err().contains("format 85"));
        assert!(parse(&wav(1, 0, 16, &[1, 2])).unwrap_err().contains("no channels"));
    }

    #[test]
    fn an_index_that_is_wrong_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let complaint = |index: &str| {
            std::fs::write(dir.path().join(INDEX), index).unwrap();
            Prompts::read(dir.path()).unwrap_err().to_string()
        };
        assert!(complaint("# ours\nhello.wav\n").contains("line 2"));
        assert!(complaint("a.wav = ...").contains("line 1: there are no words"));
        assert!(complaint("../a.wav = hi").contains("not a name below"));
        let absent = complaint("a.wav = hi\nb.wav = bye\n");
        assert!(absent.contains("a.wav, b.wav"), "{absent}");
        assert!(Prompts::read(&dir.path().join("none")).unwrap_err().to_string().contains(INDEX));
    }
}

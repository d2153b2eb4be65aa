//! Sound files, and how alike two sounds are.

use std::path::Path;

/// Samples at which both sounds are looked at for the first, coarse search.
const PROBE: usize = 8000;

/// Sound at `rate_hz`, one vector a channel.
#[derive(Clone, Debug)]
pub struct Sound {
    pub rate_hz: u32,
    pub channels: Vec<Vec<i16>>,
}

/// Reads 16-bit PCM.
///
/// # Panics
/// When the file is not there or holds something else.
pub fn read(path: &Path) -> Sound {
    let mut file = hound::WavReader::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let spec = file.spec();
    let mut channels = vec![Vec::new(); usize::from(spec.channels)];
    for (n, sample) in file.samples::<i16>().enumerate() {
        channels[n % usize::from(spec.channels)].push(sample.expect("16-bit samples"));
    }
    Sound { rate_hz: spec.sample_rate, channels }
}

/// Writes 16-bit mono at 8 kHz.
///
/// # Panics
/// When the file cannot be written.
pub fn write(path: &Path, samples: &[i16]) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(path, spec).expect("the folder is there");
    for sample in samples {
        file.write_sample(*sample).expect("the disk has room");
    }
    file.finalize().expect("the disk has room");
}

/// Where one sound lies in another, and how alike the two are there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Samples from the start of the heard sound to the start of the reference; negative when its start is missing.
    pub lag: isize,
    /// Normalised cross-correlation over the whole reference: 1 is the same up to loudness.
    pub correlation: f64,
}

/// The best place of `reference` in `heard`. What `heard` lacks of it counts as silence.
pub fn find(reference: &[i16], heard: &[i16]) -> Match {
    let start = loudest(reference);
    let probe = &reference[start..(start + PROBE).min(reference.len())];
    let coarse = (0..heard.len().saturating_sub(probe.len()))
        .map(|at| (at, correlation(probe, heard, at as isize)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |(at, _)| at);
    let lag = coarse as isize - start as isize;
    Match { lag, correlation: correlation(reference, heard, lag) }
}

/// Normalised cross-correlation of `reference` with what lies `lag` samples into `heard`.
fn correlation(reference: &[i16], heard: &[i16], lag: isize) -> f64 {
    let (mut both, mut left, mut right) = (0.0, 0.0, 0.0);
    let from = lag.max(0) as usize;
    let skipped = from.saturating_add_signed(-lag).min(reference.len());
    left += energy(&reference[..skipped]);
    let overlap = (reference.len() - skipped).min(heard.len().saturating_sub(from));
    left += energy(&reference[skipped + overlap..]);
    let pairs = reference[skipped..skipped + overlap].iter().zip(heard.get(from..).unwrap_or_default());
    for (a, b) in pairs {
        let (a, b) = (f64::from(*a), f64::from(*b));
        both += a * b;
        left += a * a;
        right += b * b;
    }
    if left * right > 0.0 { both / (left * right).sqrt() } else { 0.0 }
}

fn energy(samples: &[i16]) -> f64 {
    samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum()
}

/// Start of the stretch of [`PROBE`] samples with most energy, to a tenth of its length.
fn loudest(samples: &[i16]) -> usize {
    let starts = (0..samples.len().saturating_sub(PROBE)).step_by(PROBE / 10);
    let stretch = |at: usize| energy(&samples[at..at + PROBE]);
    starts.max_by(|a, b| stretch(*a).total_cmp(&stretch(*b))).unwrap_or(0)
}

/// `samples` without the silence before and after: what is quieter than `level`.
pub fn trimmed(samples: &[i16], level: i16) -> &[i16] {
    let loud = |s: &i16| s.unsigned_abs() > level.unsigned_abs();
    match (samples.iter().position(loud), samples.iter().rposition(loud)) {
        (Some(first), Some(last)) => &samples[first..=last],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sound that is like no other place of itself.
    fn noise(length: usize) -> Vec<i16> {
        let mut state = 1u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 18) as i16 - 8192
        };
        (0..length).map(next).collect()
    }

    #[test]
    fn a_sound_is_found_where_it_lies_whatever_its_loudness() {
        let sound = noise(12_000);
        let mut heard = vec![0; 700];
        heard.extend(sound.iter().map(|s| s / 2));
        let found = find(&sound, &heard);
        assert_eq!(found.lag, 700);
        assert!(found.correlation > 0.999, "{found:?}");
    }

    #[test]
    fn a_missing_start_is_found_and_counts_as_a_difference() {
        let sound = noise(20_000);
        let found = find(&sound, &sound[2000..]);
        assert_eq!(found.lag, -2000);
        assert!((found.correlation - 0.9f64.sqrt()).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn another_sound_is_not_found() {
        let all = noise(40_000);
        assert!(find(&all[..12_000], &all[20_000..]).correlation < 0.1);
        assert_eq!(find(&all[..12_000], &[0; 20_000]).correlation, 0.0);
    }

    #[test]
    fn silence_around_a_sound_is_cut() {
        assert_eq!(trimmed(&[0, 3, -90, 0, 80, -2], 10), [-90, 0, 80]);
        assert!(trimmed(&[1, 2], 10).is_empty());
    }
}

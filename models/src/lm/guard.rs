//! What such models make up, and how it is noticed: words in silence, and loops.

/// Louder than this (of 32,768) for [`LEAST_MS`] in all is worth reading: −48 dB below full scale, under quiet
/// speech on a telephone and above the noise of an idle line.
const QUIET: f32 = 130.0;
/// The shortest answers take longer.
const LEAST_MS: usize = 80;
/// Speech changes: frames that all have one loudness (within 3 dB between the fifth and the ninety-fifth
/// percentile) are a tone, hiss or a fault.
const STEADY_RATIO: f32 = 1.41;
/// Samples of one frame of 10 ms.
const FRAME: usize = 80;
/// Characters a second that nobody speaks.
const FASTEST: f32 = 40.0;

/// Whether there can be speech in `pcm` (8 kHz): something loud enough, long enough, and not all alike.
pub(crate) fn worth_reading(pcm: &[i16]) -> bool {
    let mut levels: Vec<f32> = pcm.chunks_exact(FRAME).map(loudness).collect();
    if levels.iter().filter(|&&level| level > QUIET).count() * 10 < LEAST_MS {
        return false;
    }
    levels.sort_by(f32::total_cmp);
    let at = |share: usize| levels[(levels.len() - 1) * share / 100];
    at(95) > at(5) * STEADY_RATIO
}

/// From where to where something is loud enough, in milliseconds; all of it when nothing is.
pub(crate) fn voiced_ms(pcm: &[i16]) -> (u32, u32) {
    let loud = |frame: &[i16]| loudness(frame) > QUIET;
    let frames = || pcm.chunks(FRAME);
    let first = frames().position(loud).unwrap_or(0);
    let last = frames().rposition(loud).map_or(pcm.len().div_ceil(FRAME), |last| last + 1);
    (first as u32 * 10, last as u32 * 10)
}

/// Root mean square around the mean.
fn loudness(frame: &[i16]) -> f32 {
    let mean = frame.iter().map(|&s| f32::from(s)).sum::<f32>() / frame.len() as f32;
    (frame.iter().map(|&s| (f32::from(s) - mean).powi(2)).sum::<f32>() / frame.len() as f32).sqrt()
}

/// Whether `text` describes a sound instead of saying words: "[BLANK_AUDIO]", "(music)", "♪".
pub(crate) fn describes(text: &str) -> bool {
    text.trim_start().starts_with(['[', '(', '♪', '*', '【', '（'])
}

/// Whether `text` is a loop: the same one to four words four times and more in a row, or mostly one word.
/// Digits are repeated by people ("zero zero zero zero"), so a loop of single short words needs more.
pub(crate) fn repeats(text: &str) -> bool {
    // Compared only, so one form does for every language: figures as words show "8888" to be a loop.
    let text = super::words::spoken(text, super::words::Figures::Words);
    let words: Vec<String> = units(&text);
    (1..=4).any(|n| {
        let times = if n == 1 { 8 } else { 4 };
        words.len() >= n * times
            && (0..=words.len() - n * times).any(|at| (at..at + n * (times - 1)).all(|i| words[i] == words[i + n]))
    })
}

/// Whether `text` is more than anybody says in `length_ms`.
pub(crate) fn too_fast(text: &str, length_ms: u32) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() as f32 > FASTEST * (length_ms as f32 / 1_000.0 + 0.5)
}

/// Words; signs that are written without spaces count one by one.
pub(crate) fn units(text: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        match c {
            _ if c.is_whitespace() => open = false,
            _ if super::words::stands_alone(c) => {
                units.push(c.to_string());
                open = false;
            }
            _ if open => units.iter_mut().last().into_iter().for_each(|word| word.push(c)),
            _ => {
                units.push(c.to_string());
                open = true;
            }
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_a_hum_and_a_click_are_not_read() {
        assert!(!worth_reading(&[]) && !worth_reading(&[0; 8_000]) && !worth_reading(&[12_000; 8_000]));
        let tone: Vec<i16> = (0..8_000).map(|i| (5_000.0 * (i as f32 * 0.3).sin()) as i16).collect();
        assert!(!worth_reading(&tone));
        let mut click = vec![0; 8_000];
        click[4_010..4_070].fill(20_000);
        assert!(!worth_reading(&click));
        let bursts: Vec<i16> = (0..8_000).map(|i| if i / 800 % 2 == 0 { tone[i] } else { 0 }).collect();
        assert!(worth_reading(&bursts));
        assert_eq!(voiced_ms(&bursts), (0, 900));
        assert_eq!(voiced_ms(&click), (500, 510));
    }

    #[test]
    fn loops_are_told_from_what_people_repeat() {
        assert!(repeats("thank you thank you thank you thank you"));
        assert!(repeats("No, no, no, no, no, no, no, no, no"));
        assert!(repeats("谢谢谢谢谢谢谢谢"));
        assert!(!repeats("no no no") && !repeats("zero zero zero zero five") && !repeats(""));
        assert!(!repeats("thank you thank you bye"));
    }

    #[test]
    fn a_story_does_not_fit_into_a_second() {
        assert!(too_fast(&"word ".repeat(40), 1_000) && !too_fast("yes please call me tomorrow", 1_000));
    }
}

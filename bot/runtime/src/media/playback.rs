//! The queue of prompts of one leg, cut into 20 ms frames.
//!
//! A prompt is queued before its audio is there (it may still be in the making); the queue keeps the
//! order and sends silence until the front prompt's audio arrives. Holding keeps the place, stopping
//! drops everything; both fade out over one frame so that no click is heard. What goes on after a hold
//! goes on from the beginning of the word or clause that was broken off, not from its middle.

use std::{collections::VecDeque, sync::Arc};

/// Samples of one 20 ms frame at 8 kHz.
pub const FRAME: usize = 160;

/// A prompt goes back at most this far to find a gap between words: two seconds.
const FURTHEST_BACK: usize = 100;
/// Frames of quiet that separate words (60 ms), and the loudness below which a frame is quiet, relative
/// to the loudest of that stretch: −26 dB.
const GAP: usize = 3;
const QUIET: f64 = 0.05;

/// One 20 ms frame.
pub type Frame = [i16; FRAME];

/// What happened to a prompt while a frame was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Started(u32),
    Finished(u32),
}

#[derive(Debug)]
struct Clip {
    id: u32,
    pcm: Option<Arc<Vec<i16>>>,
    position: usize,
    begun: bool,
}

/// The queue itself.
#[derive(Debug, Default)]
pub struct Playback {
    queue: VecDeque<Clip>,
    held: bool,
    /// The frame that fades out after a hold or stop.
    tail: Option<Frame>,
}

impl Playback {
    /// Put prompt `id` at the end, with its audio (8 kHz) when it is there already.
    pub fn enqueue(&mut self, id: u32, pcm: Option<Arc<Vec<i16>>>) {
        self.queue.push_back(Clip { id, pcm, position: 0, begun: false });
    }

    /// The audio of a queued prompt is there. Unknown prompts (stopped meanwhile) are ignored.
    pub fn fill(&mut self, id: u32, pcm: Arc<Vec<i16>>) {
        if let Some(clip) = self.queue.iter_mut().find(|clip| clip.id == id) {
            clip.pcm = Some(pcm);
        }
    }

    pub fn hold(&mut self) {
        if !self.held {
            self.tail = self.fading();
            self.held = true;
        }
    }

    pub fn resume(&mut self) {
        if self.held
            && let Some(clip) = self.queue.front_mut()
            && let Some(pcm) = &clip.pcm
        {
            clip.position = whole_words_from(pcm, clip.position);
        }
        self.held = false;
        self.tail = None;
    }

    pub fn stop(&mut self) {
        if !self.held {
            self.tail = self.fading();
        }
        self.queue.clear();
        self.held = false;
    }

    /// The next frame, or `None` when there is nothing to say, and what that meant for the prompts.
    pub fn next_frame(&mut self, progress: &mut Vec<Progress>) -> Option<Frame> {
        if let Some(tail) = self.tail.take() {
            return Some(tail);
        }
        if self.held {
            return None;
        }
        let clip = self.queue.front_mut()?;
        let pcm = clip.pcm.clone()?;
        if !std::mem::replace(&mut clip.begun, true) {
            progress.push(Progress::Started(clip.id));
        }
        let frame = cut(&pcm, clip.position);
        clip.position += FRAME;
        if clip.position >= pcm.len() {
            progress.push(Progress::Finished(clip.id));
            self.queue.pop_front();
        }
        Some(frame)
    }

    /// The next frame of the playing prompt, fading to silence.
    fn fading(&self) -> Option<Frame> {
        let clip = self.queue.front().filter(|clip| clip.position > 0)?;
        let mut frame = cut(clip.pcm.as_ref()?, clip.position);
        for (sample, left) in frame.iter_mut().zip((0..FRAME as i32).rev()) {
            *sample = (i32::from(*sample) * left / FRAME as i32) as i16;
        }
        Some(frame)
    }
}

/// Where to go on in a prompt that was broken off at `position`, a multiple of a frame: in the last gap
/// between words before it, else at the prompt's beginning if that is near, else where it was.
fn whole_words_from(pcm: &[i16], position: usize) -> usize {
    let broken = position.min(pcm.len()) / FRAME;
    let first = broken.saturating_sub(FURTHEST_BACK);
    let stretch = pcm.get(first * FRAME..broken * FRAME).unwrap_or_default();
    let loudness: Vec<f64> = stretch
        .chunks_exact(FRAME)
        .map(|frame| frame.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>().sqrt())
        .collect();
    let quiet = loudness.iter().copied().fold(0.0, f64::max) * QUIET;
    let gap = loudness.windows(GAP).rposition(|frames| frames.iter().all(|level| *level <= quiet));
    match gap {
        // The last quiet frame stays, as a breath before the word.
        Some(at) => (first + at + GAP - 1) * FRAME,
        None if first == 0 => 0,
        None => position,
    }
}

/// One frame from `position`, padded with silence.
fn cut(pcm: &[i16], position: usize) -> Frame {
    let mut frame = [0; FRAME];
    let rest = pcm.get(position..).unwrap_or_default();
    let length = rest.len().min(FRAME);
    frame[..length].copy_from_slice(&rest[..length]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(frames: usize, level: i16) -> Option<Arc<Vec<i16>>> {
        Some(Arc::new(vec![level; frames * FRAME]))
    }

    #[test]
    fn a_prompt_still_in_the_making_keeps_its_place() {
        let (mut playback, mut progress) = (Playback::default(), Vec::new());
        playback.enqueue(1, None);
        playback.enqueue(2, clip(1, 7));
        assert_eq!(playback.next_frame(&mut progress), None);
        playback.fill(1, Arc::new(vec![5; 200]));
        let levels: Vec<_> =
            (0..3).filter_map(|_| playback.next_frame(&mut progress)).map(|f| (f[0], f[159])).collect();
        assert_eq!(levels, [(5, 5), (5, 0), (7, 7)]);
        assert_eq!(
            progress,
            [Progress::Started(1), Progress::Finished(1), Progress::Started(2), Progress::Finished(2)]
        );
    }

    #[test]
    fn a_held_prompt_fades_and_goes_on_from_the_beginning_of_the_word() {
        // Two words of ten frames with a gap of five between them.
        let word = |level: i16| [level; 10 * FRAME];
        let pcm = [&word(1000)[..], &[0; 5 * FRAME], &word(2000)].concat();
        let (mut playback, mut progress) = (Playback::default(), Vec::new());
        playback.enqueue(1, Some(Arc::new(pcm)));
        let mut play = |playback: &mut Playback, frames: usize| -> Vec<i16> {
            (0..frames).map_while(|_| playback.next_frame(&mut progress)).map(|frame| frame[0]).collect()
        };
        assert_eq!(play(&mut playback, 19)[15..], [2000; 4]);
        playback.hold();
        let fade = playback.next_frame(&mut Vec::new()).unwrap();
        assert!(fade[0] > 1900 && fade[159] == 0);
        assert_eq!(playback.next_frame(&mut Vec::new()), None);
        playback.resume();
        // A breath, then the whole second word to its end.
        assert_eq!(play(&mut playback, 99), [&[0][..], &[2000; 10]].concat());
        assert_eq!(progress, [Progress::Started(1), Progress::Finished(1)]);
    }

    #[test]
    fn a_prompt_held_in_its_first_word_begins_anew_and_one_without_gaps_goes_on() {
        let tone = vec![1000; 300 * FRAME];
        assert_eq!(whole_words_from(&tone, 20 * FRAME), 0);
        assert_eq!(whole_words_from(&tone, 200 * FRAME), 200 * FRAME);
        assert_eq!(whole_words_from(&[0; 10 * FRAME], 5 * FRAME), 4 * FRAME);
    }

    #[test]
    fn a_stopped_queue_is_empty_and_reports_nothing_more() {
        let (mut playback, mut progress) = (Playback::default(), Vec::new());
        playback.enqueue(1, clip(3, 1000));
        playback.enqueue(2, clip(3, 1000));
        playback.next_frame(&mut progress);
        playback.stop();
        playback.next_frame(&mut progress);
        assert_eq!(playback.next_frame(&mut progress), None);
        assert_eq!(progress, [Progress::Started(1)]);
    }
}

//! The queue of prompts of one leg, cut into 20 ms frames.
//!
//! A prompt is queued before its audio is there (it may still be in the making); the queue keeps the
//! order and sends silence until the front prompt's audio arrives. Holding keeps the place, stopping
//! drops everything; both fade out over one frame so that no click is heard.

use std::{collections::VecDeque, sync::Arc};

/// Samples of one 20 ms frame at 8 kHz.
pub const FRAME: usize = 160;

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
        self.queue.push_back(Clip { id, pcm, position: 0 });
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
        if clip.position == 0 {
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
    fn a_held_prompt_fades_and_goes_on_from_its_place() {
        let (mut playback, mut progress) = (Playback::default(), Vec::new());
        playback.enqueue(1, clip(3, 1000));
        playback.next_frame(&mut progress);
        playback.hold();
        let fade = playback.next_frame(&mut progress).unwrap();
        assert!(fade[0] > 900 && fade[159] == 0);
        assert_eq!(playback.next_frame(&mut progress), None);
        playback.resume();
        assert_eq!(playback.next_frame(&mut progress).unwrap()[0], 1000);
        assert!(playback.next_frame(&mut progress).is_some());
        assert_eq!(progress.last(), Some(&Progress::Finished(1)));
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

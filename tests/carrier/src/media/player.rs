//! What is sent: a clip, keys, or the quiet of a room, one packet every 20 ms.

use super::packet::{Header, build, event};
use super::receive::{codec_type, payload_type};
use crate::FRAME;
use crate::people::Codec;
use crate::report::Said;
use crate::voice::Clip;
use audio_codec::{Encoder, create_encoder};
use std::collections::VecDeque;
use std::sync::Arc;

/// Packets of one key before its end (160 ms) and copies of the end (RFC 4733 §2.5.1.4).
const KEY_PACKETS: u16 = 8;
const KEY_ENDS: u16 = 3;

/// Frames of quiet between keys.
const KEY_GAP: u16 = 6;

#[derive(Debug)]
struct Playing {
    clip: Arc<Clip>,
    position: usize,
    said: Said,
    started: bool,
}

#[derive(Debug, Default)]
struct Keying {
    keys: VecDeque<char>,
    step: u16,
    timestamp: u32,
    /// For the report, once the first key has been sent.
    said: Option<Said>,
}

/// The sending half of a call's media.
pub struct Player {
    encoder: Box<dyn Encoder>,
    codec: Codec,
    event_type: Option<u8>,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    sent: u64,
    noise: u32,
    playing: Option<Playing>,
    keying: Keying,
    echo: VecDeque<Vec<i16>>,
    finished: Vec<Said>,
}

impl Player {
    /// `seed` gives the first sequence number, timestamp and source (RFC 3550 §5.1 wants them unpredictable).
    pub fn new(codec: Codec, event_type: Option<u8>, seed: u64) -> Self {
        Self {
            encoder: create_encoder(codec_type(codec)),
            codec,
            event_type,
            sequence: seed as u16,
            timestamp: (seed >> 16) as u32,
            ssrc: (seed >> 32) as u32 | 1,
            sent: 0,
            noise: seed as u32 | 1,
            playing: None,
            keying: Keying::default(),
            echo: VecDeque::new(),
            finished: Vec::new(),
        }
    }

    /// Plays a clip, instead of what was playing. `text` is for the report.
    pub fn play(&mut self, clip: Arc<Clip>, text: String) {
        self.finish();
        let said = Said { text, ..Said::default() };
        self.playing = Some(Playing { clip, position: 0, said, started: false });
    }

    /// Sends keys as telephone events; as tones when the far end takes no events.
    pub fn key(&mut self, keys: &str, in_band: bool) {
        if in_band || self.event_type.is_none() {
            let pcm = keys.chars().flat_map(crate::tones::key).collect();
            self.play(Arc::new(Clip::sound(pcm)), String::new());
            if let Some(playing) = &mut self.playing {
                playing.said.keys = keys.into();
            }
        } else {
            self.keying.keys.extend(keys.chars());
        }
    }

    /// Sends back a received frame.
    pub fn echo(&mut self, frame: Vec<i16>) {
        self.echo.push_back(frame);
        // At most 200 ms behind.
        if self.echo.len() > 10 {
            self.echo.pop_front();
        }
    }

    /// Nothing is left to play or key.
    pub fn is_idle(&self) -> bool {
        self.playing.is_none() && self.keying.keys.is_empty()
    }

    /// Packets sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// What was said since the last call, in order of its end.
    pub fn take_said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.finished)
    }

    /// Ends what is playing; the part that was heard is reported.
    pub fn finish(&mut self) {
        if let Some(playing) = self.playing.take().filter(|p| p.started) {
            self.finished.push(playing.said);
        }
        self.finished.extend(self.keying.said.take());
    }

    /// The packet for this 20 ms, which is sent now.
    pub fn next_packet(&mut self, now_us: u64) -> Vec<u8> {
        let packet = match self.next_event(now_us) {
            Some(packet) => packet,
            None => self.next_audio(now_us),
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        self.sent += 1;
        packet
    }

    fn next_event(&mut self, now_us: u64) -> Option<Vec<u8>> {
        let payload_type = self.event_type?;
        let key = *self.keying.keys.front()?;
        let step = self.keying.step;
        self.keying.step += 1;
        if step >= KEY_PACKETS + KEY_ENDS {
            if step >= KEY_PACKETS + KEY_ENDS + KEY_GAP {
                self.next_key();
            }
            return None;
        }
        let said = self.keying.said.get_or_insert_with(|| Said { from_us: now_us, ..Said::default() });
        said.to_us = now_us;
        if step == 0 {
            said.keys.push(key);
            self.keying.timestamp = self.timestamp;
        }
        let ended = step >= KEY_PACKETS;
        let duration = (step.min(KEY_PACKETS - 1) + 1) * FRAME as u16;
        let header = Header {
            marker: step == 0,
            payload_type,
            sequence: self.sequence,
            timestamp: self.keying.timestamp,
            ssrc: self.ssrc,
        };
        Some(build(header, &event(key, ended, duration)?))
    }

    fn next_key(&mut self) {
        self.keying.step = 0;
        self.keying.keys.pop_front();
        if self.keying.keys.is_empty() {
            self.finished.extend(self.keying.said.take());
        }
    }

    fn next_audio(&mut self, now_us: u64) -> Vec<u8> {
        let mut frame = [0i16; FRAME];
        if let Some(echo) = self.echo.pop_front() {
            let count = echo.len().min(FRAME);
            frame[..count].copy_from_slice(&echo[..count]);
        } else {
            self.room(&mut frame);
        }
        if let Some(playing) = &mut self.playing {
            let rest = &playing.clip.pcm[playing.position..];
            for (sample, played) in frame.iter_mut().zip(rest) {
                *sample = sample.saturating_add(*played);
            }
            note_speech(playing, now_us);
            playing.position += FRAME;
            if playing.position >= playing.clip.pcm.len() {
                self.finish();
            }
        }
        let header = Header {
            marker: self.sent == 0,
            payload_type: payload_type(self.codec),
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        build(header, &self.encoder.encode(&frame))
    }

    /// The quiet of a room, about −70 dBFS: a real phone is never digitally silent.
    fn room(&mut self, frame: &mut [i16]) {
        for sample in frame {
            self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = ((self.noise >> 24) as i16 - 128) / 8;
        }
    }
}

/// Notes in the report when this frame is the first or the last with speech, of all or of a part.
fn note_speech(playing: &mut Playing, now_us: u64) {
    let (from, to) = (playing.position, playing.position + FRAME);
    let sound = playing.clip.speech.is_empty();
    let inside = |r: &std::ops::Range<usize>| r.start < to && r.end > from;
    if !sound && !playing.clip.speech.iter().any(inside) {
        return;
    }
    let said = &mut playing.said;
    if !playing.started {
        playing.started = true;
        said.from_us = now_us;
    } else if now_us > said.to_us + 60_000 {
        said.pauses_us.push((said.to_us, now_us));
    }
    said.to_us = now_us;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::media::packet::{event_key, parse};

    fn player() -> Player {
        Player::new(Codec::Pcmu, Some(101), 42)
    }

    /// Sends for `ms`, giving the parsed packets.
    fn send(player: &mut Player, now_us: &mut u64, ms: u64) -> Vec<(Header, Vec<u8>)> {
        let mut packets = Vec::new();
        for _ in 0..ms / 20 {
            let packet = player.next_packet(*now_us);
            let (header, payload) = parse(&packet).unwrap();
            packets.push((header, payload.to_vec()));
            *now_us += 20_000;
        }
        packets
    }

    #[test]
    fn packets_follow_each_other_without_gap() {
        let (mut player, mut now) = (player(), 0);
        player.key("1", false);
        let packets = send(&mut player, &mut now, 2000);
        assert!(packets.windows(2).all(|w| w[1].0.sequence == w[0].0.sequence.wrapping_add(1)));
        let audio: Vec<_> = packets.iter().filter(|p| p.0.payload_type == 0).collect();
        assert!(audio.iter().all(|p| p.1.len() == 160));
        let last = packets.last().unwrap().0.timestamp;
        assert_eq!(last.wrapping_sub(packets[0].0.timestamp), 99 * 160);
    }

    #[test]
    fn a_key_is_eleven_packets_with_one_timestamp_and_three_ends() {
        let (mut player, mut now) = (player(), 0);
        player.key("19", false);
        let packets = send(&mut player, &mut now, 2000);
        let events: Vec<_> = packets.iter().filter(|p| p.0.payload_type == 101).collect();
        assert_eq!(events.len(), 22);
        assert_eq!(events.iter().filter(|p| p.0.marker).count(), 2);
        assert!(events[..11].iter().all(|p| p.0.timestamp == events[0].0.timestamp && event_key(&p.1) == Some('1')));
        assert_eq!(events[..11].iter().filter(|p| p.1[1] & 0x80 != 0).count(), 3);
        assert!(player.is_idle());
        let said = player.take_said();
        assert_eq!((said[0].keys.as_str(), said[0].from_us), ("19", 0));
        assert!(said[0].to_us > 300_000);
    }

    #[test]
    fn the_report_has_first_and_last_packet_with_speech_and_the_pause() {
        let (mut player, mut now) = (player(), 0);
        let mut clip = Clip::default();
        clip.push_silence(100);
        clip.push_speech(&[5000; 1600]);
        clip.push_silence(500);
        clip.push_speech(&[5000; 800]);
        clip.push_silence(200);
        player.play(Arc::new(clip), "well then".into());
        send(&mut player, &mut now, 1200);
        let said = player.take_said();
        assert_eq!((said[0].from_us, said[0].to_us), (100_000, 880_000));
        assert_eq!(said[0].pauses_us, [(280_000, 800_000)]);
        assert!(player.is_idle());
    }
}

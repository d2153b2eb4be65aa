//! Two-channel recording as a stream of file writes: left is what we said, right what they said.
//!
//! Time zero is the answer. Both channels are placed by sample position, so that they stay aligned
//! whatever arrives late or not at all; gaps are silence. The file is a plain WAV at every moment:
//! the sizes in its header are brought up to date after each second of audio, so that a file whose
//! process died can be played as it lies (at most its last second is hidden, and [`repair`] shows it).

/// Bytes before the first sample.
pub const HEADER_LEN: u64 = 44;
/// Both channels of one sample.
const BLOCK_LEN: u64 = 4;

/// Put `bytes` at `offset` of the file. Apply in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub offset: u64,
    pub bytes: Vec<u8>,
}

/// Which voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Left: our prompts, and the agent after a handover.
    Said = 0,
    /// Right: the called person.
    Heard = 1,
}

/// Collects both voices and gives the file's bytes.
#[derive(Clone, Debug)]
pub struct Recorder {
    rate_hz: u32,
    /// Samples already given out.
    written: u64,
    /// Samples that the header admits to.
    admitted: u64,
    /// Samples from `written` on, both channels interleaved.
    pending: Vec<[i16; 2]>,
    late_samples: u64,
}

impl Recorder {
    /// A recording at `rate_hz`, with the write that creates the file's header.
    pub fn new(rate_hz: u32) -> (Self, Write) {
        let recorder = Self { rate_hz, written: 0, admitted: 0, pending: Vec::new(), late_samples: 0 };
        (recorder, Write { offset: 0, bytes: header(rate_hz, 0).to_vec() })
    }

    /// Puts samples of one voice at a position counted in samples since the answer. What was put there
    /// before on the same channel is replaced. Samples before [`position`](Self::position) come too late and are counted.
    pub fn put(&mut self, channel: Channel, at: u64, pcm: &[i16]) {
        let late = self.written.saturating_sub(at).min(pcm.len() as u64) as usize;
        self.late_samples += late as u64;
        let start = at.saturating_sub(self.written) as usize;
        let end = start + pcm.len() - late;
        // A position far in the future is a caller's mistake; do not fill memory with silence for it.
        if end > self.rate_hz as usize * 60 {
            return;
        }
        if self.pending.len() < end {
            self.pending.resize(end, [0; 2]);
        }
        for (slot, &sample) in self.pending[start..end].iter_mut().zip(&pcm[late..]) {
            slot[channel as usize] = sample;
        }
    }

    /// Time has come to `now` samples since the answer: gives the audio before it, and once a second
    /// the header's sizes.
    pub fn advance(&mut self, now: u64) -> Vec<Write> {
        let ready = now.saturating_sub(self.written) as usize;
        if ready == 0 {
            return Vec::new();
        }
        let mut writes = vec![self.take(ready)];
        if self.written - self.admitted >= u64::from(self.rate_hz) {
            writes.push(self.admit());
        }
        writes
    }

    /// The call is over at `now` samples: the rest of the audio and the final sizes.
    pub fn finish(&mut self, now: u64) -> Vec<Write> {
        let ready = (now.saturating_sub(self.written) as usize).max(self.pending.len());
        let mut writes = Vec::new();
        if ready > 0 {
            writes.push(self.take(ready));
        }
        writes.push(self.admit());
        writes
    }

    /// Samples given out so far, which is also the earliest position that [`put`](Self::put) can still fill.
    pub fn position(&self) -> u64 {
        self.written
    }

    /// Samples that came too late to be recorded.
    pub fn late_samples(&self) -> u64 {
        self.late_samples
    }

    fn take(&mut self, samples: usize) -> Write {
        self.pending.resize(self.pending.len().max(samples), [0; 2]);
        let bytes = self.pending.drain(..samples).flatten().flat_map(i16::to_le_bytes).collect();
        let offset = HEADER_LEN + self.written * BLOCK_LEN;
        self.written += samples as u64;
        Write { offset, bytes }
    }

    /// The whole header in one write, so that no reader ever sees one size without the other.
    fn admit(&mut self) -> Write {
        self.admitted = self.written;
        Write { offset: 0, bytes: header(self.rate_hz, self.written * BLOCK_LEN).to_vec() }
    }
}

/// Why a file cannot be repaired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepairError {
    #[error("the recording is shorter than its header")]
    TooShort,
    #[error("the file was not written by this recorder")]
    NotOurs,
}

/// The write that makes a torn recording whole, from its first [`HEADER_LEN`] bytes and its length;
/// `None` when it is whole already.
pub fn repair(head: &[u8], file_len: u64) -> Result<Option<Write>, RepairError> {
    let head: &[u8; HEADER_LEN as usize] =
        head.get(..HEADER_LEN as usize).and_then(|h| h.try_into().ok()).ok_or(RepairError::TooShort)?;
    if file_len < HEADER_LEN {
        return Err(RepairError::TooShort);
    }
    let mut blank = *head;
    blank[4..8].fill(0);
    blank[40..44].fill(0);
    let rate_hz = u32::from_le_bytes([head[24], head[25], head[26], head[27]]);
    let mut ours = header(rate_hz, 0);
    ours[4..8].fill(0);
    if blank != ours {
        return Err(RepairError::NotOurs);
    }
    let data_len = (file_len - HEADER_LEN) / BLOCK_LEN * BLOCK_LEN;
    let whole = header(rate_hz, data_len);
    Ok((whole != *head).then(|| Write { offset: 0, bytes: whole.to_vec() }))
}

/// WAV sizes have 32 bits; a call of more than 37 hours stops growing in its header.
fn size_field(data_len: u64) -> u32 {
    u32::try_from(data_len).unwrap_or(u32::MAX - 40).min(u32::MAX - 40)
}

/// RIFF/WAVE, 16-bit PCM, two channels.
fn header(rate_hz: u32, data_len: u64) -> [u8; HEADER_LEN as usize] {
    let data = size_field(data_len);
    let mut h = [0; HEADER_LEN as usize];
    h[0..4].copy_from_slice(b"RIFF");
    h[4..8].copy_from_slice(&(data + 36).to_le_bytes());
    h[8..16].copy_from_slice(b"WAVEfmt ");
    h[16..20].copy_from_slice(&16_u32.to_le_bytes());
    h[20..22].copy_from_slice(&1_u16.to_le_bytes());
    h[22..24].copy_from_slice(&2_u16.to_le_bytes());
    h[24..28].copy_from_slice(&rate_hz.to_le_bytes());
    h[28..32].copy_from_slice(&rate_hz.wrapping_mul(4).to_le_bytes());
    h[32..34].copy_from_slice(&4_u16.to_le_bytes());
    h[34..36].copy_from_slice(&16_u16.to_le_bytes());
    h[36..40].copy_from_slice(b"data");
    h[40..44].copy_from_slice(&data.to_le_bytes());
    h
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn apply(file: &mut Vec<u8>, writes: impl IntoIterator<Item = Write>) {
        for w in writes {
            let end = w.offset as usize + w.bytes.len();
            file.resize(file.len().max(end), 0);
            file[w.offset as usize..end].copy_from_slice(&w.bytes);
        }
    }

    /// Left and right samples that a strict reader finds: the sizes must fit inside the file.
    fn read(file: &[u8]) -> (Vec<i16>, Vec<i16>) {
        assert_eq!((&file[..4], &file[8..16], &file[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
        let size = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let data = size(40);
        assert_eq!(size(4), data + 36);
        assert!(44 + data <= file.len(), "the header promises more than there is");
        let sample = |b: &[u8]| i16::from_le_bytes([b[0], b[1]]);
        file[44..44 + data].chunks_exact(4).map(|b| (sample(b), sample(&b[2..]))).unzip()
    }

    #[test]
    fn both_voices_lie_where_they_were_put_and_gaps_are_silence() {
        let (mut r, head) = Recorder::new(8000);
        let mut file = Vec::new();
        apply(&mut file, [head]);
        r.put(Channel::Heard, 320, &[7; 160]);
        r.put(Channel::Said, 160, &[5; 320]);
        apply(&mut file, r.advance(400));
        r.put(Channel::Heard, 480, &[8; 160]);
        apply(&mut file, r.finish(800));
        let (said, heard) = read(&file);
        assert_eq!(said, [vec![0; 160], vec![5; 320], vec![0; 320]].concat());
        assert_eq!(heard, [vec![0; 320], vec![7; 160], vec![8; 160], vec![0; 160]].concat());
        assert_eq!(r.late_samples(), 0);
    }

    #[test]
    fn killed_after_any_write_the_file_plays_and_lacks_less_than_a_second() {
        let (mut r, head) = Recorder::new(8000);
        let mut file = Vec::new();
        apply(&mut file, [head]);
        for tick in 1..=250_u64 {
            r.put(Channel::Said, (tick - 1) * 160, &[tick as i16; 160]);
            for w in r.advance(tick * 160) {
                apply(&mut file, [w]);
                let (said, _) = read(&file);
                assert!(said.len() as u64 + 8000 >= tick * 160, "tick {tick}: {}", said.len());
            }
        }
    }

    #[test]
    fn a_torn_file_is_repaired_to_its_last_whole_sample() {
        let (mut r, head) = Recorder::new(8000);
        let mut file = Vec::new();
        apply(&mut file, [head]);
        r.put(Channel::Heard, 0, &[3; 1000]);
        apply(&mut file, r.advance(1000));
        file.truncate(file.len() - 3);
        assert_eq!(read(&file).1.len(), 0, "not yet admitted");
        let write = repair(&file[..44], file.len() as u64).unwrap();
        apply(&mut file, write);
        assert_eq!(read(&file).1, [3; 999]);
        assert_eq!(repair(&file[..44], file.len() as u64), Ok(None), "nothing left to do");
    }

    #[test]
    fn other_files_are_left_alone() {
        assert_eq!(repair(b"RIFF", 4), Err(RepairError::TooShort));
        assert_eq!(repair(&[0; 44], 100), Err(RepairError::NotOurs));
        let mut mono = header(8000, 0);
        mono[22] = 1;
        assert_eq!(repair(&mono, 100), Err(RepairError::NotOurs));
    }

    #[test]
    fn what_comes_too_late_is_counted_and_what_is_absurd_is_ignored() {
        let (mut r, _) = Recorder::new(8000);
        r.advance(200);
        r.put(Channel::Said, 100, &[1; 160]);
        assert_eq!(r.late_samples(), 100);
        r.put(Channel::Said, u64::MAX - 5, &[1; 160]);
        let rest = r.finish(260);
        assert_eq!(rest[0].bytes.len(), 60 * 4);
    }
}

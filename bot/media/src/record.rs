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
            writes.extend(self.admit());
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
        writes.extend(self.admit());
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

    fn admit(&mut self) -> [Write; 2] {
        self.admitted = self.written;
        sizes(self.written * BLOCK_LEN)
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

/// The writes that make a torn recording whole, from its first [`HEADER_LEN`] bytes and its length;
/// nothing when it is whole already.
pub fn repair(head: &[u8], file_len: u64) -> Result<Vec<Write>, RepairError> {
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
    let admitted = u64::from(u32::from_le_bytes([head[40], head[41], head[42], head[43]]));
    Ok(if admitted == size_field(data_len).into() { Vec::new() } else { sizes(data_len).to_vec() })
}

/// WAV sizes have 32 bits; a call of more than 37 hours stops growing in its header.
fn size_field(data_len: u64) -> u32 {
    u32::try_from(data_len).unwrap_or(u32::MAX - 40).min(u32::MAX - 40)
}

fn sizes(data_len: u64) -> [Write; 2] {
    let data = size_field(data_len);
    [
        Write { offset: 4, bytes: (data + 36).to_le_bytes().to_vec() },
        Write { offset: 40, bytes: data.to_le_bytes().to_vec() },
    ]
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

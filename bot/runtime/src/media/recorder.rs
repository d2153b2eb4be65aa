//! Writes two-channel recordings on a thread of its own, so that a slow disk never delays audio.
//!
//! Legs hand over 200 ms at a time; the file is a playable WAV after every write, whatever happens
//! to the process. A write that fails (disk full, file-size limit) ends that recording with an error
//! for the call's record; the call itself goes on.

use super::playback::{FRAME, Frame};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use warmline_media::record::{self, Channel, Write};

/// Frames in one hand-over.
const BATCH: usize = 10;
/// Hand-overs waiting for the disk before new ones are dropped (and become silence in the file).
const WAITING: usize = 4096;

/// Called when a recording cannot go on.
pub type OnError = Box<dyn FnOnce(RecordError) + Send>;

/// Why a recording ended early.
#[derive(Debug, thiserror::Error)]
#[error("the recording {path} cannot be written: {source}")]
pub struct RecordError {
    pub path: PathBuf,
    pub source: io::Error,
}

enum Message {
    Open { id: u64, path: PathBuf, file: File, on_error: OnError },
    Audio { id: u64, first: u32, said: Vec<i16>, heard: Vec<i16> },
    Close { id: u64 },
}

/// The recording thread. Cloning shares it; it ends when the last clone and track are gone.
#[derive(Clone, Debug)]
pub struct Recorder {
    messages: SyncSender<Message>,
    next: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl Recorder {
    /// Start the thread.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start() -> io::Result<Self> {
        let (messages, received) = sync_channel(WAITING);
        std::thread::Builder::new().name("recorder".into()).spawn(move || write_all(&received))?;
        Ok(Self { messages, next: Default::default() })
    }

    /// Begin a recording at `path`, whose folder is made. The file exists when this returns.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn open(&self, path: &Path, on_error: OnError) -> Result<RecordingTrack, RecordError> {
        let failed = |source| RecordError { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
        let (_, header) = record::Recorder::new(warmline_media::SAMPLE_RATE_HZ);
        file.write_all_at(&header.bytes, header.offset).map_err(failed)?;
        let id = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let open = Message::Open { id, path: path.to_owned(), file, on_error };
        self.messages.send(open).map_err(|_| failed(io::Error::other("the recorder has stopped")))?;
        Ok(RecordingTrack { id, messages: self.messages.clone(), first: 0, said: Vec::new(), heard: Vec::new() })
    }
}

/// One call's side of a recording. Dropping it closes the file.
#[derive(Debug)]
pub struct RecordingTrack {
    id: u64,
    messages: SyncSender<Message>,
    /// Number of the first frame in the batch.
    first: u32,
    said: Vec<i16>,
    heard: Vec<i16>,
}

impl RecordingTrack {
    /// Frame `index` since the answer, both voices.
    pub fn frame(&mut self, index: u32, said: &Frame, heard: &Frame) {
        if self.said.is_empty() {
            self.first = index;
        }
        self.said.extend_from_slice(said);
        self.heard.extend_from_slice(heard);
        if self.said.len() >= BATCH * FRAME {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let (said, heard) = (std::mem::take(&mut self.said), std::mem::take(&mut self.heard));
        let audio = Message::Audio { id: self.id, first: self.first, said, heard };
        if self.messages.try_send(audio).is_err() {
            metrics::counter!("warmline_recording_batches_dropped_total").increment(1);
        }
    }
}

impl Drop for RecordingTrack {
    fn drop(&mut self) {
        if !self.said.is_empty() {
            self.flush();
        }
        self.messages.try_send(Message::Close { id: self.id }).ok();
    }
}

/// Make the last second of a recording audible whose process died. What cannot be mended is left as it is, and logged.
pub fn repair_recording(path: &Path) {
    let repaired = (|| -> io::Result<()> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let length = file.metadata()?.len();
        let mut head = vec![0; usize::try_from(record::HEADER_LEN.min(length)).unwrap_or(0)];
        file.read_exact_at(&mut head, 0)?;
        let write = record::repair(&head, length).map_err(io::Error::other)?;
        write.map_or(Ok(()), |write| file.write_all_at(&write.bytes, write.offset))
    })();
    if let Err(error) = repaired {
        tracing::warn!(path = %path.display(), %error, "a recording of a call that was cut short cannot be mended");
    }
}

struct Open {
    path: PathBuf,
    file: File,
    recorder: record::Recorder,
    on_error: OnError,
}

impl Open {
    fn write(&self, writes: &[Write]) -> io::Result<()> {
        writes.iter().try_for_each(|w| self.file.write_all_at(&w.bytes, w.offset))
    }
}

/// The thread: apply messages in order until every sender is gone.
fn write_all(messages: &Receiver<Message>) {
    let mut files: HashMap<u64, Open> = HashMap::new();
    while let Ok(message) = messages.recv() {
        let (id, result) = match message {
            Message::Open { id, path, file, on_error } => {
                let (recorder, _) = record::Recorder::new(warmline_media::SAMPLE_RATE_HZ);
                files.insert(id, Open { path, file, recorder, on_error });
                continue;
            }
            Message::Audio { id, first, said, heard } => {
                let Some(open) = files.get_mut(&id) else { continue };
                let at = u64::from(first) * FRAME as u64;
                open.recorder.put(Channel::Said, at, &said);
                open.recorder.put(Channel::Heard, at, &heard);
                let writes = open.recorder.advance(at + said.len() as u64);
                (id, open.write(&writes))
            }
            Message::Close { id } => {
                let Some(mut open) = files.remove(&id) else { continue };
                let writes = open.recorder.finish(open.recorder.position());
                let result = open.write(&writes);
                report(open, result);
                continue;
            }
        };
        if result.is_err()
            && let Some(open) = files.remove(&id)
        {
            report(open, result);
        }
    }
}

fn report(open: Open, result: io::Result<()>) {
    if let Err(source) = result {
        (open.on_error)(RecordError { path: open.path, source });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    /// Data bytes the header admits to, and the samples.
    fn read(path: &Path) -> (usize, Vec<i16>) {
        let bytes = std::fs::read(path).unwrap();
        let admitted = u32::from_le_bytes(bytes[40..44].try_into().unwrap()) as usize;
        (admitted, bytes[44..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect())
    }

    #[test]
    fn both_voices_lie_side_by_side_and_the_header_is_right_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.wav");
        let (done_tx, done) = channel::<RecordError>();
        let recorder = Recorder::start().unwrap();
        let mut track = recorder.open(&path, Box::new(move |e| done_tx.send(e).unwrap())).unwrap();
        for index in 0..25 {
            track.frame(index, &[1; FRAME], &[2; FRAME]);
        }
        drop(track);
        drop(recorder);
        // The callback is dropped when the file is closed.
        assert!(done.recv().is_err());
        let (admitted, samples) = read(&path);
        assert_eq!(admitted, 25 * FRAME * 4);
        assert_eq!(samples.len(), 25 * FRAME * 2);
        assert!(samples.chunks_exact(2).all(|pair| pair == [1, 2]));
    }

    #[test]
    fn a_torn_recording_is_made_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("torn.wav");
        let (_, header) = record::Recorder::new(8000);
        std::fs::write(&path, [header.bytes.as_slice(), &[1; 4000]].concat()).unwrap();
        assert_eq!(read(&path).0, 0);
        repair_recording(&path);
        assert_eq!(read(&path).0, 4000);
        // What is not a recording stays as it is.
        std::fs::write(&path, "short").unwrap();
        repair_recording(&path);
        assert_eq!(std::fs::read(&path).unwrap(), b"short");
    }

    #[test]
    fn a_recording_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken.wav");
        std::fs::write(&path, "mine").unwrap();
        let error = Recorder::start().unwrap().open(&path, Box::new(|_| {})).unwrap_err();
        assert!(error.to_string().contains("taken.wav"));
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    }
}

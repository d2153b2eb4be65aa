//! Getting a model's files: from its URL, from a mirror, or from a folder on a machine without a network.
//!
//! A file is written beside its place, goes on where it broke off, is checked, and only then takes its place. What
//! a manifest gives no sum for is believed once: its sum is noted, and from then on it must stay what it was.

use crate::{
    ModelError,
    store::{ModelFile, Store, hex},
};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use ureq::{
    Agent, Body,
    http::{Response, StatusCode, header},
};

/// Where files come from.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// The manifest's URLs.
    #[default]
    Published,
    /// A server that has `PATH` of the manifest below this URL.
    Mirror(String),
    /// A folder that has `PATH`, or only its last part.
    Folder(PathBuf),
}

/// What happened to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// It was there and whole.
    Already,
    /// It is there now; `noted` when no manifest knew its sum.
    Got { bytes: u64, sha256: String, noted: bool },
}

/// Why a file could not be had. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("{path} has no URL; {hint}")]
    NoUrl { path: String, hint: String },
    #[error(
        "{url} cannot be reached ({reason}). On a machine without a network, get it elsewhere and run \
         `warmline models pull {model} --from FOLDER`, or name a mirror: `mirror` in `[models]`"
    )]
    Unreachable { url: String, reason: String, model: String },
    #[error("{url} answered {status}{}", if *.status == 404 { ": it is not there (any more)" } else { "" })]
    Refused { url: String, status: u16 },
    #[error("the transfer of {url} broke off after {got} of {} bytes ({reason}); run it again to go on", .whole.map_or("?".into(), |w| w.to_string()))]
    Broken { url: String, got: u64, whole: Option<u64>, reason: String },
    #[error("what came from {from} is not the expected file: {reason}; it was thrown away")]
    Wrong { from: String, reason: String },
    #[error("{path}: {reason}")]
    Disk { path: PathBuf, reason: String },
}

/// Told as bytes arrive: the file's path, bytes so far, bytes in all where known.
pub type Progress<'a> = &'a mut dyn FnMut(&str, u64, Option<u64>);

/// How often a transfer that brings nothing is tried again, and how long one request may last.
const TRIES: u32 = 3;
const REQUEST_LASTS: Duration = Duration::from_secs(60);

/// Get every file of `id` that is not there whole.
pub fn pull(
    store: &mut Store,
    id: &str,
    source: &Source,
    progress: Progress<'_>,
) -> Result<Vec<(String, Pulled)>, PullError> {
    let model = store.find(id)?.clone();
    let mut done = Vec::new();
    for file in &model.files {
        let known = store.expected_sum(&file.path).map(str::to_owned);
        if known.is_some() && store.verified(&file.path).is_ok() {
            done.push((file.path.clone(), Pulled::Already));
            continue;
        }
        let place = Place::new(store.root(), file)?;
        match source {
            Source::Folder(folder) => place.copy(folder, progress)?,
            Source::Published | Source::Mirror(_) => {
                let url = url(file, source)
                    .ok_or_else(|| PullError::NoUrl { path: file.path.clone(), hint: model.how_to_get() })?;
                place.download(&url, &model.id(), progress)?;
            }
        }
        // A sum that the store only noted may change with a new download; one of a manifest may not.
        let sha256 = place.check(file.sha256.as_deref())?;
        store.note_sum(&file.path, &sha256)?;
        let bytes = place.take_place()?;
        done.push((file.path.clone(), Pulled::Got { bytes, sha256, noted: file.sha256.is_none() }));
    }
    Ok(done)
}

fn url(file: &ModelFile, source: &Source) -> Option<String> {
    match source {
        Source::Mirror(base) => Some(format!("{}/{}", base.trim_end_matches('/'), file.path)),
        _ => file.url.clone(),
    }
}

/// Where one file goes, and its half-finished self beside it.
struct Place<'a> {
    file: &'a ModelFile,
    full: PathBuf,
    part: PathBuf,
    /// What the half-finished file is a part of: URL and version.
    of: PathBuf,
}

impl<'a> Place<'a> {
    fn new(root: &Path, file: &'a ModelFile) -> Result<Place<'a>, PullError> {
        let full = root.join(&file.path);
        let beside = |ending: &str| PathBuf::from(format!("{}{ending}", full.display()));
        let place = Place { file, part: beside(".part"), of: beside(".part-of"), full };
        let folder = place.full.parent().unwrap_or(root);
        std::fs::create_dir_all(folder).map_err(|e| disk(folder, &e))?;
        Ok(place)
    }

    fn copy(&self, folder: &Path, progress: Progress<'_>) -> Result<(), PullError> {
        let name = Path::new(&self.file.path);
        let candidates = [folder.join(name), folder.join(name.file_name().unwrap_or_default())];
        let from = candidates.iter().find(|path| path.is_file()).ok_or_else(|| PullError::Disk {
            path: folder.to_owned(),
            reason: format!("there is no {} in it", self.file.path),
        })?;
        let bytes = std::fs::copy(from, &self.part).map_err(|e| disk(from, &e))?;
        progress(&self.file.path, bytes, Some(bytes));
        Ok(())
    }

    /// Fetch until it is whole, going on where a request ended.
    fn download(&self, url: &str, model: &str, progress: Progress<'_>) -> Result<(), PullError> {
        let mut idle = 0;
        let mut transfer = Transfer { place: self, url, model, patient: false };
        loop {
            let before = self.got();
            match transfer.go_on(progress) {
                Ok(()) => return Ok(()),
                Err(PullError::Broken { .. }) if self.got() > before => idle = 0,
                Err(PullError::Broken { .. } | PullError::Unreachable { .. }) if idle + 1 < TRIES => idle += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn got(&self) -> u64 {
        std::fs::metadata(&self.part).map_or(0, |m| m.len())
    }

    /// The sum of what arrived, if it is what was wanted.
    fn check(&self, wanted: Option<&str>) -> Result<String, PullError> {
        let (mut file, mut hash) = (File::open(&self.part).map_err(|e| disk(&self.part, &e))?, Sha256::new());
        std::io::copy(&mut file, &mut hash).map_err(|e| disk(&self.part, &e))?;
        let (sum, size) = (hex(&hash.finalize()), self.got());
        let reason = match (wanted, self.file.size) {
            (_, Some(wanted)) if wanted != size => format!("it has {size} bytes instead of {wanted}"),
            (Some(wanted), _) if wanted != sum => format!("its sha-256 is {sum} instead of {wanted}"),
            _ => return Ok(sum),
        };
        self.forget();
        Err(PullError::Wrong { from: self.file.path.clone(), reason })
    }

    fn take_place(&self) -> Result<u64, PullError> {
        let part = File::open(&self.part).map_err(|e| disk(&self.part, &e))?;
        part.sync_all().map_err(|e| disk(&self.part, &e))?;
        let bytes = self.got();
        std::fs::rename(&self.part, &self.full).map_err(|e| disk(&self.full, &e))?;
        std::fs::remove_file(&self.of).ok();
        Ok(bytes)
    }

    fn forget(&self) {
        std::fs::remove_file(&self.part).ok();
        std::fs::remove_file(&self.of).ok();
    }
}

struct Transfer<'a> {
    place: &'a Place<'a>,
    url: &'a str,
    model: &'a str,
    /// The server cannot go on in the middle: one request must bring it all.
    patient: bool,
}

impl Transfer<'_> {
    /// One request, and everything it brings.
    fn go_on(&mut self, progress: Progress<'_>) -> Result<(), PullError> {
        let have = self.resumable();
        let mut response = self.ask(have.as_ref())?;
        let status = response.status();
        let from = have.map_or(0, |(bytes, _)| bytes);
        let begins = match status {
            StatusCode::PARTIAL_CONTENT if begins_at(&response) == Some(from) => from,
            StatusCode::OK => 0,
            // Nothing is left to send, or what is here is no beginning of it.
            StatusCode::RANGE_NOT_SATISFIABLE if whole_length(&response) == Some(from) => return Ok(()),
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PARTIAL_CONTENT => {
                self.place.forget();
                return Err(self.broken(0, None, "the server has another version now".into()));
            }
            other => return Err(PullError::Refused { url: self.url.to_owned(), status: other.as_u16() }),
        };
        self.patient = status == StatusCode::OK;
        let version = version(&response);
        std::fs::write(&self.place.of, format!("{}\n{version}", self.url)).map_err(|e| disk(&self.place.of, &e))?;
        let whole = match status {
            StatusCode::PARTIAL_CONTENT => whole_length(&response),
            _ => response.body().content_length(),
        };
        self.take(begins, whole, &mut response, progress)
    }

    fn take(
        &self,
        begins: u64,
        whole: Option<u64>,
        response: &mut Response<Body>,
        progress: Progress<'_>,
    ) -> Result<(), PullError> {
        let part = &self.place.part;
        let mut file =
            File::options().create(true).truncate(false).write(true).open(part).map_err(|e| disk(part, &e))?;
        file.set_len(begins).and_then(|()| file.seek(std::io::SeekFrom::End(0))).map_err(|e| disk(part, &e))?;
        let (mut got, mut buffer) = (begins, vec![0; 1 << 16]);
        let mut body = response.body_mut().with_config().limit(u64::MAX).reader();
        loop {
            let read = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(e) => return Err(self.broken(got, whole, e.to_string())),
            };
            file.write_all(&buffer[..read]).map_err(|e| disk(part, &e))?;
            got += read as u64;
            progress(&self.place.file.path, got, whole);
        }
        match whole {
            Some(whole) if got < whole => Err(self.broken(got, Some(whole), "the server ended it".into())),
            _ => Ok(()),
        }
    }

    /// How much of this very URL and version is here already.
    fn resumable(&self) -> Option<(u64, String)> {
        let of = std::fs::read_to_string(&self.place.of).ok()?;
        let (url, version) = of.split_once('\n')?;
        let got = self.place.got();
        (url == self.url && got > 0 && !version.is_empty()).then(|| (got, version.to_owned()))
    }

    fn ask(&self, have: Option<&(u64, String)>) -> Result<Response<Body>, PullError> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_recv_response(Some(Duration::from_secs(30)))
            .timeout_recv_body((!self.patient).then_some(REQUEST_LASTS))
            .build()
            .into();
        let from = have.map_or(0, |(bytes, _)| *bytes);
        let mut request = agent.get(self.url).header(header::RANGE, format!("bytes={from}-"));
        if let Some((_, version)) = have {
            request = request.header(header::IF_RANGE, version);
        }
        request.call().map_err(|e| PullError::Unreachable {
            url: self.url.to_owned(),
            reason: e.to_string(),
            model: self.model.to_owned(),
        })
    }

    fn broken(&self, got: u64, whole: Option<u64>, reason: String) -> PullError {
        PullError::Broken { url: self.url.to_owned(), got, whole, reason }
    }
}

/// What tells this version of the file from another (RFC 9110 §13.1.5: a strong validator).
fn version(response: &Response<Body>) -> String {
    let value = |name| response.headers().get(name).and_then(|v| v.to_str().ok());
    let tag = value(header::ETAG).filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| value(header::LAST_MODIFIED)).unwrap_or_default().to_owned()
}

/// `bytes 100-199/200` → 100 (RFC 9110 §14.4).
fn begins_at(response: &Response<Body>) -> Option<u64> {
    content_range(response)?.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

/// `bytes 100-199/200` or `bytes */200` → 200.
fn whole_length(response: &Response<Body>) -> Option<u64> {
    content_range(response)?.rsplit('/').next()?.parse().ok()
}

fn content_range(response: &Response<Body>) -> Option<&str> {
    response.headers().get(header::CONTENT_RANGE)?.to_str().ok()
}

fn disk(path: &Path, error: &std::io::Error) -> PullError {
    PullError::Disk { path: path.to_owned(), reason: error.to_string() }
}

//! ONNX Runtime: loaded once for the process, and sessions that several threads share.
//!
//! The library is a shared object in the model store, loaded when the first engine asks for it. A missing
//! or damaged library or model is an error of the engine that wanted it; the process lives on.

use crate::{ModelError, store::Store};
use ort::session::{Session, builder::GraphOptimizationLevel};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering},
    },
};

const LIBRARY: &str = "onnxruntime/libonnxruntime.so";

/// Proof that ONNX Runtime is loaded; needed to make a session.
#[derive(Clone, Copy, Debug)]
pub struct Runtime(());

/// Whether the library is in the process. Loading is tried again after a failure, since set-up may have run.
static LOADED: Mutex<bool> = Mutex::new(false);

impl Runtime {
    /// Load ONNX Runtime from the store, or from `ORT_DYLIB_PATH` where that is set. Cheap after the first time.
    pub fn get(store: &Store) -> Result<Runtime, ModelError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if !*loaded {
            let path = library_path(store)?;
            let builder =
                ort::init_from(&path).map_err(|e| ModelError::Damaged { path: path.clone(), reason: e.to_string() })?;
            builder.with_name("warmline").with_telemetry(false).commit();
            *loaded = true;
        }
        Ok(Runtime(()))
    }

    /// A session over the verified file `path` of the store, with `copies` of the weights: as many threads
    /// can run it at the same moment. One thread is used per run.
    pub fn session(self, store: &Store, path: &str, copies: usize) -> Result<SharedSession, ModelError> {
        let bytes = store.read(path)?;
        let full = store.path(path)?;
        self.session_from_memory(&bytes, &full, copies)
    }

    /// One session over a model in memory, for a library that wants it for itself; `path` is only named in errors.
    #[cfg(feature = "piper")]
    pub(crate) fn own_session(self, bytes: &[u8], path: &Path) -> Result<Session, ModelError> {
        build(bytes).map_err(|reason| ModelError::Damaged { path: path.to_path_buf(), reason })
    }

    /// Like [`Runtime::session`] for a model already in memory; `path` is only named in errors.
    pub fn session_from_memory(self, bytes: &[u8], path: &Path, copies: usize) -> Result<SharedSession, ModelError> {
        let damaged = |e: String| ModelError::Damaged { path: path.to_path_buf(), reason: e };
        let sessions: Result<Vec<_>, _> =
            (0..copies.max(1)).map(|_| build(bytes).map(Mutex::new).map_err(damaged)).collect();
        Ok(SharedSession(Arc::new(Pool { sessions: sessions?, next: AtomicUsize::new(0) })))
    }
}

fn library_path(store: &Store) -> Result<PathBuf, ModelError> {
    match std::env::var_os("ORT_DYLIB_PATH").filter(|v| !v.is_empty()) {
        Some(path) => {
            let path = PathBuf::from(path);
            if path.exists() {
                Ok(path)
            } else {
                Err(ModelError::Missing { path, hint: "it is named by ORT_DYLIB_PATH".into() })
            }
        }
        None => store.verified(LIBRARY),
    }
}

fn build(bytes: &[u8]) -> Result<Session, String> {
    // Inputs differ in length from run to run, for which remembered memory patterns only cost memory.
    let builder = Session::builder().map_err(|e| e.to_string())?;
    // Where no GPU is found, or ONNX Runtime was built without it, the session runs on the processor.
    #[cfg(feature = "cuda")]
    let builder = builder.with_execution_providers([ort::ep::CUDA::default().build()]).map_err(|e| e.to_string())?;
    builder
        .with_optimization_level(GraphOptimizationLevel::Level3)
        .map_err(|e| e.to_string())?
        .with_intra_threads(1)
        .map_err(|e| e.to_string())?
        .with_inter_threads(1)
        .map_err(|e| e.to_string())?
        .with_memory_pattern(false)
        .map_err(|e| e.to_string())?
        // Without it signed 8-bit weights saturate on processors with AVX2 but no VNNI.
        .with_precise_qmm()
        .map_err(|e| e.to_string())?
        .commit_from_memory(bytes)
        .map_err(|e| e.to_string())
}

/// A session shared by threads and cheap to clone.
#[derive(Clone)]
pub struct SharedSession(Arc<Pool>);

struct Pool {
    sessions: Vec<Mutex<Session>>,
    next: AtomicUsize,
}

impl SharedSession {
    /// A copy of the session that nobody uses now; waits for one when all are in use.
    pub fn lock(&self) -> MutexGuard<'_, Session> {
        for session in &self.0.sessions {
            match session.try_lock() {
                Ok(guard) => return guard,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let turn = self.0.next.fetch_add(1, Ordering::Relaxed) % self.0.sessions.len();
        self.0.sessions[turn].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_missing_library_is_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let error = library_path(&Store::open(dir.path()).unwrap()).unwrap_err().to_string();
        assert!(error.contains("libonnxruntime.so is missing") && error.contains("scripts/setup"), "{error}");
    }

    #[test]
    fn garbage_is_a_damaged_model_and_the_process_lives() {
        let store = Store::locate().unwrap();
        let runtime = Runtime::get(&store).unwrap();
        let good = store.read("silero/silero_vad.onnx").unwrap();
        for bytes in [&b"not a model"[..], &good[..good.len() / 2], &[]] {
            let made = runtime.session_from_memory(bytes, Path::new("garbage.onnx"), 1);
            assert!(matches!(made, Err(ModelError::Damaged { .. })));
        }
        assert!(runtime.session_from_memory(&good, Path::new("good.onnx"), 2).is_ok());
    }
}

//! What a running server uses is not removed under it, whoever asks: two processes and one store.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use warmline_models::store::Store;

/// A store of its own whose recogniser can be removed; the rest is the real one's.
fn store(folder: &Path) -> PathBuf {
    let (real, own) = (Store::locate().unwrap(), folder.join("store"));
    std::fs::create_dir(&own).unwrap();
    for part in ["onnxruntime", "silero", "minilm"] {
        std::os::unix::fs::symlink(real.root().join(part).canonicalize().unwrap(), own.join(part)).unwrap();
    }
    std::fs::copy(real.root().join("SHA256SUMS"), own.join("SHA256SUMS")).unwrap();
    std::fs::create_dir(own.join("starter-en")).unwrap();
    for file in &real.find("starter-en").unwrap().files {
        std::fs::copy(real.path(&file.path).unwrap(), own.join(&file.path)).unwrap();
    }
    own
}

fn warmline(store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warmline"));
    command.env("WARMLINE_MODELS", store).args(["--log", "warn"]);
    command
}

/// A server that takes calls, until dropped.
struct Server(Child);

impl Server {
    fn start(store: &Path, data: &Path) -> Self {
        let mut child = warmline(store)
            .arg("serve")
            .env("WARMLINE__SERVER__LISTEN", "127.0.0.1:0")
            .env("WARMLINE__SIP__BIND", "127.0.0.1:0")
            .env("WARMLINE__SERVER__DATA_DIR", data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let up = lines.map_while(Result::ok).any(|line| line.contains("console and API on"));
        assert!(up, "the server has stopped");
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Tries to remove the recogniser; what was said about it.
fn remove(store: &Path) -> Result<String, String> {
    let output = warmline(store).args(["models", "remove", "starter-en"]).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

#[test]
fn what_a_server_hears_with_is_not_removed_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let lexicon = store.join("starter-en/lexicon.json");
    let server = Server::start(&store, &folder.path().join("data"));
    let refused = remove(&store).unwrap_err();
    assert!(refused.contains("`starter-en` is in use by a running program"), "{refused}");
    assert!(lexicon.exists());
    // Killed, not stopped: a lease ends with its process.
    drop(server);
    assert!(remove(&store).unwrap().contains("starter-en is removed"));
    assert!(!lexicon.exists());
}

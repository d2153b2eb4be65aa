//! A program that runs beside a test: its output in a file, ended by its own process id.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for anything that should happen at once, on a machine that has other work.
pub const LONG: Duration = Duration::from_secs(60);

/// The pause between two looks at something that will change.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until `check` gives something.
///
/// # Panics
/// When that takes longer than `limit`; `what` says what was waited for.
#[expect(clippy::disallowed_methods, reason = "other programs are waited for")]
pub fn until<T>(what: &str, limit: Duration, mut check: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(start.elapsed() < limit, "waited {} s for {what}", limit.as_secs());
        std::thread::sleep(LOOK);
    }
}

/// The running program. Dropping it ends it.
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with both outputs in `log`.
    ///
    /// # Panics
    /// When the program is not installed.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let out = File::create(log).expect("the log's folder is there");
        let err = out.try_clone().expect("a file can be shared");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let child = child.unwrap_or_else(|e| panic!("{name} is needed: {e}"));
        Self { child, name, log: log.to_owned() }
    }

    /// Everything printed so far.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until `text` was printed.
    ///
    /// # Panics
    /// When the program ends before, or takes too long.
    pub fn wait_for(&mut self, text: &str) {
        assert!(self.started(text), "{} ended without {text:?}:\n{}", self.name, self.output());
    }

    /// Waits until `text` was printed (true) or the program has ended without it (false).
    ///
    /// # Panics
    /// When neither happens in time.
    pub fn started(&mut self, text: &str) -> bool {
        until(&format!("{} to print {text:?}", self.name), LONG, || {
            let ended = self.has_ended().is_some();
            let found = self.output().contains(text);
            (found || ended).then_some(found)
        })
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// When it does not come within `limit`.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        until(&what, limit, || self.has_ended())
    }

    /// Sends a signal, to this process alone.
    pub fn signal(&self, signal: Signal) {
        // An error says that it has ended, which is what signals are sent for.
        kill_process(self.pid(), signal).ok();
    }

    /// Its process id.
    ///
    /// # Panics
    /// Never: a child has one.
    pub fn pid(&self) -> Pid {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a child has a process id")
    }

    /// Asks for the end and waits for it.
    pub fn stop(&mut self) -> ExitStatus {
        if let Some(ended) = self.has_ended() {
            return ended;
        }
        self.signal(Signal::TERM);
        self.wait(LONG)
    }

    /// How it ended, if it has.
    ///
    /// # Panics
    /// When the system does not say.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }
}

impl Drop for Process {
    #[expect(clippy::disallowed_methods, reason = "another program is waited for")]
    fn drop(&mut self) {
        if self.has_ended().is_some() {
            return;
        }
        self.signal(Signal::TERM);
        let start = Instant::now();
        while self.has_ended().is_none() && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(LOOK);
        }
        // Whoever does not listen is ended; a second error would only hide the test's own.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

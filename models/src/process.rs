//! Running a speech program: text in through stdin, never through arguments, and an end in every case.
//!
//! A program that hangs is killed by its own process handle at the deadline; one that writes too much is
//! killed as well.

#![allow(clippy::disallowed_methods, reason = "a program is given real time to answer")]

use crate::{ModelError, store::SETUP_HINT, store::find_program};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// Two minutes of 16-bit audio at 22,050 Hz; a clause is a few seconds.
const MAX_OUTPUT: u64 = 120 * 22_050 * 2;
/// How much of what a program complains about is kept.
const MAX_COMPLAINT: u64 = 2_000;
/// Between two looks at a program that has closed its output but not yet ended.
const ENDING_POLL: Duration = Duration::from_millis(1);

/// The program's file, or what to do about its absence.
pub(crate) fn locate(program: &str) -> Result<PathBuf, ModelError> {
    find_program(program).ok_or_else(|| ModelError::NoProgram { program: program.to_string(), hint: SETUP_HINT.into() })
}

/// One run of a program.
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Path,
    pub(crate) args: &'a [&'a str],
    pub(crate) stdin: &'a str,
    pub(crate) timeout: Duration,
}

impl Run<'_> {
    /// What the program wrote to stdout. The error says why in words, without the text that went in.
    pub(crate) fn output(&self) -> Result<Vec<u8>, String> {
        let deadline = Instant::now() + self.timeout;
        let mut child = self.spawn()?;
        let result = self.converse(&mut child, deadline);
        if result.is_err() {
            // Errors here mean that it has ended by itself in the meantime.
            let _ = child.kill();
            let _ = child.wait();
        }
        result
    }

    fn spawn(&self) -> Result<Child, String> {
        Command::new(self.program)
            .args(self.args)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("it could not be started: {e}"))
    }

    fn converse(&self, child: &mut Child, deadline: Instant) -> Result<Vec<u8>, String> {
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("it has no pipes".into());
        };
        let text = self.stdin.as_bytes().to_vec();
        // A program may end without reading everything; its exit status then tells what happened.
        thread::spawn(move || stdin.write_all(&text));
        let complaint = collect(stderr, MAX_COMPLAINT);
        let wave = collect(stdout, MAX_OUTPUT + 1);
        let late = || format!("it gave no answer within {:.1} s", self.timeout.as_secs_f64());
        let wave = wave.recv_timeout(left(deadline)).map_err(|_| late())?;
        if wave.len() as u64 > MAX_OUTPUT {
            return Err("it wrote more than two minutes of sound".into());
        }
        let status = loop {
            match child.try_wait().map_err(|e| e.to_string())? {
                Some(status) => break status,
                None if left(deadline).is_zero() => return Err(late()),
                None => thread::sleep(ENDING_POLL),
            }
        };
        if status.success() {
            return Ok(wave);
        }
        let complaint = complaint.recv_timeout(left(deadline)).unwrap_or_default();
        let first_line = String::from_utf8_lossy(&complaint).lines().next().unwrap_or_default().to_string();
        Err(format!("it ended with {status}: {first_line}"))
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Reads a pipe to its end, or to `limit` bytes, on a thread.
fn collect(pipe: impl Read + Send + 'static, limit: u64) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A broken pipe ends the output just as its end does.
        let _ = pipe.take(limit).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run(program: &str, args: &[&str], stdin: &str, timeout_ms: u64) -> Result<Vec<u8>, String> {
        let program = locate(program).unwrap();
        Run { program: &program, args, stdin, timeout: Duration::from_millis(timeout_ms) }.output()
    }

    #[test]
    fn text_goes_in_and_comes_out_whatever_it_looks_like() {
        for text in ["--help", "$(id)", "; rm x", "a\nb"] {
            assert_eq!(run("cat", &[], text, 5_000).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn more_text_than_a_pipe_holds_does_not_block() {
        let long = "x".repeat(1 << 20);
        assert_eq!(run("cat", &[], &long, 10_000).unwrap().len(), 1 << 20);
        assert!(run("true", &[], &long, 10_000).is_ok());
    }

    #[test]
    fn a_program_that_hangs_is_ended_at_its_deadline() {
        let started = Instant::now();
        let error = run("sleep", &["600"], "", 50).unwrap_err();
        assert!(error.contains("no answer within 0.1 s") || error.contains("no answer within 0.0 s"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn endless_output_is_cut() {
        assert!(run("cat", &["/dev/zero"], "", 60_000).unwrap_err().contains("two minutes"));
    }

    #[test]
    fn a_failing_program_says_why() {
        let error = run("cat", &["/no/such/file"], "", 5_000).unwrap_err();
        assert!(error.contains("exit status: 1") && error.contains("No such file"), "{error}");
        assert!(matches!(locate("no-such-program-here"), Err(ModelError::NoProgram { .. })));
    }
}

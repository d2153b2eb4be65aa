//! The set-up script on machines that lack something: it must say what, and how to go on.
//!
//! Each test runs a copy of the script with a `PATH` that holds only what the test puts there.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

/// Ordinary tools that every Debian machine has.
const BASICS: [&str; 22] = [
    "awk",
    "bash",
    "cat",
    "cmp",
    "cp",
    "dirname",
    "env",
    "find",
    "flock",
    "grep",
    "head",
    "id",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "sha256sum",
    "sort",
    "tail",
    "touch",
    "tr",
    "uname",
];

/// `dpkg-query` where flite is unknown: it lists the others and ends with 1, as the real one does.
const NO_FLITE: &str = "shift 2; for p in \"$@\"; do [ $p = flite ] || echo \"installed $p\"; done; exit 1";

struct Machine {
    dir: tempfile::TempDir,
}

impl Machine {
    /// A checkout of which only the script is there, on a machine with Rust, Node and Python but no packages.
    fn new() -> Machine {
        let machine = Machine { dir: tempfile::tempdir().unwrap() };
        let scripts = machine.dir.path().join("scripts");
        fs::create_dir_all(&scripts).unwrap();
        fs::create_dir_all(machine.bin()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/setup");
        fs::copy(script, scripts.join("setup")).unwrap();
        fs::write(scripts.join("minilm_to_onnx.py"), "").unwrap();
        for tool in BASICS {
            let real = warmline_models::store::find_program(tool).unwrap();
            symlink(real, machine.bin().join(tool)).unwrap();
        }
        machine.program("cargo", "echo 'cargo 1.95.0 (abc 2026-01-01)'");
        machine.program("node", "echo v20.20.2");
        machine.program("npm", "exit 1");
        machine.program("python3", "exit 0");
        machine.program("id", "echo 1000");
        machine.program("dpkg-query", "shift 2; for p in \"$@\"; do echo \"installed $p\"; done");
        machine.program("apt-get", "echo \"apt-get $*\" >>apt-calls");
        machine
    }

    fn bin(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    fn program(&self, name: &str, body: &str) {
        let path = self.bin().join(name);
        // The name may be a link to the real program, which must not be written through.
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("#!/usr/bin/env bash\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn without(&self, name: &str) {
        fs::remove_file(self.bin().join(name)).unwrap();
    }

    /// A model store as the script itself would have left it.
    fn with_store(&self) {
        let store = self.dir.path().join("models/store");
        let files = ["onnxruntime/file", "silero/file", "minilm/file", "minilm/made_by.py"];
        for file in files {
            fs::create_dir_all(store.join(file).parent().unwrap()).unwrap();
            fs::write(store.join(file), "").unwrap();
        }
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let sums: String = files.iter().map(|file| format!("{empty}  {file}\n")).collect();
        fs::write(store.join("SHA256SUMS"), sums).unwrap();
    }

    /// Whether it succeeded, and what it said.
    fn setup(&self, args: &[&str]) -> (bool, String) {
        let out = Command::new(self.bin().join("bash"))
            .arg(self.dir.path().join("scripts/setup"))
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", self.bin())
            .output()
            .unwrap();
        let said = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8(said).unwrap())
    }
}

#[track_caller]
fn fails_saying(machine: &Machine, words: &str) {
    let (ok, said) = machine.setup(&[]);
    assert!(!ok && said.contains(words), "{said}");
}

#[test]
fn with_everything_there_it_is_ready_and_changes_nothing() {
    let machine = Machine::new();
    machine.with_store();
    let (ok, said) = machine.setup(&["--tests"]);
    assert!(ok && said == "setup: ready\n", "{said}");
    assert!(!machine.dir.path().join("apt-calls").exists());
}

#[test]
fn what_was_made_another_way_is_made_anew() {
    let machine = Machine::new();
    machine.with_store();
    fs::write(machine.dir.path().join("scripts/minilm_to_onnx.py"), "# better").unwrap();
    let (ok, said) = machine.setup(&[]);
    assert!(!ok && said.contains("getting MiniLM") && !said.contains("getting Silero"), "{said}");
}

#[test]
fn a_missing_or_old_tool_is_named() {
    for tool in ["cargo", "node", "python3"] {
        let machine = Machine::new();
        machine.without(tool);
        fails_saying(&machine, &format!("{tool} is missing: install"));
    }
    let machine = Machine::new();
    machine.program("cargo", "echo 'cargo 1.80.1'");
    fails_saying(&machine, "Rust 1.80 is too old: 1.95 or newer");
    machine.program("cargo", "echo 'cargo 1.100.0'");
    machine.program("node", "echo v18.19.0");
    fails_saying(&machine, "Node.js 18.19.0 is too old: 20 or newer");
}

#[test]
fn without_root_it_prints_the_one_line_to_run() {
    let machine = Machine::new();
    machine.program("dpkg-query", NO_FLITE);
    fails_saying(&machine, "\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends flite\n");
    assert!(!machine.dir.path().join("apt-calls").exists());
}

#[test]
fn with_root_or_sudo_it_installs_what_is_missing_and_says_so() {
    let machine = Machine::new();
    machine.with_store();
    machine.program("dpkg-query", NO_FLITE);
    machine.program("sudo", "[ \"$1\" = -n ] || exit 1; shift; \"$@\"");
    machine.program("true", "exit 0");
    let (ok, said) = machine.setup(&[]);
    assert!(ok && said.contains("installing Debian packages: flite\n"), "{said}");
    let calls = fs::read_to_string(machine.dir.path().join("apt-calls")).unwrap();
    assert_eq!(calls, "apt-get update\napt-get install -y --no-install-recommends flite\n");
}

#[test]
fn a_failing_package_installation_is_explained() {
    let machine = Machine::new();
    machine.program("dpkg-query", "exit 1");
    machine.program("id", "echo 0");
    machine.program("apt-get", "echo 'E: no route to host'; exit 100");
    fails_saying(&machine, "is there a network?");
    fails_saying(&machine, "no route to host");
}

#[test]
fn on_another_system_missing_programs_are_named() {
    let machine = Machine::new();
    machine.without("apt-get");
    fails_saying(&machine, "not a Debian system and these programs are missing: cc cmake espeak-ng flite");
}

#[test]
fn an_unknown_option_is_refused() {
    let (ok, said) = Machine::new().setup(&["--quick"]);
    assert!(!ok && said.contains("unknown option --quick") && said.contains("--tests"), "{said}");
}

//! Where our programs lie: beside the test's own target folder, built beforehand.

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the crate lies two folders below the root")
}

/// `warmline`.
///
/// # Panics
/// When it was not built.
pub fn warmline() -> PathBuf {
    built("warmline")
}

/// `warmline-carrier`.
///
/// # Panics
/// When it was not built.
pub fn carrier() -> PathBuf {
    built("warmline-carrier")
}

/// A folder of the target folder that is kept between runs, such as that of rendered prompts.
pub fn kept(name: &str) -> PathBuf {
    profile().parent().expect("the profile's folder lies in the target folder").join(name)
}

fn built(name: &str) -> PathBuf {
    let path = profile().join(name);
    let how = "cargo build --release -p warmline-server -p warmline-carrier";
    assert!(path.is_file(), "{} is missing; build it with: {how}", path.display());
    path
}

/// `target/release`, two above the running test.
fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    test.ancestors().nth(2).expect("tests run from the target folder").to_owned()
}

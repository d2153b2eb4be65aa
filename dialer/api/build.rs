//! Rebuilds the crate when the console's files change; their absence is no error (see `src/console.rs`).
fn main() {
    println!("cargo:rerun-if-changed=../../console-web/dist");
}

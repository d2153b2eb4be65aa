//! A migration that is added or changed rebuilds the crate that embeds it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}

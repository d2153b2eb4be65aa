//! The Piper feature links espeak-ng, whose static library leaves the speed changer `sonic` to the system.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_PIPER").is_some() {
        println!("cargo:rustc-link-lib=dylib=sonic");
    }
}

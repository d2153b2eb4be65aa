//! Any text is a template or is refused with a reason: `cargo +nightly fuzz run template` in `tests/fuzz`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A slow reading of hostile text is a fault too; the fuzzer's own limit on time finds it.
    match warmline_schema::parse(text) {
        Ok(template) => assert!(!template.steps.is_empty()),
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
});

//! What the command line can do, one file a command.

pub mod bench_asr;
pub mod bench_barge;
pub mod bench_dialog;
pub mod bench_endpointing;
pub mod bench_nlu;
pub mod bench_slots;
pub mod bench_soak;
pub mod bench_tts;
pub mod bench_turns;
pub mod call;
pub mod campaign;
pub mod demo;
pub mod load;
pub mod models;
pub mod prepare;
pub mod report;
pub mod serve;
pub mod template;

use warmline_models::measure::processor_time;

/// Processor time of this thread: other programs on the machine must not count.
fn processor_ms() -> f64 {
    processor_time().as_secs_f64() * 1000.0
}

/// Where measurements and deadlines of commands start.
#[expect(clippy::disallowed_methods, reason = "the edge where the clock enters")]
fn clock() -> std::time::Instant {
    std::time::Instant::now()
}

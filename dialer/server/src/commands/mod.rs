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

/// How long this thread has had a processor, where Linux tells (`proc_pid_schedstat`), else the time that has passed:
/// other programs on the machine must not count.
fn processor_ms() -> f64 {
    static BEGUN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = line.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok());
    ns.map_or_else(|| BEGUN.get_or_init(clock).elapsed().as_secs_f64() * 1000.0, |ns| ns / 1e6)
}

/// Where measurements and deadlines of commands start.
#[expect(clippy::disallowed_methods, reason = "the edge where the clock enters")]
fn clock() -> std::time::Instant {
    std::time::Instant::now()
}

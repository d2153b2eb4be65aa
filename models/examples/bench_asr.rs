//! How well the starter recogniser hears: `cargo run --release -p warmline-models --example bench_asr`.
//!
//! Prints one line a voice and channel, then the lists of recorded prompts where they are installed.

use std::{error::Error, path::Path};
use warmline_models::{
    bench_asr::{self, Extent},
    starter::StarterAsr,
    store::Store,
    synth::{Voice, VoiceConfig},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut asr = StarterAsr::load(&Store::locate()?, 1)?;
    let voices = Voice::new(VoiceConfig::default())?;
    println!("voice                            channel             held out  right  wrong  rejected  free WER  ms/s");
    bench_asr::run(&mut asr, &voices, Extent::Whole, &mut |row| {
        println!(
            "{:32} {:19} {:8} {:5.1}% {:5.1}% {:8.1}% {:8.1}% {:5.1}",
            row.voice,
            row.channel,
            if row.held_out { "yes" } else { "no" },
            row.accepted_right * 100.0,
            row.accepted_wrong * 100.0,
            row.rejected * 100.0,
            row.free_wer * 100.0,
            row.real_time_factor * 1e3,
        );
    })?;
    match bench_asr::people(&mut asr, Path::new(bench_asr::PROMPTS)) {
        Ok(rows) => rows.iter().for_each(|row| println!("{row:?}")),
        Err(error) => println!("recorded prompts were left out: {error}"),
    }
    Ok(())
}

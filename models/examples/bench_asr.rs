//! What the starter recogniser gets wrong, for those who work on it:
//! `cargo run --release -p warmline-models --example bench_asr [noise|whole|quick|development|calibrate [FOLDER]|others FOLDER]`.
//!
//! Prints each mistake (what was said, what was read, how sure, what free speech would have been), then
//! one line a voice and channel and one a list of recorded prompts. `warmline bench asr` judges.

use std::{error::Error, path::Path};
use warmline_models::{
    bench_asr::{self, Extent, Outcome, PeopleRow},
    starter::StarterAsr,
    store::Store,
    synth::{Voice, VoiceConfig},
};

fn main() -> Result<(), Box<dyn Error>> {
    let extent = match std::env::args().nth(1).as_deref() {
        Some("quick") => Extent::Quick,
        Some("whole") => Extent::Whole,
        Some("development") => Extent::Development,
        _ => Extent::Noise,
    };
    let mut asr = StarterAsr::load(&Store::locate()?, 1)?;
    let voices = Voice::new(VoiceConfig { cache: Some(bench_asr::folder()), ..VoiceConfig::default() })?;
    if std::env::args().nth(1).as_deref() == Some("calibrate") {
        let folder = std::env::args().nth(2).unwrap_or_else(|| "models".into());
        // Said before the work of minutes, not after it.
        if !Path::new(&folder).is_dir() {
            return Err(format!("{folder}: there is no such folder to write the calibration to").into());
        }
        let fit = bench_asr::calibrate(&mut asr, &voices, &mut |voice| println!("{voice}"))?;
        println!("{fit:#?}");
        return Ok(fit.write(Path::new(&folder))?);
    }
    if let (Some("others"), Some(folder)) = (std::env::args().nth(1).as_deref(), std::env::args().nth(2)) {
        show(&bench_asr::others(&mut asr, Path::new(&folder))?).iter().for_each(|line| println!("{line}"));
        return Ok(());
    }
    let mut lines = Vec::new();
    bench_asr::run(&mut asr, &voices, extent, &mut |row| {
        row.mistakes.iter().for_each(|mistake| println!("{} {}\t{mistake}", row.voice, row.channel));
        let answers = row.phrases;
        let mut line = format!(
            "{:31} {:19} {:3} phrases {:5.1}% (wrong {:4.1}%) unrelated {:5.1}% near {:5.1}% other words {:5.1}% WER {:4.1}% {:4.1} ms/s ",
            row.voice,
            row.channel,
            if row.held_out { "new" } else { "" },
            answers.right_percent(),
            answers.wrong_percent(),
            row.unrelated_rejected.percent(),
            row.near_rejected.percent(),
            row.other_words_rejected.percent(),
            row.free_errors.percent(),
            row.ms_per_s,
        );
        for (name, slot) in &row.slots {
            line +=
                &format!("| {name} {:.0}/{:.0} ", slot.right_percent(), 100.0 * slot.best as f64 / slot.spoken as f64);
        }
        line += &format!("| slots {:.1}%", row.slots_together().right_percent());
        eprintln!("{line}");
        lines.push(line);
    })?;
    match bench_asr::people(&mut asr, Path::new(bench_asr::PROMPTS)) {
        Ok(rows) => lines.extend(show(&rows)),
        Err(error) => println!("recorded prompts were left out: {error}"),
    }
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// Prints what was misread; gives a line for each list and one for all.
fn show(rows: &[PeopleRow]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut all = Outcome::default();
    for row in rows {
        row.mistakes.iter().for_each(|mistake| println!("person\t{mistake}"));
        lines.push(format!("{:20} {:?} elsewhere {:?}", row.list, row.outcome, row.elsewhere_rejected));
        all = all + row.outcome;
    }
    lines.push(format!("{all:?}: best right {:.1} %", 100.0 * all.best as f64 / all.spoken as f64));
    lines
}

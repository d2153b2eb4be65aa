//! `warmline models pull`.

use super::{size, trial};
use crate::cli::PullArgs;
use crate::config::Config;
use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use warmline_models::pull::{Pulled, Source, pull as pull_files};
use warmline_models::store::Store;

/// Get models, show how far it is, and load each once in a process of its own.
pub fn pull(config: &Config, args: &PullArgs) -> Result<()> {
    if args.models.is_empty() {
        bail!("name at least one model; `warmline models list` shows them");
    }
    let source = match (&args.from, &args.mirror, &config.models.mirror) {
        (Some(folder), _, _) => Source::Folder(folder.clone()),
        (None, Some(mirror), _) | (None, None, Some(mirror)) => Source::Mirror(mirror.clone()),
        (None, None, None) => Source::Published,
    };
    let mut store = Store::locate()?;
    for id in &args.models {
        let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template(
            "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go",
        )?);
        let done = pull_files(&mut store, id, &source, &mut |path, got, whole| {
            bar.set_message(path.to_owned());
            bar.set_length(whole.unwrap_or(got));
            bar.set_position(got);
        });
        bar.finish_and_clear();
        for (path, pulled) in done? {
            match pulled {
                Pulled::Already => println!("{path}: is here already"),
                Pulled::Got { bytes, noted: false, .. } => println!("{path}: {}, checked", size(bytes)),
                Pulled::Got { bytes, sha256, noted: true } => println!(
                    "{path}: {}, sha-256 {sha256}; no manifest knows its sum, so compare it with what its maker says",
                    size(bytes)
                ),
            }
        }
        trial::load_apart(id)?;
        println!("{id} loads; `warmline models use {id}` makes it the one that is used");
    }
    Ok(())
}

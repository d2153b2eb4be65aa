//! `warmline template hear`: what the person would hear in a step, as a WAV file or from the loudspeaker. The sound
//! is made as in a call: the same voices, rates, pauses and recordings, at 8 kHz.

use super::chat::{local_time, warn_of};
use super::library::{self, Meaning};
use crate::config::Config;
use crate::desk::recordings::why;
use crate::desk::template_path;
use anyhow::{Context, Result, bail};
use chrono::NaiveDateTime;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use warmline_dialog::{Prompt, prompts_of};
use warmline_models::store::find_program;
use warmline_models::synth::{RATE_HZ, Voice, VoiceConfig};

#[derive(Debug, Args)]
pub struct HearArgs {
    /// Template: a file, or a name in the templates folder.
    pub template: String,
    /// Step whose prompts are heard.
    #[arg(long)]
    pub step: String,
    /// The contact's data from the first row of a CSV file.
    #[arg(long, value_name = "FILE")]
    pub contact: Option<PathBuf>,
    /// The contact's data, and values of slots: `--set name=Ann --set new_date=2027-03-02`.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Chooses among alternative wordings.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The person's local time; the wall clock when absent.
    #[arg(long, value_name = "TIME")]
    pub now: Option<NaiveDateTime>,
    /// Write a WAV file; `TEMPLATE-STEP.wav` when neither this nor `--play` is given.
    #[arg(long, value_name = "FILE", conflicts_with = "play")]
    pub out: Option<PathBuf>,
    /// Play it with a player that is installed.
    #[arg(long)]
    pub play: bool,
    /// Folder of the recordings that `audio:` names; the configuration's `server.prompts_dir` when absent.
    #[arg(long, value_name = "FOLDER")]
    pub recordings: Option<PathBuf>,
}

/// Players and what they want to be told before the file.
const PLAYERS: [(&str, &[&str]); 5] = [
    ("aplay", &["-q"]),
    ("paplay", &[]),
    ("play", &["-q"]),
    ("ffplay", &["-nodisp", "-autoexit", "-v", "error"]),
    ("afplay", &[]),
];

pub fn run(config: &Config, args: &HearArgs) -> Result<()> {
    let file = template_path(config, &args.template);
    let template = library::compiled(library::parsed(&file)?, &mut Meaning::none())?;
    let contact = library::contact(args.contact.as_deref(), &args.variables)?;
    warn_of(&template, &contact);
    let now = local_time(args.now, "UTC")?;
    let prompts =
        prompts_of(&template, &args.step, contact, args.seed, now).with_context(|| format!("{}", file.display()))?;
    if prompts.is_empty() {
        bail!("{}: nothing is said in step `{}`, nor after it before somebody else speaks", file.display(), args.step);
    }
    let voice = Voice::new(VoiceConfig {
        cache: (config.models.cache_days > 0).then(|| config.speech_cache()),
        cache_bytes: config.models.cache_mb << 20,
        cache_days: config.models.cache_days,
        recordings: args.recordings.clone().or_else(|| config.server.prompts_dir.clone()),
        ..VoiceConfig::default()
    })?;
    let mut whole = Vec::new();
    for prompt in &prompts {
        println!("{}", prompt.text);
        whole.extend_from_slice(&sound(&voice, prompt)?);
    }
    let wav = wav(&whole);
    if args.play {
        return play(&wav);
    }
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}-{}.wav", template.name(), args.step)));
    std::fs::write(&out, wav).with_context(|| format!("{} cannot be written", out.display()))?;
    println!("{}: {:.1} s at {RATE_HZ} Hz", out.display(), whole.len() as f64 / f64::from(RATE_HZ));
    Ok(())
}

/// The recording where there is one that can be played, else the words spoken, as in a call.
fn sound(voice: &Voice, prompt: &Prompt) -> Result<Arc<Vec<i16>>> {
    if let Some(file) = &prompt.audio {
        match voice.recorded(file) {
            Ok(recording) => return Ok(recording),
            Err(error) => eprintln!("spoken instead of the recording `{file}`: {}", why(error.to_string())),
        }
    }
    let sound = warmline_runtime::spoken(voice, prompt);
    sound.with_context(|| format!("the prompt of step `{}` cannot be spoken", prompt.step))
}

/// Mono 16-bit PCM at 8 kHz in a RIFF file.
fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(samples.len() * 2 + 44);
    out.extend(b"RIFF");
    out.extend(bytes.saturating_add(36).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    // PCM, one channel.
    out.extend([1, 0, 1, 0]);
    out.extend(RATE_HZ.to_le_bytes());
    out.extend((RATE_HZ * 2).to_le_bytes());
    out.extend([2, 0, 16, 0]);
    out.extend(b"data");
    out.extend(bytes.to_le_bytes());
    out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    out
}

fn play(wav: &[u8]) -> Result<()> {
    let found = PLAYERS.iter().find_map(|(name, options)| Some((find_program(name)?, options)));
    let Some((player, options)) = found else {
        let names = PLAYERS.map(|(name, _)| name).join(", ");
        bail!("no player is installed ({names}); --out FILE writes a WAV file");
    };
    let file = std::env::temp_dir().join(format!("warmline-hear-{}.wav", std::process::id()));
    std::fs::write(&file, wav).with_context(|| format!("{} cannot be written", file.display()))?;
    let played = run_player(&player, options, &file);
    std::fs::remove_file(&file).ok();
    played
}

fn run_player(player: &Path, options: &[&str], file: &Path) -> Result<()> {
    let status = Command::new(player).args(options).arg(file).stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("{} cannot be run", player.display()))?;
    if !status.success() {
        bail!("{} failed ({status})", player.display());
    }
    Ok(())
}

//! Which recordings of a template cannot be played here: asked before a campaign, not in a call.

use crate::config::Config;
use warmline_models::VoiceSpec;
use warmline_models::synth::{Voice, VoiceConfig};
use warmline_schema::{At, Template};

/// A recording that will not be heard.
#[derive(Debug, PartialEq)]
pub struct Unplayable {
    /// Where the template names it; line 0 for its voices.
    pub at: At,
    pub message: String,
    /// Nothing can be spoken in its place.
    pub fatal: bool,
}

/// It names recordings, or has a voice that consists of them.
pub fn names_any(template: &Template) -> bool {
    !template.recordings().is_empty() || template.voices().iter().any(is_recorded)
}

fn is_recorded(voice: &&str) -> bool {
    voice.starts_with("wav:") || voice.starts_with("recorded:")
}

/// Every recording that `template` names and that cannot be played, the file by its name.
pub fn unplayable(config: &Config, template: &Template) -> Vec<Unplayable> {
    if !names_any(template) {
        return Vec::new();
    }
    let own = VoiceConfig { recordings: config.server.prompts_dir.clone(), ..VoiceConfig::default() };
    let voice = match Voice::new(own) {
        Ok(voice) => voice,
        Err(error) => return vec![Unplayable { at: At::default(), message: error.to_string(), fatal: true }],
    };
    let missing = |(file, at): (&str, At)| {
        let why = why(voice.recorded(file).err()?.to_string());
        Some(Unplayable {
            at,
            message: format!("recording `{file}`: {why}; its words are spoken instead"),
            fatal: false,
        })
    };
    let silent = |name: &str| {
        let why = why(voice.check(&VoiceSpec { voice: name.to_owned(), rate_percent: 100 }).err()?.to_string());
        Some(Unplayable { at: At::default(), message: format!("voice `{name}`: {why}"), fatal: true })
    };
    let voices = template.voices().into_iter().filter(is_recorded).filter_map(silent);
    voices.chain(template.recordings().into_iter().filter_map(missing)).collect()
}

/// The models' words, with the key that this program has for their folder.
pub fn why(error: String) -> String {
    error.replace("no folder of recordings is configured", "no folder of recordings is configured (server.prompts_dir)")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEMPLATE: &str = "template: hello\nvoice: flite:kal\nentry: { person: greet }\nsteps:\n  greet:\n    type: say\n    \
                            prompt: { text: Good morning, audio: hello.wav }\n    next: bye\n  bye: { type: end, prompt: \
                            { text: Good bye, audio: bye.wav } }\n";

    fn said(config: &Config, text: &str) -> Vec<String> {
        let template = warmline_schema::parse(text).unwrap();
        unplayable(config, &template).into_iter().map(|u| format!("{} {}", u.at.line, u.message)).collect()
    }

    #[test]
    fn a_recording_that_is_not_there_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let silence = [
            b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x08\0\0\0".as_slice(),
            &[9; 8],
        ];
        std::fs::write(folder.path().join("hello.wav"), silence.concat()).unwrap();
        let mut config = Config::default();
        let nowhere = said(&config, TEMPLATE);
        assert!(
            nowhere[0].starts_with("7 recording `hello.wav`") && nowhere[0].contains("server.prompts_dir"),
            "{nowhere:?}"
        );
        config.server.prompts_dir = Some(folder.path().into());
        let missing = said(&config, TEMPLATE);
        assert!(missing.len() == 1 && missing[0].starts_with("9 recording `bye.wav`"), "{missing:?}");
        assert!(missing[0].ends_with("its words are spoken instead"), "{missing:?}");
        assert!(said(&config, &TEMPLATE.replace("bye.wav", "hello.wav")).is_empty());
        let voice = said(&config, &TEMPLATE.replace("flite:kal", "recorded:anna").replace("bye.wav", "hello.wav"));
        assert!(voice[0].contains("voice `recorded:anna`") && voice[0].contains("prompts.txt"), "{voice:?}");
    }
}

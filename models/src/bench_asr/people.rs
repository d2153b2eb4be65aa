//! A real person: the prompts that Debian packages for Asterisk, as closed lists.

use super::tally::{Outcome, Share};
use crate::{Asr, AsrContext, ModelError, recorded, resample::resample};
use serde::Serialize;
use std::{path::Path, sync::Arc};

/// Where Debian's package `asterisk-core-sounds-en-wav` puts the recordings.
pub const PROMPTS: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";

/// `# name of a list`, then `file words` lines.
const LISTS: &str = include_str!("people.txt");

/// One closed list.
#[derive(Clone, Debug, Serialize)]
pub struct PeopleRow {
    pub list: String,
    pub outcome: Outcome,
    /// Of the same recordings at a step that expects something else altogether.
    pub elsewhere_rejected: Share,
    /// What was said, what was read, and the confidence in it.
    #[serde(skip)]
    pub mistakes: Vec<String>,
}

const ELSEWHERE: &[&str] = &[
    "yes please",
    "no thanks",
    "call me back later",
    "i'm not interested",
    "speak to a human",
    "wrong number",
    "who is this",
    "stop calling me",
    "can you say that again",
    "how much does it cost",
];

/// Recognise the recordings in `folder` ([`PROMPTS`]); [`ModelError::Missing`] where it lacks one.
pub fn people(asr: &mut dyn Asr, folder: &Path) -> Result<Vec<PeopleRow>, ModelError> {
    lists(LISTS).into_iter().map(|(name, list)| row(asr, folder, name, &list)).collect()
}

/// The same with the recordings of others: `folder` holds them and a `list.txt` of the form of `people.txt`.
pub fn others(asr: &mut dyn Asr, folder: &Path) -> Result<Vec<PeopleRow>, ModelError> {
    let file = folder.join("list.txt");
    let text = std::fs::read_to_string(&file).map_err(|e| ModelError::Damaged { path: file, reason: e.to_string() })?;
    lists(&text).into_iter().map(|(name, list)| row(asr, folder, name, &list)).collect()
}

type Recordings<'a> = Vec<(&'a str, &'a str)>;

fn lists(text: &str) -> Vec<(&str, Recordings<'_>)> {
    let mut lists: Vec<(&str, Recordings<'_>)> = Vec::new();
    for (first, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
        match (first, lists.last_mut()) {
            (";", _) => {}
            ("#", _) => lists.push((rest, vec![])),
            (file, Some((_, list))) => list.push((file, rest)),
            (_, None) => {}
        }
    }
    lists
}

fn row(asr: &mut dyn Asr, folder: &Path, list: &str, recordings: &[(&str, &str)]) -> Result<PeopleRow, ModelError> {
    let here = asr.prepare(&context(recordings.iter().map(|r| r.1)))?;
    let elsewhere = asr.prepare(&context(ELSEWHERE.iter().copied()))?;
    let mut row = PeopleRow {
        list: list.into(),
        outcome: Outcome::default(),
        elsewhere_rejected: Share::default(),
        mistakes: vec![],
    };
    for (file, said) in recordings {
        let pcm = load(&folder.join(format!("{file}.wav")))?;
        let heard = asr.recognise(&pcm, here.as_ref(), true)?;
        let best = heard.nbest.iter().find(|h| h.expected);
        let right = best.is_some_and(|h| h.text == *said);
        let accepted = heard.best().is_some_and(|h| h.expected && h.confidence >= 0.5);
        row.outcome.spoken += 1;
        row.outcome.best += usize::from(right);
        row.outcome.right += usize::from(accepted && right);
        row.outcome.wrong += usize::from(accepted && !right);
        if !accepted || !right {
            let read = best.map_or(String::new(), |h| format!("{} {:.2}", h.text, h.confidence));
            row.mistakes.push(format!("{list}\t{said}\t{read}"));
        }
        let heard = asr.recognise(&pcm, elsewhere.as_ref(), true)?;
        row.elsewhere_rejected.count(!heard.best().is_some_and(|h| h.expected && h.confidence >= 0.5));
    }
    Ok(row)
}

fn context<'a>(phrases: impl Iterator<Item = &'a str>) -> AsrContext {
    let phrases = phrases.map(str::to_string).collect();
    AsrContext { language: "en".into(), phrases, grammars: vec![], free: Arc::default() }
}

fn load(path: &Path) -> Result<Vec<i16>, ModelError> {
    let bytes = std::fs::read(path).map_err(|_| ModelError::Missing {
        path: path.to_path_buf(),
        hint: "install the package asterisk-core-sounds-en-wav".into(),
    })?;
    let wave = recorded::parse(&bytes).map_err(|reason| ModelError::Damaged { path: path.to_path_buf(), reason })?;
    let pad = [0; 1_600];
    Ok([&pad[..], &resample(&wave.pcm, wave.rate_hz, 8_000), &pad[..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_list_has_different_words_for_each_recording() {
        let lists = lists(LISTS);
        assert_eq!(lists.len(), 8);
        for (name, list) in lists {
            let words: HashSet<&str> = list.iter().map(|r| r.1).collect();
            assert!(words.len() == list.len() && list.len() >= 7, "{name}");
        }
    }
}

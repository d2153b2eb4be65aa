//! A real person: the prompts that Debian packages for Asterisk, as closed lists.

use crate::{Asr, AsrContext, ModelError, resample::resample, wave};
use serde::Serialize;
use std::{path::Path, sync::Arc};

/// Where Debian's package `asterisk-core-sounds-en-wav` puts the recordings.
pub const PROMPTS: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";

/// One closed list. Counts are recordings.
#[derive(Clone, Debug, Serialize)]
pub struct PeopleRow {
    pub list: &'static str,
    pub recordings: usize,
    /// Best expected reading is right, accepted or not.
    pub right: usize,
    pub accepted_right: usize,
    pub accepted_wrong: usize,
    /// Accepted when the step expects something else altogether.
    pub accepted_elsewhere: usize,
}

type List = (&'static str, &'static str, &'static [&'static str], u32);

/// Name, file name before its number, words, first number.
const LISTS: [List; 3] = [
    ("digits", "digits/", &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], 0),
    ("weekdays", "digits/day-", &["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"], 0),
    (
        "months",
        "digits/mon-",
        &[
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        0,
    ),
];

const PHRASES: &[(&str, &str)] = &[
    ("all-circuits-busy-now", "all circuits are busy now"),
    ("auth-thankyou", "thank you"),
    ("call-forwarding", "call forwarding"),
    ("do-not-disturb", "do not disturb"),
    ("hello-world", "hello world"),
    ("im-sorry", "i'm sorry"),
    ("one-moment-please", "one moment please"),
    ("please-try-again", "please try again"),
    ("please-try-call-later", "please try your call again later"),
    ("queue-thankyou", "thank you for your patience"),
    ("telephone-number", "telephone number"),
    ("to-call-this-number", "to call this number"),
    ("vm-isonphone", "is on the phone"),
    ("vm-isunavail", "is unavailable"),
    ("pls-hold-while-try", "please hold while i try that extension"),
    ("speed-dial", "speed dial"),
    ("you-entered", "you entered"),
    ("if-correct-press", "if this is correct press"),
];

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
    let numbered = LISTS.iter().map(|(name, prefix, words, first)| {
        let files = (*first..).map(|n| format!("{prefix}{n}"));
        (*name, files.zip(words.iter().copied()).collect::<Vec<_>>())
    });
    let phrases = PHRASES.iter().map(|(file, text)| ((*file).to_string(), *text)).collect();
    numbered.chain([("phrases", phrases)]).map(|(name, list)| row(asr, folder, name, &list)).collect()
}

fn row(
    asr: &mut dyn Asr,
    folder: &Path,
    list: &'static str,
    recordings: &[(String, &'static str)],
) -> Result<PeopleRow, ModelError> {
    let here = asr.prepare(&context(recordings.iter().map(|r| r.1)))?;
    let elsewhere = asr.prepare(&context(ELSEWHERE.iter().copied()))?;
    let mut row =
        PeopleRow { list, recordings: 0, right: 0, accepted_right: 0, accepted_wrong: 0, accepted_elsewhere: 0 };
    for (file, said) in recordings {
        let pcm = load(&folder.join(format!("{file}.wav")))?;
        let heard = asr.recognise(&pcm, here.as_ref(), true)?;
        let best = heard.nbest.iter().find(|h| h.expected);
        let right = best.is_some_and(|h| h.text == *said);
        let accepted = best.is_some_and(|h| h.confidence >= 0.5);
        row.recordings += 1;
        row.right += usize::from(right);
        row.accepted_right += usize::from(accepted && right);
        row.accepted_wrong += usize::from(accepted && !right);
        let heard = asr.recognise(&pcm, elsewhere.as_ref(), true)?;
        row.accepted_elsewhere += usize::from(heard.best().is_some_and(|h| h.expected && h.confidence >= 0.5));
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
    let wave =
        wave::parse_recording(&bytes).map_err(|reason| ModelError::Damaged { path: path.to_path_buf(), reason })?;
    let pad = [0; 1_600];
    Ok([&pad[..], &resample(&wave.pcm, wave.rate_hz, 8_000), &pad[..]].concat())
}

//! The committed people hear what they listen for, and nothing else, in sentences such as a bot says.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::LazyLock;
use warmline_carrier::hear::phrases::{Phrases, THRESHOLD};
use warmline_carrier::people::People;
use warmline_carrier::voice::{Bank, Voice};

/// A sentence and the phrases that are in it.
const SENTENCES: [(&str, &[&str]); 17] = [
    (
        "Hello Anna. This is the automated assistant of Green Dental. To stop these calls, say stop calling. \
      You have an appointment on Tuesday, March second at nine a m. Will you be there?",
        &["will you be there", "you have an appointment"],
    ),
    (
        "You have an appointment on Friday at half past four. Will you be there?",
        &["will you be there", "you have an appointment"],
    ),
    ("Sorry, I did not catch that. Will you come on Tuesday at nine?", &["did not catch that", "will you come on"]),
    ("Sorry, once more please. Can you come, or do you need another day?", &["once more please"]),
    ("No problem. Would you like another day?", &["would you like another day"]),
    ("Shall I cancel it, or would you like another day?", &["shall I cancel it", "would you like another day"]),
    ("Which day would suit you?", &["which day would suit you"]),
    ("And at what time?", &["at what time"]),
    ("Tuesday, November twenty fourth at four thirty p m. Is that right?", &["is that right"]),
    ("Thank you, you are confirmed. See you on Tuesday. Goodbye.", &[]),
    (
        "Hi Dora. This is an automated call from Bright Cover. To stop these calls, say stop calling. We have an \
      offer on home insurance that could lower your monthly bill. Would you like to hear more?",
        &["would you like to hear more", "we have an offer"],
    ),
    ("No problem. May we call you back another day?", &["may we call you back"]),
    ("Which day suits you?", &["which day suits you"]),
    ("One moment, I will get a colleague.", &[]),
    ("All right. Thank you for your time. Goodbye.", &[]),
    ("Your appointment is cancelled. Thank you, goodbye.", &[]),
    ("This is the automated assistant of Green Dental, about your appointment. Our number is five five five.", &[]),
];

/// Whether a longer word of the phrase is in the sentence: then it is half there, and hearing it is no fault.
fn shares_a_word(phrase: &str, sentence: &str) -> bool {
    let sentence = sentence.to_lowercase();
    phrase
        .split(' ')
        .filter(|w| w.len() > 3)
        .any(|word| sentence.split([' ', '.', ',', '?']).any(|w| w.starts_with(word)))
}

/// Voices are kept from one run of the tests to the next.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/voices");

/// People and the phrases they know.
static SETTING: LazyLock<(People, Phrases)> = LazyLock::new(|| {
    let people = People::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("people.toml")).unwrap();
    let phrases =
        warmline_carrier::voice::phrases(&people.phrases(), &people.hearing.voices, Path::new(CACHE)).unwrap();
    (people, phrases)
});

#[test]
fn what_is_said_is_heard_in_every_voice_the_people_know_and_little_else() {
    let (people, phrases) = &*SETTING;
    let wanted = people.phrases();
    for voice in ["flite:slt", "espeak:en-us"] {
        let speaker: Voice = voice.parse().unwrap();
        let jobs = SENTENCES.iter().map(|(text, _)| (speaker.clone(), text.to_string()));
        let bank = Bank::render(jobs, Path::new(CACHE)).unwrap();
        let (mut missed, mut imagined) = (Vec::new(), Vec::new());
        let mut absent = 0;
        for (text, said) in SENTENCES {
            for found in phrases.rank(bank.get(&speaker, text).unwrap(), &wanted) {
                let phrase = found.phrase.as_str();
                let is_said = said.contains(&phrase);
                // All ways of asking again are one to those who listen.
                let pardon = |p: &str| people.hearing.pardon.iter().any(|known| known == p);
                let alike = shares_a_word(phrase, text) || pardon(phrase) && said.iter().any(|s| pardon(s));
                absent += usize::from(!is_said && !alike);
                if is_said && found.distance > THRESHOLD {
                    missed.push((found.distance, phrase.to_string(), text));
                }
                if !is_said && !alike && found.distance <= THRESHOLD {
                    imagined.push((found.distance, phrase.to_string(), text));
                }
            }
        }
        assert!(missed.is_empty(), "{voice} missed {missed:#?}");
        assert!(imagined.len() * 100 <= absent, "{voice} imagined {imagined:#?}");
    }
}

#[test]
fn silence_and_noise_say_nothing() {
    let (people, phrases) = &*SETTING;
    let mut state = 9u32;
    let mut hiss = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 18) as i16 - 8192
    };
    let noise: Vec<i16> = (0..40_000).map(|_| hiss()).collect();
    let hum: Vec<i16> = (0..40_000).map(|n| if (n / 40) % 2 == 0 { 6000 } else { -6000 }).collect();
    for sound in [vec![0; 40_000], noise, hum, Vec::new()] {
        assert_eq!(phrases.spot(&sound, &people.phrases()), []);
    }
}

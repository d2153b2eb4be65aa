//! How words sound: the lexicon that was made with the model, and espeak-ng for every other word.
//!
//! A new word is pronounced once, by running `espeak-ng` as a program with the words on its standard
//! input, in an American and a British voice; the answer is kept for the life of the process.

use super::phones::{self, Accent, Phone};
use crate::{ModelError, process, store::Store};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const LEXICON: &str = "starter-en/lexicon.json";
const ENGINE: &str = "starter";
const VOICES: [(&str, Accent); 2] = [("en-us", Accent::American), ("en", Accent::British)];
/// Longer "words" are noise in a template, not words.
const LONGEST_WORD: usize = 40;
/// For all new words of a template at once.
const TIMEOUT: Duration = Duration::from_secs(20);

/// One way of saying a word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pronunciation {
    pub(crate) phones: Vec<Phone>,
    /// Natural logarithm, 0 for the usual way.
    pub(crate) weight: f32,
}

/// All ways of saying a word, never empty.
pub(crate) type Pronunciations = Arc<[Pronunciation]>;

/// Words and their pronunciations; clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Lexicon {
    known: Arc<HashMap<String, Pronunciations>>,
    /// Words pronounced by espeak-ng; `None` for those it could not say.
    learnt: Arc<Mutex<HashMap<String, Option<Pronunciations>>>>,
}

impl Lexicon {
    pub(crate) fn load(store: &Store) -> Result<Lexicon, ModelError> {
        let known = read(&store.read(LEXICON)?)
            .map_err(|reason| ModelError::Damaged { path: store.root().join(LEXICON), reason })?;
        Ok(Lexicon { known: Arc::new(known), learnt: Arc::default() })
    }

    /// The words of the lexicon proper, in no order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// Make sure that every one of `words` has been looked at, with as few runs of espeak-ng as possible.
    pub(crate) fn learn<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Result<(), ModelError> {
        let mut learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        let new: BTreeSet<&str> =
            words.into_iter().filter(|w| !self.known.contains_key(*w) && !learnt.contains_key(*w)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let new: Vec<&str> = new.into_iter().collect();
        let speakable: Vec<&str> = new.iter().copied().filter(|w| is_speakable(w)).collect();
        let mut said = espeak(&speakable)?;
        for word in new {
            learnt.insert(word.to_string(), said.remove(word));
        }
        Ok(())
    }

    /// How `word` sounds; `None` for a word that was not learnt or cannot be said.
    pub(crate) fn get(&self, word: &str) -> Option<Pronunciations> {
        if let Some(known) = self.known.get(word) {
            return Some(known.clone());
        }
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner).get(word).cloned().flatten()
    }

    #[cfg(test)]
    pub(crate) fn of(entries: &[(&str, &str)]) -> Lexicon {
        let mut known: HashMap<String, Vec<Pronunciation>> = HashMap::new();
        for (word, text) in entries {
            let phones = phones::parse(text).unwrap_or_default();
            known.entry((*word).to_string()).or_default().push(Pronunciation { phones, weight: 0.0 });
        }
        let known = known.into_iter().map(|(w, p)| (w, p.into())).collect();
        Lexicon { known: Arc::new(known), learnt: Arc::default() }
    }
}

fn read(json: &[u8]) -> Result<HashMap<String, Pronunciations>, String> {
    let raw: HashMap<String, HashMap<String, f32>> = serde_json::from_slice(json).map_err(|e| e.to_string())?;
    raw.into_iter().map(|(word, ways)| entry(&word, ways).map(|p| (word, p))).collect()
}

fn entry(word: &str, ways: HashMap<String, f32>) -> Result<Pronunciations, String> {
    let mut list = Vec::with_capacity(ways.len());
    for (text, weight) in ways {
        let phones = phones::parse(&text).ok_or_else(|| format!("`{word}` has no pronunciation in `{text}`"))?;
        list.push(Pronunciation { phones, weight });
    }
    if list.is_empty() {
        return Err(format!("`{word}` has no pronunciation"));
    }
    // The file is a map, whose order is not kept.
    list.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.phones.cmp(&b.phones)));
    Ok(list.into())
}

fn is_speakable(word: &str) -> bool {
    word.chars().any(char::is_alphanumeric)
        && word.len() <= LONGEST_WORD
        && word.chars().all(|c| c.is_alphanumeric() || c == '\'' || c == '-')
}

fn espeak(words: &[&str]) -> Result<HashMap<String, Pronunciations>, ModelError> {
    let mut said: HashMap<String, Vec<Pronunciation>> = HashMap::new();
    if words.is_empty() {
        return Ok(HashMap::new());
    }
    for (voice, accent) in VOICES {
        for (word, line) in words.iter().zip(mnemonics(voice, words)?) {
            let phones: Vec<Phone> =
                line.split(['_', ' ']).flat_map(|mnemonic| phones::from_espeak(mnemonic, accent)).collect();
            let ways = said.entry((*word).to_string()).or_default();
            if !phones.is_empty() && !ways.iter().any(|w| w.phones == phones) {
                ways.push(Pronunciation { phones, weight: 0.0 });
            }
        }
    }
    Ok(said.into_iter().filter(|(_, ways)| !ways.is_empty()).map(|(w, ways)| (w, ways.into())).collect())
}

/// The mnemonics of each word. Where espeak-ng made two sentences of one word, each is asked for alone.
fn mnemonics(voice: &str, words: &[&str]) -> Result<Vec<String>, ModelError> {
    let lines: Vec<String> = run(voice, words)?.lines().map(str::to_string).collect();
    if lines.len() == words.len() {
        return Ok(lines);
    }
    words.iter().map(|word| Ok(run(voice, &[word])?.replace('\n', " "))).collect()
}

/// What espeak-ng says of `words`, normally one line a word. A single letter is written large, which names it.
fn run(voice: &str, words: &[&str]) -> Result<String, ModelError> {
    let mut text = String::new();
    for word in words {
        let spoken = if word.chars().count() == 1 { word.to_uppercase() } else { (*word).to_string() };
        text.push_str(&spoken);
        // An empty line ends a sentence, so that words are not read together.
        text.push_str("\n\n");
    }
    let program = process::locate("espeak-ng")?;
    let args = ["-q", "-x", "--sep=_", "-b", "1", "-v", voice, "--stdin"];
    let output = process::Run { program: &program, args: &args, stdin: &text, timeout: TIMEOUT }.output();
    let output = output.map_err(|e| ModelError::Failed { engine: ENGINE, reason: format!("espeak-ng: {e}") })?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_beyond_the_lexicon_are_pronounced_in_two_accents() {
        let lexicon = Lexicon::of(&[("yes", "y eh s")]);
        lexicon.learn(["yes", "anaesthetic", "xylophone", "carport", "w", "--", "'; rm"]).unwrap();
        let ways = |w: &str| lexicon.get(w).map(|p| p.iter().map(|x| x.phones.clone()).collect::<Vec<_>>());
        assert_eq!(ways("carport").unwrap()[0], phones::parse("k aa r p ao r t").unwrap());
        assert_eq!(ways("carport").unwrap()[1], phones::parse("k aa p ao t").unwrap());
        assert!(ways("w").unwrap()[0].len() > 5, "a letter is pronounced by its name");
        assert_eq!(ways("--"), None);
        assert_eq!(ways("'; rm"), None);
        assert_eq!(ways("never"), None, "words that nobody learnt have no sound");
    }

    #[test]
    fn a_damaged_lexicon_names_the_word() {
        assert!(read(br#"{"yes": {"y eh qq": 0}}"#).unwrap_err().contains("yes"));
        assert!(read(br#"{"yes": {}}"#).unwrap_err().contains("yes"));
        assert!(read(b"[]").is_err());
    }
}

//! One wish in many ways: politeness, hesitation, contractions, other words for the same, another order, other
//! numbers and days. What comes out means what went in.

use crate::dice::Dice;
use crate::language::primary;

/// What stands around an utterance, by language; each list has the empty one too.
struct Frames {
    before: &'static [&'static str],
    after: &'static [&'static str],
}

const ENGLISH: Frames = Frames {
    before: &["", "", "um", "uh", "well", "okay so", "hi", "hello", "look", "so", "hmm", "er"],
    after: &["", "", "", "please", "thanks", "thank you", "then", "if that's all right", "you know"],
};
const INDONESIAN: Frames =
    Frames { before: &["", "", "eh", "hmm", "halo", "jadi"], after: &["", "", "ya", "terima kasih", "pak", "bu"] };
const CHINESE: Frames =
    Frames { before: &["", "", "嗯", "那個", "喂", "那个"], after: &["", "", "謝謝", "谢谢", "啊", "喔"] };

/// The same in other words, both ways.
const SAME: [(&str, &str); 26] = [
    ("want to", "would like to"),
    ("i'd like to", "i want to"),
    ("need to", "have to"),
    ("another day", "a different day"),
    ("another time", "a different time"),
    ("speak to", "talk to"),
    ("someone", "somebody"),
    ("can i", "could i"),
    ("can we", "could we"),
    ("can you", "could you"),
    ("yes", "yeah"),
    ("sure", "certainly"),
    ("great", "good"),
    ("right", "correct"),
    ("phone", "telephone"),
    ("do not", "don't"),
    ("i am", "i'm"),
    ("i will", "i'll"),
    ("it is", "it's"),
    ("that is", "that's"),
    ("can not", "can't"),
    ("will not", "won't"),
    ("did not", "didn't"),
    ("is not", "isn't"),
    ("i have", "i've"),
    ("what is", "what's"),
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const NUMBERS: [&str; 8] = ["two", "three", "four", "five", "six", "seven", "eight", "nine"];
/// Words that may as well stand at the other end.
const MOVABLE: [&str; 6] = ["please", "today", "tomorrow", "now", "maybe", "sorry"];

/// Another way to say normalised `phrase`.
pub(super) fn another_way(phrase: &str, language: &str, dice: &mut Dice) -> String {
    let frames = match primary(language) {
        "id" => &INDONESIAN,
        "zh" => &CHINESE,
        _ => &ENGLISH,
    };
    let core = if primary(language) == "en" { reworded(phrase, dice) } else { phrase.to_owned() };
    let before = dice.one_of(frames.before).copied().unwrap_or_default();
    let after = dice.one_of(frames.after).copied().unwrap_or_default();
    // Twice the same word of politeness is nobody's way of speaking.
    let after = if core.ends_with(after) { "" } else { after };
    let parts: Vec<&str> = [before, &core, after].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

fn reworded(phrase: &str, dice: &mut Dice) -> String {
    let mut text = format!(" {phrase} ");
    for (one, other) in SAME {
        let (one, other) = (format!(" {one} "), format!(" {other} "));
        if dice.below(2) == 0 {
            continue;
        }
        if text.contains(&one) {
            text = text.replacen(&one, &other, 1);
        } else if text.contains(&other) {
            text = text.replacen(&other, &one, 1);
        }
    }
    let mut words: Vec<String> = text.split_whitespace().map(|word| filled(word, dice)).collect();
    if words.len() > 2 && dice.below(3) == 0 {
        if words.last().is_some_and(|last| MOVABLE.contains(&last.as_str())) {
            words.rotate_right(1);
        } else if MOVABLE.contains(&words[0].as_str()) {
            words.rotate_left(1);
        }
    }
    words.join(" ")
}

/// A day or a number: any other one.
fn filled(word: &str, dice: &mut Dice) -> String {
    let from: &[&str] = if WEEKDAYS.contains(&word) {
        &WEEKDAYS
    } else if NUMBERS.contains(&word) {
        &NUMBERS
    } else {
        return word.to_owned();
    };
    dice.one_of(from).map_or_else(|| word.to_owned(), |other| (*other).to_owned())
}

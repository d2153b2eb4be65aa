//! How the words of an answer sound, by rules: −1 angry … 1 pleased.
//!
//! Words and phrases with a weight, turned round by a denial before them and strengthened by words such as "very".
//! What names nothing pleasant or unpleasant is 0; a plain yes or no is an answer and not a mood.

use super::sentiment_words::{DENIALS, INTENSIFIERS, PHRASES, WORDS};
use crate::words;

/// A denied word counts the other way, and less: "not bad" is not "good".
const DENIED: f32 = -0.6;
const STRENGTHENED: f32 = 1.5;
/// How many words before a word are looked at.
const REACH: usize = 3;
/// From the sum of the weights to a number below 1: two strong words are nearly all there is.
const SATURATION: f32 = 1.2;

/// The mood of `text`.
pub(crate) fn sentiment(text: &str) -> f32 {
    let text = words::normalise(text);
    let words = words::compared(&text);
    let sum = by_words(&words) + by_phrases(&text);
    // Without the rounding, equal moods differ by the order of the words; adding nought makes −0 a 0.
    ((sum / (SATURATION + sum.abs())) * 100.0).round() / 100.0 + 0.0
}

fn by_words(words: &[String]) -> f32 {
    let weigh = |(at, word): (usize, &String)| {
        let (_, weight) = WORDS.iter().find(|(listed, _)| listed == word)?;
        let before = &words[at.saturating_sub(REACH)..at];
        let any = |list: &[&str]| before.iter().any(|word| list.contains(&word.as_str()));
        let mut weight = *weight;
        if any(&DENIALS) {
            weight *= DENIED;
        } else if any(&INTENSIFIERS) {
            weight *= STRENGTHENED;
        }
        Some(weight)
    };
    words.iter().enumerate().filter_map(weigh).sum()
}

/// Phrases, and the words of scripts without spaces.
fn by_phrases(text: &str) -> f32 {
    let padded = format!(" {text} ");
    let weigh = |(phrase, weight): &(&str, f32)| {
        let spaced = phrase.is_ascii();
        let at = if spaced { padded.find(&format!(" {phrase} "))? } else { padded.find(phrase)? };
        let denied = !spaced && padded[..at].chars().rev().take(2).any(|c| ['不', '没', '沒'].contains(&c));
        Some(if denied { weight * DENIED } else { *weight })
    };
    PHRASES.iter().filter_map(weigh).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anger_and_pleasure_are_told_apart_in_three_languages() {
        for angry in [
            "this is ridiculous i am so angry",
            "stop wasting my time you idiots",
            "i am fed up with you people",
            "that's terrible service",
            "我很生氣這太離譜了",
            "你们真烦不要再打了",
            "saya marah sekali ini keterlaluan",
            "pelayanan kalian buruk sekali",
        ] {
            assert!(sentiment(angry) <= -0.35, "{angry}: {}", sentiment(angry));
        }
        for pleased in [
            "that's great thank you so much",
            "wonderful i am very happy with it",
            "perfect that sounds lovely",
            "太好了謝謝你",
            "我很满意谢谢",
            "bagus sekali terima kasih",
            "saya senang sekali",
        ] {
            assert!(sentiment(pleased) >= 0.35, "{pleased}: {}", sentiment(pleased));
        }
        for plain in ["yes", "no", "on friday at ten", "i already paid", "call me tomorrow", "好的", "besok pagi", ""]
        {
            assert!(sentiment(plain).abs() < 0.2, "{plain}: {}", sentiment(plain));
        }
    }

    #[test]
    fn a_denial_turns_it_round_and_a_strong_word_makes_it_stronger() {
        assert!(sentiment("i am not happy") < -0.1);
        assert!(sentiment("that is not bad") > 0.0);
        assert!(sentiment("not bad") < sentiment("good"));
        assert!(sentiment("i am very angry") < sentiment("i am angry"));
        assert!(sentiment("我不滿意") < 0.0);
        assert!((-1.0..=1.0).contains(&sentiment(&"terrible awful horrible ".repeat(50))));
    }
}

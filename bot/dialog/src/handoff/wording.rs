//! Words of anger and of buying, and answers that say the same, in the languages the engine speaks.

use crate::words;

/// "This leads nowhere", in the form in which words are compared.
const FRUSTRATION: [&str; 44] = [
    "this is ridiculous",
    "this is useless",
    "you are useless",
    "you do not understand",
    "you are not listening",
    "i already told you",
    "i told you already",
    "i already said",
    "i said that already",
    "how many times",
    "for the last time",
    "going nowhere",
    "not what i said",
    "not what i asked",
    "this is not working",
    "stupid machine",
    "stupid robot",
    "stupid computer",
    "wasting my time",
    "waste of time",
    "fed up",
    "sick of this",
    "are you deaf",
    "sudah saya bilang",
    "saya sudah bilang",
    "sudah berapa kali",
    "buang waktu",
    "buang buang waktu",
    "tidak nyambung",
    "mesin bodoh",
    "bikin kesal",
    "說過了",
    "说过了",
    "聽不懂嗎",
    "听不懂吗",
    "浪費時間",
    "浪费时间",
    "煩死",
    "烦死",
    "氣死",
    "气死",
    "有完沒完",
    "有完没完",
    "到底懂不懂",
];

/// What only somebody who wants it asks.
const BUYING: [&str; 33] = [
    "how much is it",
    "how much does it cost",
    "how much would it cost",
    "what does it cost",
    "what is the price",
    "sign me up",
    "i want to buy",
    "i would like to buy",
    "i want to order",
    "i would like to order",
    "i will take it",
    "how do i order",
    "how can i order",
    "where can i buy",
    "when can you deliver",
    "send me an offer",
    "i am interested",
    "berapa harganya",
    "harganya berapa",
    "saya mau beli",
    "saya ingin beli",
    "saya mau pesan",
    "saya tertarik",
    "多少錢",
    "多少钱",
    "怎麼買",
    "怎么买",
    "我要買",
    "我要买",
    "我想買",
    "我想买",
    "我有興趣",
    "我有兴趣",
];

/// Two answers with at least this share of their words in common say the same.
const ALIKE: f32 = 0.8;

/// Words of anger in `heard`, if there are any.
pub(super) fn of_frustration(heard: &str) -> Option<&'static str> {
    listed(&FRUSTRATION, heard)
}

/// Words of a buyer in `heard`, if there are any.
pub(super) fn of_buying(heard: &str) -> Option<&'static str> {
    listed(&BUYING, heard)
}

fn listed(phrases: &'static [&'static str], heard: &str) -> Option<&'static str> {
    let heard = joined(&tokens(heard));
    phrases.iter().copied().find(|phrase| heard.contains(&joined(&tokens(phrase))))
}

fn joined(tokens: &[String]) -> String {
    format!(" {} ", tokens.join(" "))
}

/// Words in the form in which they are compared; each sign of a script that is written without spaces by itself.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for word in words::compared(&words::normalise(text)) {
        let mut plain = String::new();
        for c in word.chars() {
            if is_ideograph(c) {
                tokens.extend((!plain.is_empty()).then(|| std::mem::take(&mut plain)));
                tokens.push(c.to_string());
            } else {
                plain.push(c);
            }
        }
        tokens.extend((!plain.is_empty()).then_some(plain));
    }
    tokens
}

fn is_ideograph(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

/// Do they say the same in nearly the same words?
pub(super) fn alike(a: &[String], b: &[String]) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let common = |a: &[String], b: &[String]| a.iter().filter(|word| b.contains(word)).count();
    let shared = common(a, b) + common(b, a);
    shared as f32 >= ALIKE * (a.len() + b.len()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anger_and_buying_are_heard_in_every_language() {
        assert_eq!(of_frustration("But I already told you that"), Some("i already told you"));
        assert_eq!(of_frustration("you're not listening to me"), Some("you are not listening"));
        assert_eq!(of_frustration("kan sudah saya bilang"), Some("sudah saya bilang"));
        assert_eq!(of_frustration("我已經說過了"), Some("說過了"));
        assert_eq!(of_frustration("all right"), None);
        assert_eq!(of_buying("and what does it cost then"), Some("what does it cost"));
        assert_eq!(of_buying("這個多少錢"), Some("多少錢"));
        // The denial of a wish is none.
        assert_eq!(of_buying("i am not interested"), None);
        assert_eq!(of_buying("我沒有興趣"), None);
        assert_eq!(of_buying("saya tidak tertarik"), None);
    }

    #[test]
    fn the_same_again_is_noticed_in_nearly_the_same_words() {
        let same = |a: &str, b: &str| alike(&tokens(a), &tokens(b));
        assert!(same("I want to change the day", "i want to change the day please"));
        assert!(same("我要改時間", "我要改時間"));
        assert!(!same("i want to change the day", "i want to cancel it"));
        assert!(!same("", ""));
    }
}

//! What was said, masked as the call's data is, in every language.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::compiled::CompiledTemplate;
use crate::dialog::Variables;
use crate::mask::tests::mask;

#[test]
fn words_are_replaced_as_the_data_is() {
    let mask = mask(1);
    let now = "2026-11-20T10:00:00".parse().unwrap();
    let moved = |text: &str| mask.heard(text, now, Language::English);
    assert_eq!(moved("yes I will come next tuesday"), "yes i will come next tuesday", "nothing private in it");
    let digits = moved("it's zero four two oh");
    assert!(digits.starts_with("it's zero ") && !digits.contains("four two"), "{digits}");
    let card = mask.heard("my card is 4111 1111", now, Language::English);
    assert_eq!(card, words::normalise(&format!("my card is {} {}", mask.mapped("4111"), mask.mapped("1111"))));
    assert_eq!(moved("it's 0420"), words::normalise(&format!("it's {}", mask.mapped("0420"))), "replaced once");
    assert!(!moved("call 555-0102").contains(&words::normalise("555-0102")));
    assert_eq!(moved("at 10 or 12"), words::normalise("at 10 or 12"), "nobody's number");
    let name = moved("this is anna will speaking");
    assert!(!name.contains("anna") && !name.contains("will"), "{name}");
    let day = moved("on the third of december please");
    assert!(!day.contains("third of december") && day.ends_with("please"), "{day}");
    let read = Answer::new(&day, Language::English).find(SlotType::Date, mask.now(now)).unwrap().value;
    assert_eq!(read, mask.value("date", "2026-12-03"));
    assert!(!moved("eight hundred ninety nine euros").contains("ninety nine"));
}

fn of(name: &str) -> Mask {
    let source = r#"
template: small
language: zh-TW
voice: flite:slt
entry: { person: hello }
variables: { name: text }
steps: { hello: { type: end, prompt: "{{name}}" } }
"#;
    let template = CompiledTemplate::compile(warmline_schema::parse(source).unwrap()).unwrap();
    Mask::new(&template, &[("name".into(), name.into())].into(), &Variables::new(), 3)
}

#[test]
fn names_and_digits_of_other_languages_are_replaced_too() {
    let now = "2026-11-20T10:00:00".parse().unwrap();
    let said: [(Language, &str, &str, &[&str]); 6] = [
        (Language::Traditional, "王小明", "我是王小明我的電話是零九一二三四五六七八", &["王小明", "九一二三"]),
        (Language::Traditional, "陳大文", "我是陈大文 0912 345 678", &["陈大文", "陳大文", "三四五", "0912"]),
        (Language::Simplified, "陈大文", "密码是1234", &["1234", "一二三四", "一千"]),
        (Language::Traditional, "王小明", "密碼是 one two three four", &["one", "一二三四", "一千"]),
        (Language::Indonesian, "Budi", "nama saya Budi 0812 3456 7890", &["budi", "eight", "satu dua tiga"]),
        (Language::Indonesian, "Will", "saya will", &["will"]),
    ];
    for (language, name, text, private) in said {
        let masked = of(name).heard(text, now, language);
        assert!(private.iter().all(|private| !masked.contains(private)), "{masked}");
        assert_eq!(masked, words::normalise_in(&masked, language), "a conversation hears it as it is written");
    }
    let (mask, heard) = (of("王小明"), "我叫王小明");
    let given = Answer::new(&mask.heard(heard, now, Language::Traditional), Language::Traditional);
    let found = given.find(SlotType::Name, now).unwrap().value;
    assert_eq!(found, mask.value("name", "王小明"), "a stand-in is understood as a name");
}

/// For a contact with an amount and the third of December.
fn with_data(language: &str, amount: &str) -> Mask {
    let source = format!(
        r#"
template: small
language: {language}
voice: flite:slt
entry: {{ person: hello }}
variables: {{ amount: money, date: date }}
steps: {{ hello: {{ type: end, prompt: "{{{{amount}}}} {{{{date}}}}" }} }}
"#
    );
    let template = CompiledTemplate::compile(warmline_schema::parse(&source).unwrap()).unwrap();
    let contact = [("amount".into(), amount.into()), ("date".into(), "2026-12-03".into())].into();
    Mask::new(&template, &contact, &Variables::new(), 5)
}

type Said = (Language, Mask, &'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Days, amounts, and what is nobody's.
fn said_in_every_language() -> [Said; 4] {
    [
        (
            Language::English,
            with_data("en", "1250.00 USD"),
            "1250.00 USD",
            &["the third of december", "december third twenty twenty six please"],
            &["one thousand two hundred fifty dollars", "one thousand two hundred fifty"],
            &["next friday at ten thirty", "table three for two", "fifteen minutes"],
        ),
        (
            Language::Traditional,
            with_data("zh-TW", "NT$1,250"),
            "1250.00 TWD",
            &["我想改到十二月三號", "12月3號星期四可以嗎", "三號好了", "二零二六年十二月三號"],
            &["一千兩百五十元", "總共1250元", "一千二百五"],
            &["下星期五下午三點二十分", "五號桌兩個人", "一共三百二十個", "明天十點半"],
        ),
        (
            Language::Simplified,
            with_data("zh-CN", "1250 CNY"),
            "1250.00 CNY",
            &["我想改到十二月三号", "12月3号星期四可以吗", "2026-12-03"],
            &["一千两百五十块", "人民币一千二百五十元"],
            &["后天晚上八点", "五号桌两个人", "十五分钟"],
        ),
        (
            Language::Indonesian,
            with_data("id", "Rp1.250"),
            "1250.00 IDR",
            &["tanggal tiga desember", "kamis 3 desember 2026 ya", "3/12/2026"],
            &["seribu dua ratus lima puluh rupiah", "Rp1.250", "seribu dua ratus lima puluh"],
            &["jumat depan jam empat belas tiga puluh", "meja tiga untuk dua orang", "lima belas menit"],
        ),
    ]
}

#[test]
fn days_and_amounts_are_replaced_in_every_language_and_times_stay() {
    let now = "2026-11-20T10:00:00".parse().unwrap();
    for (language, mask, amount, days, amounts, kept) in said_in_every_language() {
        let heard = |text: &str| {
            let heard = mask.heard(text, now, language);
            assert_eq!(heard, words::normalise_in(&heard, language), "a conversation hears it as it is written");
            assert_ne!(heard, words::normalise_in(text, language));
            heard
        };
        for day in days {
            let heard = heard(day);
            let found = Answer::new(&heard, language).find(SlotType::Date, mask.now(now)).unwrap();
            assert_eq!(found.value, mask.value("date", "2026-12-03"), "{day}: {heard}");
        }
        let masked = mask.value("amount", amount);
        for amount in amounts {
            let heard = heard(amount);
            let found = Answer::new(&heard, language).find(SlotType::Amount, now).unwrap();
            let same = found.value == masked || found.value == masked.split(' ').next().unwrap();
            assert!(same, "{amount}: {heard} is {}, not {masked}", found.value);
        }
        for text in kept {
            assert_eq!(mask.heard(text, now, language), words::normalise_in(text, language));
        }
    }
}

#[test]
fn every_day_of_an_answer_moves_and_a_distance_keeps_its_meaning() {
    let now = "2026-11-20T10:00:00".parse().unwrap();
    let said = [
        (Language::English, "en", "not the third of december the fifth of december", ["third", "fifth"], "in a month"),
        (Language::Traditional, "zh-TW", "不是十二月三號是十二月五號", ["月三號", "月五號"], "一個月後"),
        (
            Language::Indonesian,
            "id",
            "bukan tiga desember tapi lima desember",
            ["tiga desember", "lima desember"],
            "sebulan lagi",
        ),
    ];
    for (language, tag, text, private, distance) in said {
        let mask = with_data(tag, "1250");
        let heard = mask.heard(text, now, language);
        assert!(private.iter().all(|private| !heard.contains(private)), "{heard}");
        let heard = mask.heard(distance, now, language);
        let found = Answer::new(&heard, language).find(SlotType::Date, mask.now(now)).unwrap();
        assert_eq!(found.value, mask.value("date", "2026-12-20"), "{distance}: {heard}");
    }
}

#[test]
fn numbers_said_in_groups_are_replaced() {
    let mask = mask(1);
    let now = "2026-11-20T10:00:00".parse().unwrap();
    let born = mask.heard("I was born in nineteen eighty four", now, Language::English);
    assert!(born.starts_with("i was born in ") && !born.contains("nineteen") && !born.contains("eighty"), "{born}");
    let digits = |text: &str| Answer::new(text, Language::English).find(SlotType::Digits, now).unwrap().value;
    assert_eq!(digits(&mask.heard("twenty three forty five", now, Language::English)), mask.value("given", "2345"));
    let nobodys = "ten thirty for twenty three people";
    assert_eq!(mask.heard(nobodys, now, Language::English), nobodys);
}

#[test]
fn whatever_day_or_amount_is_said_its_stand_in_is_heard() {
    let now: NaiveDateTime = "2026-11-20T10:00:00".parse().unwrap();
    let languages = [
        (Language::English, "en", "USD"),
        (Language::Traditional, "zh-TW", "TWD"),
        (Language::Simplified, "zh-CN", "CNY"),
        (Language::Indonesian, "id", "IDR"),
    ];
    for (language, tag, currency) in languages {
        let mask = with_data(tag, "1250");
        let heard = |value: &str, form| {
            let said = words::normalise_in(&speak::spoken(value, form, language).unwrap(), language);
            let heard = mask.heard(&said, now, language);
            assert_ne!(heard, said);
            heard
        };
        for days in 0..360 {
            let date = (now.date() + chrono::Days::new(days)).to_string();
            let heard = heard(&date, Form::Date);
            let found = Answer::new(&heard, language).find(SlotType::Date, mask.now(now)).unwrap();
            assert_eq!(found.value, mask.value("date", &date), "{date}: {heard}");
        }
        for whole in (100..30_000).step_by(97) {
            let amount = format!("{whole}.00 {currency}");
            let heard = heard(&amount, Form::Money);
            let found = Answer::new(&heard, language).find(SlotType::Amount, now).unwrap();
            assert_eq!(found.value, mask.value("amount", &amount), "{amount}: {heard}");
        }
    }
}

#[test]
fn nothing_is_left_of_a_day_of_birth() {
    let now = "2026-11-20T10:00:00".parse().unwrap();
    let said: [(Language, &str, &str, &[&str]); 4] = [
        (
            Language::English,
            "en",
            "born on the third of may nineteen eighty four",
            &["nineteen", "eighty four", "third"],
        ),
        (Language::Traditional, "zh-TW", "我是一九八四年五月三號生的", &["一九", "八四", "五月三"]),
        (Language::Simplified, "zh-CN", "1984年5月3号", &["一九", "八四", "五月三"]),
        (
            Language::Indonesian,
            "id",
            "lahir tanggal tiga mei tahun seribu sembilan ratus delapan puluh empat",
            &["seribu sembilan", "delapan puluh empat", "tiga mei"],
        ),
    ];
    for (language, tag, text, private) in said {
        let heard = with_data(tag, "1250").heard(text, now, language);
        assert!(private.iter().all(|private| !heard.contains(private)), "{heard}");
    }
}

//! Conversations in Chinese and Indonesian: values spoken and understood, corrections, and what is not to be
//! mistaken for its contrary.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use warmline_dialog::sim::TextCall;
use warmline_dialog::{CompiledTemplate, Completeness, Effect, Entry, HangupReason, Reading, Utterance, Variables};

fn compiled(source: &str) -> Arc<CompiledTemplate> {
    let template = warmline_dialog::schema::parse(source).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(CompiledTemplate::compile(template).unwrap())
}

/// Answered on a Friday morning.
fn call(source: &str) -> TextCall {
    let mut call = TextCall::new(&compiled(source), Variables::new(), 7, "2026-11-20T10:00:00".parse().unwrap());
    call.answered(Entry::Person);
    call
}

fn slot(call: &TextCall, name: &str) -> String {
    call.dialog().slots().get(name).cloned().unwrap_or_default()
}

fn understood(call: &TextCall) -> Option<String> {
    let last = call.effects().iter().rev().find_map(|effect| match effect {
        Effect::Understood(understanding) => Some(understanding.intent.clone()),
        _ => None,
    });
    last.flatten()
}

const TABLE: &str = r#"
template: table
language: zh-TW
voice: espeak:cmn
entry: { person: book }
steps:
  book:
    type: form
    fields:
      day: { as: date, called: [日期, 哪天], prompt: 請問哪一天？ }
      hour: { as: time, called: [時間], prompt: 請問幾點？ }
      seats: { as: number, called: [人數], at_most: 9, prompt: 請問幾位？ }
      name: { as: name, prompt: 請問貴姓？ }
    confirm: "{{name}}，{{day}}{{hour}}，{{seats}}位，對嗎？"
    next: later
  later: { type: callback, due: "{{day}} {{hour}}", next: done }
  done: { type: end, prompt: "訂好了，{{seats}}位。" }
"#;

#[test]
fn a_chinese_form_takes_everything_in_one_breath_and_is_corrected() {
    let mut call = call(TABLE);
    call.says("下星期四晚上七點半兩個人");
    assert_eq!(
        (slot(&call, "day"), slot(&call, "hour"), slot(&call, "seats")),
        ("2026-11-26".into(), "19:30".into(), "2".into())
    );
    assert_eq!(call.said(), "請問貴姓？");
    call.says("不是星期四，是星期二");
    assert_eq!(slot(&call, "day"), "2026-11-24");
    call.says("我姓王");
    assert_eq!(call.said(), "王，十一月二十四號星期二晚上七點半，兩位，對嗎？");
    call.says("時間不對");
    assert_eq!((slot(&call, "hour").as_str(), call.said().as_str()), ("", "請問幾點？"));
    call.says("three 點半");
    assert_eq!(slot(&call, "hour"), "15:30", "figures as recognisers hand them on");
    call.says("好不好");
    assert_eq!(call.hangup(), None, "a question is no yes");
    call.says("對，沒錯");
    assert_eq!(call.said(), "訂好了，兩位。");
    let due = call.effects().iter().find_map(|effect| match effect {
        Effect::Callback { due, .. } => due.clone(),
        _ => None,
    });
    assert_eq!(due.as_deref(), Some("2026-11-24T15:30"));
}

#[test]
fn a_recogniser_may_write_the_other_script() {
    let mut call = call(TABLE);
    call.says("后天下午两点三个人");
    assert_eq!(
        (slot(&call, "day"), slot(&call, "hour"), slot(&call, "seats")),
        ("2026-11-22".into(), "14:00".into(), "3".into())
    );
    call.says("我叫陈美丽");
    call.says("对");
    assert_eq!(call.hangup(), Some(HangupReason::Completed));
}

#[test]
fn the_end_of_a_chinese_answer_is_heard() {
    let call = call(TABLE);
    let judge = |text: &str| call.dialog().completeness(text, false);
    assert_eq!(judge("我想"), Completeness::Unfinished);
    assert_eq!(judge("下個"), Completeness::Unfinished);
    assert_eq!(judge("下星期四"), Completeness::MayGoOn, "the time may follow");
}

const MEJA: &str = r#"
template: meja
language: id
voice: espeak:id
entry: { person: book }
steps:
  book:
    type: form
    fields:
      day: { as: date, called: [hari, tanggal], prompt: "Hari apa?" }
      hour: { as: time, called: [jam], prompt: "Jam berapa?" }
      seats: { as: number, called: [orang], at_most: 9, prompt: "Untuk berapa orang?" }
    confirm: "{{seats}} orang, {{day}}, jam {{hour}}. Betul?"
    next: pay
  pay:
    type: collect
    slot: deposit
    as: amount
    prompt: "Uang mukanya berapa?"
    confirm: "{{deposit}}, betul?"
    next: done
  done: { type: end, prompt: "Terima kasih." }
"#;

#[test]
fn an_indonesian_form_takes_everything_in_one_breath_and_is_corrected() {
    let mut call = call(MEJA);
    call.says("kamis depan jam setengah delapan malam untuk dua orang");
    assert_eq!(
        (slot(&call, "day"), slot(&call, "hour"), slot(&call, "seats")),
        ("2026-11-26".into(), "19:30".into(), "2".into())
    );
    assert_eq!(call.said(), "dua orang, Kamis, dua puluh enam November, jam setengah delapan malam. Betul?");
    call.says("bukan Kamis, Selasa");
    assert_eq!(slot(&call, "day"), "2026-11-24");
    call.says("jamnya salah");
    call.says("jam tujuh aja");
    assert!(call.said().contains("Selasa, dua puluh empat November"), "{}", call.said());
    call.says("bisa nggak");
    assert_ne!(call.said(), "Uang mukanya berapa?", "a question is no yes");
    call.says("iya betul");
    assert_eq!(call.said(), "Uang mukanya berapa?");
    call.says("lima puluh ribu rupiah");
    assert_eq!(call.said(), "lima puluh ribu rupiah, betul?");
    call.says("bukan, dua ratus ribu rupiah");
    assert_eq!(call.said(), "dua ratus ribu rupiah, betul?");
    call.says("ya");
    assert_eq!(slot(&call, "deposit"), "200000.00 IDR");
}

const WISH: &str = r#"
template: wish
language: zh-TW
voice: espeak:cmn
entry: { person: ask }
globals: { busy_now: on }
intents:
  interested: [我有興趣, 有興趣, 好啊, 可以]
  not_interested: [沒興趣, 我沒有興趣, 不用了]
  other_day: [改天, 可以改天嗎]
steps:
  ask:
    type: ask
    prompt: 請問您有興趣嗎？
    attempts: 9
    otherwise: done
    answers: { interested: done, not_interested: done, other_day: done }
  done: { type: end, prompt: 好的。 }
"#;

#[test]
fn a_chinese_denial_is_never_the_wish() {
    let means = |text: &str| {
        let mut call = call(WISH);
        call.says(text);
        understood(&call)
    };
    for (text, intent) in [
        ("我有興趣", Some("interested")),
        ("我對這個有興趣", Some("interested")),
        ("我没有兴趣", Some("not_interested")),
        ("我對這個沒有興趣", Some("not_interested")),
        ("好啊謝謝", Some("interested")),
        ("不用了謝謝", Some("not_interested")),
        ("可以改天嗎", Some("other_day")),
        ("那就改天吧", Some("other_day")),
        ("請不要再打來了", Some("do_not_call")),
        ("我要找真人", Some("human")),
        ("请问你是谁", Some("who_is_this")),
        ("可以說慢一點嗎", Some("slower")),
        ("再說一次好嗎", Some("repeat")),
        ("你打錯電話了", Some("wrong_number")),
        ("我在開會", Some("busy_now")),
    ] {
        assert_eq!(means(text).as_deref(), intent, "{text}");
    }
    for (text, not) in [
        ("我不是沒興趣", "not_interested"),
        ("我沒什麼興趣", "interested"),
        ("不是有興趣", "interested"),
        ("好不好", "interested"),
        ("可以嗎", "interested"),
        ("不可以", "interested"),
        ("不好意思", "interested"),
    ] {
        assert_ne!(means(text).as_deref(), Some(not), "{text}");
    }
}

const MINAT: &str = r#"
template: minat
language: id
voice: espeak:id
entry: { person: ask }
globals: { busy_now: on }
intents:
  interested: [saya tertarik, ya boleh, boleh]
  not_interested: [saya tidak tertarik, tidak usah, tidak perlu]
steps:
  ask:
    type: ask
    prompt: "Apakah Anda tertarik?"
    attempts: 9
    otherwise: done
    answers: { interested: done, not_interested: done }
  done: { type: end, prompt: Baik. }
"#;

#[test]
fn an_indonesian_denial_is_never_the_wish() {
    let means = |text: &str| {
        let mut call = call(MINAT);
        call.says(text);
        understood(&call)
    };
    for (text, intent) in [
        ("saya tertarik kok", Some("interested")),
        ("aku nggak tertarik", Some("not_interested")),
        ("gak usah mas", Some("not_interested")),
        ("jangan telpon saya lagi", Some("do_not_call")),
        ("saya mau bicara dengan petugas", Some("human")),
        ("ini siapa ya", Some("who_is_this")),
        ("tolong lebih pelan", Some("slower")),
        ("bisa diulang", Some("repeat")),
        ("salah sambung", Some("wrong_number")),
        ("saya lagi rapat nanti telepon lagi", Some("busy_now")),
    ] {
        assert_eq!(means(text).as_deref(), intent, "{text}");
    }
    for text in ["bukan saya yang tertarik", "saya belum tertarik", "bukan saya tertarik"] {
        assert_ne!(means(text).as_deref(), Some("interested"), "{text}");
    }
}

#[test]
fn the_recogniser_is_told_usual_answers_where_it_has_no_grammar() {
    let template = compiled(TABLE);
    let phrases = &template.contexts()[0].phrases;
    assert!(phrases.contains(&"下星期三".to_owned()) && phrases.contains(&"兩點半".to_owned()), "{phrases:?}");
    assert!(template.contexts().last().unwrap().phrases.contains(&"不對".to_owned()));
    assert!(!phrases.iter().any(|phrase| phrase == "pardon"), "and not those of other languages");
    assert!(phrases.iter().any(|phrase| phrase == "stop calling"), "but the opt-out is heard in English too");
    let template = compiled(MEJA);
    assert!(template.contexts()[0].phrases.contains(&"jam setengah tiga".to_owned()));
}

const CODE: &str = r#"
template: code
language: zh-CN
voice: espeak:cmn
variables: { amount: money, phone: phone, place: ordinal, wait: number }
entry: { person: code }
steps:
  code:
    type: collect
    slot: code
    as: digits
    length: 4
    prompt: "您是{{place}}位，前面有{{wait}}个人，共{{amount}}，电话{{phone}}。请说验证码。"
    next: done
  done: { type: end, prompt: "验证码{{code}}。" }
"#;

#[test]
fn contact_data_is_spoken_as_the_country_speaks() {
    let contact = [("amount", "1200 CNY"), ("phone", "13812345678"), ("place", "3"), ("wait", "2")];
    let contact: Variables = contact.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mut call = TextCall::new(&compiled(CODE), contact, 7, "2026-11-20T10:00:00".parse().unwrap());
    call.answered(Entry::Person);
    let said = "您是第三位，前面有两个人，共一千两百元，电话幺三八，幺二三四，五六七八。请说验证码。";
    assert_eq!(call.said(), said);
    let reading = |text: &str, confidence| Reading { text: text.to_owned(), confidence, expected: false };
    call.hears(Utterance { readings: vec![reading("four 零 two 七", 0.9)], embedding: None });
    assert_eq!(call.said(), "验证码四零二七。");
}

//! Answers as people give them and as recognisers write them down: both scripts, with and without punctuation.
#![allow(clippy::unwrap_used)]

use crate::language::Language;
use crate::slots::Answer;
use warmline_schema::{Choice, Named, SlotShape, SlotType};

/// A Friday.
const NOW: &str = "2026-11-20T10:00:00";

fn read_in(language: Language, text: &str, kind: SlotType) -> Option<String> {
    let mut shape = SlotShape::yes_no();
    shape.kind = kind;
    Answer::new(text, language).find_shape(&shape, NOW.parse().unwrap()).map(|found| found.value)
}

fn read(text: &str, kind: SlotType) -> Option<String> {
    read_in(Language::Traditional, text, kind)
}

fn all(kind: SlotType, said: &[(&str, &str)]) {
    let wrong: Vec<_> = said
        .iter()
        .filter_map(|(text, value)| {
            let found = read(text, kind);
            (found.as_deref() != Some(*value)).then(|| format!("`{text}`: {found:?}, not {value}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn none(kind: SlotType, said: &[&str]) {
    let wrong: Vec<_> = said.iter().filter_map(|text| Some(format!("`{text}`: {}", read(text, kind)?))).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn numbers() {
    all(
        SlotType::Number,
        &[
            ("三", "3"),
            ("我們有三個人", "3"),
            ("兩位", "2"),
            ("两个大人", "2"),
            ("十二個", "12"),
            ("二十五", "25"),
            ("一百零五", "105"),
            ("一百二", "120"),
            ("三千五", "3500"),
            ("兩萬三", "23000"),
            ("一萬零五十", "10050"),
            ("三百二十五", "325"),
            ("一億兩千萬", "120000000"),
            ("廿五", "25"),
            ("三點五", "3.5"),
            ("1.5萬", "15000"),
            ("第三個", "3"),
            ("大概十個吧", "10"),
            ("我們一共三個人", "3"),
            ("就我一個人", "1"),
            ("3個", "3"),
            ("three 個人", "3"),
            ("two hundred fifty", "250"),
            ("12", "12"),
            ("星期三兩個人", "2"),
            ("三點兩個人", "2"),
            ("八分", "8"),
            ("給八分好了", "8"),
            ("零分", "0"),
            ("不是三個 是四個", "4"),
        ],
    );
    none(SlotType::Number, &["我不知道", "慢一點", "一定會去", "等一下", "千萬不要", "星期三", ""]);
}

#[test]
fn digits_and_telephone_numbers() {
    all(
        SlotType::Digits,
        &[
            ("四零二七七", "40277"),
            ("我的號碼是一二三四", "1234"),
            ("零零七", "007"),
            ("幺三八", "138"),
            ("一三么五", "1315"),
            ("十二三十四", "1234"),
            ("40277", "40277"),
            ("four zero two seven seven", "40277"),
            ("后四码是九八七六", "9876"),
        ],
    );
    all(
        SlotType::Phone,
        &[
            ("零九一二三四五六七八", "0912345678"),
            ("零九一二 三四五 六七八", "0912345678"),
            ("0912-345-678", "0912345678"),
            ("我的電話是零二五五五零一零二零", "0255501020"),
            ("幺三八幺二三四五六七八", "13812345678"),
            ("+886 912 345 678", "+886912345678"),
            ("zero nine one two three four five six seven eight", "0912345678"),
            ("打我手機零九二二一一一二二二", "0922111222"),
        ],
    );
    none(SlotType::Phone, &["一二", "什麼", "等一下", "我沒有電話"]);
    none(SlotType::Digits, &["為什麼", "沒有"]);
}

#[test]
fn amounts() {
    all(
        SlotType::Amount,
        &[
            ("一千兩百元", "1200.00 TWD"),
            ("一千兩百五十塊", "1250.00 TWD"),
            ("三塊五", "3.50 TWD"),
            ("兩塊半", "2.50 TWD"),
            ("五毛", "0.50 TWD"),
            ("一百二十塊五毛", "120.50 TWD"),
            ("新台幣三萬五", "35000.00 TWD"),
            ("三萬五千塊錢", "35000.00 TWD"),
            ("NT$1,250", "1250.00 TWD"),
            ("1250元", "1250.00 TWD"),
            ("50000元", "50000.00 TWD"),
            ("人民幣四十九元九角", "49.90 CNY"),
            ("四十九點九美元", "49.90 USD"),
            ("美金五十", "50.00 USD"),
            ("五十歐元", "50.00 EUR"),
            ("港幣兩百元", "200.00 HKD"),
            ("大概一千塊左右", "1000.00 TWD"),
            ("七十", "70.00"),
            ("twelve hundred 元", "1200.00 TWD"),
            ("one thousand two hundred fifty 元", "1250.00 TWD"),
            ("兩個人一千元", "1000.00 TWD"),
            ("不是一千 是兩千元", "2000.00 TWD"),
        ],
    );
    assert_eq!(read_in(Language::Simplified, "四十九块九", SlotType::Amount).as_deref(), Some("49.90 CNY"));
    assert_eq!(read_in(Language::Simplified, "¥99.5", SlotType::Amount).as_deref(), Some("99.50 CNY"));
    assert_eq!(read_in(Language::Simplified, "新台币一千元", SlotType::Amount).as_deref(), Some("1000.00 TWD"));
    none(SlotType::Amount, &["太貴了", "不知道多少錢", "便宜一點"]);
}

#[test]
fn dates() {
    all(
        SlotType::Date,
        &[
            ("明天", "2026-11-21"),
            ("明天可以嗎", "2026-11-21"),
            ("後天", "2026-11-22"),
            ("后天下午", "2026-11-22"),
            ("大後天", "2026-11-23"),
            ("今天晚上", "2026-11-20"),
            ("星期二", "2026-11-24"),
            ("禮拜天", "2026-11-22"),
            ("礼拜五", "2026-11-27"),
            ("週日", "2026-11-22"),
            ("这周五", "2026-11-20"),
            ("這個星期六", "2026-11-21"),
            ("下星期三", "2026-11-25"),
            ("下個禮拜一", "2026-11-23"),
            ("下下週三", "2026-12-02"),
            ("下周的星期四", "2026-11-26"),
            ("十二月三號", "2026-12-03"),
            ("12月25號", "2026-12-25"),
            ("12月25日", "2026-12-25"),
            ("twelve 月 twenty five 號", "2026-12-25"),
            ("十二月三日星期四", "2026-12-03"),
            ("星期四 十二月三號", "2026-12-03"),
            ("五月三號", "2027-05-03"),
            ("二月二十九號", "2028-02-29"),
            ("二零二七年一月五號", "2027-01-05"),
            ("2027年1月5日", "2027-01-05"),
            ("民國一百一十六年三月一號", "2027-03-01"),
            ("民國116年3月1日", "2027-03-01"),
            ("明年一月五號", "2027-01-05"),
            ("下個月五號", "2026-12-05"),
            ("下个月的五号", "2026-12-05"),
            ("二十五號", "2026-11-25"),
            ("三號好了", "2026-12-03"),
            ("三天後", "2026-11-23"),
            ("兩個禮拜之後", "2026-12-04"),
            ("再過一個月", "2026-12-20"),
            ("2026-12-03", "2026-12-03"),
            ("12/25", "2026-12-25"),
            ("不是星期四，是星期二", "2026-11-24"),
            ("不是星期四是星期二", "2026-11-24"),
            ("不，星期二", "2026-11-24"),
            ("星期四不行，星期五可以", "2026-11-27"),
            ("星期四我沒空那星期五呢", "2026-11-27"),
            ("星期四好不好", "2026-11-26"),
            ("星期四可不可以", "2026-11-26"),
        ],
    );
    assert_eq!(read_in(Language::Simplified, "下个星期三", SlotType::Date).as_deref(), Some("2026-11-25"));
    none(
        SlotType::Date,
        &["隨便", "下週", "三月五個人", "二月三十號", "三點半", "不是星期四", "星期四不行", "一年", ""],
    );
}

#[test]
fn times_of_day() {
    all(
        SlotType::Time,
        &[
            ("三點半", "15:30"),
            ("3點半", "15:30"),
            ("three 點半", "15:30"),
            ("下午兩點", "14:00"),
            ("下午两点半", "14:30"),
            ("下午2:30", "14:30"),
            ("上午十點", "10:00"),
            ("早上九點十五分", "09:15"),
            ("九點一刻", "09:15"),
            ("三點三刻", "15:45"),
            ("差一刻三點", "14:45"),
            ("三點差五分", "14:55"),
            ("三點零五分", "15:05"),
            ("三點過十分", "15:10"),
            ("十五點三十", "15:30"),
            ("15:30", "15:30"),
            ("晚上八點", "20:00"),
            ("晚上十二點", "00:00"),
            ("半夜兩點", "02:00"),
            ("凌晨一點", "01:00"),
            ("中午十二點", "12:00"),
            ("中午", "12:00"),
            ("中午一點半", "13:30"),
            ("明天早上的話九點可以", "09:00"),
            ("下星期三下午四點鐘", "16:00"),
            ("三點左右", "15:00"),
            ("大概四點多", "16:00"),
            ("明晚七點", "19:00"),
            ("兩個人三點半", "15:30"),
            ("不是三點是四點", "16:00"),
            ("三點不行，四點可以", "16:00"),
            ("ten thirty", "10:30"),
            ("十", "10:00"),
        ],
    );
    none(
        SlotType::Time,
        &["慢一點", "早一點", "三個小時", "三點五公里", "什麼時候", "下午", "二十五點", "不是三點", ""],
    );
}

#[test]
fn lengths_of_time() {
    all(
        SlotType::Duration,
        &[
            ("半小時", "1800"),
            ("半個鐘頭", "1800"),
            ("一個半小時", "5400"),
            ("兩個半小時", "9000"),
            ("一小時二十分鐘", "4800"),
            ("一個小時又二十分", "4800"),
            ("三十分鐘", "1800"),
            ("30分鐘", "1800"),
            ("三天", "259200"),
            ("兩個禮拜", "1209600"),
            ("一週", "604800"),
            ("一刻鐘", "900"),
            ("三個月", "7776000"),
            ("兩小時半", "9000"),
            ("大概四十五分鐘左右", "2700"),
            ("一點五小時", "5400"),
            ("半天", "43200"),
        ],
    );
    none(SlotType::Duration, &["不久", "三月", "一下", "很快", "三個人"]);
    // Longer than can be counted.
    none(
        SlotType::Duration,
        &[
            "一八四四六七四四零七三七零九五五一六一五秒又一秒",
            "三零七四四五七三四五六一八二五八六零分鐘半",
            "五八四九四二四一七三五五年半",
        ],
    );
    for (text, rest) in [
        ("三零七四四五七三四五六一八二五八六零個半分鐘", "30"),
        ("三零七四四五七三四五六一八二五八六零點九分鐘", "540"),
    ] {
        let found = read(text, SlotType::Duration);
        assert!(found.as_deref().is_none_or(|found| found == rest), "{text}: {found:?}");
    }
}

#[test]
fn yes_and_no() {
    for yes in [
        "是",
        "是的",
        "對",
        "对啊",
        "好",
        "好的",
        "可以",
        "可以啊",
        "沒錯",
        "没错",
        "嗯",
        "嗯嗯",
        "沒問題",
        "當然",
        "正確",
        "行",
        "要",
        "好啊 謝謝",
        "對 沒錯",
        "不是沒興趣",
        "不是不行",
        "我會去",
        "會",
        "ok",
        "okay",
        "沒意見",
        "同意",
        "好 沒問題",
        "是的 請說",
        "可以 沒關係",
        "嗯 好",
    ] {
        assert_eq!(read(yes, SlotType::YesNo).as_deref(), Some("yes"), "{yes}");
    }
    for no in [
        "不",
        "不是",
        "不要",
        "不用",
        "不用了 謝謝",
        "沒有",
        "没有",
        "不行",
        "不對",
        "不对",
        "不好",
        "不會",
        "我不要",
        "錯了",
        "不可以",
        "不需要",
        "算了",
        "沒興趣",
        "我沒空",
        "不太方便",
        "好 不用了",
        "嗯 不是",
        "不是 是星期二",
        "不好意思 不用了",
        "對不起 我不去",
        "別",
        "不想",
        "不正確",
    ] {
        assert_eq!(read(no, SlotType::YesNo).as_deref(), Some("no"), "{no}");
    }
    for neither in [
        "好不好",
        "可不可以",
        "是不是",
        "可以嗎",
        "好嗎",
        "對嗎",
        "不好意思",
        "對不起",
        "什麼",
        "你是誰",
        "明天下午三點",
        "多少錢",
        "好像很貴",
        "好久",
        "有沒有",
        "要多久",
        "等一下",
        "好貴喔",
        "是哪一天",
        "要帶什麼",
    ] {
        assert_eq!(read(neither, SlotType::YesNo), None, "{neither}");
    }
}

#[test]
fn names() {
    all(
        SlotType::Name,
        &[
            ("我叫王小明", "王小明"),
            ("我姓陳", "陳"),
            ("我姓王叫小明", "王小明"),
            ("我姓王，叫王小明", "王小明"),
            ("我是林美玲", "林美玲"),
            ("你好我是李大華", "李大華"),
            ("敝姓張", "張"),
            ("王小明", "王小明"),
            ("陳先生", "陳先生"),
            ("我是陳先生", "陳先生"),
            ("歐陽菲菲", "歐陽菲菲"),
            ("我叫王小明謝謝", "王小明"),
            ("我的名字是黃志偉", "黃志偉"),
            ("我叫Peter", "Peter"),
        ],
    );
    none(SlotType::Name, &["我是要訂位", "我在忙", "什麼", "不要", "三點半", "我是他太太"]);
}

#[test]
fn choices_and_patterns() {
    let named = |name: &str| Named { name: name.to_owned(), ..Named::default() };
    let choice = |value: &str, words: &[&str]| Choice {
        value: named(value),
        synonyms: words.iter().map(|word| named(word)).collect(),
    };
    let mut shape = SlotShape::yes_no();
    shape.kind = SlotType::Choice;
    shape.choices =
        vec![choice("small", &["小", "小份", "小的"]), choice("good", &["滿意"]), choice("bad", &["不滿意"])];
    let found = |shape: &SlotShape, text: &str| {
        Answer::new(text, Language::Traditional).find_shape(shape, NOW.parse().unwrap())
    };
    let read = |text: &str| found(&shape, text).map(|found| found.value);
    assert_eq!(read("我要小份的").as_deref(), Some("small"));
    assert_eq!(read("我很满意").as_deref(), Some("good"), "in the other script");
    assert_eq!(read("不滿意").as_deref(), Some("bad"));
    assert_eq!(read("不太滿意"), None, "and never its contrary");
    assert_eq!(read("小孩子也可以去嗎"), None, "one sign inside something else");
    shape.kind = SlotType::Regex;
    shape.pattern = Some(named("([零一二三四五六七八九十]+)號桌"));
    let found = found(&shape, "我在7號桌").unwrap();
    assert_eq!((found.value.as_str(), found.used), ("七", 2..5));
}

#[test]
fn free_text_stays_as_it_was_said() {
    assert_eq!(read("我要三張椅子", SlotType::Text).as_deref(), Some("我要三張椅子"));
}

//! How people of each language begin, break off and end what they say.

use crate::language::Language;
use crate::slots::Found;

/// What tells in one language whether more is to come.
pub(super) struct Habits {
    /// Whole answers that people like to go on from: "yes … I will be there".
    pub opening: &'static [&'static str],
    /// Nobody minds a reply that comes before these.
    pub courtesies: &'static [&'static str],
    /// Words, or endings where words have no spaces, after which more is to come.
    hanging: &'static [&'static str],
    /// A number that ends so is often not over.
    pub number_openings: &'static [&'static str],
    /// May the date that was found in this text go on?
    pub date_goes_on: fn(&Found, &str) -> bool,
    pub time_goes_on: fn(&Found, &str) -> bool,
    spaced: bool,
}

impl Habits {
    pub(super) fn ends(&self, text: &str, ending: &str) -> bool {
        if self.spaced { last(text) == ending } else { text.ends_with(ending) }
    }

    pub(super) fn hangs(&self, text: &str) -> bool {
        !text.ends_with("thank you") && self.hanging.iter().any(|ending| self.ends(text, ending))
    }
}

fn last(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or_default()
}

/// "The third", with no month before it.
fn ends_with_a_day_of_some_month(text: &str) -> bool {
    let mut words = text.rsplit(' ');
    let ordinal = words.next().is_some_and(|last| ["st", "nd", "rd", "th"].iter().any(|end| last.ends_with(end)));
    ordinal && words.next() == Some("the")
}

const ENGLISH: Habits = Habits {
    opening: &["yes", "yeah", "yep", "no", "nope", "okay", "ok", "sure", "right", "well", "fine"],
    courtesies: &["please", "thanks", "thank you"],
    hanging: &[
        "a", "an", "the", "my", "your", "our", "is", "am", "are", "was", "be", "i", "you", "we", "to", "at", "on",
        "in", "of", "for", "from", "with", "and", "but", "or", "because", "so", "if", "that's", "i'm", "it's", "next",
        "um", "uh", "er", "half", "quarter", "past", "would", "have", "need", "afraid", "another", "thank",
    ],
    number_openings: &[
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "point",
    ],
    // "Tuesday" may go on as "Tuesday next week", "the third" as "the third of December"; nobody says which week after
    // "today".
    date_goes_on: |found, text| {
        let last = last(text);
        let weekday = found.used.len() == 1 && last.ends_with("day") && !["today", "yesterday"].contains(&last);
        weekday || ends_with_a_day_of_some_month(text)
    },
    // "Ten" may go on as "ten thirty".
    time_goes_on: |found, _| found.used.len() == 1 && found.value != "12:00",
    spaced: true,
};

const INDONESIAN: Habits = Habits {
    opening: &[
        "ya", "iya", "tidak", "nggak", "enggak", "gak", "oke", "ok", "okay", "baik", "boleh", "bukan", "betul", "benar",
    ],
    courtesies: &["terima kasih", "makasih", "pak", "bu", "mas", "mbak", "ya"],
    hanging: &[
        "saya",
        "aku",
        "yang",
        "di",
        "ke",
        "dari",
        "untuk",
        "dengan",
        "dan",
        "tapi",
        "tetapi",
        "atau",
        "karena",
        "kalau",
        "jadi",
        "mau",
        "ingin",
        "hari",
        "tanggal",
        "jam",
        "pukul",
        "bulan",
        "setengah",
        "lewat",
        "kurang",
        "seperempat",
        "eh",
        "em",
        "anu",
        "itu",
        "pada",
        "sekitar",
        "akan",
        "adalah",
    ],
    number_openings: &["puluh", "ratus", "ribu", "juta", "seratus", "seribu", "koma", "belas"],
    // "Kamis" may go on as "Kamis depan".
    date_goes_on: |found, text| {
        let weekdays = ["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"];
        found.used.len() == 1 && weekdays.contains(&last(text))
    },
    // "Tiga" may go on as "tiga lewat sepuluh" or "tiga sore".
    time_goes_on: |_, text| !["pagi", "siang", "sore", "malam", "menit", "hari"].contains(&last(text)),
    spaced: true,
};

const CHINESE: Habits = Habits {
    opening: &[
        "好", "好的", "對", "对", "是", "是的", "嗯", "不", "不是", "不要", "不用", "沒有", "没有", "可以", "那個",
        "那个", "喂",
    ],
    courtesies: &["謝謝", "谢谢", "謝謝你", "谢谢你", "謝謝您", "谢谢您", "啊", "喔", "哦"],
    hanging: &[
        "我", "你", "我想", "我要", "我是", "我們", "我们", "因為", "因为", "所以", "但是", "可是", "還有", "还有",
        "和", "跟", "在", "把", "給", "给", "的話", "的话", "就是", "那個", "那个", "這個", "这个", "然後", "然后",
        "如果", "或", "或者", "比較", "比较", "下", "下個", "下个", "下午", "上午", "早上", "晚上", "中午", "星期",
        "禮拜", "礼拜", "週", "周", "月", "差", "要", "想", "請", "请",
    ],
    number_openings: &["十", "百", "千", "萬", "万", "點", "点", "零"],
    date_goes_on: |_, _| false,
    // 三點 may go on as 三點半.
    time_goes_on: |_, text| text.ends_with(['點', '点']),
    spaced: false,
};

pub(super) fn of(language: Language) -> &'static Habits {
    match language {
        Language::English => &ENGLISH,
        Language::Indonesian => &INDONESIAN,
        Language::Traditional | Language::Simplified => &CHINESE,
    }
}

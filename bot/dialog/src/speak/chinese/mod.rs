//! Values as Chinese words, in both scripts: 下午兩點半, 十二月三號星期四, 一千兩百五十元.
//!
//! Written once; what differs between Taiwan and the mainland (signs, 早上 and 上午, 一 and 幺 in telephone
//! numbers, what 元 means) is in [`scripts`].

mod scripts;

pub(super) use scripts::{Chinese, SIMPLIFIED, TRADITIONAL};

use super::written::{Decimal, Money};
use super::{Form, Speaks};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
const WEEKDAYS: [char; 7] = ['一', '二', '三', '四', '五', '六', '日'];
/// Signs before which a single 2 is 兩.
const MEASURES: &str =
    "個个位張张次間间件份組组筆笔杯盒箱包瓶本台輛辆條条塊块元歲岁人名天年週周小分點点盞盏頓顿雙双對对項项";

/// `1250` → 一千兩百五十, with the signs of the script.
pub(crate) fn cardinal(n: u64, traditional: bool) -> String {
    (if traditional { &TRADITIONAL } else { &SIMPLIFIED }).cardinal(n)
}

impl Chinese {
    fn cardinal(&self, n: u64) -> String {
        match n {
            0..10 => DIGITS[n as usize].to_string(),
            // 十二, not 一十二.
            10..20 => self.group(n).trim_start_matches('一').to_owned(),
            _ => self.large(n),
        }
    }

    fn large(&self, n: u64) -> String {
        let groups =
            [(1_000_000_000_000, self.trillion), (100_000_000, self.hundred_million), (10_000, self.ten_thousand)];
        match groups.into_iter().find(|(size, _)| n >= *size) {
            None => self.group(n),
            Some((size, name)) => {
                // 兩萬, 十二萬.
                let count = n / size;
                let head = if count == 2 { self.two.to_string() } else { self.cardinal(count) };
                let rest = n % size;
                let gap = if rest > 0 && rest < size / 10 { "零" } else { "" };
                let tail = if rest == 0 { String::new() } else { self.large(rest) };
                format!("{head}{name}{gap}{tail}")
            }
        }
    }

    /// Below ten thousand, with 一十 for ten.
    fn group(&self, n: u64) -> String {
        let mut out = String::new();
        let mut gap = false;
        for (size, name) in [(1000, '千'), (100, '百'), (10, '十'), (1, ' ')] {
            let digit = n / size % 10;
            if digit == 0 {
                gap |= !out.is_empty();
                continue;
            }
            if std::mem::take(&mut gap) {
                out.push('零');
            }
            out.push(if digit == 2 && size >= 100 { self.two } else { DIGITS[digit as usize] });
            if name != ' ' {
                out.push(name);
            }
        }
        out
    }

    /// A count before a measure word: 兩, not 二.
    fn count(&self, n: u64) -> String {
        if n == 2 { self.two.to_string() } else { self.cardinal(n) }
    }

    fn decimal(&self, whole: u64, decimals: &str) -> String {
        let digits: String = decimals.bytes().map(|b| DIGITS[usize::from(b.wrapping_sub(b'0')) % 10]).collect();
        if digits.is_empty() { self.cardinal(whole) } else { format!("{}{}{digits}", self.cardinal(whole), self.point) }
    }

    fn spelled(&self, digits: &str, groups: &[usize], one: char) -> String {
        let sign = |b: u8| if b == b'1' { one } else { DIGITS[usize::from(b.wrapping_sub(b'0')) % 10] };
        let signs: Vec<char> = digits.bytes().filter(u8::is_ascii_digit).map(sign).collect();
        let (mut out, mut from) = (Vec::new(), 0);
        // The last size goes on to the end.
        let sizes = groups.iter().chain(groups.last().into_iter().cycle());
        for size in sizes {
            if from >= signs.len() {
                break;
            }
            let to = (from + size.max(&1)).min(signs.len());
            out.push(signs[from..to].iter().collect::<String>());
            from = to;
        }
        out.join("，")
    }
}

impl Speaks for Chinese {
    fn number(&self, number: &Decimal) -> String {
        let words = self.decimal(number.whole, &number.decimals);
        if number.negative { format!("{}{words}", self.negative) } else { words }
    }

    fn ordinal(&self, n: u64) -> String {
        format!("{}{}", self.ordinal, self.cardinal(n))
    }

    fn date(&self, date: NaiveDate) -> String {
        let (month, day) = (self.cardinal(date.month().into()), self.cardinal(date.day().into()));
        let weekday = WEEKDAYS[date.weekday().num_days_from_monday() as usize];
        format!("{month}月{day}{}星期{weekday}", self.number)
    }

    fn time(&self, time: NaiveTime) -> String {
        let part = match time.hour() {
            0 if time.minute() == 0 => return self.midnight.to_owned(),
            0..5 => "凌晨",
            5..8 => self.early,
            8..12 => self.morning,
            12 => "中午",
            13..18 => "下午",
            _ => "晚上",
        };
        let hour = match time.hour() {
            0 => 12,
            hour @ 1..13 => hour,
            hour => hour - 12,
        };
        let (hour, point) = (self.count(hour.into()), self.point);
        match time.minute() {
            0 => format!("{part}{hour}{point}"),
            30 => format!("{part}{hour}{point}半"),
            minute @ 1..10 => format!("{part}{hour}{point}零{}分", self.cardinal(minute.into())),
            minute => format!("{part}{hour}{point}{}分", self.cardinal(minute.into())),
        }
    }

    fn money(&self, money: &Money) -> Option<String> {
        let Some(code) = money.currency else {
            let decimals = match money.hundredths {
                0 => String::new(),
                hundredths => format!("{hundredths:02}").trim_end_matches('0').to_owned(),
            };
            return Some(self.decimal(money.whole, &decimals));
        };
        let (_, name) = self.currencies.into_iter().find(|(known, _)| *known == code)?;
        let (tenths, hundredths) = (money.hundredths / 10, money.hundredths % 10);
        if code == "CNY" && money.hundredths > 0 {
            // 四十九元九角五分.
            let lead = if name == "元" { "" } else { name };
            let whole = if money.whole > 0 { format!("{}元", self.count(money.whole)) } else { String::new() };
            let tenths = match tenths {
                0 if money.whole > 0 => "零".to_owned(),
                0 => String::new(),
                tenths => format!("{}角", self.count(tenths)),
            };
            let rest = if hundredths > 0 { format!("{}分", self.count(hundredths)) } else { String::new() };
            return Some(format!("{lead}{whole}{tenths}{rest}"));
        }
        let decimals = match money.hundredths {
            0 => String::new(),
            hundredths => format!("{hundredths:02}").trim_end_matches('0').to_owned(),
        };
        let count = if decimals.is_empty() { self.count(money.whole) } else { self.decimal(money.whole, &decimals) };
        // Money of Chinese-speaking places is named before its sum.
        Some(match code {
            "CNY" | "TWD" | "HKD" if code != self.own_currency => format!("{name}{count}元"),
            _ => format!("{count}{name}"),
        })
    }

    fn duration(&self, seconds: u64) -> String {
        let [half, hour] = self.one_and_a_half;
        match seconds {
            1800 => return self.half_hour.to_owned(),
            // 一個半小時.
            _ if seconds % 3600 == 1800 && seconds < 86_400 => {
                return format!("{}{half}{hour}", self.count(seconds / 3600));
            }
            _ => {}
        }
        let mut rest = seconds;
        let mut out = String::new();
        for (size, unit) in [86_400, 3600, 60, 1].into_iter().zip(self.units) {
            let count = rest / size;
            rest %= size;
            if count > 0 || (size == 1 && out.is_empty()) {
                out.push_str(&self.count(count));
                out.push_str(unit);
            }
        }
        out
    }

    fn digits(&self, digits: &str) -> String {
        self.spelled(digits, &[4], '一')
    }

    /// As numbers are written in the country: 0912-345-678 and 02-5550-1020 in Taiwan, 138-1234-5678 on the mainland.
    fn phone(&self, digits: &str, abroad: bool) -> String {
        let own = digits.strip_prefix(self.country_code).filter(|_| abroad);
        let trunk = if self.own_currency == "TWD" { "0" } else { "" };
        let national = match (own, abroad) {
            (Some(rest), _) => format!("{trunk}{rest}"),
            (None, true) => return format!("{}{}", self.plus, self.spelled(digits, &[3], self.one)),
            (None, false) => digits.to_owned(),
        };
        let groups: &[usize] = match national.len() {
            10 if national.starts_with("09") => &[4, 3],
            9 | 10 if national.starts_with('0') => &[2, 4],
            11 if national.starts_with('1') => &[3, 4],
            11 | 12 if national.starts_with('0') => &[3, 4],
            8 => &[4],
            _ => &[3],
        };
        self.spelled(&national, groups, self.one)
    }

    fn yes_no<'v>(&self, value: &'v str) -> &'v str {
        match value {
            "yes" => "是",
            "no" => "不是",
            other => other,
        }
    }

    fn counted(&self, form: Form, value: &str, after: &str) -> Option<&'static str> {
        let measured = after.starts_with(|c: char| MEASURES.contains(c));
        let two = if self.two == '兩' { "兩" } else { "两" };
        (form == Form::Number && value == "2" && measured).then_some(two)
    }
}

#[cfg(test)]
mod tests {
    use crate::language::Language::{Simplified, Traditional};
    use crate::speak::{Form, spoken, spoken_before};

    #[test]
    fn values_are_said_as_people_say_them() {
        let said = [
            ("0", Form::Number, "零", "零"),
            ("2", Form::Number, "二", "二"),
            ("12", Form::Number, "十二", "十二"),
            ("110", Form::Number, "一百一十", "一百一十"),
            ("222", Form::Number, "兩百二十二", "两百二十二"),
            ("1005", Form::Number, "一千零五", "一千零五"),
            ("1050", Form::Number, "一千零五十", "一千零五十"),
            ("20012", Form::Number, "兩萬零一十二", "两万零一十二"),
            ("120000", Form::Number, "十二萬", "十二万"),
            ("200000000", Form::Number, "兩億", "两亿"),
            ("-3.50", Form::Number, "負三點五零", "负三点五零"),
            ("3", Form::Ordinal, "第三", "第三"),
            ("2026-12-03", Form::Date, "十二月三號星期四", "十二月三号星期四"),
            ("14:30", Form::Time, "下午兩點半", "下午两点半"),
            ("02:05", Form::Time, "凌晨兩點零五分", "凌晨两点零五分"),
            ("12:00", Form::Time, "中午十二點", "中午十二点"),
            ("00:00", Form::Time, "午夜十二點", "午夜十二点"),
            ("09:15", Form::Time, "上午九點十五分", "上午九点十五分"),
            ("NT$1,250", Form::Money, "一千兩百五十元", "新台币一千两百五十元"),
            ("49.90 CNY", Form::Money, "人民幣四十九元九角", "四十九元九角"),
            ("2.05 CNY", Form::Money, "人民幣兩元零五分", "两元零五分"),
            ("49.90 USD", Form::Money, "四十九點九美元", "四十九点九美元"),
            ("2 EUR", Form::Money, "兩歐元", "两欧元"),
            ("1200", Form::Money, "一千兩百", "一千两百"),
            ("5400", Form::Duration, "一個半小時", "一个半小时"),
            ("7320", Form::Duration, "兩小時兩分鐘", "两小时两分钟"),
            ("1800", Form::Duration, "半小時", "半小时"),
            ("40277", Form::Digits, "四零二七，七", "四零二七，七"),
            ("0912345678", Form::Phone, "零九一二，三四五，六七八", "零九幺二，三四五，六七八"),
            ("+886912345678", Form::Phone, "零九一二，三四五，六七八", "加八八六，九幺二，三四五，六七八"),
            ("+8613812345678", Form::Phone, "加八六一，三八一，二三四，五六七，八", "幺三八，幺二三四，五六七八"),
            ("yes", Form::YesNo, "是", "是"),
        ];
        for (value, form, traditional, simplified) in said {
            assert_eq!(spoken(value, form, Traditional).as_deref(), Ok(traditional), "{value} {form:?}");
            assert_eq!(spoken(value, form, Simplified).as_deref(), Ok(simplified), "{value} {form:?}");
        }
    }

    #[test]
    fn two_of_something_are_liang() {
        assert_eq!(spoken_before("2", Form::Number, Traditional, "個位子").as_deref(), Ok("兩"));
        assert_eq!(spoken_before("12", Form::Number, Traditional, "個位子").as_deref(), Ok("十二"));
        assert_eq!(spoken_before("2", Form::Number, Traditional, "，對嗎？").as_deref(), Ok("二"));
    }
}

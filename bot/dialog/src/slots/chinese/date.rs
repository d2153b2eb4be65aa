//! Dates: 明天, 大後天, 下星期三, 十二月三號, 二零二六年十二月三日, 民國一百一十五年十二月三日, 下個月五號, 三天後.
//!
//! A date without a year is the next one to come. A weekday alone is the next such day after today; 這週 is this
//! calendar week, 下週 the next one; weeks begin on Monday.

use super::number::{self, cardinal, digit};
use super::{begins, ends, skipped};
use chrono::{Datelike, Days, Months, NaiveDate};
use std::ops::Range;

/// A date and how much was said: a full date wins over a weekday, a weekday over a mere 三號.
struct Said {
    date: NaiveDate,
    used: usize,
    clear: u8,
}

/// The year before the first of the Republic (民國), in which Taiwan counts.
const REPUBLIC: i32 = 1911;
const DAYS: [(&str, i64); 17] = [
    ("大后天", 3),
    ("大后日", 3),
    ("后天", 2),
    ("后日", 2),
    ("明天", 1),
    ("明日", 1),
    ("明早", 1),
    ("明晚", 1),
    ("明儿", 1),
    ("今天", 0),
    ("今日", 0),
    ("今晚", 0),
    ("今早", 0),
    ("昨天", -1),
    ("昨日", -1),
    ("前天", -2),
    ("大前天", -3),
];
const WEEK: [&str; 4] = ["星期", "礼拜", "周", "拜"];

pub(super) fn find(signs: &[char], today: NaiveDate) -> Option<(NaiveDate, Range<usize>)> {
    let said: Vec<_> = (0..signs.len()).filter_map(|from| at(signs, from, today).map(|said| (from, said))).collect();
    let (from, said) = said.into_iter().rev().max_by_key(|(_, said)| said.clear)?;
    // 十二月三號星期四: the weekday says the same again.
    let again = &signs[from + said.used..];
    let more = weekday(again, today).filter(|_| said.clear == 4).map_or(0, |said| said.used);
    Some((said.date, from..from + said.used + more))
}

fn at(signs: &[char], from: usize, today: NaiveDate) -> Option<Said> {
    let rest = &signs[from..];
    day_name(rest, today)
        .or_else(|| distance(signs, from, today))
        .or_else(|| weekday(rest, today).filter(|_| !ends(signs, from, &["下", "这", "本", "上", "个"])))
        .or_else(|| full_date(signs, from, today))
}

fn moved(today: NaiveDate, days: i64) -> Option<NaiveDate> {
    match u64::try_from(days) {
        Ok(days) => today.checked_add_days(Days::new(days)),
        Err(_) => today.checked_sub_days(Days::new(days.unsigned_abs())),
    }
}

fn day_name(signs: &[char], today: NaiveDate) -> Option<Said> {
    let (name, days) = DAYS.into_iter().find(|(name, _)| begins(signs, &[name]).is_some())?;
    let used = name.chars().count();
    // 明早 and 今晚 say a part of the day too, which stays for the time.
    let used = if name.ends_with(['早', '晚']) { 1 } else { used };
    Some(Said { date: moved(today, days)?, used, clear: 3 })
}

/// 三天後, 兩個禮拜之後, 再過一個月, 半個月後.
fn distance(signs: &[char], from: usize, today: NaiveDate) -> Option<Said> {
    let lead = skipped(&signs[from..], &["再过", "过"]);
    let rest = &signs[from + lead..];
    let half = begins(rest, &["半个月"]).is_some();
    let (count, used) = if half { (15, 3) } else { cardinal(rest).filter(|_| number::starts(signs, from + lead))? };
    let unit_at = used + skipped(&rest[used..], &["个"]);
    let (unit, more) = [("天", 1), ("日", 1), ("星期", 7), ("礼拜", 7), ("周", 7), ("月", 0)]
        .into_iter()
        .find_map(|(name, days)| Some((days, begins(&rest[unit_at..], &[name])?)))
        .filter(|_| !half)
        .or(half.then_some((1, 0)))?;
    let end = if half { used } else { unit_at + more };
    let after = begins(&rest[end..], &["之后", "以后", "过后", "后"]);
    if lead == 0 && after.is_none() {
        return None;
    }
    let date = match unit {
        0 => today.checked_add_months(Months::new(u32::try_from(count).ok()?))?,
        days => today.checked_add_days(Days::new(count.checked_mul(days)?))?,
    };
    Some(Said { date, used: lead + end + after.unwrap_or(0), clear: 3 })
}

/// 星期五, 下星期五, 下個禮拜五, 這週五, 下下週一, 下週的星期三.
fn weekday(signs: &[char], today: NaiveDate) -> Option<Said> {
    let (weeks, mut at) = match begins(signs, &["下下", "下", "这", "本", "上", "今"]) {
        Some(used) => {
            let weeks = match signs[0] {
                '下' => used as i64,
                '上' => -1,
                _ => 0,
            };
            (Some(weeks), used)
        }
        None => (None, 0),
    };
    at += skipped(&signs[at..], &["一个", "个"]);
    at += begins(&signs[at..], &WEEK)?;
    let mut place = signs.get(at).and_then(|sign| day(*sign));
    if place.is_none() {
        // 下週的星期三, 下禮拜的禮拜三.
        let of = skipped(&signs[at..], &["的"]);
        let again = begins(&signs[at + of..], &WEEK).filter(|_| weeks.is_some())?;
        at += of + again;
        place = signs.get(at).and_then(|sign| day(*sign));
    }
    let (day, today_is) = (place?, i64::from(today.weekday().num_days_from_monday()));
    let days = match weeks {
        Some(weeks) => 7 * weeks - today_is + day,
        None => (day + 6 - today_is) % 7 + 1,
    };
    Some(Said { date: moved(today, days)?, used: at + 1, clear: 3 })
}

fn day(sign: char) -> Option<i64> {
    match sign {
        '天' | '日' => Some(6),
        other => digit(other).filter(|n| (1..=6).contains(n)).map(|n| n as i64 - 1),
    }
}

/// A year, a month and a day, as far as they are said.
fn full_date(signs: &[char], from: usize, today: NaiveDate) -> Option<Said> {
    let rest = &signs[from..];
    // The 八四年 of 一九八四年 is no year of its own.
    let year = year(rest, today).filter(|_| number::starts(signs, from));
    let (year, mut at) = year.map_or((None, 0), |(year, used)| (Some(year), used));
    at += skipped(&rest[at..], &["的"]);
    if let Some((months, used)) = relative_month(&rest[at..]) {
        let (day, more) = day_of_month(&rest[at + used..], true)?;
        let month = today.with_day(1)?.checked_add_months(Months::new(months))?;
        return Some(Said { date: month.with_day(day)?, used: at + used + more, clear: 4 });
    }
    if !number::starts(signs, from + at) && at == 0 {
        return None;
    }
    let month =
        cardinal(rest.get(at..)?).filter(|(n, used)| (1..=12).contains(n) && rest.get(at + used) == Some(&'月'));
    let Some((month, used)) = month else {
        let (day, used) = day_of_month(rest, false).filter(|_| at == 0 && !ends(signs, from, &["月", "月初"]))?;
        return next_day(day, today).map(|date| Said { date, used, clear: 2 });
    };
    at += used + 1;
    let (day, used) = day_of_month(&rest[at..], true)?;
    at += used;
    let month = u32::try_from(month).ok()?;
    let date = match year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, day)?,
        // Far enough for a 29 February.
        None => {
            let years = (0..9).filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, day));
            years.into_iter().find(|date| *date >= today)?
        }
    };
    Some(Said { date, used: at, clear: 4 })
}

/// 二零二六年, 民國一百一十五年, 一一五年, 明年.
fn year(signs: &[char], today: NaiveDate) -> Option<(i32, usize)> {
    for (name, years) in [("今年", 0), ("明年", 1), ("后年", 2)] {
        if begins(signs, &[name]).is_some() {
            return Some((today.year() + years, 2));
        }
    }
    let republic = skipped(signs, &["民国"]);
    let (n, used) = cardinal(&signs[republic..])?;
    if signs.get(republic + used) != Some(&'年') {
        return None;
    }
    let n = i32::try_from(n).ok()?;
    let year = match n {
        2000..2100 if republic == 0 => n,
        1..200 if republic > 0 => n + REPUBLIC,
        // 一一五年 without its era; 二六年 is short for 2026.
        100..200 => n + REPUBLIC,
        20..100 if republic == 0 => n + 2000,
        _ => return None,
    };
    Some((year, republic + used + 1))
}

/// 這個月, 下個月, 下下個月: how many months from now.
fn relative_month(signs: &[char]) -> Option<(u32, usize)> {
    let months = [("下下个月", 2), ("下下月", 2), ("下个月", 1), ("下月", 1), ("这个月", 0), ("本月", 0), ("这月", 0)];
    let (name, months) = months.into_iter().find(|(name, _)| begins(signs, &[name]).is_some())?;
    let used = name.chars().count();
    Some((months, used + skipped(&signs[used..], &["的"])))
}

/// 三號, 三日; after a month the sign may be left out.
fn day_of_month(signs: &[char], after_month: bool) -> Option<(u32, usize)> {
    let lead = if after_month { skipped(signs, &["初"]) } else { 0 };
    let (day, used) = cardinal(signs.get(lead..)?).filter(|(n, _)| (1..=31).contains(n))?;
    let used = lead + used;
    let sign = begins(&signs[used..], if after_month { &["号", "日"] } else { &["号"] });
    // 三月五個人: five is no day.
    let other = begins(&signs[used..], &["个", "位", "人", "点", "时", "分", "元", "块"]).is_some();
    match sign {
        Some(more) => Some((u32::try_from(day).ok()?, used + more)),
        None => (after_month && !other).then_some((u32::try_from(day).ok()?, used)),
    }
}

/// The next such day of a month.
fn next_day(day: u32, today: NaiveDate) -> Option<NaiveDate> {
    let first = today.with_day(1)?;
    let days = (0..13).filter_map(|months| first.checked_add_months(Months::new(months))?.with_day(day));
    days.into_iter().find(|date| *date >= today)
}

//! Numbers and strings of digits in Chinese signs: 兩百五十, 一百二 (120), 三萬五 (35,000), 二零二六, 三點五.

use super::{Found, begins, ends};

/// Words in which a number counts nothing.
const IDIOMS: [&str; 32] = [
    "一下",
    "一些",
    "一共",
    "一定",
    "一样",
    "一直",
    "一起",
    "一般",
    "一切",
    "一旦",
    "一边",
    "一会",
    "一向",
    "一旁",
    "一律",
    "一点点",
    "千万别",
    "千万不",
    "千万要",
    "十分感谢",
    "十分抱歉",
    "十分满意",
    "十分不",
    "十分好",
    "百分",
    "四处",
    "三思",
    "万一",
    "万分",
    "一点也",
    "一点都",
    "一来",
];
/// After these a number is a day of the week, or no number.
const NOT_AFTER: [&str; 9] = ["星期", "礼拜", "拜", "周", "唯", "统", "专", "第一", "单"];
const WEEK: [&str; 3] = ["星期", "礼拜", "周"];
/// What makes 一點 "a little".
const LITTLE: [&str; 19] =
    ["慢", "早", "晚", "快", "大", "小", "多", "少", "高", "低", "有", "好", "宜", "贵", "近", "远", "长", "短", "轻"];
/// What is counted, and what only measures a time or a sum.
const COUNTED: &str = "个位人张次间件份组笔杯盒箱包瓶本台辆条岁名大小";
const MEASURED: &str = "点号月日年时分秒元块角毛天周星礼";

pub(super) fn digit(sign: char) -> Option<u64> {
    let place = "零一二三四五六七八九".chars().position(|digit| digit == sign);
    match sign {
        '〇' => Some(0),
        '两' => Some(2),
        _ => place.map(|n| n as u64),
    }
}

fn unit(sign: char) -> Option<u64> {
    match sign {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1000),
        _ => None,
    }
}

fn large(sign: char) -> Option<u64> {
    match sign {
        '万' => Some(10_000),
        '亿' => Some(100_000_000),
        '兆' => Some(1_000_000_000_000),
        _ => None,
    }
}

/// A number below ten thousand, and how many signs it takes.
fn section(signs: &[char]) -> Option<(u64, usize)> {
    let (mut total, mut at, mut smallest, mut gap) = (0, 0, 10_000, false);
    while let Some(&sign) = signs.get(at) {
        let next = signs.get(at + 1).copied();
        match (digit(sign), next.and_then(unit), sign) {
            // 兩百, 三千.
            (Some(n), Some(size), _) if n > 0 && size < smallest => {
                (total, smallest, gap) = (total + n * size, size, false);
                at += 2;
            }
            (Some(_), Some(_), _) if at > 0 => break,
            (Some(0), _, _) if at > 0 && !gap && next.is_some_and(|next| digit(next).is_some() || next == '十') => {
                gap = true;
                at += 1;
            }
            (Some(n), _, _) => {
                let shorthand = at > 0 && !gap && smallest > 10;
                // 一百二 is 120; in 一百二三 nobody knows.
                let again = next.is_some_and(|next| digit(next).is_some());
                if at > 0 && (n == 0 || shorthand && again) {
                    break;
                }
                total += if shorthand { n * smallest / 10 } else { n };
                (at, gap) = (at + 1, false);
                break;
            }
            (None, _, '十') if smallest > 10 => {
                (total, smallest, gap) = (total + 10, 10, false);
                at += 1;
            }
            (None, _, '廿' | '卅') if smallest > 10 => {
                (total, smallest, gap) = (total + if sign == '廿' { 20 } else { 30 }, 10, false);
                at += 1;
            }
            _ => break,
        }
    }
    // A 零 that nothing followed is not ours.
    at -= usize::from(gap);
    (at > 0).then_some((total, at))
}

/// Digits one after the other: 二零二六. At least two.
fn run(signs: &[char]) -> Option<(u64, usize)> {
    let mut used = signs.iter().take_while(|sign| digit(**sign).is_some()).count();
    // 三四百: the last one belongs to what follows.
    used -= usize::from(used > 0 && signs.get(used).is_some_and(|sign| unit(*sign).is_some()));
    let value = signs[..used].iter().try_fold(0u64, |all, sign| all.checked_mul(10)?.checked_add(digit(*sign)?))?;
    (used >= 2).then_some((value, used))
}

/// A whole number at the beginning of `signs`, and how many it takes.
pub(super) fn cardinal(signs: &[char]) -> Option<(u64, usize)> {
    if let Some((value, used)) = run(signs) {
        return match signs.get(used).copied().and_then(large) {
            Some(size) => Some((value.checked_mul(size)?, used + 1)),
            None => Some((value, used)),
        };
    }
    let (mut total, mut at, mut smallest) = (0u64, 0, u64::MAX);
    loop {
        let gap = usize::from(at > 0 && signs.get(at) == Some(&'零'));
        let Some((n, used)) = signs.get(at + gap..).and_then(section) else { break };
        let end = at + gap + used;
        match signs.get(end).copied().and_then(large) {
            Some(size) if size < smallest => {
                total = total.checked_add(n.checked_mul(size)?)?;
                (at, smallest) = (end + 1, size);
                if size == 10_000 && signs.get(at) == Some(&'亿') {
                    total = total.checked_mul(100_000_000)?;
                    (at, smallest) = (at + 1, 100_000_000);
                }
            }
            Some(_) => break,
            None => {
                // 三萬五 is 35,000.
                let shorthand = at > 0 && gap == 0 && n < 10 && used == 1;
                total = total.checked_add(if shorthand { n * smallest / 10 } else { n })?;
                at = end;
                break;
            }
        }
    }
    (at > 0).then_some((total, at))
}

/// Decimals after 點: their digits, and how many signs with the point.
pub(super) fn decimals(signs: &[char]) -> Option<(String, usize)> {
    if signs.first() != Some(&'点') {
        return None;
    }
    // 兩 counts and is no decimal: 三點兩個人.
    let places = signs[1..].iter().take_while(|sign| **sign != '两');
    let digits: String = places.map_while(|sign| digit(*sign)).map(|n| n.to_string()).collect();
    // 三點二十 is a time.
    let used = digits.len() + 1;
    let rest = signs.get(used..).unwrap_or_default();
    let time = rest.first().is_some_and(|sign| unit(*sign).is_some() || "分刻半".contains(*sign));
    // 三點五個人 is a time and five people.
    let lengths = ["个小时", "个钟头", "个月", "个百分点", "个星期", "个礼拜"];
    let time = time || begins(rest, &["个", "位", "人", "张"]).is_some() && begins(rest, &lengths).is_none();
    (!digits.is_empty() && !time).then_some((digits, used))
}

/// A number with its decimals (`3.5`), 一點五萬 multiplied out.
pub(super) fn number(signs: &[char]) -> Option<(String, usize)> {
    let lead = usize::from(signs.first() == Some(&'负'));
    let (whole, used) = cardinal(&signs[lead..])?;
    let sign = if lead > 0 { "-" } else { "" };
    let at = lead + used;
    // 兩 counts: 兩點三 is a time.
    let decimals = decimals(&signs[at..]).filter(|_| signs[at - 1] != '两');
    let Some((decimals, more)) = decimals else { return Some((format!("{sign}{whole}"), at)) };
    let at = at + more;
    match signs.get(at).copied().and_then(large) {
        Some(size) => {
            let scale = 10u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
            let part = decimals.parse::<u64>().ok()?.checked_mul(size)? / scale;
            Some((format!("{sign}{}", whole.checked_mul(size)?.checked_add(part)?), at + 1))
        }
        None => Some((format!("{sign}{whole}.{decimals}"), at)),
    }
}

/// May a number begin at `at`?
pub(super) fn starts(signs: &[char], at: usize) -> bool {
    if at >= signs.len() {
        return false;
    }
    let little = signs[at] == '一'
        && signs.get(at + 1) == Some(&'点')
        && ends(signs, at, &LITTLE)
        && signs.get(at + 2).is_none_or(|sign| digit(*sign).is_none() && *sign != '半');
    // The 四 of 星期四十二月三號 belongs to the weekday.
    let weekday = at > 1 && ends(signs, at - 1, &WEEK);
    let inside = at > 0 && !weekday && (digit(signs[at - 1]).is_some() || "十百千万亿廿卅".contains(signs[at - 1]));
    !little && !inside && begins(&signs[at..], &IDIOMS).is_none() && !ends(signs, at, &NOT_AFTER)
}

/// The first number of something, else the first number.
pub(super) fn find(signs: &[char]) -> Option<Found> {
    let found = (0..signs.len()).filter(|at| starts(signs, *at)).filter_map(|at| {
        let (value, used) = number(&signs[at..])?;
        let (next, nth) = (signs.get(at + used).copied().unwrap_or(' '), at > 0 && signs[at - 1] == '第');
        let clear = match next {
            _ if nth => 2,
            next if COUNTED.contains(next) => 3,
            next if MEASURED.contains(next) => 1,
            _ => 2,
        };
        Some((Found { value, used: at - usize::from(nth)..at + used }, clear))
    });
    // Earliest wins among equally clear ones: `max_by_key` keeps the last, hence the reversal.
    let all: Vec<_> = found.collect();
    all.into_iter().rev().max_by_key(|(_, clear)| *clear).map(|(found, _)| found)
}

/// The longest run of digits: 四零二, 十二三十四 (1234), 幺 for one.
pub(super) fn find_digits(signs: &[char]) -> Option<Found> {
    let mut best: Option<Found> = None;
    let mut from = 0;
    while from < signs.len() {
        let (digits, used) = digits(signs, from);
        if best.as_ref().is_none_or(|best| digits.len() > best.value.len()) && !digits.is_empty() {
            best = Some(Found { value: digits, used: from..from + used });
        }
        from += used.max(1);
    }
    best
}

fn digits(signs: &[char], from: usize) -> (String, usize) {
    let mut out = String::new();
    let mut at = from;
    while let Some(&sign) = signs.get(at) {
        let next = signs.get(at + 1).copied();
        match digit(sign) {
            Some(n) if next.is_none_or(|next| unit(next).is_none() && large(next).is_none()) => {
                out.push_str(&n.to_string());
                at += 1;
            }
            // 么 is one among digits only, not in 什麼.
            _ if sign == '幺' || sign == '么' && (!out.is_empty() || next.is_some_and(|n| digit(n).is_some())) => {
                out.push('1');
                at += 1;
            }
            _ => {
                if out.is_empty() && !starts(signs, at) {
                    break;
                }
                let Some((n, used)) = cardinal(&signs[at..]) else { break };
                out.push_str(&n.to_string());
                at += used;
            }
        }
    }
    // 一下, 一共: a lone digit that is none.
    if at == from + 1 && !starts(signs, from) {
        return (String::new(), 1);
    }
    (out, at - from)
}

/// Fewer digits than this are no telephone number, nor are more (ITU-T E.164).
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=15;

pub(super) fn find_phone(signs: &[char]) -> Option<Found> {
    let mut found = find_digits(signs).filter(|found| LENGTHS.contains(&found.value.len()))?;
    if found.used.start > 0 && signs[found.used.start - 1] == '加' {
        found.value.insert(0, '+');
        found.used.start -= 1;
    }
    Some(found)
}

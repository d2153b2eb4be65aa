//! Lengths of time: 半小時, 一個半小時, 兩個禮拜, 一小時二十分鐘, 三刻鐘.

use super::{Found, begins, number, skipped};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// Longer names first where one begins with another.
const UNITS: [(&str, u64); 14] = [
    ("分钟", 60),
    ("分", 60),
    ("刻钟", 900),
    ("秒钟", 1),
    ("秒", 1),
    ("小时", HOUR),
    ("钟头", HOUR),
    ("天", DAY),
    ("日", DAY),
    ("星期", 7 * DAY),
    ("礼拜", 7 * DAY),
    ("周", 7 * DAY),
    ("月", 30 * DAY),
    ("年", 365 * DAY),
];

/// The first length of time, its parts added up; in seconds. A month counts 30 days.
pub(super) fn find(signs: &[char]) -> Option<Found> {
    let (from, (mut seconds, mut used)) =
        (0..signs.len()).filter(|at| may_start(signs, *at)).find_map(|at| Some((at, part(&signs[at..])?)))?;
    loop {
        let and = skipped(&signs[from + used..], &["又", "零", "加"]);
        let Some((more, length)) = signs.get(from + used + and..).and_then(part) else { break };
        seconds = seconds.checked_add(more)?;
        used += and + length;
    }
    Some(Found { value: seconds.to_string(), used: from..from + used })
}

fn may_start(signs: &[char], at: usize) -> bool {
    signs[at] == '半' || number::starts(signs, at)
}

fn unit(signs: &[char]) -> Option<(u64, usize)> {
    let measure = skipped(signs, &["个"]);
    let (name, seconds) = UNITS.into_iter().find(|(name, _)| begins(&signs[measure..], &[name]).is_some())?;
    // A month is counted with 個; 三月 is March, and 三日 a day of it.
    if matches!(name, "月" | "日") && measure == 0 {
        return None;
    }
    Some((seconds, measure + name.chars().count()))
}

/// One count with its unit: seconds and signs.
fn part(signs: &[char]) -> Option<(u64, usize)> {
    if signs.first() == Some(&'半') {
        let (seconds, used) = unit(&signs[1..])?;
        return Some((seconds / 2, 1 + used));
    }
    let (count, used) = number::cardinal(signs)?;
    // 一個半小時.
    if let Some(half) = begins(&signs[used..], &["个半"]) {
        let (seconds, more) = unit(&signs[used + half..])?;
        return Some((count.checked_mul(seconds)?.checked_add(seconds / 2)?, used + half + more));
    }
    let (tenths, more) = number::decimals(&signs[used..]).filter(|(digits, _)| digits.len() == 1).unwrap_or_default();
    let (seconds, length) = unit(&signs[used + more..])?;
    let tenths = tenths.parse::<u64>().unwrap_or(0) * seconds / 10;
    let end = used + more + length;
    // 一小時半, 兩天半.
    let half = signs.get(end) == Some(&'半') && unit(&signs[end + 1..]).is_none();
    let extra = if half { seconds / 2 } else { 0 };
    let whole = count.checked_mul(seconds)?;
    Some((whole.checked_add(tenths)?.checked_add(extra)?, end + usize::from(half)))
}

//! Times of day: 下午兩點半, 三點一刻, 差五分四點, 十五點三十, 中午.
//!
//! Without a part of the day, one to seven is the afternoon and eight to eleven the morning: the hours at which
//! people make appointments.

use super::{Found, begins, number, skipped};

/// Which part of the day was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Early,
    Morning,
    Noon,
    Afternoon,
    Evening,
    Night,
}

const PARTS: [(&str, Part); 25] = [
    ("凌晨", Part::Early),
    ("清晨", Part::Early),
    ("大清早", Part::Early),
    ("一大早", Part::Early),
    ("早上", Part::Morning),
    ("早晨", Part::Morning),
    ("上午", Part::Morning),
    ("今早", Part::Morning),
    ("明早", Part::Morning),
    ("中午", Part::Noon),
    ("正午", Part::Noon),
    ("下午", Part::Afternoon),
    ("午后", Part::Afternoon),
    ("傍晚", Part::Afternoon),
    ("晚上", Part::Evening),
    ("晚间", Part::Evening),
    ("今晚", Part::Evening),
    ("明晚", Part::Evening),
    ("夜里", Part::Night),
    ("夜间", Part::Night),
    ("半夜", Part::Night),
    ("深夜", Part::Night),
    ("午夜", Part::Night),
    ("三更半夜", Part::Night),
    ("晚", Part::Evening),
];

/// A part of the day at the beginning of `signs`.
fn part(signs: &[char]) -> Option<(Part, usize)> {
    let fits = |name: &str| begins(signs, &[name]);
    let found = PARTS.iter().filter_map(|(name, part)| Some((*part, fits(name)?)));
    // 晚 alone is a part of the day right before a number only (明晚, 晚八點).
    let found = found.filter(|(_, used)| *used > 1 || signs.get(1).is_some_and(|sign| number::digit(*sign).is_some()));
    found.max_by_key(|(_, used)| *used)
}

/// The clearest time: one on a clock, else noon or midnight by name, else a number that is the whole answer.
pub(super) fn find(signs: &[char]) -> Option<Found> {
    let on_clock = (0..signs.len()).find_map(|at| clock(signs, at));
    let named = || {
        (0..signs.len()).find_map(|at| {
            let hour = match begins(&signs[at..], &["中午", "正午"]) {
                Some(_) => 12,
                None => begins(&signs[at..], &["午夜", "半夜"]).map(|_| 0)?,
            };
            Some(Found { value: format!("{hour:02}:00"), used: at..at + 2 })
        })
    };
    let alone = || {
        let (n, used) = number::cardinal(signs).filter(|(n, used)| *n <= 24 && *used == signs.len())?;
        Some(Found { value: resolve(n, 0, 0, None)?, used: 0..used })
    };
    on_clock.or_else(named).or_else(alone)
}

/// A time with 點 that begins at `from`, with the part of the day before it.
fn clock(signs: &[char], from: usize) -> Option<Found> {
    let (said, lead) = part(&signs[from..]).map_or((None, 0), |(part, used)| (Some(part), used));
    let between = skipped(&signs[from + lead..], &["的", "大概", "大约", "差不多", "约"]);
    let lead = if said.is_some() { lead + between } else { 0 };
    let at = from + lead;
    let (hour, minute, before, used) = before_hour(signs, at).or_else(|| after_hour(signs, at))?;
    let after = part(&signs[at + used..]);
    // 明天早上的話九點可以: the part of the day stands elsewhere.
    let elsewhere = || (0..from).rev().find_map(|at| part(&signs[at..])).map(|(part, _)| part);
    let more = if said.is_none() { after.map_or(0, |(_, used)| used) } else { 0 };
    let part = said.or(after.map(|(part, _)| part)).or_else(elsewhere);
    Some(Found { value: resolve(hour, minute, before, part)?, used: from..at + used + more })
}

/// 差五分四點, 差一刻四點, and 四點差五分 is with [`after_hour`].
fn before_hour(signs: &[char], at: usize) -> Option<(u64, u64, u64, usize)> {
    let lead = begins(&signs[at..], &["差"])?;
    let (before, used) = minutes(&signs[at + lead..])?;
    let (hour, more) = hour(signs, at + lead + used)?;
    Some((hour, 0, before, lead + used + more))
}

/// Hour, minute, minutes before it, signs.
fn after_hour(signs: &[char], at: usize) -> Option<(u64, u64, u64, usize)> {
    if !number::starts(signs, at) {
        return None;
    }
    let (hour, used) = hour(signs, at)?;
    let rest = &signs[at + used..];
    if rest.first() == Some(&'差')
        && let Some((before, more)) = minutes(&rest[1..])
    {
        return Some((hour, 0, before, used + 1 + more));
    }
    let past = skipped(rest, &["过", "又"]);
    let (minute, more) = match begins(rest, &["半", "整", "多"]) {
        Some(more) => (if rest[0] == '半' { 30 } else { 0 }, more),
        None => minutes(&rest[past..]).map_or((0, 0), |(minute, more)| (minute, past + more)),
    };
    Some((hour, minute, 0, used + more))
}

/// 三點, 三點鐘, 十五時.
fn hour(signs: &[char], at: usize) -> Option<(u64, usize)> {
    let rest = &signs[at..];
    // 三四點: the later one.
    let several = rest.len() > 2 && number::digit(rest[0]).is_some() && number::digit(rest[1]).is_some();
    let skip = usize::from(several && rest[2] == '点' && rest[0] != '零');
    let (n, used) = number::cardinal(&rest[skip..]).filter(|(n, _)| *n <= 24)?;
    let used = used + skip;
    let point = begins(&rest[used..], &["点钟", "点", "时"])?;
    // 三小時 and 三時間 are lengths, 三點五公里 is a distance.
    let decimal = number::decimals(&rest[used..]).filter(|_| rest[used - 1] != '两').is_some_and(|(_, more)| {
        begins(&rest[used + more..], &["公里", "倍", "个", "元", "块", "折", "万", "小时"]).is_some()
    });
    (!decimal).then_some((n, used + point))
}

/// 十五分, 一刻, 零五分, 三十.
fn minutes(signs: &[char]) -> Option<(u64, usize)> {
    let zero = usize::from(signs.first() == Some(&'零'));
    let (n, used) = number::cardinal(signs.get(zero..)?)?;
    let used = used + zero;
    if let Some(more) = begins(&signs[used..], &["刻钟", "刻"]) {
        return (1..4).contains(&n).then_some((n * 15, used + more));
    }
    let unit = skipped(&signs[used..], &["分钟", "分"]);
    // 三點兩個人 has no minutes; 三點三十 and 三點零五 have.
    let bare =
        unit == 0 && (n < 10 && zero == 0 || begins(&signs[used..], &["个", "位", "人", "号", "元", "块"]).is_some());
    (n < 60 && !bare).then_some((n, used + unit))
}

/// `HH:MM`.
fn resolve(hour: u64, minute: u64, before: u64, part: Option<Part>) -> Option<String> {
    let twelve = (1..=12).contains(&hour);
    let hour = match part {
        _ if !twelve => hour % 24,
        Some(Part::Early) => hour % 12,
        Some(Part::Morning) => hour,
        Some(Part::Noon) if hour < 4 => hour + 12,
        Some(Part::Noon) => hour,
        Some(Part::Afternoon) => hour % 12 + 12,
        // 晚上十二點 is midnight, 晚上一點 the night.
        Some(Part::Evening | Part::Night) if (5..12).contains(&hour) => hour + 12,
        Some(Part::Evening | Part::Night) => hour % 12,
        None if hour < 8 => hour + 12,
        None => hour,
    };
    let minutes = (hour * 60 + minute + 24 * 60).checked_sub(before)? % (24 * 60);
    Some(format!("{:02}:{:02}", minutes / 60, minutes % 60))
}

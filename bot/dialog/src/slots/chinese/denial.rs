//! A value that is not meant: 不是星期四, 星期四不行.

use super::begins;
use std::ops::Range;

/// The longer ones first.
const BEFORE: [&str; 12] = ["并不是", "不是", "不要", "不用", "不想", "没有", "不在", "不能", "别", "不", "没", "非"];
/// Signs that may stand between a denial and its value.
const BETWEEN: [&str; 13] = ["说", "的", "那", "这", "在", "是", "约", "选", "太", "很", "要", "改", "到"];
/// Signs with which days, times and numbers begin. A bare 不 or 没 before them is an answer (不，星期二), no denial.
const BEGINNINGS: &str = "零一二三四五六七八九十百千万两半上下明后今昨大星礼周早中晚凌清正午傍夜深这本民";
/// Words that may stand between a value and its refusal.
const AFTER: [&str; 15] =
    ["的话", "那天", "当天", "我", "就", "都", "也", "那", "可能", "恐怕", "实在", "真的", "这天", "的", "会"];
const REFUSALS: [&str; 14] = [
    "不行",
    "不可以",
    "不方便",
    "不能",
    "不对",
    "不要",
    "不好",
    "没空",
    "没办法",
    "没时间",
    "不是",
    "没辙",
    "有事",
    "不合适",
];

/// The value with the words that deny it, if some do.
pub(super) fn around(signs: &[char], used: &Range<usize>) -> Option<Range<usize>> {
    before(signs, used.start).map(|from| from..used.end).or_else(|| {
        let mut at = used.end;
        while let Some(more) = begins(&signs[at..], &AFTER).filter(|_| at < used.end + 6) {
            at += more;
        }
        let refusal = begins(&signs[at..], &REFUSALS)?;
        // 星期四可不可以 and 星期四不是也行 ask or allow.
        let asked = at > 0 && signs.get(at + 1) == signs.get(at - 1) && signs.get(at) == Some(&'不');
        // 星期四不是星期五: what is refused comes after.
        let next = begins(&signs[at..], &["不是"]).is_some() && at + refusal < signs.len();
        (!asked && !next).then_some(used.start..at + refusal)
    })
}

fn before(signs: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let denial = BEFORE.iter().find_map(|word| {
            let from = at.checked_sub(word.chars().count())?;
            begins(&signs[from..at], &[word]).map(|_| from)
        });
        if let Some(from) = denial {
            // 要不要星期四 asks; 不是不要 allows.
            let asked = from > 0 && signs.get(from + 1) == signs.get(from - 1) && signs[from] == '不';
            let bare = at - from == 1 && "不没".contains(signs[from]);
            let answer = bare && signs.get(start).is_some_and(|sign| BEGINNINGS.contains(*sign));
            // 不是，是星期二.
            let answer = answer || signs[at - 1] == '是' && at < start && signs[at] == '是';
            return (!asked && !answer && !doubled(signs, from)).then_some(from);
        }
        let between = BETWEEN.iter().find_map(|word| {
            let from = at.checked_sub(word.chars().count())?;
            begins(&signs[from..at], &[word]).map(|_| from)
        });
        match between {
            Some(from) if start - from <= 4 => at = from,
            _ => return None,
        }
    }
}

/// Another denial right before this one.
fn doubled(signs: &[char], from: usize) -> bool {
    ["不是", "没有", "不会"].iter().any(|word| from >= 2 && begins(&signs[from - 2..from], &[word]).is_some())
}

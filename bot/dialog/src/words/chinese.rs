//! Chinese answers as the words in which they are compared: one sign, or several that belong together.
//!
//! Without spaces a phrase could be found inside another word (對 in 對不起, 會 in 會不會, 沒興趣 in 不是沒興趣);
//! units that mean something of their own are therefore kept whole, and double denials are opened.

use super::script::{is_sign, simplified};

/// Units of several signs, in the simplified script, the longer ones first where one begins the other.
const UNITS: [&str; 73] = [
    "不好意思",
    "没有问题",
    "对不起",
    "没问题",
    "没关系",
    "没意见",
    "为什么",
    "差不多",
    "了不起",
    "不得不",
    "要不然",
    "不客气",
    "没事",
    "没错",
    "不错",
    "不过",
    "不但",
    "不仅",
    "不然",
    "不管",
    "不论",
    "不断",
    "但是",
    "可是",
    "可以",
    "所以",
    "因为",
    "然后",
    "而且",
    "或者",
    "还是",
    "只是",
    "就是",
    "要是",
    "总是",
    "是谁",
    "什么",
    "怎么",
    "怎样",
    "多少",
    "几点",
    "几号",
    "哪里",
    "哪位",
    "谢谢",
    "好像",
    "好多",
    "好久",
    "好贵",
    "好远",
    "好吃",
    "好看",
    "好奇",
    "好几",
    "好些",
    "你好",
    "您好",
    "刚好",
    "正好",
    "只好",
    "最好",
    "还好",
    "会议",
    "会员",
    "机会",
    "等会",
    "待会",
    "一会",
    "对方",
    "对面",
    "对于",
    "绝对",
    "面对",
];
/// Words that ask or wish and say nothing of what about.
pub(super) const WISHES: [&str; 10] = ["請問", "请问", "可以", "我想", "我要", "想要", "想", "嗎", "吗", "麻煩"];
/// Signs that only colour an answer, and thanks.
const PARTICLES: [&str; 18] =
    ["啊", "呀", "喔", "哦", "噢", "啦", "嘛", "囉", "啰", "咯", "唷", "哟", "耶", "欸", "诶", "呃", "唉", "谢谢"];
/// Said twice or three times, they mean no more.
const DOUBLED: &str = "对好是嗯行要会";
/// Asked with 吗, these are no answer: 可以嗎 is not 可以.
const ASKED: [&str; 8] = ["可以", "能", "会", "行", "要", "是", "对", "好"];
/// Double denials and what they come to.
const DOUBLE_DENIALS: [(&str, &str); 9] = [
    ("不是没有", "有"),
    ("不是没", "有"),
    ("并不是不", ""),
    ("不是不", ""),
    ("没有不", ""),
    ("不会不", ""),
    ("不能不", "要"),
    ("并非不", ""),
    ("不是说不", ""),
];

/// Add the words of `run`, which has a Chinese sign in it.
pub(super) fn split(run: &str, words: &mut Vec<String>) {
    let folded: String = run.chars().map(|c| if c == '兩' || c == '两' { '二' } else { simplified(c) }).collect();
    let opened = DOUBLE_DENIALS.iter().fold(folded, |text, (double, single)| text.replace(double, single));
    let signs: Vec<char> = opened.chars().collect();
    let mut at = 0;
    while at < signs.len() {
        let used = unit(&signs[at..]);
        let word: String = signs[at..at + used].iter().collect();
        at += used;
        let again = words.last() == Some(&word) && DOUBLED.contains(&word);
        if !again {
            words.push(word);
        }
    }
}

/// How many signs the first word has.
fn unit(signs: &[char]) -> usize {
    // 好不好, 有沒有: a question, whatever its signs mean alone.
    if let [a, '不' | '没', b, ..] = signs
        && a == b
    {
        return 3;
    }
    let begins = |unit: &&&str| unit.chars().enumerate().all(|(at, sign)| signs.get(at) == Some(&sign));
    if let Some(unit) = UNITS.iter().find(begins) {
        return unit.chars().count();
    }
    match signs[0] {
        sign if is_sign(sign) => 1,
        _ => signs.iter().position(|sign| is_sign(*sign)).unwrap_or(signs.len()),
    }
}

/// Mark what is asked rather than answered, once all words are there.
pub(super) fn mark_questions(words: &mut [String]) {
    if words.iter().any(|word| word == "吗") {
        for word in words.iter_mut().filter(|word| ASKED.contains(&word.as_str())) {
            word.push_str("吗吗");
        }
    }
}

pub(super) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}

#[cfg(test)]
mod tests {
    use crate::words::compared;

    #[test]
    fn units_stay_whole_and_double_denials_are_opened() {
        let joined = |text: &str| compared(text).join("|");
        assert_eq!(joined("我沒興趣"), "我|没|兴|趣");
        assert_eq!(joined("我不是沒興趣"), "我|有|兴|趣");
        assert_eq!(joined("好不好"), "好不好");
        assert_eq!(joined("對對對 沒問題啊"), "对|没问题");
        assert_eq!(joined("對不起 我不會去"), "对不起|我|不|会|去");
        assert_eq!(joined("可以改天嗎"), "可以吗吗|改|天|吗");
        assert_eq!(joined("好 謝謝"), "好");
        assert_eq!(joined("謝謝"), "谢谢");
        assert_eq!(joined("ok 可以"), "okay|可以");
    }
}

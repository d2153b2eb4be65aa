//! Yes or no in Chinese, with its traps: 好不好 and 可以嗎 ask, 不好意思 apologises, 不是沒興趣 allows.

use super::begins;
use crate::words::script::folded;

/// What a unit of the answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// Decides at once, as the first clear word.
    Yes,
    /// A yes that a later no takes back: 好，不用了.
    Maybe,
    No,
    Nothing,
}

use Says::{Maybe, No, Nothing, Yes};

/// Units in the simplified script; of several that fit the longest counts.
const UNITS: [(&[&str], Says); 4] = [
    (
        &[
            "是",
            "是的",
            "是啊",
            "是呀",
            "对",
            "对的",
            "对啊",
            "对呀",
            "没错",
            "正确",
            "当然",
            "当然可以",
            "当然好",
            "没问题",
            "没有问题",
            "确定",
            "确认",
            "同意",
            "答应",
            "愿意",
            "乐意",
            "没意见",
            "不介意",
            "不反对",
            "不会不",
            "不是不",
            "没有不",
            "不是没",
            "不能不",
            "并不是不",
            "为什么不",
            "何乐不为",
            "没什么不",
            "无所谓",
            "说好了",
            "就这样",
            "就这么办",
            "完全正确",
            "完全同意",
        ],
        Yes,
    ),
    (
        &[
            "好",
            "好的",
            "好啊",
            "好呀",
            "好吧",
            "好哇",
            "可以",
            "可以的",
            "可",
            "行",
            "行的",
            "成",
            "得",
            "嗯",
            "恩",
            "唔",
            "哦好",
            "要",
            "要的",
            "需要",
            "会",
            "能",
            "有",
            "肯",
            "想",
            "方便",
            "不错",
            "ok",
            "okay",
            "yes",
            "没关系",
            "没差",
            "没事",
            "欸对",
            "诶对",
        ],
        Maybe,
    ),
    (
        &[
            "不",
            "不是",
            "不对",
            "不要",
            "不用",
            "不行",
            "不可以",
            "不可",
            "不好",
            "不会",
            "不能",
            "不想",
            "不需要",
            "不必",
            "不了",
            "不方便",
            "不同意",
            "不愿意",
            "不确定",
            "不正确",
            "不成",
            "不太好",
            "不太方便",
            "不太对",
            "没有",
            "没",
            "没空",
            "没办法",
            "没兴趣",
            "别",
            "甭",
            "算了",
            "错",
            "错了",
            "错误",
            "有错",
            "弄错",
            "搞错",
            "拒绝",
            "免了",
            "反对",
            "取消",
            "否",
            "才不",
            "并不",
            "并没有",
            "未必",
            "no",
        ],
        No,
    ),
    (
        &[
            "不好意思",
            "对不起",
            "对了",
            "对方",
            "对面",
            "对于",
            "不过",
            "可是",
            "但是",
            "还是",
            "只是",
            "就是说",
            "要是",
            "不管",
            "不然",
            "不客气",
            "不知道",
            "不清楚",
            "不晓得",
            "不懂",
            "没听",
            "没听清楚",
            "听不",
            "好像",
            "好多",
            "好久",
            "好几",
            "好贵",
            "好奇",
            "你好",
            "您好",
            "刚好",
            "正好",
            "只好",
            "最好",
            "是谁",
            "是什么",
            "是哪",
            "是几",
            "是多少",
            "要多",
            "要几",
            "要怎",
            "要什么",
            "有什么",
            "有几",
            "有多",
            "能怎",
            "会怎",
            "会有",
            "可能",
            "可惜",
            "可怜",
            "机会",
            "一会",
            "等会",
            "待会",
            "会议",
            "开会",
            "会员",
            "有时",
            "有点",
            "有些",
            "有人",
            "有事",
            "得到",
            "觉得",
            "记得",
            "行程",
            "银行",
            "行李",
            "成人",
            "不断",
            "差不多",
            "不但",
            "想到",
            "想想",
            "想要问",
            "想问",
            "请问",
            "想请问",
            "没关系吗",
            "有没有",
            "是吗",
            "对吗",
            "好吗",
            "可以吗",
            "行吗",
            "要吗",
            "会吗",
            "能吗",
            "对吧",
            "是吧",
            "不是吗",
            "不对吗",
            "不行吗",
            "不可以吗",
            "多少",
            "什么",
            "怎么",
            "要不",
            "要不然",
            "是否",
            "能否",
            "可否",
            "不止",
            "不只",
            "没想到",
            "得了",
        ],
        Nothing,
    ),
];

/// Words with which nobody answers yes or no, but asks.
const QUESTIONS: [&str; 13] =
    ["吗", "呢", "什么", "怎么", "怎样", "为何", "哪", "谁", "几点", "几号", "多少", "多久", "是否"];

/// `None`: neither was said.
pub(super) fn read(words: &[String]) -> Option<bool> {
    let text = folded(&words.concat().to_lowercase());
    let signs: Vec<char> = text.chars().collect();
    let asks = (0..signs.len()).any(|at| begins(&signs[at..], &QUESTIONS).is_some());
    let (mut at, mut maybe, mut denied) = (0, false, false);
    while at < signs.len() {
        // 好不好, 有沒有, 可不可以: a question.
        if let [a, '不' | '没', b, ..] = signs[at..]
            && a == b
        {
            at += 3;
            if begins(&signs[at..], &["以"]).is_some() {
                at += 1;
            }
            continue;
        }
        let (says, used) = unit(&signs[at..]);
        match says {
            Yes => return Some(!denied),
            No => return Some(false),
            // What stands far inside a longer sentence is no answer: 我想知道要帶什麼.
            Maybe => maybe |= !asks && (at < 4 || at + used == signs.len()),
            Nothing => {}
        }
        denied |= begins(&signs[at..], &["不", "没"]).is_some() && says == Nothing && used == 1;
        at += used;
    }
    maybe.then_some(true)
}

fn unit(signs: &[char]) -> (Says, usize) {
    let fits = |(units, says): &(&[&str], Says)| Some((*says, begins(signs, units)?));
    UNITS.iter().filter_map(fits).max_by_key(|(_, used)| *used).unwrap_or((Nothing, 1))
}

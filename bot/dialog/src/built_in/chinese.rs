//! Built-in wordings in Chinese, of either script.

use crate::context::SlotGrammar;
use warmline_schema::GlobalIntent;

/// The same sayings in both scripts, as they are said in Taiwan and on the mainland.
pub(super) fn global_phrases(intent: GlobalIntent, traditional: bool) -> &'static [&'static str] {
    let (taiwan, mainland): (&[&str], &[&str]) = match intent {
        GlobalIntent::Human => (
            &[
                "我要找真人",
                "找真人",
                "轉真人",
                "真人服務",
                "轉客服",
                "我要跟真人說話",
                "我要找客服",
                "請轉專員",
                "轉專員",
                "我要找人",
                "我想跟人講話",
                "接客服",
                "轉接服務人員",
            ],
            &[
                "我要人工",
                "转人工",
                "人工服务",
                "人工客服",
                "我要找真人",
                "转接人工",
                "我要找客服",
                "请转人工",
                "转到人工",
                "我要找人",
                "我想跟人说话",
                "接客服",
                "转接客服",
            ],
        ),
        GlobalIntent::DoNotCall => (
            &[
                "不要再打",
                "不要再打來",
                "不要再打來了",
                "不要再打給我",
                "請不要再打來",
                "別再打了",
                "別再打來",
                "以後不要再打",
                "請把我的號碼刪掉",
                "刪除我的號碼",
                "拒絕來電",
                "不要再打電話給我",
            ],
            &[
                "不要再打",
                "不要再打来",
                "不要再打来了",
                "不要再打给我",
                "请不要再打来",
                "别再打了",
                "别再打来",
                "以后不要再打",
                "请把我的号码删掉",
                "删除我的号码",
                "拒绝来电",
                "不要再打电话给我",
            ],
        ),
        GlobalIntent::Repeat => (
            &[
                "再說一次",
                "請再說一次",
                "再說一遍",
                "再講一次",
                "再說一次好嗎",
                "沒聽清楚",
                "我沒聽清楚",
                "聽不清楚",
                "沒聽到",
                "你說什麼",
                "剛剛說什麼",
            ],
            &[
                "再说一次",
                "请再说一次",
                "再说一遍",
                "请再说一遍",
                "再说一遍好吗",
                "没听清楚",
                "我没听清楚",
                "听不清楚",
                "没听到",
                "你说什么",
                "刚才说什么",
            ],
        ),
        GlobalIntent::WhoIsThis => (
            &[
                "你是誰",
                "你哪位",
                "您是哪位",
                "請問哪位",
                "請問你是哪裡",
                "你們是哪裡",
                "哪裡打來的",
                "你是哪家公司",
                "打來做什麼",
                "有什麼事嗎",
                "什麼事",
                "你是機器人嗎",
                "這是詐騙嗎",
            ],
            &[
                "你是谁",
                "你哪位",
                "您是哪位",
                "请问哪位",
                "请问你是哪里",
                "你们是哪里",
                "哪里打来的",
                "你是哪家公司",
                "打来干什么",
                "有什么事吗",
                "什么事",
                "你是机器人吗",
                "这是诈骗吗",
            ],
        ),
        GlobalIntent::WrongNumber => (
            &[
                "打錯了",
                "你打錯了",
                "打錯電話了",
                "你打錯電話了",
                "沒有這個人",
                "這裡沒有這個人",
                "找錯人了",
                "你找錯人了",
            ],
            &[
                "打错了",
                "你打错了",
                "打错电话了",
                "你打错电话了",
                "没有这个人",
                "这里没有这个人",
                "找错人了",
                "你找错人了",
            ],
        ),
        GlobalIntent::Slower => (
            &["慢一點", "說慢一點", "請說慢一點", "說慢點", "講慢一點", "太快了", "你說太快了"],
            &["慢一点", "说慢一点", "请说慢一点", "说慢点", "讲慢一点", "太快了", "你说太快了"],
        ),
        GlobalIntent::BusyNow => (
            &[
                "我在忙",
                "我現在在忙",
                "現在沒空",
                "我現在沒空",
                "我在開會",
                "我在開車",
                "我在上班",
                "現在不方便",
                "現在不方便說話",
                "晚點再打",
                "等一下再打",
                "待會再打給我",
                "改天再打",
            ],
            &[
                "我在忙",
                "我现在在忙",
                "现在没空",
                "我现在没空",
                "我在开会",
                "我在开车",
                "我在上班",
                "现在不方便",
                "现在不方便说话",
                "晚点再打",
                "等一下再打",
                "待会再打给我",
                "改天再打",
            ],
        ),
    };
    if traditional { taiwan } else { mainland }
}

pub(super) fn usual_answers(grammar: SlotGrammar, traditional: bool) -> Vec<String> {
    let [right, wrong, no, week, next, after, point] = match traditional {
        true => ["對", "不對", "沒有", "星期", "下星期", "後天", "點"],
        false => ["对", "不对", "没有", "星期", "下星期", "后天", "点"],
    };
    match grammar {
        SlotGrammar::YesNo => [
            right,
            wrong,
            no,
            "是",
            "是的",
            "不是",
            "好",
            "好的",
            "不好",
            "可以",
            "不可以",
            "要",
            "不要",
            "不用",
            "不行",
        ]
        .map(str::to_owned)
        .to_vec(),
        SlotGrammar::Date => {
            let days = ["一", "二", "三", "四", "五", "六", "日", "天"];
            let weekdays = days.iter().flat_map(|day| [format!("{week}{day}"), format!("{next}{day}")]);
            weekdays.chain(["今天", "明天", after].map(str::to_owned)).collect()
        }
        SlotGrammar::Time => {
            let two = if traditional { "兩" } else { "两" };
            let hours = ["一", two, "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
            hours.iter().flat_map(|hour| [format!("{hour}{point}"), format!("{hour}{point}半")]).collect()
        }
        // Too many to list.
        SlotGrammar::Number | SlotGrammar::Digits => Vec::new(),
    }
}

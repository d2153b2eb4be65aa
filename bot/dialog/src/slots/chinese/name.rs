//! Names of people: what follows 我叫, 我姓 or 我是, or an answer that is nothing but a name.

use super::{Found, begins, ends};

/// How people begin, the longer ones first where one begins the other; `true`: only a known surname may follow.
const OPENINGS: [(&str, bool); 14] = [
    ("我的名字是", false),
    ("我的名字叫", false),
    ("名字是", false),
    ("名字叫", false),
    ("我名叫", false),
    ("我叫做", false),
    ("我叫", false),
    ("我姓名是", false),
    ("姓名是", false),
    ("这里是", true),
    ("我这边是", true),
    ("我是", true),
    ("我姓", true),
    ("敝姓", true),
];
/// Common surnames in the simplified script; two signs first.
const COMPOUND: [&str; 9] = ["欧阳", "司马", "上官", "诸葛", "张简", "司徒", "皇甫", "范姜", "东方"];
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟\
汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐\
梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵简巫连丘尉蓝";
/// What may follow a name.
const AFTER: [&str; 14] =
    ["谢谢", "就可以", "就好", "没错", "你好", "您好", "的", "啊", "啦", "喔", "哦", "呀", "请", "要"];
const TITLES: [&str; 6] = ["先生", "小姐", "女士", "太太", "老师", "医师"];
/// Signs no name holds.
const OTHERS: &str = "我你您他她的了吗呢不没是要什么怎哪谁这那就也都很说听问打话号叫";
/// Words that begin with a surname and are none.
const WORDS: [&str; 22] = [
    "方便", "高兴", "马上", "周一", "周二", "周三", "周四", "周五", "周六", "周日", "周末", "成功", "常常", "左右",
    "白天", "万一", "查询", "单子", "安静", "金额", "时间", "钟头",
];

pub(super) fn find(words: &[String], signs: &[char]) -> Option<Found> {
    let opened = (0..signs.len()).find_map(|at| {
        let (opening, known) = OPENINGS.into_iter().find(|(opening, _)| begins(&signs[at..], &[opening]).is_some())?;
        let from = at + opening.chars().count();
        (!ends(signs, at, &["问", "不"])).then_some((from, known, opening.ends_with('姓')))
    });
    match opened {
        Some((from, known, surname)) => {
            let used = name(signs, from, known).or_else(|| latin(words, from))?;
            // 我姓王，叫王小明: the full name, where it is given.
            let full = surname.then(|| rest_of_name(words, signs, used)).flatten();
            Some(full.unwrap_or_else(|| found(words, from, used)))
        }
        None => {
            let used = name(signs, 0, true).or_else(|| latin(words, 0))?;
            let rest = &signs[used..];
            let over = rest.is_empty() || begins(rest, &AFTER).is_some_and(|more| more == rest.len());
            over.then(|| found(words, 0, used))
        }
    }
}

fn found(words: &[String], from: usize, to: usize) -> Found {
    let value = words[from..to].iter().map(|word| capital(word)).collect::<String>();
    Found { value, used: from..to }
}

/// Words of Latin letters get their capital back.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Where the name that begins at `from` ends.
fn name(signs: &[char], from: usize, known: bool) -> Option<usize> {
    let rest = &signs[from..];
    let surname = match begins(rest, &COMPOUND) {
        Some(used) => used,
        None => usize::from(rest.first().is_some_and(|sign| SURNAMES.contains(*sign))),
    };
    if surname == 0 && known || begins(rest, &WORDS).is_some() {
        return None;
    }
    if let Some(title) = begins(&rest[surname..], &TITLES) {
        return Some(from + surname + title);
    }
    let most = surname.max(1) + if surname == 0 { 3 } else { 2 };
    let ending =
        |at: usize| begins(&rest[at..], &AFTER).is_some() || OTHERS.contains(rest[at]) || rest[at] == '\u{fffd}';
    let length = (surname..rest.len().min(most)).find(|at| ending(*at)).unwrap_or(rest.len().min(most));
    // 我是要訂位: a surname alone is a name only where nothing else follows.
    let alone = length == surname && surname > 0 && length < rest.len();
    let fits =
        length > 0 && !(alone && begins(&rest[length..], &AFTER).is_none() && known && !ends(signs, from, &["姓"]));
    fits.then_some(from + length)
}

/// 叫王小明 or 名小明 behind a surname.
fn rest_of_name(words: &[String], signs: &[char], from: usize) -> Option<Found> {
    let lead = begins(&signs[from..], &["名叫", "叫做", "叫", "名"])?;
    let to = name(signs, from + lead, false)?;
    let given = &signs[from + lead..to];
    // The surname may be said again.
    let again = given.first() == signs.get(from.checked_sub(1)?);
    match again {
        true => Some(found(words, from + lead, to)),
        false => {
            let surname = words[from - 1].clone();
            let given = words[from + lead..to].concat();
            Some(Found { value: surname + &given, used: from - 1..to })
        }
    }
}

/// 我叫Peter.
fn latin(words: &[String], from: usize) -> Option<usize> {
    let is_name = |word: &&String| word.chars().all(|c| c.is_ascii_alphabetic()) && word.len() > 1;
    let used = words.get(from..)?.iter().take_while(is_name).count();
    let known = ["yes", "no", "ok", "okay", "hello", "hi", "bye"];
    (used > 0 && !known.contains(&words[from].as_str())).then_some(from + used)
}

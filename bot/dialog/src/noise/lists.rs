//! Words and characters that are taken for each other, and words that may be heard where others were said.

/// They turn a meaning round, and stay.
pub(super) const KEPT: [&str; 33] = [
    "not", "no", "yes", "never", "without", "nothing", "nobody", "none", "neither", "hardly", "cannot", "can't",
    "cant", "won't", "wont", "dont", "nope", "yeah", "tidak", "bukan", "jangan", "belum", "nggak", "ya", "不", "没",
    "沒", "未", "無", "无", "别", "別", "勿",
];

/// Heard where somebody only breathed or hesitated.
pub(super) const FILLERS: [&str; 8] = ["uh", "um", "ah", "and", "the", "a", "so", "er"];

/// Words that sound the same, or nearly so on the telephone.
pub(super) const SOUND_ALIKE: [&[&str]; 64] = [
    &["to", "two", "too"],
    &["for", "four", "fore"],
    &["their", "there", "they're"],
    &["know", "now"],
    &["won", "one", "when"],
    &["right", "write", "ride"],
    &["here", "hear", "hair"],
    &["ate", "eight", "hate"],
    &["by", "buy", "bye"],
    &["week", "weak", "wheat"],
    &["wait", "weight", "late"],
    &["meet", "meat", "meant"],
    &["call", "called", "cold", "tall", "fall"],
    &["pay", "pain", "day", "paid"],
    &["bill", "pill", "build", "will"],
    &["bank", "thank", "bang"],
    &["thirty", "thirteen", "dirty"],
    &["forty", "fourteen"],
    &["fifty", "fifteen"],
    &["sixty", "sixteen"],
    &["seventy", "seventeen"],
    &["eighty", "eighteen"],
    &["ninety", "nineteen"],
    &["sunday", "someday", "monday"],
    &["tuesday", "thursday"],
    &["morning", "warning", "mourning"],
    &["time", "dime", "mine"],
    &["card", "car", "guard"],
    &["order", "water", "older"],
    &["price", "prize", "rice"],
    &["person", "persons", "purse"],
    &["human", "you man", "humid"],
    &["stop", "shop", "top"],
    &["later", "letter", "ladder"],
    &["busy", "dizzy", "easy"],
    &["number", "member", "lumber"],
    &["wrong", "long", "strong"],
    &["address", "a dress", "addresses"],
    &["today", "to day", "two days"],
    &["tomorrow", "to morrow", "borrow"],
    &["appointment", "a point", "appointments"],
    &["interested", "interest", "interesting"],
    &["cancel", "council", "candle"],
    &["change", "chance", "exchange"],
    &["speak", "speech", "peak"],
    &["talk", "took", "dog"],
    &["need", "knee", "neat"],
    &["want", "one", "went"],
    &["money", "many", "monday"],
    &["refund", "refined", "the fund"],
    &["package", "packet", "backage"],
    &["deliver", "the liver", "delivery"],
    &["hello", "yellow", "hallo"],
    &["please", "police", "peas"],
    &["off", "of", "up"],
    &["than", "then", "den"],
    &["are", "our", "or"],
    &["it's", "its", "is"],
    &["i'm", "im", "them"],
    &["i'll", "all", "aisle"],
    &["we're", "were", "where"],
    &["see", "sea", "she"],
    &["your", "you're", "yours"],
    &["been", "being", "bin"],
];

/// Common words of spoken English: what a recogniser falls back on.
pub(super) const COMMON: &str = "
a about account after again all already always am an and another any anybody anything are around as ask at away back bad
bank be because bed been before being best better big bill bit book both bought box break bring business busy but buy by
call called came can car card care case cash catch cause chair chance change charge cheap check child city class clean
clear close cold come cost could country course cut dad date day days deal dear did die different dinner do doctor does
dog done door down drink drive each early east easy eat eight else end enough even ever every face fact fair fall family
far fast father feel few fifteen fifty find fine fire first fit five fix flight floor food foot for forty found four free
friday friend from front full fun game gave get girl give glad go gone good got great green guess had hair half hand
happen happy hard has hat have he head hear heard heart heat held hello help her here hi high him his hit hold home hope
hot hour house how hundred i idea if in inside is it its job join just keep kept key kid kind knew know lady land last
late later law lead learn leave led left less let letter life light like line list listen little live long look lost lot
love low made mail main make man many march may maybe me mean meet men might mile mind mine minute miss moment monday
money month more morning most mother move much music must my name near need new news next nice night nine now number of
off office often oh old on once one only open or order other our out outside over own page paid paper part pass past pay
people person phone pick place plan play please point police pool poor post price problem pull put quick quite rain ran
rate read ready real red rent rest ride right road room round run said sale same saturday saw say school sea seat second
see seen sell send sent set seven seventy shall she ship shoe shop short should show sick side sign since sir sister sit
six sixteen sixty sleep slow small smile so some somebody soon sorry sound south speak spell spend stand star start stay
step still stop store story street strong such sun sunday sure table take talk tall tax tea teach team tell ten test than
thank that the their them then there these they thing think third thirteen thirty this those thought three through
thursday ticket till time tired to today told tomorrow tonight too took top town train tree tried trip true try tuesday
turn twelve twenty two under until up us use very visit wait walk wall want warm was watch water way we weak wear
wednesday week well went were west wet what wheel when where which while white who whole why wide wife will win wind
window wish with woman wonder word work world worry would write wrong year yellow yesterday yet you young your";

/// Characters of one sound, whatever its tone, in traditional and simplified script.
pub(super) const CHARACTERS: [&str; 58] = [
    "是事市式試试室視视世十時时",
    "在再載载",
    "的得地德",
    "有又友右油",
    "他她它",
    "我握窩窝臥卧",
    "你妳呢泥",
    "好號号浩",
    "想向像項项象",
    "要藥药耀腰",
    "可課课客刻克科",
    "以一已意易議议醫医衣",
    "約约月越悅悦",
    "預预於与與玉遇語语雨",
    "打大達达搭",
    "電电店點点典",
    "話话花化畫画華华",
    "改該该蓋盖概",
    "期七起其奇氣气",
    "五午無舞武物",
    "明名命鳴",
    "天添田甜",
    "到道倒刀導导",
    "來来賴赖",
    "取去曲區区趣",
    "消小笑校曉晓",
    "請请情青清輕轻",
    "問问文聞闻溫温穩稳",
    "人認认任仁",
    "工公功供共",
    "錢钱前千簽签",
    "付服負负復复副富",
    "貨货或火獲获",
    "件見见間间建簡简減减",
    "送松頌宋",
    "單单但蛋擔担",
    "買买賣卖麥麦",
    "收手首受守",
    "信新心欣薪",
    "卡咖喀",
    "定訂订頂顶丁",
    "行形型姓性幸",
    "生聲声升省勝胜",
    "日入",
    "知之只指紙纸直職职至志",
    "幾几機机及己計计記记集急",
    "號耗毫",
    "換换還还歡欢",
    "停聽听庭廳厅",
    "多奪夺朵",
    "少燒烧紹绍",
    "高告搞稿",
    "現现先線线鮮鲜險险",
    "今金近進进緊紧",
    "星興兴醒",
    "二兒儿而耳",
    "三山散傘伞",
    "四死似思私司",
];

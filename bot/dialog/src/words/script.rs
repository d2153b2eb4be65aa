//! Signs of the traditional script with those of the simplified one, so that either is understood by the same rules.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Each traditional sign, followed by the simplified one. Common signs only; others are left as they are.
const PAIRS: &str = "\
    萬万係系繫系與与醜丑專专業业叢丛東东絲丝丟丢兩两嚴严喪丧個个豐丰臨临為为麗丽舉举麼么義义烏乌樂乐喬乔習习鄉乡書书買买亂乱爭争虧亏雲云亞亚產产畝亩親亲褻亵億亿僅仅從从侖仑倉仓儀仪們们價价眾众優优會会傘伞偉伟傳传\
    傷伤倫伦偽伪體体餘余傭佣側侧僑侨儉俭債债傾倾償偿儲储兒儿兌兑黨党蘭兰關关興兴茲兹養养獸兽內内岡冈冊册寫写軍军農农馮冯衝冲決决況况凍冻淨净涼凉減减湊凑幾几鳳凤憑凭凱凯擊击劃划劉刘則则剛刚創创刪删別别劑剂\
    劍剑劇剧勸劝辦办務务動动勵励勁劲勞劳勢势勳勋勝胜區区醫医華华協协單单賣卖盧卢衛卫卻却廠厂廳厅歷历厲厉壓压厭厌廁厕廂厢廈厦廚厨縣县參参雙双發发變变敘叙疊叠葉叶號号嘆叹嚇吓嗎吗員员嗆呛嗚呜詠咏嚨咙響响啞哑\
    嘩哗喚唤嘗尝喲哟團团園园圍围國国圖图圓圆聖圣場场壞坏塊块堅坚壇坛壩坝墳坟墜坠壘垒墾垦執执塵尘牆墙壯壮聲声殼壳壺壶處处備备複复夠够頭头夾夹奪夺奮奋獎奖婦妇媽妈嬌娇孫孙學学寧宁寶宝實实寵宠審审憲宪宮宫寬宽\
    賓宾寢寝對对尋寻導导壽寿將将爾尔層层屬属歲岁豈岂島岛嶺岭峽峡幣币帥帅師师帳帐簾帘幫帮帶带幹干幟帜並并廣广莊庄慶庆廬庐庫库應应廟庙廢废開开異异棄弃張张彌弥彎弯彈弹強强歸归當当錄录徹彻徑径憂忧懷怀態态憐怜\
    總总戀恋恆恒惱恼悅悦懸悬驚惊懼惧慘惨慚惭慣惯憤愤願愿戲戏戰战戶户撲扑託托擴扩掃扫揚扬擾扰撫抚搶抢護护報报擔担擬拟擁拥擋挡掙挣擠挤揮挥損损換换據据捨舍擲掷攜携攝摄擺摆搖摇攤摊敵敌數数斂敛斷断無无舊旧時时\
    曠旷曆历顯显曬晒曉晓暈晕暫暂術术樸朴機机殺杀雜杂權权條条來来楊杨極极構构槍枪標标棧栈棟栋欄栏樹树樣样橋桥檔档檢检樓楼橫横櫃柜歡欢歐欧殘残毀毁畢毕氣气漢汉湯汤溝沟沒没淚泪潔洁濟济測测濃浓濕湿滿满漸渐潤润\
    溫温灣湾滅灭燈灯靈灵災灾爐炉點点煉炼煩烦燒烧熱热愛爱爺爷牽牵犧牺狀状猶犹獨独獄狱獲获瑪玛環环現现電电畫画暢畅療疗瘋疯癢痒盤盘監监蓋盖盜盗睜睁礦矿碼码磚砖確确禮礼禍祸離离種种積积稱称穩稳窮穷竊窃競竞筆笔\
    節节築筑簡简籤签簽签籃篮類类糧粮緊紧糾纠紅红約约級级紀纪純纯紙纸紛纷紗纱納纳終终組组細细織织紹绍經经結结給给絡络絕绝統统繼继績绩續续維维綠绿網网綜综緒绪線线緣缘編编緩缓練练縮缩繳缴罰罚罷罢聯联職职聽听\
    腦脑腳脚臉脸臟脏膽胆舖铺艦舰藝艺蘇苏蘋苹蕭萧藥药營营蔣蒋藍蓝虛虚蟲虫蝦虾補补裝装襯衬襪袜褲裤裡里裏里見见觀观規规視视覺觉覽览觸触計计訂订認认討讨讓让訓训議议訊讯記记講讲許许論论設设訪访證证評评識识訴诉\
    診诊詞词試试詩诗誠诚話话詳详該详語语誤误說说請请諸诸課课誰谁調调談谈謀谋謊谎謝谢謹谨譯译譜谱讀读豬猪貝贝負负財财責责賢贤敗败貨货質质販贩貪贪購购貴贵貸贷費费賀贺資资賊贼賞赏賴赖賺赚贈赠贏赢趙赵趕赶趨趋\
    跡迹踐践車车軌轨轉转輪轮軟软輕轻載载較较輔辅輛辆輩辈輸输辭辞辯辩邊边達达遷迁過过邁迈運运還还這这進进遠远違违連连遲迟適适選选遺遗郵邮鄭郑鄧邓醬酱釋释針针釘钉釣钓鈔钞鋼钢鑰钥鈴铃錢钱鐵铁銀银銅铜鋪铺銷销\
    鎖锁鍋锅錯错鍵键鎮镇鏡镜鐘钟鍾钟長长門门閃闪閉闭問问間间悶闷聞闻閱阅闊阔隊队陽阳陰阴階阶際际陸陆陳陈險险隨随隱隐雖虽雞鸡難难霧雾靜静韓韩頁页頂顶項项順顺須须顧顾預预領领頓顿頗颇題题顏颜額额風风飛飞飯饭\
    飲饮餅饼飽饱餓饿館馆饅馒馬马駕驾駐驻騎骑騙骗驗验驟骤髮发鬆松鬧闹魚鱼鮮鲜鳥鸟鴨鸭鹽盐麥麦麵面黃黄齊齐齒齿龍龙龜龟週周後后麽么妳你嘍喽啟启臺台颱台檯台燙烫蘿萝榮荣瑩莹瑤瑶珮佩偵侦傑杰儷俪嘯啸嚐尝嬸婶嶽岳\
    巖岩巔巅彥彦徵征憶忆懶懒懇恳攔拦擇择斃毙晝昼暱昵樁桩檳槟櫻樱毆殴氫氢滷卤漲涨潑泼澤泽濱滨瀏浏濾滤煒炜燁烨爛烂牠它獻献瑋玮瓊琼皺皱盡尽睏困瞭了矯矫碩硕祿禄禪禅穎颖窩窝竄窜筍笋粵粤縱纵繡绣繪绘纖纤羅罗聰聪\
    肅肃腫肿膚肤艷艳蘆芦蠻蛮衊蔑裊袅誌志誕诞諒谅諮咨謎谜譚谭豔艳賃赁賭赌贊赞軒轩輝辉遙遥邏逻鄰邻鄒邹釀酿鈞钧鋒锋銘铭錦锦鎂镁鑑鉴閒闲閻阎陝陕隻只雛雏韋韦頌颂頻频飄飘駿骏騰腾鬥斗鵬鹏黴霉鳴鸣龐庞襲袭詢询謂谓\
    諾诺譽誉貫贯賦赋賠赔賬账軀躯轄辖遞递鄺邝鍛锻閣阁陣阵隸隶頸颈飢饥餵喂驅驱鬚须鹹咸麯曲齡龄彆别慮虑慾欲撥拨攪搅棗枣楓枫槓杠樞枢櫥橱欽钦殯殡沖冲洩泄渾浑溼湿滯滞滲渗澀涩濁浊灑洒煙烟瑣琐甦苏痺痹癥症皚皑盃杯\
    祇只稅税稈秆穫获竅窍籌筹糞粪紮扎紋纹絞绞綁绑緻致縫缝繩绳翹翘聳耸脅胁脫脱膠胶臥卧艙舱荊荆莖茎菸烟蔥葱蔔卜蕩荡薑姜薦荐蘊蕴虜虏蝕蚀蠅蝇蠟蜡衆众褸褛訃讣訝讶詐诈誇夸諧谐諷讽謠谣讚赞豎竖貓猫賜赐贖赎踴踊蹤踪\
    躍跃軸轴輯辑轟轰迴回逕径遊游遼辽醃腌鉛铅鉤钩銳锐鋸锯錶表鎚锤鏈链鑽钻闆板闖闯閘闸闡阐隕陨韻韵頒颁頹颓顆颗顛颠飾饰餃饺饋馈騷骚髒脏鬍胡鯨鲸鶴鹤鷹鹰準准匯汇範范龔龚駱骆塗涂聶聂閔闵婁娄蓮莲樺桦嫻娴屜屉潛潜\
    壢坜嶼屿姍姗嬰婴鄔邬澱淀癱瘫佈布佔占併并侷局恥耻慼戚啓启喫吃嚮向";

static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let signs: Vec<char> = PAIRS.chars().collect();
    signs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
});

/// The sign as the rules know it.
pub(crate) fn simplified(sign: char) -> char {
    if sign < '\u{3400}' { sign } else { SIMPLIFIED.get(&sign).copied().unwrap_or(sign) }
}

/// `text` in the simplified script. Bytes stay where they are: both signs of a pair have three.
pub(crate) fn folded(text: &str) -> String {
    text.chars().map(simplified).collect()
}

/// Is `text` written in the traditional script, as far as it shows?
pub(crate) fn is_traditional(text: &str) -> bool {
    text.chars().any(|sign| simplified(sign) != sign)
}

/// A Chinese sign, which needs no space around it to be a word.
pub(crate) fn is_sign(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_moves_no_byte_and_comes_to_rest() {
        let signs: Vec<char> = PAIRS.chars().collect();
        assert_eq!(signs.len() % 2, 0);
        for pair in signs.chunks_exact(2) {
            assert!(pair.iter().all(|sign| sign.len_utf8() == 3 && is_sign(*sign)), "{pair:?}");
            assert_ne!(pair[0], pair[1]);
            assert_eq!(simplified(pair[1]), pair[1], "{pair:?}");
        }
        assert_eq!(folded("我沒興趣，對嗎？ok"), "我没兴趣，对吗？ok");
        assert!(is_traditional("預約") && !is_traditional("预约"));
    }
}

//! What the engine says of itself, in each language it speaks.

use crate::language::{Language, primary};

/// The engine's own lines in one language.
pub(crate) struct Lines {
    /// Said in turn.
    pub not_understood: [&'static str; 2],
    pub nothing_heard: &'static str,
    pub connecting: &'static str,
    pub opted_out: &'static str,
    pub wrong_number: &'static str,
    pub goodbye: &'static str,
    pub who: &'static str,
    /// `{}`: company, number.
    pub nobody_free: &'static str,
    pub nobody_free_unnamed: &'static str,
    /// A read-back was answered with no: asked again.
    pub ask_again: &'static str,
    /// A form was read back and something is wrong, but not what.
    pub what_to_change: &'static str,
    pub call_later: &'static str,
    /// Something in the platform failed.
    pub fault: &'static str,
    /// `{}`: what an option of a menu is, its key.
    pub menu: &'static str,
    /// Answer to a wish for another language.
    pub language: &'static str,
}

const ENGLISH: Lines = Lines {
    not_understood: ["Sorry, I did not understand that.", "Sorry, once more please."],
    nothing_heard: "I did not hear you.",
    connecting: "One moment please, I will connect you.",
    opted_out: "All right, we will not call this number again. Goodbye.",
    wrong_number: "Sorry for the trouble. Goodbye.",
    goodbye: "I have to end this call now. Goodbye.",
    who: "This is an automated call.",
    nobody_free: "Sorry, nobody is free right now. We will call you back, or you can reach {} on {}. Goodbye.",
    nobody_free_unnamed: "Sorry, nobody is free right now. We will call you back. Goodbye.",
    ask_again: "Sorry about that.",
    what_to_change: "Sorry about that. What should I change?",
    call_later: "No problem, we will call you another time. Goodbye.",
    fault: "Sorry, we have a technical problem. Goodbye.",
    menu: "For {}, press {}.",
    language: "All right, in English.",
};

const INDONESIAN: Lines = Lines {
    not_understood: ["Maaf, saya tidak mengerti.", "Maaf, tolong sekali lagi."],
    nothing_heard: "Saya tidak mendengar Anda.",
    connecting: "Mohon tunggu sebentar, saya sambungkan.",
    opted_out: "Baik, kami tidak akan menelepon nomor ini lagi. Sampai jumpa.",
    wrong_number: "Maaf mengganggu. Sampai jumpa.",
    goodbye: "Saya harus mengakhiri panggilan ini. Sampai jumpa.",
    who: "Ini adalah panggilan otomatis.",
    nobody_free: "Maaf, saat ini semua petugas sedang sibuk. Kami akan menelepon kembali, atau hubungi {} di {}. Sampai jumpa.",
    nobody_free_unnamed: "Maaf, saat ini semua petugas sedang sibuk. Kami akan menelepon kembali. Sampai jumpa.",
    ask_again: "Maaf.",
    what_to_change: "Maaf. Apa yang harus saya ubah?",
    call_later: "Tidak apa-apa, kami akan menelepon lain waktu. Sampai jumpa.",
    fault: "Maaf, ada gangguan teknis. Sampai jumpa.",
    menu: "Untuk {}, tekan {}.",
    language: "Baik, dalam bahasa Indonesia.",
};

const TRADITIONAL: Lines = Lines {
    not_understood: ["抱歉，我沒有聽懂。", "抱歉，請再說一次。"],
    nothing_heard: "我沒有聽到您的聲音。",
    connecting: "請稍候，我為您轉接。",
    opted_out: "好的，我們不會再撥打這個號碼。再見。",
    wrong_number: "抱歉打擾了。再見。",
    goodbye: "這通電話必須結束了。再見。",
    who: "這是自動語音電話。",
    nobody_free: "抱歉，目前沒有空閒的服務人員。我們會再打給您，您也可以撥打{}的電話{}。再見。",
    nobody_free_unnamed: "抱歉，目前沒有空閒的服務人員。我們會再打給您。再見。",
    ask_again: "抱歉。",
    what_to_change: "抱歉。請問要改哪一項？",
    call_later: "沒關係，我們改天再打。再見。",
    fault: "抱歉，系統發生問題。再見。",
    menu: "{}請按{}。",
    language: "好的，用中文。",
};

const SIMPLIFIED: Lines = Lines {
    not_understood: ["抱歉，我没有听懂。", "抱歉，请再说一次。"],
    nothing_heard: "我没有听到您的声音。",
    connecting: "请稍候，我为您转接。",
    opted_out: "好的，我们不会再拨打这个号码。再见。",
    wrong_number: "抱歉打扰了。再见。",
    goodbye: "这通电话必须结束了。再见。",
    who: "这是自动语音电话。",
    nobody_free: "抱歉，目前没有空闲的服务人员。我们会再打给您，您也可以拨打{}的电话{}。再见。",
    nobody_free_unnamed: "抱歉，目前没有空闲的服务人员。我们会再打给您。再见。",
    ask_again: "抱歉。",
    what_to_change: "抱歉。请问要改哪一项？",
    call_later: "没关系，我们改天再打。再见。",
    fault: "抱歉，系统出现问题。再见。",
    menu: "{}请按{}。",
    language: "好的，用中文。",
};

/// The lines of `language`; English where there are none.
pub(crate) fn of(language: &str) -> &'static Lines {
    match Language::of(language) {
        Language::Indonesian => &INDONESIAN,
        Language::Traditional => &TRADITIONAL,
        Language::Simplified => &SIMPLIFIED,
        Language::English => &ENGLISH,
    }
}

/// Words that ask for `language`, for those who do not speak the one they hear.
pub(crate) fn wishes(language: &str) -> &'static [&'static str] {
    match primary(language) {
        "en" => {
            &["english", "english please", "in english", "in english please", "do you speak english", "speak english"]
        }
        "id" => &[
            "bahasa indonesia",
            "pakai bahasa indonesia",
            "dalam bahasa indonesia",
            "bisa bahasa indonesia",
            "indonesian please",
            "in indonesian",
        ],
        "zh" => &[
            "中文",
            "說中文",
            "说中文",
            "講中文",
            "用中文",
            "國語",
            "普通话",
            "chinese please",
            "in chinese",
            "mandarin please",
        ],
        _ => &[],
    }
}

/// `template` with its `{}` replaced, one after the other.
pub(crate) fn filled(template: &str, values: &[&str]) -> String {
    values.iter().fold(template.to_owned(), |text, value| text.replacen("{}", value, 1))
}

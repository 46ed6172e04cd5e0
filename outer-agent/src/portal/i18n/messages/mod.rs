//! Every text of the portal for visitors, one file per part of the site. Both wordings stand side by side, so that none
//! can be missing in one language.

mod table;
mod api;
mod case;
mod frame;
mod login;
mod problem;
mod public;
mod service;
mod sessions;
mod writing;

pub use api::ApiTexts;
pub use case::CaseTexts;
pub use frame::FrameTexts;
pub use login::LoginTexts;
pub use problem::ProblemTexts;
pub use public::PublicTexts;
pub use service::ServiceTexts;
pub use sessions::SessionTexts;
pub use writing::WritingTexts;

use ferry_format::text::Language;

/// All texts in one language.
pub struct Messages {
    /// The language.
    pub language: Language,
    /// Around every page.
    pub frame: FrameTexts,
    /// Public records.
    pub public: PublicTexts,
    /// The login form.
    pub login: LoginTexts,
    /// The list of logged-in devices.
    pub sessions: SessionTexts,
    /// The page of a case.
    pub case: CaseTexts,
    /// Electronic service.
    pub service: ServiceTexts,
    /// Messages and access requests.
    pub writing: WritingTexts,
    /// What does not work.
    pub problem: ProblemTexts,
    /// What the API refuses beyond that.
    pub api: ApiTexts,
}

static CHINESE: Messages = Messages {
    language: Language::Chinese,
    frame: FrameTexts::CHINESE,
    public: PublicTexts::CHINESE,
    login: LoginTexts::CHINESE,
    sessions: SessionTexts::CHINESE,
    case: CaseTexts::CHINESE,
    service: ServiceTexts::CHINESE,
    writing: WritingTexts::CHINESE,
    problem: ProblemTexts::CHINESE,
    api: ApiTexts::CHINESE,
};

static ENGLISH: Messages = Messages {
    language: Language::English,
    frame: FrameTexts::ENGLISH,
    public: PublicTexts::ENGLISH,
    login: LoginTexts::ENGLISH,
    sessions: SessionTexts::ENGLISH,
    case: CaseTexts::ENGLISH,
    service: ServiceTexts::ENGLISH,
    writing: WritingTexts::ENGLISH,
    problem: ProblemTexts::ENGLISH,
    api: ApiTexts::ENGLISH,
};

impl Messages {
    /// The texts of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Chinese => &CHINESE,
            Language::English => &ENGLISH,
        }
    }

    fn choose(&self, zh: String, en: String) -> String {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    /// The number of entries of a list.
    pub fn entry_count(&self, n: &usize) -> String {
        self.choose(format!("共 {n} 条"), format!("{n} {}", if *n == 1 { "entry" } else { "entries" }))
    }

    /// The link to the whole list.
    pub fn see_all(&self, n: &usize) -> String {
        self.choose(format!("查看全部 {n} 条"), format!("See all {n}"))
    }

    /// The number of the current page.
    pub fn page_of(&self, number: &usize, pages: &usize) -> String {
        self.choose(format!("第 {number} 页，共 {pages} 页"), format!("Page {number} of {pages}"))
    }

    /// The note at the message form.
    pub fn message_note(&self, characters: &usize) -> String {
        self.choose(
            format!("最多 {characters} 字。本系统不接收附件，材料请到法院窗口递交或者邮寄。"),
            format!(
                "At most {characters} characters. No attachments: hand in papers at the court or send them by post."
            ),
        )
    }

    /// The note at the form of an access request.
    pub fn request_note(&self, characters: &usize) -> String {
        self.choose(
            format!("请写明需要查阅哪次询问、听证的录音录像，或者哪些材料，最多 {characters} 字。"),
            format!("Say which hearing or which papers, in at most {characters} characters."),
        )
    }

    /// What to do after too many failed logins.
    pub fn too_many_attempts_advice(&self, lock_minutes: u32) -> String {
        let minutes = if lock_minutes == 1 { "a minute".to_owned() } else { format!("{lock_minutes} minutes") };
        self.choose(
            format!("您所在网络的登录失败次数过多，请 {lock_minutes} 分钟后再试或者拨打 12368。"),
            format!("Too many logins have failed from your network. Try again in {minutes} or call 12368."),
        )
    }

    /// The attribute that marks Chinese text on an English page: screen readers need it.
    pub fn lang_attribute(&self, text: &str) -> &'static str {
        if self.language == Language::English && has_chinese(text) { " lang=\"zh-CN\"" } else { "" }
    }
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| c >= '\u{2E80}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [&[(&str, &str, &str)]; 9] = [
        ApiTexts::ALL,
        CaseTexts::ALL,
        FrameTexts::ALL,
        LoginTexts::ALL,
        ProblemTexts::ALL,
        PublicTexts::ALL,
        ServiceTexts::ALL,
        SessionTexts::ALL,
        WritingTexts::ALL,
    ];

    #[test]
    fn no_text_is_missing_or_empty_in_either_language() {
        for (name, zh, en) in PARTS.iter().copied().flatten() {
            assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{name}");
        }
    }

    #[test]
    fn no_text_mixes_the_languages() {
        // The language switch names the other language, and language tags and separators belong to none.
        let exempt = ["lang", "other_code", "other_lang", "other_language", "colon"];
        // Names of standards and headers have no Chinese.
        let names = ["ICP", "RSS", "IP", "SHA-256", "JSON", "ASCII", "application/json", "KiB", "Allow", "Retry-After"];
        let headers = ["Ferry-Party-Address", "Idempotency-Key", "Range"];
        for (name, zh, en) in PARTS.iter().copied().flatten().filter(|(name, ..)| !exempt.contains(name)) {
            assert!(!has_chinese(en), "{name}: {en}");
            assert!(has_chinese(zh), "{name}: {zh}");
            let rest = headers.iter().chain(&names).fold((*zh).to_owned(), |text, word| text.replace(word, ""));
            assert!(!rest.chars().any(|c| c.is_ascii_alphabetic()), "{name}: {zh}");
        }
    }

    #[test]
    fn counts_are_written_in_one_language() {
        for n in [0, 1, 2000] {
            let texts = |m: &Messages| [m.entry_count(&n), m.see_all(&n), m.message_note(&n), m.request_note(&n)];
            assert!(texts(Messages::of(Language::Chinese)).iter().all(|t| has_chinese(t)));
            assert!(texts(Messages::of(Language::English)).iter().all(|t| !has_chinese(t)));
        }
    }

    #[test]
    fn only_chinese_text_on_an_english_page_is_marked() {
        let mark = |language: Language, text| Messages::of(language).lang_attribute(text);
        assert_eq!(mark(Language::English, "（2025）鲁1502执1号"), " lang=\"zh-CN\"");
        assert_eq!(mark(Language::English, "𠮷田"), " lang=\"zh-CN\"");
        assert_eq!(mark(Language::English, "0635-8000100"), "");
        assert_eq!(mark(Language::Chinese, "执行"), "");
    }
}

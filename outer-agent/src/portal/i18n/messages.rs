//! Every word that the portal says of its own, in both languages: one table, so that no language can miss a word.

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 中文, which is what a page is in unless asked otherwise.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Its words.
    pub fn words(self) -> &'static Words {
        match self {
            Self::Chinese => &ZH,
            Self::English => &EN,
        }
    }
}

/// Each word with its Chinese and its English.
macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        /// The words of one language.
        pub struct Words {
            /// The language.
            pub language: Language,
            $(#[doc = $zh] pub $name: &'static str,)*
        }
        const ZH: Words = Words { language: Language::Chinese, $($name: $zh,)* };
        const EN: Words = Words { language: Language::English, $($name: $en,)* };
    };
}

words! {
    // The frame of every page
    lang: "zh-CN", "en";
    other_code: "en", "zh";
    other_lang: "en", "zh-CN";
    other_language: "English", "中文";
    colon: "：", ": ";
    skip: "跳到正文", "Skip to content";
    site: "执行信息公开", "Enforcement information";
    main_menu: "主菜单", "Main menu";
    reading: "阅读方式", "Reading preferences";
    large_text: "大字版", "Large text";
    normal_text: "标准字号", "Normal text";
    where_you_are: "当前位置", "Where you are";
    home: "首页", "Home";
    my_cases: "我的案件", "My cases";
    sessions: "登录记录", "Log-ins";
    log_in: "登录查询", "Log in";
    log_out: "退出登录", "Log out";
    national_sites: "全国统一平台", "National sites";
    organiser: "主办单位", "Organiser";
    organiser_address: "地址", "Address";
    hotline: "诉讼服务热线", "Hotline";
    support: "技术支持", "Technical support";
    icp: "ICP 备案", "ICP filing";
    police: "公安备案", "Public-security filing";
    site_code: "网站标识码", "Site code";
    party_mark: "网站标识", "Site mark";
    party_mark_name: "党政机关网站", "Party and government site";

    // What is public
    home_title: "查询您的执行案件", "Look up your enforcement case";
    home_lead: "登录后可以查看案件进展、签收送达文书、给承办人留言、申请查阅录音录像和卷宗材料。",
        "Log in to follow your case, receive documents, write to the handler of your case, and ask for access to recordings and files.";
    search_label: "在公开信息的标题和案号中查找", "Search titles and case numbers of what is public";
    search: "查找", "Search";
    search_title: "查找结果", "Search results";
    nothing_yet: "暂无内容", "Nothing yet";
    nothing_found: "没有找到包含这些字的公开信息。", "Nothing has these words.";
    types: "类别", "Type";
    all_types: "全部", "All";
    pages: "分页", "Pages";
    previous_page: "上一页", "Previous page";
    next_page: "下一页", "Next page";
    feed: "裁判文书订阅源（Atom）", "Feed of the judgments (Atom)";
    read_document: "查看", "View";
    download: "下载", "Download";
    checksum: "文件校验值（SHA-256）", "Checksum of the file (SHA-256)";

    // Logging in
    log_in_button: "登录", "Log in";
    identity: "证件号码", "Identity number";
    identity_note: "身份证号码，或者统一社会信用代码", "Number of your identity card, or the unified social credit code of your organisation";
    name: "姓名或名称", "Name";
    name_note: "与立案材料上的一致", "As it stands in the filing papers";
    phone: "手机号码", "Telephone number";
    phone_note: "立案时留给法院的号码", "The one that the court has";
    query_code: "查询码", "Query code";
    query_code_note: "印在立案材料上，或者由 12368 短信告知", "Printed in the filing papers, or sent to you by 12368";
    password: "密码", "Password";
    password_note: "由法院告知", "Given to you by the court";
    wrong_log_in: "登录信息不正确。", "This does not match.";
    wrong_log_in_advice: "请逐项核对。连续多次不正确时，请过一段时间再试，或者拨打 12368。",
        "Please check each entry. After several wrong attempts, wait a while, or call 12368.";
    lost_code: "没有或者遗失查询码、密码的，请到立案窗口办理，或者拨打 12368。", "If you have lost your code or password, please go to the filing window or call 12368.";

    // Sessions
    sessions_note: "这里列出您尚未退出的登录。有不是您本人的，请退出并联系法院。", "These log-ins have not ended. If one is not yours, end it and tell the court.";
    this_session: "本次登录", "This one";
    last_used: "最近使用", "Last used";
    address: "网络地址", "Network address";
    browser: "浏览器", "Browser";
    end_session: "退出该登录", "End this log-in";
    end_other_sessions: "退出其他所有登录", "End all others";

    // Cases
    no_cases: "没有与您有关的案件。", "There are no cases that concern you.";
    parties: "当事人", "Parties";
    on_this_page: "本页内容", "On this page";
    steps: "案件进展", "Progress";
    no_steps: "暂无进展信息。", "Nothing yet.";
    to_document: "查看文书和材料", "To the document";
    materials: "材料和录音录像", "Documents and recordings";

    // Electronic service
    served: "送达文书", "Documents served on you";
    served_note: "文书到达本系统的日期为送达日期；查阅、下载和签收的时间记入送达回证。", "A document is served on the day it arrives here; when it is opened, downloaded and signed for is noted in the service receipt.";
    unopened_state: "待签收，尚未查阅", "Not opened yet";
    opened_state: "已查阅，待签收", "Opened, not signed for";
    signed_state: "已签收", "Signed for";
    no_consent_state: "未确认电子送达", "No consent to electronic service";
    no_consent_note: "没有有效的电子送达确认书，文书不在这里送达。请联系承办人，或者拨打 12368。", "Without your consent in force, the document is not served here. Please call the handler or 12368.";
    opening_note: "打开文书即生成送达回证。", "Opening it makes a service receipt.";
    arrived_at: "到达时间", "Arrived";
    opened_at: "首次查阅时间", "First opened";
    downloaded_at: "下载完成时间", "Downloaded";
    signed_at: "签收时间", "Signed for";
    open_document: "查阅文书", "Open the document";
    sign_document: "签收文书", "Sign for it";
    see_receipt: "查看送达回证", "Service receipt";
    receipt: "送达回证", "Service receipt";
    receipt_number: "回证编号", "Number of the receipt";
    back_to_case: "返回案件", "Back to the case";
    print_note: "可以用浏览器的打印功能打印本页。", "Use your browser to print this page.";

    // What a party writes
    messages: "留言", "Messages";
    leave_message: "给承办人留言", "Write to the handler";
    message_text: "留言内容", "Your message";
    send_message: "提交留言", "Send the message";
    earlier_messages: "已提交的留言", "What you wrote";
    requests: "申请查阅", "Access to files";
    ask_access: "申请查阅录音录像和卷宗材料", "Ask for access to recordings and files";
    subject: "申请查阅的内容", "Access to";
    request_text: "说明", "Which, and why";
    send_request: "提交申请", "Send the request";
    earlier_requests: "已提交的申请", "What you asked for";
    on_its_way: "等待送达承办人，次日前导入办案平台", "On its way, with the handler by the next day";
    with_handler: "已送达承办人", "With the handler";
    answered: "已回复", "Answered";
    replied: "回复", " answered";
    text_no_longer_kept: "内容已不在门户保留。", "The text is no longer kept here.";
    empty_text: "内容不能为空。", "The text is empty.";
    long_text: "内容最多 2000 个字。", "A text has at most 2,000 characters.";
    too_many_texts: "今天提交的次数已经达到上限，请明天再来，或者拨打 12368。", "You have written as often as one may in a day. Please come back tomorrow, or call 12368.";
    unknown_subject: "请选择申请查阅的内容。", "Please choose what you ask access to.";

    // What does not work
    log_in_first: "请先登录", "Please log in";
    log_in_first_advice: "登录已过期或尚未登录，请重新登录后再试。", "You are not logged in, or no longer. Please log in and try again.";
    not_found: "没有找到", "Not found";
    not_found_advice: "您要查看的内容不存在，或者与您无关。", "There is no such thing, or it does not concern you.";
    forged: "请求已失效", "This form is no longer good";
    forged_advice: "请返回上一页刷新后再试。", "Please go back, reload the page and try again.";
    invalid: "填写有误", "Something is missing or wrong";
    bad_request: "请求有误", "This request makes no sense";
    bad_request_advice: "请返回首页重新操作。", "Please start again from the home page.";
    too_large: "内容过长", "Too long";
    too_large_advice: "请缩短后再试。", "Please shorten it and try again.";
    wrong_method: "不能这样访问", "This is no way to come here";
    wrong_method_advice: "请从页面上的按钮办理。", "Please use the buttons of the pages.";
    no_such_range: "没有这一段", "There is no such part";
    no_such_range_advice: "请重新下载。", "Please download it again.";
    too_many_attempts: "登录次数过多", "Too many attempts";
    too_many_attempts_advice: "您所在的网络登录失败次数过多，请十五分钟后再试，或者拨打 12368。", "Too many log-ins failed from your network. Please try again in fifteen minutes, or call 12368.";
    no_consent: "未确认电子送达", "No consent to electronic service";
    no_consent_advice: "受送达人没有有效的电子送达确认书，文书不能在这里签收。请联系承办人，或者拨打 12368。", "The addressee has no consent to electronic service in force, so the document is not served here. Please call the handler or 12368.";
    open_first: "请先查阅", "Please open it first";
    attempt_taken: "编号已经用过", "This name was used before";
    attempt_taken_advice: "此编号下已提交过另一内容，这一次没有提交。请换一个编号再提交。", "Another text was submitted under this name, and this one was not. Submit it under a name of its own.";
    open_first_advice: "请先打开文书查阅，再确认签收。", "Open the document, then sign for it.";
    busy: "访问人数较多", "Many visitors";
    busy_advice: "请稍后再试。", "Please try again in a while.";
    failed: "暂时无法办理", "Not possible at the moment";
    failed_advice: "请稍后再试；如果一直如此，请拨打 12368。", "Please try again in a while; if it stays so, call 12368.";
}

/// What has a number in it.
impl Words {
    fn say(&self, zh: String, en: String) -> String {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    /// How many entries there are.
    pub fn total(&self, n: &usize) -> String {
        self.say(format!("共 {n} 条"), format!("{n} {}", if *n == 1 { "entry" } else { "entries" }))
    }

    /// The way to all of them.
    pub fn all_of(&self, n: &usize) -> String {
        self.say(format!("查看全部 {n} 条"), format!("See all {n}"))
    }

    /// Which page this is.
    pub fn page_of(&self, number: &usize, pages: &usize) -> String {
        self.say(format!("第 {number} 页，共 {pages} 页"), format!("Page {number} of {pages}"))
    }

    /// What a message may be.
    pub fn message_note(&self, characters: &usize) -> String {
        self.say(
            format!("最多 {characters} 字。材料请到法院窗口递交或者邮寄，这里不接收附件。"),
            format!("At most {characters} characters. Papers go to the court's window or by post; there are no attachments here."),
        )
    }

    /// What a request may be.
    pub fn request_note(&self, characters: &usize) -> String {
        self.say(
            format!("请写明需要哪一次询问、听证的录音录像，或者哪些材料，最多 {characters} 字。"),
            format!("Say which hearing or which papers, in at most {characters} characters."),
        )
    }

    /// The attribute that says that a text is Chinese, where the page around it is not: screen readers need it.
    pub fn mark(&self, text: &str) -> &'static str {
        let is_chinese = text.chars().any(|c| c >= '\u{2E80}');
        if self.language == Language::English && is_chinese { " lang=\"zh-CN\"" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_chinese_on_an_english_page_is_marked() {
        let mark = |language: Language, text| language.words().mark(text);
        assert_eq!(mark(Language::English, "（2025）鲁1502执1号"), " lang=\"zh-CN\"");
        assert_eq!(mark(Language::English, "𠮷田"), " lang=\"zh-CN\"");
        assert_eq!(mark(Language::English, "0635-8000100"), "");
        assert_eq!(mark(Language::Chinese, "执行"), "");
    }
}

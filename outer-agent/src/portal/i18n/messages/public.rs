//! Public records: home page, lists, search, feed.

use super::table::messages;

messages! {
    /// Public records: home page, lists, search, feed.
    PublicTexts {
        home_title { zh: "查询您的执行案件", en: "Look up your enforcement case" }
        home_lead {
            zh: "登录后，您可以查看案件进展、签收送达文书、给承办人留言、申请查阅录音录像和正卷材料。",
            en: "Log in to follow your case, receive documents, message the handler of your case, and request access to recordings and files."
        }
        search_label { zh: "按标题或者案号检索公开信息", en: "Search public records by title or case number" }
        search { zh: "检索", en: "Search" }
        search_title { zh: "检索结果", en: "Search results" }
        no_records { zh: "暂无内容", en: "No records" }
        no_results { zh: "未检索到相关信息。", en: "No results" }
        types { zh: "类别", en: "Type" }
        all_types { zh: "全部", en: "All" }
        pages { zh: "分页", en: "Pages" }
        previous_page { zh: "上一页", en: "Previous page" }
        next_page { zh: "下一页", en: "Next page" }
        feed { zh: "裁判文书 RSS 订阅", en: "RSS feed of judgments" }
        view_document { zh: "查看", en: "View" }
        download { zh: "下载", en: "Download" }
        checksum { zh: "文件校验值（SHA-256）", en: "File checksum (SHA-256)" }
    }
}

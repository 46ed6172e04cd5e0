//! The certificate of service (送达回证): a Chinese court document, and therefore in Chinese only.

/// Its title.
pub const TITLE: &str = "送达回证";
/// Folder of certificates in a case file.
pub const FOLDER: &str = "送达回证";
/// Below the form.
pub const NOTE: &str = "依《中华人民共和国民事诉讼法》关于电子送达的规定，送达信息到达受送达人特定系统的日期为送达日期。本回证由摆渡系统依外网端签名批次自动生成，时间为法院所在时区。";
/// Above the form of a version that was superseded.
pub const SUPERSEDED: &str = "本回证针对已被取代的文书版本。";
/// Signature lines.
pub const FILED_BY: &str = "归卷人";
/// See [`FILED_BY`].
pub const DATE: &str = "日期";
/// In place of a value that is not known.
pub const NOT_KNOWN: &str = "—";

/// The capacity in which the document was opened.
pub const AS_ADDRESSEE: &str = "本人";
/// See [`AS_ADDRESSEE`].
pub const AS_AGENT: &str = "代理人";

/// Names of the lines of the form, in its order.
pub mod line {
    /// Case number.
    pub const CASE_NUMBER: &str = "案号";
    /// Addressee.
    pub const ADDRESSEE: &str = "受送达人";
    /// Opened by.
    pub const OPENED_BY: &str = "查阅人";
    /// In what capacity.
    pub const CAPACITY: &str = "查阅人身份";
    /// Document.
    pub const DOCUMENT: &str = "送达文书";
    /// Id of the document.
    pub const DOCUMENT_ID: &str = "文书编号";
    /// Version of the document.
    pub const DOCUMENT_VERSION: &str = "文书版本";
    /// Digest of the document.
    pub const DOCUMENT_DIGEST: &str = "文书 SHA-256";
    /// Arrived at.
    pub const ARRIVED: &str = "到达时间";
    /// First opened at.
    pub const OPENED: &str = "首次查阅时间";
    /// Downloaded at.
    pub const DOWNLOADED: &str = "下载完成时间";
    /// Signed for at.
    pub const SIGNED: &str = "签收时间";
    /// Date of service.
    pub const SERVED: &str = "送达日期";
    /// Client channel.
    pub const CHANNEL: &str = "送达渠道";
    /// IP address.
    pub const IP_ADDRESS: &str = "IP 地址";
    /// User agent.
    pub const USER_AGENT: &str = "浏览器";
    /// Id of the receipt.
    pub const RECEIPT_ID: &str = "回证编号";
    /// Batch that brought it.
    pub const BATCH: &str = "来源批次";
}

/// Keys of the JSON record, in its order. Programs rely on them.
pub mod key {
    /// Id of the receipt.
    pub const RECEIPT: &str = "送达回证编号";
    /// Version of the receipt.
    pub const RECEIPT_VERSION: &str = "回证版本";
    /// Case id.
    pub const CASE: &str = "案件";
    /// Case number.
    pub const CASE_NUMBER: &str = "案号";
    /// Name of the addressee.
    pub const ADDRESSEE: &str = "受送达人";
    /// Id of the addressee.
    pub const ADDRESSEE_ID: &str = "受送达人编号";
    /// Name of the person who opened it.
    pub const OPENED_BY: &str = "查阅人";
    /// Id of that person.
    pub const OPENED_BY_ID: &str = "查阅人编号";
    /// `addressee` or `agent`.
    pub const CAPACITY: &str = "查阅人身份";
    /// File name of the document.
    pub const DOCUMENT: &str = "文书名称";
    /// Kind of the document.
    pub const DOCUMENT_KIND: &str = "文书类别";
    /// Id of the document.
    pub const DOCUMENT_ID: &str = "文书编号";
    /// Version of the document.
    pub const DOCUMENT_VERSION: &str = "文书版本";
    /// Newest version that was sent.
    pub const NEWEST_VERSION: &str = "已发出的最新版本";
    /// Digest of the document.
    pub const DOCUMENT_DIGEST: &str = "文书SHA-256";
    /// Time of arrival, RFC 3339.
    pub const ARRIVED: &str = "到达时间";
    /// Time of the first opening.
    pub const OPENED: &str = "首次查阅时间";
    /// Time of the download.
    pub const DOWNLOADED: &str = "下载完成时间";
    /// Time of the signature.
    pub const SIGNED: &str = "签收时间";
    /// Client channel.
    pub const CHANNEL: &str = "渠道";
    /// IP address.
    pub const IP_ADDRESS: &str = "IP地址";
    /// User agent.
    pub const USER_AGENT: &str = "浏览器";
    /// Batch that brought it.
    pub const BATCH: &str = "来源批次";
}

/// A name with its id, `张三（P1）`.
pub fn name_with_id(name: &str, id: &str) -> String {
    format!("{name}（{id}）")
}

/// A version that a newer one superseded.
pub fn superseded_version(version: u64, newest: u64) -> String {
    format!("{version}（已被第 {newest} 版取代）")
}

/// A character that the font lacks, by its code point.
pub fn missing_character(c: char) -> String {
    format!("〔U+{:04X}〕", u32::from(c))
}

/// `strftime` form of a time.
pub const TIME_FORMAT: &str = "%Y年%m月%d日 %H:%M:%S";
/// `strftime` form of a day.
pub const DAY_FORMAT: &str = "%Y年%m月%d日";
/// Characters that every certificate needs besides its values: a font without them is refused.
pub const REQUIRED_CHARACTERS: &str = "送达回证人民法院受查阅签收（）〔〕，。—年月日 ABCxyz0123456789:/.-+";

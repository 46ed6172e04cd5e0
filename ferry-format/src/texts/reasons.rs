//! Reason codes with their texts: why an item is held, flagged, hidden, refused, withheld or retracted.
//!
//! A text names parameters as `{field}`; [`Reason`](crate::reason::Reason) fills them in.

use crate::text::Text;

/// Defines an enum of codes: the code as it is stored, and its text in both languages.
macro_rules! codes {
    ($(#[doc = $doc:literal])* $name:ident { $($variant:ident = $code:literal { zh: $zh:literal, en: $en:literal $(,)? })* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(
                #[doc = concat!("`", $code, "`: ", $zh, " / ", $en)]
                $variant,
            )*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// Its text; parameters stand in braces.
            pub(crate) const fn template(self) -> Text {
                match self {
                    $(Self::$variant => Text::fixed($zh, $en),)*
                }
            }

            /// The one of that code.
            pub fn named(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == code)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// What a scanner found in a text or document. The codes stand in `rule` of held-outside records.
    Rule {
        SecrecyMark = "secrecy-mark" { zh: "密级标志", en: "secrecy mark" }
        Identity = "identity" { zh: "身份证号", en: "identity number" }
        CreditCode = "credit-code" { zh: "统一社会信用代码", en: "unified social credit code" }
        BankCard = "bank-card" { zh: "银行卡号", en: "bank card number" }
        Mobile = "mobile" { zh: "手机号码", en: "mobile phone number" }
        TravelDocument = "travel-document" { zh: "护照或通行证号码", en: "passport or travel permit number" }
        Unscannable = "unscannable" { zh: "无法扫描", en: "cannot be scanned" }
        Malware = "malware" { zh: "恶意代码", en: "malware" }
    }
}

impl Rule {
    /// What people read.
    pub const fn text(self) -> Text {
        self.template()
    }
}

codes! {
    /// Why something is held, flagged, hidden, refused, withheld or retracted.
    ReasonCode {
        // Screening before export.
        NoConsent = "no-consent" {
            zh: "受送达人未确认电子送达，请以其他方式送达（第六条）",
            en: "addressee has not consented to electronic service; serve it another way (article 6)",
        }
        NotSignedOff = "not-signed-off" { zh: "文书未签发（第十八条）", en: "document is not signed off (article 18)" }
        SecondaryVolume = "secondary-volume" { zh: "属副卷材料（第五条）", en: "belongs to the secondary volume (article 5)" }
        SecrecyMark = "secrecy-mark" { zh: "含密级标志", en: "contains a secrecy mark" }
        PersonalNumbers = "personal-numbers" { zh: "面向社会公开的内容含{rules}", en: "public content contains {rules}" }
        Unscannable = "unscannable" {
            zh: "面向社会公开的文书无法扫描：{cause}",
            en: "public document cannot be scanned: {cause}",
        }
        CorrectionNotApproved = "correction-not-approved" {
            zh: "已公开的内容有变更，缺少更正的批准人、时间或理由（第十六条）",
            en: "published content changed, but who approved the correction, when or why is missing (article 16)",
        }
        AwaitingReview = "awaiting-review" { zh: "按发布规则须先审核", en: "release rules require approval first" }
        RefusedByReviewer = "refused-by-reviewer" {
            zh: "{person}审核退回：{detail}",
            en: "refused by reviewer {person}: {detail}",
        }
        HiddenOutside = "hidden-outside" {
            zh: "外网复核暂缓公布：{rules}",
            en: "hidden from the public by the second scan outside: {rules}",
        }

        // Why a document has no text to scan.
        LongerThanPolicy = "longer-than-policy" { zh: "超过脱敏策略规定的扫描上限", en: "longer than the policy allows to scan" }
        LongerThanScanner = "longer-than-scanner" { zh: "超过扫描程序的读取上限", en: "longer than the scanner reads" }
        TypeWithoutText = "type-without-text" { zh: "该类型文件没有文本", en: "file type has no text" }
        NoText = "no-text" { zh: "没有可提取的文字（可能是扫描件）", en: "no extractable text (perhaps scanned pages)" }
        TooMuchText = "too-much-text" { zh: "文字量超过扫描上限", en: "more text than the scanner reads" }
        PdfTooSlow = "pdf-too-slow" { zh: "读取 PDF 超时", en: "reading the PDF timed out" }
        PdfUnreadable = "pdf-unreadable" { zh: "PDF 无法读取", en: "PDF cannot be read" }
        PdfReaderUnavailable = "pdf-reader-unavailable" {
            zh: "本机的 PDF 读取环境不可用",
            en: "the PDF reader is not available on this machine",
        }
        ReaderFailed = "reader-failed" { zh: "读取程序异常退出", en: "the reader ended early" }
        PasswordNeeded = "password-needed" { zh: "需要密码才能打开", en: "it needs a password" }
        Damaged = "damaged" { zh: "文件损坏或结构异常", en: "damaged, or of an unusual structure" }
        TooManyPages = "too-many-pages" { zh: "页数过多", en: "too many pages" }
        TooManyRevisions = "too-many-revisions" { zh: "历次修改的版本过多", en: "too many revisions" }
        CharsetUnknown = "charset-unknown" { zh: "文字编码无法识别", en: "its character encoding is not known" }
        // Why a document is read only in part.
        GlyphsWithoutUnicode = "glyphs-without-unicode" {
            zh: "有不能还原为文字的字形",
            en: "glyphs that stand for no known character",
        }
        ImageWithoutText = "image-without-text" { zh: "有文字未覆盖的图像", en: "an image without text over it" }
        OutlinesForText = "outlines-for-text" { zh: "有用线条绘制的文字", en: "text that is drawn as outlines" }
        HiddenLayer = "hidden-layer" { zh: "有隐藏的图层", en: "a hidden layer" }
        EarlierRevision = "earlier-revision" { zh: "有不能读取的早先版本", en: "an earlier revision that cannot be read" }
        ReadersDisagree = "readers-disagree" { zh: "两个读取程序的结果不一致", en: "its two readers disagree" }
        OneReaderOnly = "one-reader-only" { zh: "只有一个读取程序能读出", en: "only one of its two readers can read it" }
        // Why a document crosses to nobody.
        ActiveContent = "active-content" {
            zh: "含可执行内容（脚本或启动程序）",
            en: "active content: a script, or a program that it starts",
        }
        AttachmentInside = "attachment-inside" { zh: "内含附件", en: "a file is attached inside it" }
        Malware = "malware" { zh: "含恶意代码：{detail}", en: "malware: {detail}" }
        MalwareNotChecked = "malware-not-checked" {
            zh: "未经恶意代码检查：{detail}",
            en: "no malware scanner looked at it: {detail}",
        }
        ForeignBytes = "foreign-bytes" { zh: "正文前后附有其他数据", en: "other data before or after the document" }

        // Rows and keys of the case platform.
        KeyEmpty = "key-empty" { zh: "主键列为空", en: "key column is empty" }
        KeyTaken = "key-taken" { zh: "另有一行主键相同", en: "another row has the same key" }
        KeyCharacters = "key-characters" { zh: "主键含控制字符", en: "key has control characters" }
        KeyNotFoundAgain = "key-not-found-again" {
            zh: "主键或案件编号末尾有空格，或为二进制：请在映射的 SQL 中去除空格或转换类型",
            en: "key or case ends with spaces, or is binary: trim or cast the column in the mapping's SQL",
        }
        CaseNotPublished = "case-not-published" {
            zh: "所属案件未公开",
            en: "its case is not published",
        }
        IdentityShared = "identity-shared" {
            zh: "另有人员使用同一证件号码，姓名或证件类型不一致，或证件号码校验不符",
            en: "another person has the same identity number, and name or kind of document differ, or its check digit is wrong",
        }
        IdChanged = "id-changed" { zh: "编号已变更；已导出记录的编号不得变更", en: "id changed; ids are permanent" }
        IdTaken = "id-taken" { zh: "另有一行编号相同", en: "another row has the same id" }
        KindNotMapped = "kind-not-mapped" {
            zh: "配置已不再导出该类信息",
            en: "the configuration no longer exports its kind",
        }
        Gone = "gone" { zh: "办案平台已无此记录", en: "no longer in the case platform" }
        NoLongerOfKind = "no-longer-of-kind" { zh: "不再属于该类信息", en: "no longer belongs to this kind" }

        // Documents of the case platform.
        DocumentCannotBeOpened = "document-cannot-be-opened" {
            zh: "文书无法打开：{detail}",
            en: "document cannot be opened: {detail}",
        }
        DocumentUnreadable = "document-unreadable" { zh: "文书无法读取：{detail}", en: "document cannot be read: {detail}" }
        DocumentEmpty = "document-empty" { zh: "文书为 0 字节", en: "document has 0 bytes" }
        DocumentNotAFile = "document-not-a-file" { zh: "文书不是普通文件", en: "document is not a regular file" }
        DocumentChanged = "document-changed" {
            zh: "读取过程中文书发生变化，下次导出时重新读取",
            en: "document changed while it was read; the next export reads it again",
        }
        DocumentTypeDiffers = "document-type-differs" {
            zh: "文书扩展名为 .{value}，实际内容为 {detail}",
            en: "document is named .{value} but its content is {detail}",
        }
        DocumentTypeUnknown = "document-type-unknown" {
            zh: "文书扩展名为 .{value}，但内容类型无法识别",
            en: "document is named .{value} but its content is of no known type",
        }
        DocumentMissing = "document-missing" {
            zh: "所列文书没有随批次传到",
            en: "its document did not cross",
        }
        NameLength = "name-length" { zh: "文件名为空或过长", en: "file name is empty or too long" }
        NameCharacters = "name-characters" {
            zh: "文件名含控制字符、方向控制符或不可见字符",
            en: "file name has control, direction or invisible characters",
        }
        NameNotRelative = "name-not-relative" { zh: "文件名不是普通相对路径", en: "file name is not a plain relative path" }
        NamePartTooLong = "name-part-too-long" {
            zh: "文件名中有一级超过 255 字节",
            en: "a part of the file name is longer than 255 bytes",
        }

        // A column read as the catalogue's type.
        FieldEmpty = "field-empty" { zh: "该列为空", en: "column is empty" }
        CodeNotInTable = "code-not-in-table" { zh: "代码“{value}”不在代码表中", en: "code `{value}` is not in the code table" }
        NotANumber = "not-a-number" { zh: "“{value}”不是整数", en: "`{value}` is not a whole number" }
        NotAnAmount = "not-an-amount" { zh: "“{value}”不是以元为单位的金额", en: "`{value}` is not an amount in yuan" }
        NotADate = "not-a-date" { zh: "“{value}”不是日期", en: "`{value}` is not a date" }
        NotATime = "not-a-time" { zh: "“{value}”不是时间", en: "`{value}` is not a time" }
        NotText = "not-text" {
            zh: "含不属于该数据库编码的字节：“{value}”",
            en: "has bytes that are no text in the database's encoding: `{value}`",
        }
        Binary = "binary" {
            zh: "是二进制值，不是文字：请在映射的 SQL 中按其编码转换",
            en: "is binary and not text: decode it in the mapping's SQL",
        }
        PrivateUseCharacters = "private-use-characters" {
            zh: "含自造字（私用区字符）{detail}",
            en: "has private-use characters {detail}",
        }
        OptionalValueLeftOut = "optional-value-left-out" {
            zh: "该项可省，“{value}”无法识别，记录不带该项导出：{cause}",
            en: "is optional and `{value}` cannot be read, so the record crosses without it: {cause}",
        }
        NotACaseNumber = "not-a-case-number" {
            zh: "“{value}”不是案号：{cause}",
            en: "`{value}` is not a case number: {cause}",
        }
        IdentityNumberLength = "identity-number-length" {
            zh: "证件号码为空或过长",
            en: "identity number is empty or too long",
        }
        PhoneNumberLength = "phone-number-length" {
            zh: "电话号码不是 5 至 20 位数字",
            en: "telephone number does not have 5 to 20 digits",
        }

        // A record against the catalogue.
        KindUnknown = "kind-unknown" { zh: "公开目录没有该类信息", en: "catalogue does not name its kind" }
        KindOtherDirection = "kind-other-direction" { zh: "该类信息的传输方向相反", en: "its kind crosses in the other direction" }
        RecordId = "record-id" {
            zh: "编号为空、过长或含不可见字符",
            en: "id is empty, too long or has invisible characters",
        }
        RecordVersion = "record-version" { zh: "版本号超出范围", en: "version is out of bounds" }
        RecordCase = "record-case" { zh: "案件编号缺失、过长或不应有", en: "case is missing, too long or not allowed" }
        RecordPerson = "record-person" { zh: "人员编号缺失、过长或不应有", en: "person is missing, too long or not allowed" }
        RetractedWithFields = "retracted-with-fields" {
            zh: "撤回记录只能含批准人、时间和理由",
            en: "a retraction may only say who approved it, when and why",
        }
        FieldMissing = "field-missing" { zh: "缺少该字段", en: "field is missing" }
        FieldUnknown = "field-unknown" { zh: "公开目录没有该字段", en: "catalogue does not name this field" }
        ValueType = "value-type" { zh: "值的类型不符", en: "value has the wrong type" }
        ValueTooLong = "value-too-long" { zh: "超过长度上限", en: "longer than its limit" }
        ValueCharacters = "value-characters" {
            zh: "含控制字符、方向控制符或不可见字符",
            en: "has control, direction or invisible characters",
        }
        ValueOutOfBounds = "value-out-of-bounds" { zh: "数值超出范围", en: "number is out of bounds" }
        AmountNegative = "amount-negative" { zh: "金额为负数", en: "amount is negative" }
        DateForm = "date-form" { zh: "不是 YYYY-MM-DD 形式的日期", en: "not a date of the form YYYY-MM-DD" }
        ValueCodeUnknown = "value-code-unknown" { zh: "代码不在公开目录的代码表中", en: "code is not in the catalogue's code table" }
        CaseNumberForm = "case-number-form" { zh: "不是规范写法的案号", en: "not a case number in canonical form" }
        PersonForm = "person-form" { zh: "人员编号为空、过长或含不可见字符", en: "person id is empty, too long or has invisible characters" }
        DigestForm = "digest-form" { zh: "不是 64 位十六进制数字", en: "not 64 hexadecimal digits" }
        FileNameForm = "file-name-form" {
            zh: "文件名为空、过长、含路径或不可见字符",
            en: "file name is empty, too long, a path or has invisible characters",
        }
        MediaTypeForm = "media-type-form" { zh: "媒体类型过长或含非 ASCII 字符", en: "media type is too long or not ASCII" }

        // Case numbers.
        CaseNumberTooLong = "case-number-too-long" { zh: "远长于案号", en: "far longer than a case number" }
        CaseNumberNoYear = "case-number-no-year" { zh: "开头没有括号内的年度", en: "does not begin with its year in brackets" }
        CaseNumberYearOpen = "case-number-year-open" { zh: "年度缺右括号", en: "its year has no closing bracket" }
        CaseNumberYearDigits = "case-number-year-digits" { zh: "年度不是四位数字", en: "its year is not four digits" }
        CaseNumberYearBounds = "case-number-year-bounds" { zh: "年度超出范围", en: "its year is out of bounds" }
        CaseNumberEnd = "case-number-end" { zh: "没有以“号”结尾", en: "does not end with 号" }
        CaseNumberRunning = "case-number-running" { zh: "案件编号缺失或过长", en: "its running number is missing or too long" }
        CaseNumberSeveral = "case-number-several" { zh: "含多个案号", en: "it is several numbers" }
        CaseNumberZero = "case-number-zero" { zh: "案件编号为零", en: "its running number is zero" }
        CaseNumberOldStyle = "case-number-old-style" {
            zh: "该写法 2016 年起不再使用",
            en: "its style is not in use since 2016",
        }
        CaseNumberNewStyle = "case-number-new-style" {
            zh: "该写法 2016 年起才使用",
            en: "its style is only in use since 2016",
        }
        CaseNumberSign = "case-number-sign" {
            zh: "法院和案件类型的代字缺失、过长或不是汉字",
            en: "the sign of its court and type is missing, too long or not Chinese",
        }
        CaseNumberCourt = "case-number-court" { zh: "法院代字未知", en: "its court code is unknown" }
        CaseNumberCourtDigits = "case-number-court-digits" {
            zh: "法院代字不是两位或四位数字",
            en: "its court code does not have two or four digits",
        }
        CaseNumberSpecial = "case-number-special" {
            zh: "专门审判代字 2018 年起才使用",
            en: "its special jurisdiction is only in use since 2018",
        }
        CaseNumberType = "case-number-type" {
            zh: "类型代字缺失、过长或不是汉字",
            en: "its type code is missing, too long or not Chinese",
        }
        CaseNumberTypeLength = "case-number-type-length" {
            zh: "类型代字超过三个字",
            en: "its type code is longer than three characters",
        }
        CaseNumberPart = "case-number-part" { zh: "文书序号超出范围", en: "the number of its document is out of bounds" }
        CaseNumberTypeUnknown = "case-number-type-unknown" {
            zh: "类型代字不在已知代字之列",
            en: "its type code is not among the known ones",
        }

        // Approval forms for withholding (articles 13 and 15).
        WithheldByForm = "withheld-by-form" {
            zh: "不予公开审批表 {form}（{class}）",
            en: "approval form {form} for withholding ({class})",
        }
        FormDates = "form-dates" { zh: "起止日期无法识别", en: "its dates cannot be read" }
        FormApprovers = "form-approvers" {
            zh: "缺少批准人：须由执行局负责人和院领导批准",
            en: "an approver is missing: the head of the enforcement department and a court leader must approve",
        }
        FormClass = "form-class" { zh: "不予公开的事由缺失或未知", en: "its class of reason is missing or unknown" }
        FormScope = "form-scope" { zh: "没有列明项目或案件", en: "it names no item and no case" }
        FormHalfItem = "form-half-item" { zh: "只填了表名或主键之一，因此整个案件不予公开", en: "it has only one of table and key, so the whole case is withheld" }
        FormCoversNothing = "form-covers-nothing" { zh: "没有任何要导出的数据与所填的表名、主键或案件相符", en: "nothing that is exported has its table, key or case" }

        // Drafts that are no longer current.
        DraftItemChanged = "draft-item-changed" {
            zh: "其中的项目已变更、已导出或已撤回",
            en: "one of its items changed, was exported or was retracted",
        }
        DraftItemDiffers = "draft-item-differs" {
            zh: "{kind} {item} 在办案平台中已与送审时不同",
            en: "{kind} {item} in the case platform is no longer what was drafted",
        }
        DraftUnreadable = "draft-unreadable" { zh: "草稿文件无法读取：{detail}", en: "draft file cannot be read: {detail}" }
    }
}

crate::texts! {
    /// A reason about one field.
    of_field(field, reason) { zh: "字段“{field}”：{reason}", en: "field `{field}`: {reason}" }
    /// A reason about one field that is read from a column of the platform.
    of_field_and_column(field, column, reason) {
        zh: "字段“{field}”（列 {column}）：{reason}",
        en: "field `{field}` (column {column}): {reason}",
    }
    /// A reason about one column of the platform.
    of_column(column, reason) { zh: "列 {column}：{reason}", en: "column {column}: {reason}" }
    /// A text that is no reason of this version.
    unknown(text) { zh: "其他原因：{text}", en: "other reason: {text}" }
    /// What a scanner found, and how often.
    counted(rule, count) { zh: "{rule} {count} 处", en: "{rule} (×{count})" }
    /// An operator of the outer side hid it by hand.
    hidden_by_operator { zh: "外网端人工下架", en: "taken off by an operator outside" }
    /// A parameter that the sender left out.
    left_out { zh: "（略）", en: "(not given)" }
}

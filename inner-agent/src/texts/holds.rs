//! Held records, and the classes by which reports and `status` count them.

use ferry_format::texts;

texts! {
    /// One held record.
    held_record(kind, key, reason) { zh: "暂缓导出：{kind} {key}：{reason}", en: "held: {kind} {key}: {reason}" }
    invalid { zh: "不符合公开目录", en: "does not fit the catalogue" }
    document { zh: "文书缺失或有误", en: "document missing or wrong" }
    identity { zh: "编号重复或变更", en: "id duplicated or changed" }
    correction_not_approved { zh: "更正未经批准", en: "correction not approved" }
    case_not_published { zh: "所属案件未公开", en: "case not published" }
    secrecy_mark { zh: "含密级标志", en: "secrecy mark" }
    forbidden { zh: "附件、脚本或恶意代码", en: "attachment, active content or malware" }
    identifier { zh: "含个人号码", en: "number of a person" }
    unscannable { zh: "无法扫描", en: "cannot be scanned" }
    unreadable { zh: "未能完整读取", en: "not read as a whole" }
    not_signed_off { zh: "未签发", en: "not signed off" }
    secondary_volume { zh: "属副卷材料", en: "secondary volume" }
    no_consent { zh: "未确认电子送达", en: "no consent to electronic service" }
    hidden_outside { zh: "外网复核暂缓公布", en: "hidden outside" }
    awaiting_review { zh: "待审核", en: "awaiting review" }
    refused_by_reviewer { zh: "审核退回", en: "refused by a reviewer" }
}

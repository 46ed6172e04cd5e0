//! The catalogue as a page that a reviewer reads and signs.

use ferry_format::texts;
pub use ferry_format::texts::list::comma as separator;

// Title and digests
texts! {
    what_this_is {
        zh: "公开目录：只有下列内容可以从内网传到外网，此外一概不能。", en: "What may cross from the intranet, and nothing else."
    }
    catalogue_digest { zh: "公开目录校验值", en: "Digest of the catalogue" }
    policy { zh: "脱敏策略", en: "Policy" }
    policy_digest { zh: "脱敏策略校验值", en: "Digest of the policy" }
    policy_name { zh: "脱敏策略名称", en: "Name of the policy" }
    not_given { zh: "未给出", en: "not given" }
    digests_bind {
        zh: "两端的校验值与此页一致，才按此页办理；每一批都写明这两个校验值。",
        en: "Both ends work by this page when their digests equal these; every batch names them under its signature."
    }
    reviewer { zh: "审核人", en: "Reviewer" }
    signature { zh: "签名", en: "Signature" }
    date { zh: "日期", en: "Date" }
}

// Summary
texts! {
    in_one_minute { zh: "一分钟摘要", en: "In one minute" }
    kinds_and_fields(kinds, fields) { zh: "共 {kinds} 类、{fields} 个字段。", en: "{kinds} kinds with {fields} fields." }
    to_whom { zh: "去向", en: "To whom" }
    kinds { zh: "类别", en: "Kinds" }
    to_everyone { zh: "向社会公开", en: "To everyone" }
    to_parties { zh: "向本案全体当事人及其代理人", en: "To all parties of the case and their agents" }
    to_role { zh: "向某一诉讼地位的当事人及其代理人", en: "To the parties in one role and their agents" }
    to_person { zh: "向特定个人及其代理人", en: "To one person and their agents" }
    to_system { zh: "仅供系统使用，任何人不可见", en: "For the program alone: nobody sees it" }
    to_intranet { zh: "回传内网", en: "Back from the internet to the intranet" }
    everyone_short { zh: "公众", en: "everyone" }
    parties_short { zh: "当事人", en: "parties" }
    role_short { zh: "诉讼地位", en: "role" }
    person_short { zh: "个人", en: "person" }
    system_short { zh: "系统", en: "system" }
    intranet_short { zh: "回传", en: "back" }
}

// What never crosses
texts! {
    never_crosses { zh: "绝不出网的内容", en: "What never crosses" }
    never_unlisted {
        zh: "目录没有的类别和字段，超出限度的内容。", en: "A kind or field that is not named here, or a value beyond its limit."
    }
    never_identities {
        zh: "登录所用的证件号码和手机号码：只以散列值出网。",
        en: "The identity and phone numbers that login works with: only digests cross."
    }
    never_secondary_volume { zh: "副卷材料：", en: "Files of the secondary volume: " }
    never_unsigned { zh: "领导未签发的文书：", en: "Documents that the leader has not signed off: " }
    never_without_consent { zh: "未经同意而电子送达的文书：", en: "Documents for electronic service without a consent: " }
    never_served { zh: "不得电子送达、只供查看的文书：", en: "Documents that are shown and never served electronically: " }
    never_unapproved_correction { zh: "未经审批的更正：", en: "Corrections without an approval: " }
    never_withheld {
        zh: "在有效审批表内不予公开的事项；只以编号和类别出网。",
        en: "Items under an approval form in force (articles 13, 15): only a number and two classes cross."
    }
    never_marked { zh: "带密级标志的内容：", en: "Anything with a secrecy mark: " }
    never_public_numbers { zh: "向社会公开而含个人号码的内容。", en: "Numbers of people in what is for everyone." }
}

// Scanners
texts! {
    scanner_rules { zh: "扫描规则", en: "The rules of the scanners" }
    secrecy_marks { zh: "密级标志", en: "Secrecy marks" }
    always_held { zh: "一律暂缓导出", en: "always held" }
    unreadable_document { zh: "未能完整读取的公开文书", en: "A document for everyone that was not read as a whole" }
    held { zh: "暂缓导出", en: "held" }
    waits_for_reviewers { zh: "由审查人员决定", en: "waits for reviewers" }
    counts_as_unreadable { zh: "不读取的文书", en: "Not read" }
    longer_than(mib) { zh: "超过 {mib} MiB", en: "longer than {mib} MiB" }
    numbers_for_parties { zh: "只向当事人公开的内容中的个人号码", en: "Numbers of people in what only parties see" }
    counted_not_held { zh: "计数，不拦截", en: "counted, not held" }
    masked_fields { zh: "对公众遮蔽的字段", en: "Fields masked for everyone" }
}

// The matrix
texts! {
    matrix { zh: "总表", en: "Matrix" }
    kind { zh: "类别", en: "Kind" }
    article { zh: "条款", en: "Article" }
    article_short { zh: "条款", en: "Art." }
    department { zh: "部门", en: "Department" }
    audience { zh: "去向", en: "For" }
    served { zh: "可电子送达", en: "Served" }
    sign_off { zh: "签发", en: "Sign-off" }
    main_volume { zh: "正卷", en: "Main volume" }
    consent { zh: "同意", en: "Consent" }
    correction { zh: "更正审批", en: "Correction" }
    document { zh: "文书", en: "Document" }
    fields { zh: "字段", en: "Fields" }
    late { zh: "逾期", en: "Late" }
    days(number) { zh: "{number} 日", en: "{number} d" }
}

// Correction fields
texts! {
    correction_fields { zh: "更正字段", en: "The correction fields" }
    about_correction_fields(kinds) {
        zh: "下列字段说明谁审批了更正、何时、为何（第十六条）；{kinds} 类都有，均为可选，不再逐类列出；去向与该类相同。",
        en: "Who approved a correction, when and why (article 16). {kinds} kinds have them, optional, for the same people as the kind; they are not repeated below."
    }
    field { zh: "字段", en: "Field" }
    type_and_limit { zh: "类型和限度", en: "Type and limit" }
    type_column { zh: "类型", en: "Type" }
}

// A kind
texts! {
    direction { zh: "方向", en: "Direction" }
    up { zh: "↑ 内网到外网", en: "↑ intranet to internet" }
    down { zh: "↓ 外网到内网", en: "↓ internet to intranet" }
    of_a_case { zh: "属于案件", en: "of a case" }
    of_a_person { zh: "属于个人", en: "of a person" }
    comma { zh: "，", en: ", " }
    colon { zh: "：", en: ": " }
    served_electronically { zh: "可电子送达", en: "Served electronically" }
    yes { zh: "是", en: "yes" }
    no { zh: "否", en: "no" }
    required_before { zh: "出网前须有", en: "Required before it crosses" }
    needs_sign_off { zh: "领导签发（第十八条）", en: "sign-off (article 18)" }
    needs_main_volume { zh: "在正卷（第五条）", en: "main volume (article 5)" }
    needs_consent { zh: "电子送达确认书（第六条）", en: "consent to electronic service (article 6)" }
    needs_correction_approval { zh: "更正审批（第十六条）", en: "approval of a correction (article 16)" }
    expected_when { zh: "应有节点", en: "Expected when the case is" }
    late_after(since, days) { zh: "自{since}起超过 {days} 日录入", en: "entered more than {days} days after {since}" }
    used_by_program_as { zh: "程序用途", en: "Used by the program as" }
    required { zh: "必填", en: "Required" }
    required_yes { zh: "必填", en: "yes" }
    required_no { zh: "可缺", en: "no" }
    required_at(steps) { zh: "可缺，但下列节点应有：{steps}", en: "no, but expected at: {steps}" }
    masking { zh: "遮蔽", en: "Masking" }
    for_everyone { zh: "对公众", en: "For everyone" }
    never_hidden { zh: "不得遮蔽", en: "never hidden" }
    as_it_is { zh: "原样", en: "as it is" }
}

// Audiences
texts! {
    everyone { zh: "公众", en: "everyone" }
    parties { zh: "本案当事人及其代理人", en: "parties of the case and their agents" }
    parties_in_role(role) { zh: "{role}及其代理人", en: "parties in the role {role} and their agents" }
    one_person { zh: "所指个人及其代理人", en: "the one person and their agents" }
    nobody { zh: "任何人不可见", en: "nobody" }
}

// Types and masks
texts! {
    of_text(max) { zh: "文本，至多 {max} 字节", en: "text, {max} bytes at most" }
    of_integer(min, max) { zh: "整数，{min} 至 {max}", en: "whole number, {min} to {max}" }
    of_amount { zh: "金额，单位分，非负", en: "money in fen, not negative" }
    of_date { zh: "日期", en: "day" }
    of_time { zh: "时间", en: "point in time" }
    of_code(number) { zh: "代码，{number} 项之一", en: "one of {number} codes" }
    of_document { zh: "文书", en: "document" }
    of_digest { zh: "散列值，64 位十六进制", en: "digest, 64 hexadecimal digits" }
    of_case_number { zh: "规范案号", en: "case number in its one form" }
    of_person { zh: "人员编号，不含证件号码", en: "opaque person id" }
    mask_name { zh: "姓名只留姓（张某）", en: "name: surname only" }
    mask_number { zh: "号码只留首尾四位", en: "number: first and last four" }
    mask_account { zh: "全部隐去", en: "hidden whole" }
    mask_address { zh: "地址只到区县", en: "address: down to the county" }
}

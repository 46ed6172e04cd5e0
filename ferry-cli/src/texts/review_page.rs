//! The reviewer's page and the release form.

use ferry_format::texts;
pub use ferry_format::texts::list::{comma, semicolon};

// Around every page
texts! {
    site { zh: "发布审核", en: "Release review" }
    skip_to_content { zh: "跳到正文", en: "Skip to content" }
    no_court { zh: "未写明法院", en: "no court named" }
    this_machine_only { zh: "只在本机", en: "this machine only" }
    pages { zh: "页面", en: "Pages" }
    overview { zh: "概要", en: "Overview" }
    flagged { zh: "疑似敏感项", en: "Flagged" }
    everything { zh: "全部内容", en: "Everything" }
    changes { zh: "变更", en: "Changes" }
    form { zh: "审核单", en: "Release form" }
    decide { zh: "批准或退回", en: "Approve or refuse" }
    footer {
        zh: "本页由本机的 ferry 从文件直接生成，没有脚本，不向任何地方发送内容。",
        en: "Made on this machine from the file itself: no scripts, nothing is sent anywhere."
    }
    other_language { zh: "English", en: "中文" }
    back_to_overview { zh: "回到概要", en: "Back to the overview" }
    turn_pages { zh: "翻页", en: "Pages of the list" }
    first { zh: "第一页", en: "first" }
    previous { zh: "上一页", en: "previous" }
    next { zh: "下一页", en: "next" }
    last { zh: "最后一页", en: "last" }
    page_of(number, last) { zh: "第 {number} 页，共 {last} 页", en: "page {number} of {last}" }
    colon { zh: "：", en: ": " }
}

// A problem
texts! {
    problem { zh: "不能办理", en: "This cannot be done" }
    see_runbook(code) { zh: "处理办法见运行手册 {code}。", en: "The runbook says what to do about {code}." }
    wrong_host { zh: "本页只在自己的地址上提供", en: "this page answers at its own address only" }
    wrong_path { zh: "请使用 `ferry review` 打印的地址", en: "the address is the one that `ferry review` printed" }
    wrong_origin { zh: "表单不是从本页提交的", en: "this form was not sent from this page" }
}

// About the draft
texts! {
    in_short { zh: "要点", en: "In short" }
    draft { zh: "待审草稿", en: "draft" }
    released_batch(epoch, sequence) { zh: "已发布批次 {epoch}/{sequence}", en: "batch {epoch}/{sequence}" }
    court { zh: "法院", en: "court" }
    channel { zh: "通道", en: "channel" }
    released { zh: "发布时间", en: "released" }
    export { zh: "内网到互联网", en: "intranet to internet" }
    return_way { zh: "互联网到内网", en: "internet to intranet" }
    digest_words { zh: "核对码：两人电话核对，逐组念出", en: "Digest words, to be read out over the telephone" }
    needs_approvals(needed) { zh: "需 {needed} 人审核签名", en: "needs {needed} approvals" }
    needs_offices { zh: "须有", en: "among them" }
    names_not_given {
        zh: "未给出公开目录（--catalogue），类别和字段以原名显示。",
        en: "No catalogue was given (--catalogue): kinds and fields are shown by their ids."
    }
    names_mismatch {
        zh: "给出的公开目录与草稿所用目录的校验值不同，未采用；类别和字段以原名显示。",
        en: "The catalogue given is not the one that this draft names, so it is not used: kinds and fields are shown by their ids."
    }
    flagged_first { zh: "疑似敏感项", en: "Flagged first" }
    nothing_flagged { zh: "扫描没有发现疑似敏感项。", en: "The scanner flagged nothing." }
    all_flagged(number) { zh: "全部 {number} 条疑似敏感项", en: "all {number} flagged items" }
    counts_by_kind { zh: "分类数量", en: "Counts by kind" }
    counts_table { zh: "分类数量表", en: "Counts by kind" }
    nothing_in_it { zh: "没有任何内容（空批）。", en: "Nothing in it: a heartbeat." }
    since_the_batch_before { zh: "与上一批相比", en: "Since the batch before" }
    no_batch_before {
        zh: "没有给出上一批（--before），不作比较。", en: "No earlier batch was given with --before, so nothing is compared."
    }
    no_batch_before_command {
        zh: "没有给出上一批，不作比较。重新打开时加上：", en: "No earlier batch was given, so nothing is compared. Open the draft again with:"
    }
    field_by_field { zh: "逐项查看", en: "field by field" }
    changed { zh: "改动", en: "changed" }
    added { zh: "新增", en: "new" }
    gone { zh: "不再有", en: "gone" }
    same { zh: "相同", en: "the same" }
    what_gone_means {
        zh: "每批只带当天变动的内容：“不再有”指上一批有而本草稿没有，不是撤回。",
        en: "A batch carries what changed that day: “gone” means that the earlier batch has it and this draft does not; it is no retraction."
    }
    one_by_one { zh: "逐项", en: "One by one" }
    withheld { zh: "不予公开", en: "Withheld" }
    no_withheld { zh: "本草稿没有不予公开的登记。", en: "This draft has no entry of a withheld item." }
    withheld_list { zh: "不予公开登记", en: "the list" }
    digests { zh: "校验值", en: "Digests" }
    content_digest { zh: "内容校验值", en: "content digest" }
    catalogue_digest { zh: "公开目录校验值", en: "catalogue" }
    policy_digest { zh: "脱敏策略校验值", en: "policy" }
    none { zh: "无", en: "none" }
    sender_key { zh: "发送方密钥", en: "sender's key" }
    print_form { zh: "打印审核单", en: "Print the release form" }
    kind { zh: "类别", en: "kind" }
    records { zh: "记录", en: "records" }
    retracted_records { zh: "其中撤回", en: "retracted" }
    documents { zh: "文书", en: "documents" }
    flagged_column { zh: "疑似敏感项", en: "flagged" }
    total { zh: "合计", en: "total" }
}

// Approvals
texts! {
    refused_by(person, reason) { zh: "{person} 已退回：{reason}", en: "refused by {person}: {reason}" }
    released_already { zh: "已发布，可事后审核", en: "released; it may be reviewed afterwards" }
    complete { zh: "审核签名已齐", en: "every approval that is needed is there" }
    waiting(needed, found, missing) {
        zh: "需 {needed} 人审核签名，已有 {found} 人，还差 {missing} 人", en: "{found} of {needed} needed approvals"
    }
    office_missing(text, offices) { zh: "{text}；还须：{offices}", en: "{text}; still needed: {offices}" }
    approved_by { zh: "已签名", en: "approved by" }
    does_not_count { zh: "不计入", en: "does not count" }
}

// Items
texts! {
    items { zh: "内容", en: "Items" }
    flagged_items { zh: "疑似敏感项", en: "Flagged" }
    case { zh: "案件编号", en: "case" }
    text { zh: "含有文字", en: "text" }
    all_kinds { zh: "全部", en: "all" }
    only_flagged { zh: "只看疑似敏感项", en: "flagged" }
    only_retracted { zh: "只看撤回", en: "retracted" }
    find { zh: "查找", en: "Find" }
    found(total) { zh: "{total} 条", en: "{total} items" }
    found_at_least(total) { zh: "至少 {total} 条", en: "at least {total} items" }
    nothing_found { zh: "没有。", en: "None." }
    version(number) { zh: "第 {number} 版", en: "version {number}" }
    retracted { zh: "撤回", en: "retracted" }
    of_case { zh: "案件", en: "case" }
    person { zh: "当事人", en: "person" }
    flagged_because { zh: "疑似敏感原因", en: "flagged because" }
    all_of_it { zh: "全文", en: "all of it" }
    view_document { zh: "查看文书", en: "view the document" }
    document_elsewhere {
        zh: "文书不在本草稿内，先前已传出", en: "the document is not in this draft: it crossed before"
    }
    media_type { zh: "媒体类型", en: "type" }
    size { zh: "大小", en: "size" }
    sha256 { zh: "校验值", en: "SHA-256" }
    refuse_because_of_it { zh: "因这一条退回", en: "Refuse because of this one" }
    yuan(amount) { zh: "{amount} 元", en: "CNY {amount}" }
}

// A document
texts! {
    how_it_was_read { zh: "读取情况", en: "How it was read" }
    read_as_a_whole { zh: "本机的读取程序已读出全部内容。", en: "The readers of this machine have read all of it." }
    cause_of_page(page, cause) { zh: "第 {page} 页：{cause}", en: "page {page}: {cause}" }
    places_to_look_at {
        zh: "较长的号码和密级标志（含附注、书签、表单和文件属性）",
        en: "Long numbers and secrecy marks, also in notes, bookmarks, forms and properties"
    }
    no_places { zh: "本页未找到 11 位以上的数字，也未找到“★”。", en: "No run of 11 or more digits and no ★ was found." }
    more_places(count) { zh: "另有 {count} 处未列出", en: "{count} more are not listed" }
    text_of_document { zh: "文书的文字", en: "Text of the document" }
    only_beginning { zh: "只显示开头，其余请保存后查看。", en: "Only its beginning; save it to read the rest." }
    drawn_page(number, last) {
        zh: "第 {number} 页，共 {last} 页，由隔离的程序绘成图片。",
        en: "Page {number} of {last}, drawn as a picture by a program in a sandbox."
    }
    picture_of_page(name, number) { zh: "{name}，第 {number} 页", en: "{name}, page {number}" }
    pages_of_document { zh: "翻页", en: "Pages of the document" }
    save_document { zh: "保存文书", en: "Save the document" }
    saved_has_no_sandbox {
        zh: "保存的文件未经隔离，请只用看图或看文的程序打开。",
        en: "A saved file is not in a sandbox: open it only with a program that shows pictures or text."
    }
    not_shown { zh: "此类文件不在页面内显示", en: "Files of this type are not shown on a page" }
    cannot_be_drawn(why) { zh: "无法显示：{why}", en: "it cannot be drawn: {why}" }
    too_much_output { zh: "输出过大", en: "too much output" }
    too_slow { zh: "用时过长", en: "it takes too long" }
}

// The decision
texts! {
    what_is_decided { zh: "要决定的内容", en: "What is decided" }
    key_in_use { zh: "所用密钥", en: "key in use" }
    may_only_read {
        zh: "该密钥可以阅读，不能批准或退回", en: "This key may read, but neither approve nor refuse"
    }
    approved { zh: "已批准", en: "approved" }
    refused { zh: "已退回", en: "refused" }
    approve { zh: "批准", en: "Approve" }
    refuse { zh: "退回", en: "Refuse" }
    review_after_release {
        zh: "此批已发布：这是事后审核。", en: "This batch was released already: this is a review afterwards."
    }
    i_have_read {
        zh: "我已看过疑似敏感项并核对核对码，批准的就是上面内容校验值所指的内容。",
        en: "I have read what is flagged and compared the digest words; I approve exactly the content of the digest above."
    }
    sign_approval { zh: "签名批准", en: "Sign the approval" }
    reason_required { zh: "理由（必填）", en: "Reason (required)" }
    because_of_these { zh: "只因这些内容（可不选）", en: "Because of these only (optional)" }
    sign_refusal { zh: "签名退回", en: "Sign the refusal" }
    outcome { zh: "结果", en: "Outcome" }
    reason { zh: "理由", en: "reason" }
    file { zh: "文件", en: "file" }
    hand_in_approval {
        zh: "把这个文件交给内网操作员，用 inner-agent review add 录入；再打电话核对核对码。",
        en: "Hand this file to the operator inside, who adds it with inner-agent review add; then compare the digest words by telephone."
    }
    hand_in_refusal {
        zh: "把这个文件交给内网操作员，用 inner-agent review refuse 录入；再打电话核对核对码。",
        en: "Hand this file to the operator inside, who adds it with inner-agent review refuse; then compare the digest words by telephone."
    }
    nothing_decided { zh: "尚未决定", en: "Nothing decided yet" }
}

// The release form
texts! {
    form_title { zh: "出网数据发布审核单", en: "Release form" }
    how_to_print { zh: "用浏览器的打印功能打印本页", en: "print this page from the browser's menu" }
    state { zh: "状态", en: "state" }
    printed { zh: "打印时间", en: "printed" }
    form_digest_words { zh: "核对码（电话核对）", en: "digest words, compared by telephone" }
    content { zh: "内容", en: "Content" }
    form_flagged { zh: "疑似敏感项", en: "flagged" }
    counted(what, number) { zh: "{what}（{number} 条）", en: "{what} ({number})" }
    withheld_entries { zh: "不予公开登记", en: "withheld entries" }
    approvals { zh: "审核签名", en: "Approvals" }
    first_reviewer { zh: "审核人一", en: "reviewer 1" }
    second_reviewer { zh: "审核人二", en: "reviewer 2" }
    date { zh: "日期", en: "date" }
}

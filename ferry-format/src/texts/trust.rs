//! What is wrong with a trust file, a trust list, or a file of a reviewer.

use crate::texts;

texts! {
    digest_twice { zh: "校验值重复", en: "it names a digest twice" }
    digest_form { zh: "有校验值不是 64 位十六进制数字", en: "a digest is not 64 hexadecimal digits" }
    key_twice { zh: "密钥重复", en: "it names one key twice" }
    no_sender { zh: "没有发送密钥", en: "it names no sender" }
    too_many_approvals { zh: "所需审核签名数多于审核人数", en: "it needs more approvals than it names reviewers" }
    key_ends_before_begin { zh: "有密钥的截止时间早于起始时间", en: "one of its keys ends before it begins" }
    person_or_office_empty { zh: "人员或审核岗位为空", en: "a person or office is empty" }
    not_valid_yet { zh: "尚未生效", en: "not valid yet" }
    expired { zh: "已过有效期", en: "expired" }
    revoked { zh: "已吊销", en: "revoked" }
    list_too_long { zh: "信任清单超长", en: "longer than a trust list may be" }
    previous_form { zh: "previous 不是 64 位十六进制数字", en: "`previous` is not 64 hexadecimal digits" }
    number_from_one { zh: "清单编号从 1 开始", en: "lists are numbered from 1" }
    previous_zero { zh: "previous 只在第 1 号清单为零", en: "`previous` is zero for list 1, and for no other" }
    ends_before_begin { zh: "截止时间早于起始时间", en: "it ends before it begins" }
    too_many_roots { zh: "根密钥过多", en: "it names too many root keys" }
    root_threshold { zh: "根密钥签名数为零或多于根密钥数", en: "its root threshold is zero or above the number of its root keys" }
    not_a_root_key { zh: "根密钥中有非根密钥", en: "a key among its roots is not a root key" }
    root_twice { zh: "根密钥重复", en: "it names one root key twice" }
    no_channel { zh: "没有通道", en: "it names no channel" }
    channel_twice { zh: "通道重复", en: "it names one channel twice" }
    root_among_channel_keys { zh: "通道密钥中有根密钥", en: "a root key is among the keys of a channel" }
    root_on_channel { zh: "根密钥同时用于通道", en: "a root key is also used on a channel" }
    channel_names_court { zh: "通道另列了法院", en: "a channel names a court of its own" }
    channel_without_name { zh: "通道缺名称或方向", en: "a channel lacks its name or direction" }
    body_form { zh: "正文须以换行结尾，且不含 --- 行", en: "a body ends with a line break and has no line `---`" }
    no_separator { zh: "正文与签名之间缺少 --- 行", en: "it has no line `---` between body and signatures" }
    not_a_signature_line { zh: "--- 之后有一行不是签名", en: "a line after `---` is not a signature" }
    no_signature { zh: "没有签名", en: "it has no signature" }
    signatures_unordered {
        zh: "签名重复、顺序不符或其后有其他内容",
        en: "its signatures are repeated, out of order or followed by something else",
    }
    number_taken { zh: "该编号已有另一清单", en: "another list has its number" }
    previous_differs { zh: "所列上一清单不同", en: "it names another list as its predecessor" }
    made_before_previous { zh: "制作时间早于上一清单", en: "it was made before the list that it follows" }
    the_previous_list { zh: "上一清单", en: "the previous list" }
    this_list { zh: "本清单", en: "this list" }
    the_given_keys { zh: "所给根密钥", en: "the given keys" }
    not_an_approval { zh: "不是审核签名文件", en: "not an approval file" }
    not_a_refusal { zh: "不是退回文件", en: "not a refusal file" }
    reason_not_text { zh: "退回理由不是文字", en: "its reason is not text" }
    reason_length { zh: "退回理由为空或过长", en: "its reason is empty or too long" }
    too_many_records { zh: "所列记录过多", en: "it names too many records" }
    name_out_of_bounds { zh: "记录的类别或编号为空或过长", en: "the kind or id of a record is empty or too long" }
    records_unordered { zh: "所列记录重复或顺序不符", en: "its records are repeated or out of order" }
    suite_floor_falls(channel, before, now) {
        zh: "通道 {channel} 的密码套件下限由 {before} 降为 {now}",
        en: "channel {channel}: its suite floor falls from {before} to {now}",
    }
    key_was_revoked(channel, key) {
        zh: "通道 {channel} 的密钥 {key} 此前已吊销",
        en: "channel {channel}: the key {key} was already revoked",
    }
    line_list(court, number, created, until) {
        zh: "法院 {court}，清单 {number}，制作于 {created}，有效至 {until}",
        en: "court {court}, list {number}, created {created}, valid until {until}",
    }
    line_next_list(needed, roots) {
        zh: "下一清单须由 {roots} 个根密钥中的 {needed} 个签名",
        en: "the next list needs {needed} of {roots} root keys",
    }
    line_key(role, fingerprint, words) { zh: "{role} {fingerprint} {words}", en: "{role} {fingerprint} {words}" }
    line_channel(channel, direction) { zh: "{channel}（{direction}）", en: "{channel} ({direction})" }
    line_approvals(of, approvals, floor) {
        zh: "{of}：审核签名 {approvals} 个，密码套件下限 {floor}",
        en: "{of}: approvals {approvals}, suite floor {floor}",
    }
    line_class(of, class, approvals) { zh: "{of}：{class}须审核签名 {approvals} 个", en: "{of}: {class} needs {approvals}" }
    line_class_offices(of, class, approvals, offices) {
        zh: "{of}：{class}须审核签名 {approvals} 个，含{offices}",
        en: "{of}: {class} needs {approvals}, among them {offices}",
    }
    line_review_hours(of, hours) { zh: "{of}：须在 {hours} 小时内审核", en: "{of}: to be reviewed within {hours} hours" }
    line_of(of, what) { zh: "{of}：{what}", en: "{of}: {what}" }
    line_catalogue(of, digest) { zh: "{of}：公开目录 {digest}", en: "{of}: catalogue {digest}" }
    line_policy(of, digest) { zh: "{of}：脱敏策略 {digest}", en: "{of}: policy {digest}" }
    and_person(person) { zh: "，人员 {person}", en: ", person {person}" }
    and_office(office) { zh: "，审核岗位 {office}", en: ", office {office}" }
    and_not_before(at) { zh: "，自 {at} 起有效", en: ", not before {at}" }
    and_not_after(at) { zh: "，至 {at} 止有效", en: ", not after {at}" }
    and_revoked_from(place) { zh: "，自 {place} 起吊销", en: ", revoked from {place}" }
}

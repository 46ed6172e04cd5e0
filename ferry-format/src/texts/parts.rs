//! Names of structures and quantities, as errors begin with them.

use crate::texts;

texts! {
    approval { zh: "审核签名文件", en: "approval file" }
    audit_entries_of_bundle { zh: "证据包的审计条目数", en: "audit entries of the evidence bundle" }
    audit_entry { zh: "审计条目", en: "audit entry" }
    batch { zh: "批次", en: "batch" }
    batch_length { zh: "批次长度", en: "batch length" }
    batches_of_bundle { zh: "证据包的批次数", en: "batches of the evidence bundle" }
    catalogue { zh: "公开目录", en: "catalogue" }
    chunk { zh: "数据块", en: "chunk" }
    content_statement { zh: "内容声明", en: "content statement" }
    entry { zh: "条目", en: "entry" }
    entry_name { zh: "条目名称", en: "entry name" }
    evidence { zh: "证据包", en: "evidence bundle" }
    file_key { zh: "文件密钥", en: "file key" }
    format_version { zh: "格式版本", en: "format version" }
    head { zh: "首卷", en: "head" }
    head_of_bundle { zh: "证据包首部长度", en: "head length of the evidence bundle" }
    header { zh: "文件头", en: "header" }
    header_length { zh: "文件头长度", en: "header length" }
    identity_number { zh: "证件号码", en: "identity number" }
    items_of_batch { zh: "同一批次的证据项数", en: "evidence items of one batch" }
    key { zh: "密钥", en: "key" }
    login_key { zh: "登录密钥", en: "login key" }
    manifest { zh: "清单", en: "manifest" }
    manifest_block { zh: "清单块", en: "manifest block" }
    manifest_entry { zh: "清单条目", en: "manifest entry" }
    number_of_entries { zh: "条目数", en: "number of entries" }
    number_of_recipients { zh: "接收密钥数", en: "number of recipients" }
    number_of_volumes { zh: "分卷数", en: "number of volumes" }
    part_of_bundle { zh: "证据包中一部分的长度", en: "length of a part of the evidence bundle" }
    path_of_audit_entry { zh: "审计路径长度", en: "path length of an audit entry" }
    policy { zh: "脱敏策略", en: "policy" }
    prelude { zh: "文件前导", en: "prelude" }
    encrypted_key { zh: "加密的密钥文件", en: "encrypted key" }
    public_key { zh: "公钥文件", en: "public key" }
    randomness { zh: "随机数", en: "randomness" }
    recipient { zh: "接收密钥", en: "recipient" }
    recipients { zh: "接收密钥", en: "recipients" }
    record { zh: "记录", en: "record" }
    record_block { zh: "记录块", en: "record block" }
    refusal { zh: "退回文件", en: "refusal file" }
    scratch_file { zh: "临时文件", en: "scratch file" }
    secret_key { zh: "私钥文件", en: "secret key" }
    segment_digests { zh: "数据段校验值", en: "segment digests" }
    sender { zh: "发送密钥", en: "sender" }
    series_statement { zh: "序列声明", en: "series statement" }
    signature { zh: "签名", en: "signature" }
    stanzas { zh: "接收密钥段", en: "stanzas" }
    statement { zh: "声明", en: "statement" }
    statement_length { zh: "声明长度", en: "statement length" }
    suite { zh: "密码套件", en: "suite" }
    telephone_number { zh: "电话号码", en: "telephone number" }
    token_key { zh: "令牌密钥文件", en: "token key" }
    trust_file { zh: "信任文件", en: "trust file" }
    trust_texts_of_bundle { zh: "证据包的信任文件数", en: "trust texts of the evidence bundle" }
    version_of_bundle { zh: "证据包版本", en: "evidence bundle version" }
    volume { zh: "分卷", en: "volume" }
    volume_version { zh: "分卷版本", en: "volume version" }
    reviewer_signature { zh: "审核签名", en: "reviewer's signature" }
    sender_signature { zh: "发送方签名", en: "sender's signature" }
    root_signature { zh: "根密钥签名", en: "root key's signature" }
    a_record_block { zh: "记录块", en: "a block of records" }
    a_document { zh: "文书", en: "a document" }
    the_content_statement { zh: "内容声明", en: "the content statement" }
    the_header { zh: "文件头", en: "the header" }
    the_key_commitment { zh: "密钥承诺值", en: "the key commitment" }
    the_segment_digests { zh: "数据段校验值列表", en: "the list of segment digests" }
    the_stanzas { zh: "接收密钥段列表", en: "the list of stanzas" }
    the_manifest_commitment { zh: "清单承诺值", en: "the manifest commitment" }
    a_chunk { zh: "数据块", en: "a chunk" }
    the_body { zh: "批次正文", en: "the body" }
    the_file_key { zh: "文件密钥", en: "the file key" }
    the_encrypted_key { zh: "加密的密钥文件", en: "the encrypted key" }
    the_stanza { zh: "该接收密钥的密钥段", en: "the stanza of this recipient" }
    court { zh: "法院", en: "court" }
    channel { zh: "通道", en: "channel" }
    direction { zh: "方向", en: "direction" }
    numbered_entry(number) { zh: "条目 {number}", en: "entry {number}" }
    id(id) { zh: "标识“{id}”", en: "id `{id}`" }
    key_of_role(role) { zh: "{role}", en: "{role} key" }
    role_root { zh: "根密钥", en: "root" }
    role_sender { zh: "发送密钥", en: "sender" }
    role_recipient { zh: "接收密钥", en: "recipient" }
    role_reviewer { zh: "审核密钥", en: "reviewer" }
    direction_export { zh: "上行", en: "export" }
    direction_return { zh: "回传", en: "return" }
    class_heartbeat { zh: "空批", en: "heartbeat" }
    class_clean { zh: "无疑似敏感项", en: "clean" }
    class_flagged { zh: "含疑似敏感项", en: "flagged" }
    class_trust { zh: "信任清单", en: "trust" }
    catalogue_role(name) { zh: "公开目录 `roles.{name}`", en: "catalogue `roles.{name}`" }
    catalogue_kind(kind) { zh: "公开目录的类别 `{kind}`", en: "catalogue kind `{kind}`" }
    catalogue_field(kind, field) { zh: "公开目录的字段 `{kind}.{field}`", en: "catalogue field `{kind}.{field}`" }
    catalogue_correction { zh: "公开目录 `correction`", en: "catalogue `correction`" }
    policy_mask(kind) { zh: "脱敏策略 `mask.{kind}`", en: "policy `mask.{kind}`" }
    policy_marks { zh: "脱敏策略 `scan.marks`", en: "policy `scan.marks`" }
    at_byte(what, offset) { zh: "{what}（偏移 {offset} 字节）", en: "{what} at byte {offset}" }
    at_key(what, key) { zh: "{what} `{key}`", en: "{what} `{key}`" }
}

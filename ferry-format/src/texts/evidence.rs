//! What is wrong with an evidence bundle or an audit.

use crate::texts;

texts! {
    part_too_long { zh: "有一部分超长", en: "a part is too long" }
    text_not_utf8 { zh: "文字不是 UTF-8 编码", en: "a text is not UTF-8" }
    not_a_bundle { zh: "不是证据包文件", en: "not an evidence bundle" }
    absent_bits_unknown { zh: "缺失标志未知", en: "its list of missing parts is unknown" }
    batches_unordered { zh: "批次重复或顺序不符", en: "its batches are repeated or out of order" }
    items_unordered { zh: "证据项重复或顺序不符", en: "its items are repeated or out of order" }
    audit_entries_unordered { zh: "审计条目重复或顺序不符", en: "its audit entries are repeated or out of order" }
    role_unknown { zh: "证据项的作用未知", en: "an item has an unknown role" }
    batch_shows_nothing { zh: "有批次未证明任何内容", en: "one of its batches shows nothing" }
    two_subjects { zh: "列出了两个证明对象", en: "it names two records as its subject" }
    no_subject { zh: "没有证明对象：须有一条记录或一份文书", en: "it has no subject: neither a record nor exactly one document" }
    not_opened_to_end { zh: "批次未完整打开", en: "the batch was not opened to its end" }
    digest_flag { zh: "校验值标志不是 0 或 1", en: "its digest flag is neither 0 nor 1" }
    not_under_head { zh: "与已签名的审计链头不衔接", en: "it does not lead to the signed head" }
    entry_missing { zh: "缺少该条目", en: "it is missing" }
    chain_broken { zh: "与前一条目不衔接", en: "it does not continue the chain" }
}

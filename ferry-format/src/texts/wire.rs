//! What is wrong with the bytes of a batch, a volume or a draft.

use crate::texts;

texts! {
    ends_too_early { zh: "内容不完整", en: "ends too early" }
    bytes_left_over { zh: "末尾有多余内容", en: "bytes are left over" }
    list_too_long { zh: "列表超长", en: "a list is too long" }
    string_not_utf8 { zh: "文字不是 UTF-8 编码", en: "a string is not UTF-8" }
    over_encoding_limit { zh: "超过长度上限", en: "longer than its limit" }
    number_too_wide { zh: "数值未用最短形式编码", en: "a number is longer than it needs to be" }
    number_width_unknown { zh: "数值的宽度标记未知", en: "a number has an unknown width" }
    number_out_of_range { zh: "数值超出范围", en: "a number is out of range" }
    flag_unknown { zh: "标志既不是 0 也不是 1", en: "a flag is neither 0 nor 1" }
    variant_unknown(number) { zh: "未知的类型编号 {number}", en: "an enum has the unknown number {number}" }
    keys_unordered { zh: "键重复或顺序不符", en: "keys are repeated or out of order" }
    wrong_domain { zh: "开头标识不符", en: "does not start with its domain" }
    content_outside_file { zh: "内容声明超出文件范围", en: "the content statement lies outside the file" }
    id_characters { zh: "标识含不允许的字符", en: "an id has characters that are not allowed" }
    direction_unknown { zh: "方向未知", en: "its direction is unknown" }
    batch_type_unknown { zh: "批次类型未知", en: "its batch type is unknown" }
    recipients_unordered { zh: "接收密钥缺失、重复或顺序不符", en: "its recipients are missing, repeated or out of order" }
    stanzas_differ { zh: "与文件头的接收密钥不一致", en: "they differ from the header's recipients" }
    sequence_zero { zh: "批号为零", en: "its sequence number is zero" }
    approvals_unordered { zh: "审核签名重复或顺序不符", en: "its approvals are repeated or out of order" }
    gap_requests_unordered { zh: "补发请求重叠或顺序不符", en: "its gap requests overlap or are out of order" }
    volume_requests_unordered { zh: "分卷补发请求重叠或顺序不符", en: "its volume requests overlap or are out of order" }
    number_too_large { zh: "编号超出范围", en: "a number is too large" }
    epoch_over { zh: "所属编号周期已结束", en: "its epoch is over" }
    number_taken { zh: "该批号已有另一批次", en: "another batch has this number" }
    not_continuing { zh: "与已接收的批次序列不衔接", en: "does not continue the accepted series" }
    text_out_of_bounds { zh: "文字为空或超长", en: "one of its texts is empty or too long" }
    longer_than_batch { zh: "超过批次长度上限", en: "longer than a batch may be" }
    raw_lengths_differ { zh: "未压缩但前后长度不一致", en: "its lengths differ although it is not compressed" }
    ratio_too_high { zh: "解压倍数超过上限", en: "it would expand beyond the allowed ratio" }
    document_compressed { zh: "文书不应压缩", en: "a document is compressed" }
    entry_past_body { zh: "条目超出正文范围", en: "an entry reaches past the body" }
    entries_not_contiguous { zh: "条目不连续", en: "its entries are not contiguous" }
    totals_differ { zh: "合计数与内容声明不一致", en: "its totals differ from the content statement" }
    lengths_do_not_fit { zh: "所列长度与文件不符", en: "its lengths do not fit the file" }
    bytes_after_signature { zh: "签名之后有多余内容", en: "bytes follow the signature" }
    past_segments { zh: "超出数据段范围", en: "reads past its segments" }
    not_one_frame { zh: "不是所列长度的单个压缩帧", en: "not one frame of its declared length" }
    record_too_long { zh: "记录超长", en: "a record is too long" }
    schema_unknown { zh: "记录结构版本未知", en: "its schema is unknown" }
    draft_without_number { zh: "这是待审草稿，尚无批号", en: "this is a draft; it has no number" }
    draft_unsigned { zh: "这是待审草稿，尚无批号和发送方签名", en: "this is a draft; it has no number and no sender's signature" }
    already_released { zh: "该批次已发布", en: "this batch is already released" }
    another_suite { zh: "其他密码套件", en: "another suite" }
    not_a_volume { zh: "不是分卷文件", en: "not a volume" }
    not_a_head { zh: "不是首卷文件", en: "not a head" }
    volumes_without_segments { zh: "分卷不含数据段", en: "its volumes have no segments" }
    parts_do_not_fit { zh: "各部分与批次不符", en: "its parts do not fit the batch" }
    of_another_batch { zh: "不属于该批次", en: "belongs to another batch" }
    bytes_after_segments { zh: "最后一个数据段之后有多余内容", en: "bytes follow its last segment" }
    too_long_to_encrypt { zh: "过长，无法加密", en: "too long to encrypt" }
    too_many_chunks { zh: "数据块过多", en: "it has too many chunks" }
    wrapped_length { zh: "封装后的长度不符", en: "its wrapped length is unexpected" }
    public_key_unusable { zh: "公钥不可用", en: "its public key is unusable" }
    cannot_be_sealed_to { zh: "该密钥不能用于加密接收", en: "this key cannot be encrypted to" }
    repeats_itself { zh: "出现重复", en: "it repeats itself" }
    recipients_missing { zh: "没有接收密钥，或有重复", en: "there are none, or one is named twice" }
    lost_bytes { zh: "内容丢失", en: "it lost bytes" }
    names_other_content { zh: "所列内容不是该草稿", en: "it names other content" }
    sealed_for_another_sender { zh: "草稿封装时指定了另一个发送密钥", en: "the draft was sealed for another sender's signature" }
    key_suite_differs { zh: "密码套件与草稿不同", en: "its suite differs from the draft" }
    id_form { zh: "标识最多 64 个字符，只能是 a-z 0-9 - . _", en: "an id has at most 64 of the characters a-z 0-9 - . _" }
    no_such_entry { zh: "没有该编号的条目", en: "there is no entry of this number" }
    only_reviewers { zh: "仅有审核密钥", en: "reviewers only" }
    only_others { zh: "仅有其他密钥", en: "others only" }
    a_recipient_of_the_trust_file { zh: "信任文件中的接收密钥", en: "a recipient of the trust file" }
}

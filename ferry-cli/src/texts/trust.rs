//! What `ferry trust` prints.

use ferry_format::texts;

texts! {
    signatures_not_checked {
        zh: "此处不校验签名；校验用 `ferry trust check`", en: "signatures are not checked here: use `ferry trust check`"
    }
    list_signed(number, court, digest) { zh: "{court} 第 {number} 号清单，{digest}", en: "list {number} of {court}, {digest}" }
    signatures(found, needed) {
        zh: "已有 {found} 个签名；下一份清单需 {needed} 个", en: "{found} signed, {needed} must sign the next"
    }
    list_holds(court, number) { zh: "通过：{court} 第 {number} 号清单", en: "ok: {court} list {number}" }
    write_channel_and_key { zh: "写作 CHANNEL=KEY.pub", en: "write CHANNEL=KEY.pub" }
    write_channel_key_and_number { zh: "写作 CHANNEL=KEY.pub@EPOCH/NUMBER", en: "write CHANNEL=KEY.pub@EPOCH/NUMBER" }
}

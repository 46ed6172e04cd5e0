//! What is wrong with a key file.

use crate::texts;

texts! {
    not_four_fields { zh: "不是四个字段的一行", en: "not one line of four fields" }
    role_unknown {
        zh: "角色不是 root、sender、recipient 或 reviewer",
        en: "its role is not root, sender, recipient or reviewer",
    }
    token_role_unknown { zh: "角色不是 root、sender 或 reviewer", en: "its role is not root, sender or reviewer" }
    field_not_base64 { zh: "字段不是 base64", en: "a field is not base64" }
    field_not_32_bytes { zh: "字段不是 32 字节", en: "a field is not 32 bytes" }
    half_not_used { zh: "含有该角色不用的一半密钥", en: "it has a half that its role does not use" }
    signing_seed_unusable { zh: "签名密钥种子不可用", en: "its signing seed is unusable" }
    line_does_not_end { zh: "行末缺换行符", en: "its line does not end" }
    cost_too_high { zh: "所需内存、轮数或并行数超过上限", en: "it needs more memory, passes or lanes than allowed" }
    work_too_high { zh: "内存和轮数合计超过上限", en: "memory and passes together are more work than allowed" }
    argon2_unusable { zh: "Argon2id 参数不可用", en: "its Argon2id parameters are unusable" }
    cannot_be_encrypted { zh: "无法加密", en: "it cannot be encrypted" }
    not_ten_fields {
        zh: "不是以 ferry-protected-key-1 开头、共十个字段的一行",
        en: "not one line of ten fields that begins with `ferry-protected-key-1`",
    }
    parameter_not_a_number { zh: "参数不是数字", en: "a parameter is not a number" }
    salt_not_32_bytes { zh: "盐值不是 32 字节", en: "its salt is not 32 bytes" }
    sealed_length { zh: "加密部分的长度与角色不符", en: "its encrypted part does not have the length of its role" }
    number_not_shortest { zh: "数字不是最短写法", en: "a number is not written in its shortest form" }
    cipher_unusable { zh: "加密算法不可用", en: "its cipher is unusable" }
    no_module_path { zh: "缺少 pkcs11:…?module-path=…", en: "it has no `pkcs11:…?module-path=…`" }
    no_pin_source { zh: "缺少 &pin-source=…", en: "it has no `&pin-source=…`" }
    pin_source_unknown {
        zh: "pin-source 不是 file: 或 credential:",
        en: "its pin-source is neither `file:` nor `credential:`",
    }
    attribute_unknown {
        zh: "含 token、serial、object、id 以外的属性",
        en: "it has an attribute other than token, serial, object and id",
    }
    attributes_unordered {
        zh: "属性顺序不符、重复或转义方式不符",
        en: "its attributes are out of order, repeated or escaped differently",
    }
    module_not_absolute { zh: "模块不是绝对路径", en: "its module is not an absolute path" }
    pin_file_not_absolute { zh: "PIN 文件不是绝对路径", en: "its PIN file is not an absolute path" }
    pin_credential_not_a_name { zh: "PIN 凭据不是文件名", en: "its PIN credential is not a file name" }
    label_unusable { zh: "标签为空、过长或含控制字符", en: "a label is empty, too long or has control characters" }
    key_id_length { zh: "密钥 ID 为空或过长", en: "the key's id is empty or too long" }
    no_token { zh: "未指明令牌", en: "it names no token" }
    no_key_in_token { zh: "未指明令牌中的密钥", en: "it names no key in the token" }
    escape_form { zh: "转义不是 % 加两位十六进制数字", en: "an escape is not `%` and two digits" }
    part_not_utf8 { zh: "有一部分不是 UTF-8 编码", en: "a part is not UTF-8" }
    role_does_not_sign {
        zh: "该角色的密钥不签名，不能存入令牌",
        en: "a key of this role does not sign and cannot be kept in a token",
    }
    opening_half_does_not_fit { zh: "解密部分与角色不符", en: "its opening half does not fit its role" }
    not_five_fields {
        zh: "不是以 ferry-token-key-1 开头、共五个字段的一行",
        en: "not one line of five fields that begins with `ferry-token-key-1`",
    }
    no_public_key { zh: "缺少公钥", en: "it has no public key" }
    login_key_form { zh: "不是一行 64 位十六进制数字", en: "not one line of 64 hexadecimal digits" }
    wrong_tag(tag) { zh: "开头不是 {tag}", en: "does not start with `{tag}`" }
    cannot_sign { zh: "该角色的密钥不能签名", en: "a key of this role cannot sign" }
    cannot_open { zh: "该角色的密钥不能解密", en: "a key of this role cannot decrypt" }
    place_labelled(token, key) { zh: "令牌 {token}，密钥 {key}", en: "token {token}, key {key}" }
}

//! What is wrong with a catalogue or a policy.

use crate::texts;

texts! {
    id_characters { zh: "标识含 a-z 0-9 - . _ 以外的字符", en: "its id has characters other than a-z 0-9 - . _" }
    expected_at_unknown_step { zh: "expected-at 中有案件没有的环节", en: "it is expected at a step that no case has" }
    audience_role_unknown {
        zh: "公开对象的角色不存在，或该类信息不属于案件",
        en: "its audience is a role that no party has, or it belongs to no case",
    }
    deadline_field { zh: "期限的起算字段不是日期或时间", en: "its deadline starts from a field that is not a date or time" }
    served_needs_case_and_person {
        zh: "只有属于案件且对应人员的上行信息才能送达",
        en: "only a kind that goes up and has a case and a person can be served",
    }
    served_needs_consent {
        zh: "电子送达的信息须有送达确认，其他信息不须（第六条）",
        en: "a kind requires consent if and only if it is served electronically (article 6)",
    }
    text_bound { zh: "长度上限须为 1 至 65536", en: "its length limit must be 1 to 65536" }
    bounds_reversed { zh: "下限高于上限", en: "its lower bound is above its upper bound" }
    code_table_empty { zh: "代码表为空", en: "its code table is empty" }
    required_at_unknown_step { zh: "required-at 中有案件没有的环节", en: "it is required at a step that no case has" }
    required_at_needs_optional {
        zh: "只有案件类信息的可选字段才能按环节必填",
        en: "only an optional field of a kind that has a case can be required at a step",
    }
    no_such_kind { zh: "公开目录没有该类信息", en: "the catalogue has no such kind" }
    only_public_is_masked { zh: "只对面向社会公开的上行信息脱敏", en: "only what is for the public is masked" }
    never_masked { zh: "法官姓名和案号不得脱敏", en: "judges and case numbers are never masked" }
    mask_field_unknown { zh: "所列字段不存在或不是文本", en: "it names a field that does not exist or is not text" }
    mark_empty { zh: "密级标志为空", en: "a secrecy mark is empty" }
    correction_fields(fields) { zh: "字段须为 {fields}，且均为可选", en: "its fields must be {fields}, all optional" }
    role_kind(kind) { zh: "`{kind}` 不是已有类别，或不适合此用途", en: "`{kind}` is not a kind, or not one that fits this role" }
    role_field(kind, field) {
        zh: "类别 `{kind}` 缺少类型相符的字段 `{field}`",
        en: "its kind `{kind}` lacks a field `{field}` of the right type",
    }
}

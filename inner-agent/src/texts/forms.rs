//! Approval forms for withholding (articles 13 and 15).

use ferry_channel::alarms;
use ferry_format::texts;

texts! {
    one(form, reason) { zh: "{form}（{reason}）", en: "{form} ({reason})" }
}

alarms! {
    /// Forms that do not do what they say.
    defective_forms(count, forms) = "FERRY-E0656" {
        zh: "{count} 份不予公开审批表有缺陷：{forms}",
        en: "{count} approval forms do not withhold what they were written for: {forms}",
        hint {
            zh: "在办案平台更正审批表的表名、主键、案件、日期或审批人；已作废的填写截止日期",
            en: "correct table, key, case, days or approvers of the form in the platform; give a form that is over its last day",
        }
    }
}

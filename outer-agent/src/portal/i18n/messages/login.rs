//! The login form.

use super::table::messages;

messages! {
    /// The login form.
    LoginTexts {
        button { zh: "登录", en: "Log in" }
        identity { zh: "证件号码", en: "ID number" }
        identity_note {
            zh: "身份证号码或者统一社会信用代码",
            en: "Identity card number, or the unified social credit code of your organisation"
        }
        name { zh: "姓名或者名称", en: "Name" }
        name_note { zh: "与立案材料一致", en: "As in the filing documents" }
        phone { zh: "手机号码", en: "Mobile number" }
        phone_note { zh: "立案时预留的手机号码", en: "The number that you gave the court" }
        query_code { zh: "查询码", en: "Query code" }
        query_code_note {
            zh: "见立案材料或者 12368 短信",
            en: "Printed in the filing documents, or sent by text message from 12368"
        }
        password { zh: "密码", en: "Password" }
        password_note { zh: "由法院提供", en: "Given to you by the court" }
        wrong { zh: "登录信息有误。", en: "The details do not match." }
        wrong_advice {
            zh: "请逐项核对后重试；多次不成功的，请稍后再试或者拨打 12368。",
            en: "Check each entry and try again. After several attempts, wait a while or call 12368."
        }
        lost_code {
            zh: "没有或者遗失查询码、密码的，请到立案窗口办理或者拨打 12368。",
            en: "If you have no code or password, or have lost it, go to the filing counter or call 12368."
        }
    }
}

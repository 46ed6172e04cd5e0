//! What a visitor reads when something does not work: a title, and what to do.

use super::table::messages;

messages! {
    /// What a visitor reads when something does not work: a title, and what to do.
    ProblemTexts {
        login_required { zh: "请先登录", en: "Log in first" }
        login_required_advice {
            zh: "您尚未登录或者登录已过期，请登录后再试。",
            en: "You are not logged in, or your login has expired. Log in and try again."
        }
        not_found { zh: "未找到相关内容", en: "Not found" }
        not_found_advice {
            zh: "您查看的内容不存在，或者与您无关。",
            en: "It does not exist, or it does not concern you."
        }
        forged { zh: "请求已失效", en: "This form has expired" }
        forged_advice { zh: "请返回上一页，刷新后重试。", en: "Go back, reload the page and try again." }
        invalid { zh: "填写有误", en: "Invalid entry" }
        bad_request { zh: "请求有误", en: "Invalid request" }
        bad_request_advice { zh: "请返回首页重新操作。", en: "Start again from the home page." }
        too_large { zh: "内容过长", en: "Too long" }
        too_large_advice { zh: "请缩短后重试。", en: "Shorten it and try again." }
        wrong_method { zh: "不支持此访问方式", en: "Method not allowed" }
        wrong_method_advice { zh: "请使用页面上的按钮办理。", en: "Use the buttons on the pages." }
        bad_range { zh: "下载范围有误", en: "Invalid range" }
        bad_range_advice { zh: "请重新下载。", en: "Download the file again." }
        too_many_attempts { zh: "登录失败次数过多", en: "Too many failed logins" }
        no_consent { zh: "未确认电子送达", en: "No consent to electronic service" }
        no_consent_advice {
            zh: "受送达人没有有效的电子送达确认书，该文书不能在此签收。请联系承办人或者拨打 12368。",
            en: "The addressee has no valid consent to electronic service, so the document is not served here. Contact the handler or call 12368."
        }
        open_first { zh: "请先查阅", en: "Open the document first" }
        open_first_advice { zh: "请先查阅文书，再签收。", en: "Open the document, then sign for it." }
        key_reused { zh: "提交编号重复", en: "Submission key already used" }
        key_reused_advice {
            zh: "该编号已用于另一内容，本次未提交。请更换编号后重新提交。",
            en: "Another text was submitted under this key; this one was not submitted. Use a new key."
        }
        busy { zh: "访问人数较多", en: "Many visitors" }
        busy_advice { zh: "请稍后再试。", en: "Try again later." }
        failed { zh: "暂时无法办理", en: "Not possible at the moment" }
        failed_advice {
            zh: "请稍后再试；仍无法办理的，请拨打 12368。",
            en: "Try again later. If it still fails, call 12368."
        }
    }
}

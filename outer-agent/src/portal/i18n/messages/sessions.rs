//! The list of logged-in devices.

use super::table::messages;

messages! {
    /// The list of logged-in devices.
    SessionTexts {
        note {
            zh: "以下设备已登录您的账号。如有非本人登录，请退出该设备并联系法院。",
            en: "These devices are logged in to your account. If one is not yours, log it out and contact the court."
        }
        this_device { zh: "当前设备", en: "This device" }
        last_used { zh: "最近使用", en: "Last used" }
        ip_address { zh: "IP 地址", en: "IP address" }
        browser { zh: "浏览器", en: "Browser" }
        log_out_device { zh: "退出该设备", en: "Log out this device" }
        log_out_others { zh: "退出其他设备", en: "Log out other devices" }
    }
}

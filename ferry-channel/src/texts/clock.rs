//! The clock of this machine: what is refused, and what a person accepted.

use crate::alarms;
use ferry_format::texts;
use ferry_io::errors;
use ferry_io::exit_code::TEMPORARY;

texts! {
    accepted(now) { zh: "已确认本机时间 {now}", en: "the present time is accepted: {now}" }
}

errors! {
    /// The clock is behind, and something new would be published.
    behind(now, floor) = TEMPORARY, "FERRY-E0653" {
        zh: "本机时间 {now} 早于上次运行 {floor}", en: "the clock says {now}, and the last run was at {floor}",
        hint {
            zh: "校正本机时钟；若上次运行时的时间才是错的，运行 `clock accept`",
            en: "set the clock; if it was the last run whose time was wrong, run `clock accept`",
        }
    }
    /// The clock is ahead.
    ahead(now, floor) = TEMPORARY, "FERRY-E0654" {
        zh: "本机时间 {now} 与上次运行 {floor} 相差过大，或在运行中跳变",
        en: "the clock says {now}: too long after the last run at {floor}, or it jumped since",
        hint {
            zh: "核对本机时钟；时间无误的，运行 `clock accept`",
            en: "check the clock; if it is right, run `clock accept`",
        }
    }
}

alarms! {
    /// The same as an alarm, where something is published by this machine's clock.
    publishing_behind(now, floor) = "FERRY-E0653" {
        zh: "本机时间 {now} 早于上次运行 {floor}：不再公开新内容，撤回照常",
        en: "the clock says {now}, and the last run was at {floor}: nothing new is published, retractions go on",
        hint {
            zh: "校正本机时钟；若上次运行时的时间才是错的，运行 `clock accept`",
            en: "set the clock; if it was the last run whose time was wrong, run `clock accept`",
        }
    }
    publishing_ahead(now, floor) = "FERRY-E0654" {
        zh: "本机时间 {now} 与上次运行 {floor} 相差过大，或在运行中跳变：暂停导出",
        en: "the clock says {now}: too long after the last run at {floor}, or it jumped since; exports are paused",
        hint {
            zh: "核对本机时钟；时间无误的，运行 `clock accept`",
            en: "check the clock; if it is right, run `clock accept`",
        }
    }
    /// The same where nothing is: rules by date go by the newest time that may be believed.
    behind_alarm(now, floor) = "FERRY-E0653" {
        zh: "本机时间 {now} 早于上次运行 {floor}：按上次运行的时间判断期限",
        en: "the clock says {now}, and the last run was at {floor}: days and deadlines are judged by the time of that run",
        hint {
            zh: "校正本机时钟；若上次运行时的时间才是错的，运行 `clock accept`",
            en: "set the clock; if it was the last run whose time was wrong, run `clock accept`",
        }
    }
    ahead_alarm(now, floor) = "FERRY-E0654" {
        zh: "本机时间 {now} 与上次运行 {floor} 相差过大，或在运行中跳变：按上次运行的时间判断期限",
        en: "the clock says {now}: too long after the last run at {floor}, or it jumped since; days and deadlines are judged by the time of that run",
        hint {
            zh: "核对本机时钟；时间无误的，运行 `clock accept`",
            en: "check the clock; if it is right, run `clock accept`",
        }
    }
}

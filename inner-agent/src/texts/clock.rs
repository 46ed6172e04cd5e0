//! The clock of this machine: what is refused, and what a person accepted.

use ferry_channel::alarms;
use ferry_format::texts;
use ferry_io::errors;
use ferry_io::exit_code::TEMPORARY;

texts! {
    accepted(now) { zh: "已确认本机时间 {now}", en: "the present time is accepted: {now}" }
    only_retractions {
        zh: "  warning: 本机时钟落后，本次只发出撤回和不予公开，其余内容待校时后导出",
        en: "  warning: the clock is behind, so only retractions and withheld items left; the rest leaves once it is right",
    }
}

errors! {
    /// The clock is behind, and something new would be published.
    behind(now, floor) = TEMPORARY, "FERRY-E0653" {
        zh: "本机时间 {now} 早于上次运行 {floor}", en: "the clock says {now}, and the last run was at {floor}",
        hint {
            zh: "校正本机时钟；若上次运行时的时间才是错的，运行 `inner-agent clock accept`",
            en: "set the clock; if it was the last run whose time was wrong, run `inner-agent clock accept`",
        }
    }
    /// The clock is ahead.
    ahead(now, floor) = TEMPORARY, "FERRY-E0654" {
        zh: "本机时间 {now} 与上次运行 {floor} 相差过大，或在运行中跳变",
        en: "the clock says {now}: too long after the last run at {floor}, or it jumped since",
        hint {
            zh: "核对本机时钟；时间无误的，运行 `inner-agent clock accept`",
            en: "check the clock; if it is right, run `inner-agent clock accept`",
        }
    }
}

alarms! {
    /// The same as an alarm.
    clock_behind(now, floor) = "FERRY-E0653" {
        zh: "本机时间 {now} 早于上次运行 {floor}：不再公开新内容，撤回照常",
        en: "the clock says {now}, and the last run was at {floor}: nothing new is published, retractions go on",
        hint {
            zh: "校正本机时钟；若上次运行时的时间才是错的，运行 `inner-agent clock accept`",
            en: "set the clock; if it was the last run whose time was wrong, run `inner-agent clock accept`",
        }
    }
    clock_ahead(now, floor) = "FERRY-E0654" {
        zh: "本机时间 {now} 与上次运行 {floor} 相差过大，或在运行中跳变：暂停导出",
        en: "the clock says {now}: too long after the last run at {floor}, or it jumped since; exports are paused",
        hint {
            zh: "核对本机时钟；时间无误的，运行 `inner-agent clock accept`",
            en: "check the clock; if it is right, run `inner-agent clock accept`",
        }
    }
}

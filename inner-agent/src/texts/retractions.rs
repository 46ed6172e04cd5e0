//! Retractions that wait for a person, and kinds without a mapping.

use ferry_channel::alarms;
use ferry_format::texts;
use ferry_io::errors;
use ferry_io::exit_code::{BAD_DATA, NO_INPUT};

texts! {
    none_waits { zh: "没有待确认的撤回", en: "no retraction waits for a decision" }
    of_kind(kind, count) { zh: "{kind}：待确认撤回 {count} 条", en: "{kind}: {count} retractions wait" }
    one(kind, key, reason, since) { zh: "{kind} {key}：{reason}（{since} 起）", en: "{kind} {key}: {reason} (since {since})" }
    more(count) { zh: "另有 {count} 条，见 --json", en: "and {count} more; --json has all" }
    digest(digest) { zh: "清单摘要 {digest}", en: "digest of the list: {digest}" }
    released(count) {
        zh: "{count} 条撤回将随下次导出发出",
        en: "{count} retractions go with the next export",
    }
    kept(count) {
        zh: "{count} 条记录保持公开，直至办案平台恢复这些记录",
        en: "{count} records stay published until the platform has them again",
    }
    held_line(count) {
        zh: "  warning: {count} 条撤回待人工确认，记录保持公开：retractions list",
        en: "  warning: {count} retractions wait for a person, the records stay published: retractions list",
    }
    unmapped_kept(kind, count) { zh: "{kind}：没有映射，{count} 条保持公开", en: "{kind}: no mapping, {count} records stay published" }
    unmapped_retracted(kind, count) {
        zh: "{kind}：没有映射，下次导出撤回 {count} 条",
        en: "{kind}: no mapping, the next export retracts {count} records",
    }
    unmapped_undecided(kind, count) {
        zh: "{kind}：没有映射，{count} 条仍公开：请在 source.unmapped 中写明 keep 或 retract",
        en: "{kind}: no mapping, {count} records stay published: decide keep or retract in source.unmapped",
    }
}

errors! {
    /// Another list than the one that was seen.
    list_changed(digest) = BAD_DATA, "FERRY-E0646" {
        zh: "清单已变更，现摘要为 {digest}", en: "the list is another one now, with the digest {digest}",
        hint { zh: "用 `retractions list` 查看后再确认", en: "look at it with `retractions list`, then decide" }
    }
    /// Nothing waits.
    nothing_to_decide = NO_INPUT, "FERRY-E0646" {
        zh: "没有待确认的撤回", en: "no retraction waits for a decision",
        hint { zh: "用 `retractions list` 查看", en: "`retractions list` shows what waits" }
    }
}

alarms! {
    /// Retractions wait for a person.
    retractions_held(count, kinds) = "FERRY-E0645" {
        zh: "{count} 条已公开的记录在办案平台中不见（{kinds}），超过自动撤回的上限，保持公开待人工确认",
        en: "{count} published records are no longer in the platform ({kinds}): more than a run retracts by itself, so they stay published",
        hint {
            zh: "用 `retractions list` 查看；属映射或数据库故障的先修复，确应撤回的用 `retractions release`",
            en: "look with `retractions list`; mend the mapping or the database if it is at fault, or let them go with `retractions release`",
        }
    }
    /// Kinds without a mapping.
    unmapped(kinds) = "FERRY-E0647" {
        zh: "已公开的 {kinds} 没有映射，不再更新",
        en: "{kinds} are published and have no mapping, so they are no longer updated",
        hint {
            zh: "恢复 source.kinds 中的映射，或在 source.unmapped 中写明 keep 或 retract",
            en: "restore the mapping in source.kinds, or decide keep or retract in source.unmapped",
        }
    }
    /// More retractions by rule than the bound.
    many_retractions(count) = "FERRY-E0648" {
        zh: "最近一次导出撤回了 {count} 条记录", en: "the last export retracted {count} records",
        hint {
            zh: "用 `report` 核对撤回的记录和理由",
            en: "check what was retracted and why with `report`",
        }
    }
}

//! What `plan` and `check-config` print.

use ferry_format::texts;

texts! {
    planning { zh: "正在计算", en: "planning" }
    kind { zh: "类别", en: "kind" }
    new { zh: "新增", en: "new" }
    changed { zh: "变更", en: "changed" }
    retracted { zh: "撤回", en: "retracted" }
    withheld { zh: "不予公开", en: "withheld" }
    held { zh: "暂缓导出", en: "held" }
    kept_in { zh: "按规则不导出", en: "kept in" }
    unchanged { zh: "无变化", en: "unchanged" }
    /// The heading of what a mapping reads.
    preview_kind(kind, title, article) { zh: "{kind} {title}（{article}）", en: "{kind} {title} ({article})" }
    preview_held(class) { zh: "暂缓导出：{class}", en: "held: {class}" }
    preview_document(bytes, media_type) { zh: "{bytes} 字节 {media_type}", en: "{bytes} bytes {media_type}" }
    /// What a run of changes does not look at.
    not_looked_at {
        zh: "仅计算有变更的行和文件；长度和时间相同而内容不同的文件，只有全量比对（--full）才能发现",
        en: "only rows and files that changed were looked at; a file of other bytes under the same length and time is found by --full alone",
    }
    /// How many rows a mapping reads, and how many are of its kind.
    rows_match(matching, rows) { zh: "  共 {rows} 行，符合条件 {matching} 行", en: "  {matching} of {rows} rows match" }
    amount_in_yuan(field, column) {
        zh: "  {field}：{column} 列按元读取，带出时换算为分", en: "  {field}: column {column} is read in yuan and crosses in fen",
    }
    unordered(column, value) {
        zh: "  warning: 变更时间列 {column} 的值“{value}”不是时间，每次导出都读取全部行",
        en: "  warning: `{value}` in the column of changes {column} is no time, so every run reads every row",
    }
    nothing_matches(published) {
        zh: "  warning: 没有一行符合条件，已公开的 {published} 条将待人工确认撤回",
        en: "  warning: no row matches, and the {published} published records would wait to be retracted",
    }
    configuration_good(kinds) { zh: "配置正确：已映射 {kinds} 类信息", en: "ok: {kinds} kinds are mapped" }
}

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
    configuration_good(kinds) { zh: "配置正确：已映射 {kinds} 类信息", en: "ok: {kinds} kinds are mapped" }
}

//! The texts of this crate.

pub mod help;

use ferry_format::texts;

texts! {
    about(path, what) { zh: "{path}：{what}", en: "{path}: {what}" }
    /// A wrong or missing value of a configuration file.
    configuration(path, key, why) { zh: "{path}：配置项 `{key}`：{why}", en: "{path}: `{key}`: {why}" }
    configuration_hint { zh: "请更正该配置项；没有缺省配置可用", en: "correct this key; there is no fallback configuration" }
}

//! The texts of this crate.

pub mod help;

use ferry_format::texts;

texts! {
    about(path, what) { zh: "{path}：{what}", en: "{path}: {what}" }
}

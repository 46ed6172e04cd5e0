//! The texts of this crate.

use ferry_format::texts;

texts! {
    about(path, what) { zh: "{path}：{what}", en: "{path}: {what}" }
}

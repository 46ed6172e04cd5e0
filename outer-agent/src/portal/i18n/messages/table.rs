//! The form of a table of texts.

/// Defines the texts of one part of the site: a struct with a field per text, once in each language.
macro_rules! messages {
    ($(#[doc = $doc:literal])* $part:ident { $($name:ident { zh: $zh:literal, en: $en:literal })* }) => {
        $(#[doc = $doc])*
        pub struct $part {
            $(#[doc = concat!(" ", $zh, " / ", $en)] pub $name: &'static str,)*
        }

        impl $part {
            /// In Chinese.
            pub const CHINESE: Self = Self { $($name: $zh,)* };
            /// In English.
            pub const ENGLISH: Self = Self { $($name: $en,)* };
            /// Name and both wordings of every text.
            #[cfg(test)]
            pub const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $zh, $en),)*];
        }
    };
}
pub(super) use messages;

//! Something that somebody must look at today.

use ferry_format::text::Text;
use ferry_io::error::Error;
use ferry_io::output::language::Show;
use serde::{Serialize, Serializer};

/// Something that somebody must look at today.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Alarm {
    /// Stable code of the runbook, `FERRY-E….`
    pub code: &'static str,
    /// What is wrong.
    #[serde(serialize_with = "shown")]
    pub message: Text,
    /// What to do.
    #[serde(serialize_with = "shown")]
    pub hint: Text,
}

/// In JSON a text has the language of the command.
fn shown<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.show())
}

impl From<Error> for Alarm {
    fn from(error: Error) -> Self {
        Self { code: error.code, message: error.message, hint: error.hint }
    }
}

/// Defines alarms as functions that give an [`Alarm`], like `ferry_io::errors!` without an exit code.
#[macro_export]
macro_rules! alarms {
    ($($(#[doc = $doc:literal])* $name:ident $(($($argument:ident),+ $(,)?))? = $code:literal {
        zh: $zh:literal, en: $en:literal, hint { zh: $hint_zh:literal, en: $hint_en:literal $(,)? } $(,)?
    })*) => {
        $(
            $(#[doc = $doc])*
            #[doc = concat!(" `", $code, "`: ", $zh, " / ", $en)]
            pub fn $name($($($argument: impl $crate::__private::Localized),+)?) -> $crate::types::alarm::Alarm {
                $($(let $argument = $crate::__private::both_wordings(&$argument);)+)?
                $crate::__private::errors! {
                    $name $(($($argument),+))? = 0, $code {
                        zh: $zh, en: $en, hint { zh: $hint_zh, en: $hint_en }
                    }
                }
                $name($($(&$argument),+)?).into()
            }
        )*
    };
}

//! The error of every command: what the user reads, the exit code that scripts rely on, and the code of the runbook.

use crate::exit_code::{BAD_DATA, CANNOT_CREATE, CONFIGURATION, IO, NO_INPUT, NOT_PERMITTED, SYNC_FAILED, TEMPORARY};
use crate::texts::errors as texts;
use ferry_format::text::{Localized, Text};
use ferry_format::texts::errors::io as io_text;
use ferry_format::{Fault, FormatError};
use std::path::Path;

/// The result of every operation with effects.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed operation. The code is stable and names a section of `ops/runbook.md`.
#[derive(Clone, Debug)]
pub struct Error {
    /// What happened: lower case, no full stop.
    pub message: Text,
    /// What to do.
    pub hint: Text,
    /// Stable code of the runbook, `FERRY-E….`
    pub code: &'static str,
    /// Exit code (sysexits).
    pub exit: u8,
}

impl Error {
    /// An error from its parts.
    pub fn new(exit: u8, code: &'static str, message: impl Into<Text>, hint: impl Into<Text>) -> Self {
        Self { message: message.into(), hint: hint.into(), code, exit }
    }

    /// An error of the operating system about a file.
    pub fn io(path: &Path, error: &std::io::Error, creating: bool) -> Self {
        use std::io::ErrorKind::{AlreadyExists, NotFound, PermissionDenied, QuotaExceeded, StorageFull};
        let (exit, hint) = match error.kind() {
            NotFound if !creating => (NO_INPUT, texts::check_path()),
            AlreadyExists => (CANNOT_CREATE, texts::choose_another_name()),
            PermissionDenied => (NOT_PERMITTED, texts::check_owner_and_mode()),
            StorageFull | QuotaExceeded => (TEMPORARY, texts::free_space()),
            _ if creating => (CANNOT_CREATE, texts::check_folder_and_space()),
            _ => (IO, texts::check_disk()),
        };
        Self::new(exit, "FERRY-E0601", texts::about(path.display(), io_text(error)), hint)
    }

    /// A sync failed. A full disk is reported in time; after any other error the kernel may have dropped what was written
    /// and call it clean, so that only a new process that reads what is there can be trusted.
    pub fn sync(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded) {
            return Self::io(path, error, true);
        }
        texts::unsynced(texts::about(path.display(), io_text(error)))
    }

    /// Whether a daemon has to end: after a failed sync only a new process reads what is really there. A table that is away or a
    /// grant that is missing is one job's fault, and may come back.
    pub fn is_fatal(&self) -> bool {
        self.exit == SYNC_FAILED
    }

    /// The error of a file that is rejected.
    pub fn about(path: &Path, error: &FormatError) -> Self {
        Self::from(error).of_file(path)
    }

    /// The same error with the path of its file.
    pub fn of_file(self, path: &Path) -> Self {
        Self { message: texts::about(path.display(), &self.message), ..self }
    }

    /// A wrong or missing value of a configuration file; `key` names it.
    pub fn configuration(path: &Path, key: &str, why: impl Localized) -> Self {
        texts::configuration(path.display(), key, why)
    }
}

/// Defines errors as functions that give an [`Error`]: exit code, stable code, what happened and what to do.
///
/// ```
/// use ferry_io::exit_code::NO_INPUT;
/// ferry_io::errors! {
///     /// The outbox lost a batch.
///     batch_lost(path) = NO_INPUT, "FERRY-E0606" {
///         zh: "{path}：发件箱缺少该批次文件", en: "{path}: the outbox lost this batch",
///         hint { zh: "从备份恢复发件箱", en: "restore the outbox from its backup" }
///     }
/// }
/// assert_eq!(batch_lost("a.ferry").message.english(), "a.ferry: the outbox lost this batch");
/// ```
#[macro_export]
macro_rules! errors {
    ($($(#[doc = $doc:literal])* $name:ident $(($($argument:ident),+ $(,)?))? = $exit:expr, $code:literal {
        zh: $zh:literal, en: $en:literal, hint { zh: $hint_zh:literal, en: $hint_en:literal $(,)? } $(,)?
    })*) => {
        $(
            $(#[doc = $doc])*
            #[doc = concat!(" `", $code, "`: ", $zh, " / ", $en)]
            pub fn $name($($($argument: impl $crate::__private::Localized),+)?) -> $crate::Error {
                $($(let $argument = $crate::__private::both_wordings(&$argument);)+)?
                $crate::__private::text_fn!([#[doc = ""]] message_wording ($($($argument),+)?) $zh, $en);
                $crate::__private::text_fn!([#[doc = ""]] hint_wording ($($($argument),+)?) $hint_zh, $hint_en);
                $crate::Error {
                    message: message_wording($($(&$argument),+)?),
                    hint: hint_wording($($(&$argument),+)?),
                    code: $code,
                    exit: $exit,
                }
            }
        )*
    };
}

/// In English: for logs that machines read. A person is shown [`Error::message`].
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.message.english())
    }
}

/// So that an error of something handed to `ferry-format`, such as a token, comes back whole in a [`FormatError::Io`].
impl std::error::Error for Error {}

impl From<&FormatError> for Error {
    fn from(error: &FormatError) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if let FormatError::Io(e) = error
            && let Some(inner) = e.get_ref().and_then(|inner| inner.downcast_ref::<Self>())
        {
            return inner.clone();
        }
        if let FormatError::Io(e) = error
            && matches!(e.kind(), StorageFull | QuotaExceeded)
        {
            return Self::new(TEMPORARY, error.code(), error.message(), texts::free_space());
        }
        let exit = match error.fault() {
            Fault::Bytes | Fault::Authenticity | Fault::Destination | Fault::Order | Fault::Content => BAD_DATA,
            Fault::Input => CONFIGURATION,
            Fault::Io => IO,
        };
        Self::new(exit, error.code(), error.message(), error.hint())
    }
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        Self::from(&error)
    }
}

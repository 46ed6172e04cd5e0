//! The one language of this process's output: `--lang`, then the configuration, then the locale, then Chinese.

use ferry_format::text::{Language, Text};
use std::sync::{Mutex, PoisonError};

#[derive(Clone, Copy, Default)]
struct Choice {
    option: Option<Language>,
    configured: Option<Language>,
}

static CHOICE: Mutex<Choice> = Mutex::new(Choice { option: None, configured: None });

/// Sets the language of `--lang`, which takes precedence.
pub fn set_option(language: Option<Language>) {
    CHOICE.lock().unwrap_or_else(PoisonError::into_inner).option = language;
}

/// Sets the language of the configuration.
pub fn set_configured(language: Option<Language>) {
    CHOICE.lock().unwrap_or_else(PoisonError::into_inner).configured = language;
}

/// The language of output now.
pub fn current() -> Language {
    let choice = *CHOICE.lock().unwrap_or_else(PoisonError::into_inner);
    choice.option.or(choice.configured).or_else(of_environment).unwrap_or_default()
}

/// The first of the variables that is set decides, as in every program that follows POSIX.
fn of_environment() -> Option<Language> {
    let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let name = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find(set)?;
    Language::of_locale(&std::env::var(name).ok()?)
}

/// Shows a text in the language of this process.
pub trait Show {
    /// Its wording.
    fn show(&self) -> &str;
}

impl Show for Text {
    fn show(&self) -> &str {
        self.get(current())
    }
}

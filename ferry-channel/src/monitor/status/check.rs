//! `status --check`: one line and an exit code for a monitoring system.

use crate::monitor::status::todo::{Todo, Urgency};
use crate::texts::status as texts;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::stdout;

/// Codes of errors by which a side stands still, although its status cannot be read further.
const STANDS: [&str; 5] = ["FERRY-E0657", "FERRY-E0658", "FERRY-E0659", "FERRY-E0675", "FERRY-E0691"];

/// What a check came to. Its exit code is the order: 0 to 3, as monitoring systems read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is to be done.
    Well,
    /// Somebody should look: how many things, and the first.
    Look(usize, String),
    /// Something is lost or stands still: how many things, and the first.
    Stands(usize, String),
    /// The check could not be made, and why.
    Unknown(String),
}

impl Verdict {
    /// Of what a person has to do, most urgent first; or of the error that kept the status from being read.
    pub fn of(todo: &Result<Vec<Todo>>) -> Self {
        match todo {
            Ok(todo) => match todo.first() {
                None => Self::Well,
                Some(first) if first.urgency == Urgency::Now => {
                    Self::Stands(todo.len(), named(first.code, &first.what))
                }
                Some(first) => Self::Look(todo.len(), named(first.code, &first.what)),
            },
            Err(error) if STANDS.contains(&error.code) => Self::Stands(1, of_error(error)),
            Err(error) => Self::Unknown(of_error(error)),
        }
    }

    /// The line.
    pub fn text(&self) -> Text {
        match self {
            Self::Well => texts::check_well(),
            Self::Look(count, first) => texts::check_look(count, first),
            Self::Stands(count, first) => texts::check_stands(count, first),
            Self::Unknown(why) => texts::check_unknown(why),
        }
    }

    /// 0 well, 1 somebody should look, 2 something is lost or stands still, 3 the check could not be made.
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Well => 0,
            Self::Look(..) => 1,
            Self::Stands(..) => 2,
            Self::Unknown(_) => 3,
        }
    }
}

fn named(code: &str, what: &str) -> String {
    format!("{what} [{code}]")
}

fn of_error(error: &Error) -> String {
    named(error.code, error.message.show())
}

/// Where the check was asked for, an error that comes before it ends the process as [`end`] does.
///
/// # Errors
/// The error itself, where it was not.
pub fn or_end<T>(is_check: bool, outcome: Result<T>) -> Result<T> {
    match outcome {
        Err(error) if is_check => end(&Err(error.clone())).and(Err(error)),
        other => other,
    }
}

/// Prints the verdict and ends the process with its code.
///
/// # Errors
/// Where stdout cannot be written.
pub fn end(todo: &Result<Vec<Todo>>) -> Result<()> {
    let verdict = Verdict::of(todo);
    outln!("{}", verdict.text().show());
    stdout::end()?;
    std::process::exit(verdict.exit_code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::errors;

    fn todo(urgency: Urgency) -> Todo {
        Todo { urgency, code: "FERRY-E0694", what: "what".into(), command: "command".into() }
    }

    #[test]
    fn the_most_urgent_thing_gives_the_code_and_an_error_is_no_reason_to_be_well() {
        let code = |todo: Result<Vec<Todo>>| Verdict::of(&todo).exit_code();
        assert_eq!(code(Ok(vec![])), 0);
        assert_eq!(code(Ok(vec![todo(Urgency::Today), todo(Urgency::Later)])), 1);
        assert_eq!(code(Ok(vec![todo(Urgency::Now), todo(Urgency::Today)])), 2);
        assert_eq!(code(Err(errors::ledger_missing("x"))), 2);
        assert_eq!(code(Err(errors::no_audit_to_settle("x"))), 3);
    }
}

//! What a visitor is told when something does not work. Internals stay in the log.

use crate::portal::i18n::messages::Words;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ferry_io::Error;
use ferry_io::errln;

/// The result of a request.
pub type Outcome<T> = Result<T, Problem>;

/// A failed request, by whose fault it is.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Nobody is logged in.
    LogInFirst,
    /// Identity number and query code do not match; the same for a stranger and a wrong code.
    WrongLogIn,
    /// There is no such thing, or it does not concern this person.
    NotFound,
    /// The form was not made for this session.
    Forged,
    /// The input breaks a rule that the visitor can keep; the words that say which.
    Invalid(fn(&Words) -> &'static str),
    /// Too many log-ins failed from this address.
    TooManyAttempts,
    /// The addressee does not consent to electronic service today (article 6).
    NoConsent,
    /// It cannot be signed for before it was opened.
    OpenFirst,
    /// Another text was submitted under the name of this attempt.
    AttemptTaken,
    /// Too much at once.
    Busy,
    /// What HTTP itself refuses: a method, a body, a range.
    Refused(StatusCode),
    /// Our fault; the text goes to the log only.
    Ours(String),
}

impl From<Error> for Problem {
    fn from(failure: Error) -> Self {
        Self::Ours(format!("{} [{}]", failure.message.english(), failure.code))
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Error::from(error).into()
    }
}

impl Problem {
    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::LogInFirst | Self::WrongLogIn => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoConsent | Self::OpenFirst | Self::AttemptTaken => StatusCode::CONFLICT,
            Self::Busy | Self::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(status) => *status,
            Self::Ours(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Code, title and advice.
    pub fn text(&self, w: &'static Words) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::LogInFirst => ("log-in-first", w.log_in_first, w.log_in_first_advice),
            Self::WrongLogIn => ("wrong-log-in", w.wrong_log_in, w.wrong_log_in_advice),
            Self::NotFound => ("not-found", w.not_found, w.not_found_advice),
            Self::Forged | Self::Refused(StatusCode::FORBIDDEN) => ("forged", w.forged, w.forged_advice),
            Self::Refused(StatusCode::PAYLOAD_TOO_LARGE) => ("too-large", w.too_large, w.too_large_advice),
            Self::Refused(StatusCode::METHOD_NOT_ALLOWED) => ("wrong-method", w.wrong_method, w.wrong_method_advice),
            Self::Refused(StatusCode::RANGE_NOT_SATISFIABLE) => {
                ("no-such-range", w.no_such_range, w.no_such_range_advice)
            }
            Self::Refused(status) if status.is_client_error() => ("refused", w.bad_request, w.bad_request_advice),
            Self::Invalid(why) => ("invalid", w.invalid, why(w)),
            Self::TooManyAttempts => ("too-many-attempts", w.too_many_attempts, w.too_many_attempts_advice),
            Self::NoConsent => ("no-consent", w.no_consent, w.no_consent_advice),
            Self::OpenFirst => ("open-first", w.open_first, w.open_first_advice),
            Self::AttemptTaken => ("attempt-taken", w.attempt_taken, w.attempt_taken_advice),
            Self::Busy => ("busy", w.busy, w.busy_advice),
            Self::Refused(_) | Self::Ours(_) => ("failed", w.failed, w.failed_advice),
        }
    }

    /// Writes our own faults to the log; a visitor's input never stands there.
    pub fn log(&self) {
        if let Self::Ours(why) = self {
            errln!("error: portal: {why}");
        }
    }
}

/// For a page: `pages::problem` says it in the language of whoever asked.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if matches!(self, Self::LogInFirst) {
            return axum::response::Redirect::to("/login").into_response();
        }
        self.log();
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

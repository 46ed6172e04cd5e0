//! What a visitor is told when a request fails. Internal causes go to the log only.

use crate::portal::i18n::messages::Messages;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ferry_format::text::Text;
use ferry_io::output::language::Show;
use ferry_io::{Error, errln};
use std::borrow::Cow;

/// The result of a request.
pub type Outcome<T> = Result<T, Problem>;

/// A failed request, by whose fault it is.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Nobody is logged in.
    LoginRequired,
    /// The login details do not match; the same for an unknown person and for a wrong factor.
    WrongLogin,
    /// It does not exist, or it does not concern this person.
    NotFound,
    /// The form was not made for this session.
    Forged,
    /// The input breaks a rule that the visitor can follow; gives the text that names the rule.
    Invalid(fn(&Messages) -> &'static str),
    /// Too many logins failed from this address; they count for so many minutes.
    TooManyAttempts {
        /// `lock-minutes` of the configuration.
        lock_minutes: u32,
    },
    /// The addressee does not consent to electronic service today (article 6).
    NoConsent,
    /// A document cannot be signed for before it was opened.
    OpenFirst,
    /// Another text was submitted under the same idempotency key.
    KeyReused,
    /// Too many requests at once.
    Busy,
    /// Refused by HTTP itself: a method, a body, a range.
    Refused(StatusCode),
    /// Our fault; the text goes to the log only.
    Internal(String),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Internal(format!("{} [{}]", error.message.show(), error.code))
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Error::from(error).into()
    }
}

impl Problem {
    /// Our fault, with the cause for the log.
    pub fn internal(cause: &Text) -> Self {
        Self::Internal(cause.show().to_owned())
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::LoginRequired | Self::WrongLogin => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoConsent | Self::OpenFirst | Self::KeyReused => StatusCode::CONFLICT,
            Self::Busy | Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(status) => *status,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code, the title, and what to do.
    pub fn text(&self, m: &'static Messages) -> (&'static str, &'static str, Cow<'static, str>) {
        let p = &m.problem;
        let (code, title, advice) = match self {
            Self::TooManyAttempts { lock_minutes } => {
                let advice = m.too_many_attempts_advice(*lock_minutes);
                return ("too-many-attempts", p.too_many_attempts, advice.into());
            }
            Self::LoginRequired => ("log-in-first", p.login_required, p.login_required_advice),
            Self::WrongLogin => ("wrong-log-in", m.login.wrong, m.login.wrong_advice),
            Self::NotFound => ("not-found", p.not_found, p.not_found_advice),
            Self::Forged | Self::Refused(StatusCode::FORBIDDEN) => ("forged", p.forged, p.forged_advice),
            Self::Refused(StatusCode::PAYLOAD_TOO_LARGE) => ("too-large", p.too_large, p.too_large_advice),
            Self::Refused(StatusCode::METHOD_NOT_ALLOWED) => ("wrong-method", p.wrong_method, p.wrong_method_advice),
            Self::Refused(StatusCode::RANGE_NOT_SATISFIABLE) => ("no-such-range", p.bad_range, p.bad_range_advice),
            Self::Refused(status) if status.is_client_error() => ("refused", p.bad_request, p.bad_request_advice),
            Self::Invalid(why) => ("invalid", p.invalid, why(m)),
            Self::NoConsent => ("no-consent", p.no_consent, p.no_consent_advice),
            Self::OpenFirst => ("open-first", p.open_first, p.open_first_advice),
            Self::KeyReused => ("attempt-taken", p.key_reused, p.key_reused_advice),
            Self::Busy => ("busy", p.busy, p.busy_advice),
            Self::Refused(_) | Self::Internal(_) => ("failed", p.failed, p.failed_advice),
        };
        (code, title, advice.into())
    }

    /// Writes internal causes to the log; what a visitor typed is never in them.
    pub fn log(&self) {
        if let Self::Internal(cause) = self {
            errln!("error: portal: {cause}");
        }
    }
}

/// For a page: `web::problem_page` writes it in the visitor's language.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if matches!(self, Self::LoginRequired) {
            return Redirect::to("/login").into_response();
        }
        self.log();
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

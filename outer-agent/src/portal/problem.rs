//! What a visitor is told when something does not work. Internals stay in the log.

use crate::portal::words::{Language, Words};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use ferry_channel::Failure;

/// The result of a request.
pub type Outcome<T> = Result<T, Problem>;

/// A failed request, by whose fault it is.
#[derive(Debug)]
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
    /// Too much at once.
    Busy,
    /// What HTTP itself refuses: a method, a body, a range.
    Refused(StatusCode),
    /// Our fault; the text goes to the log only.
    Ours(String),
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Ours(format!("{} [{}]", failure.message, failure.code))
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Failure::from(error).into()
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
            Self::NoConsent | Self::OpenFirst => StatusCode::CONFLICT,
            Self::Busy | Self::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(status) => *status,
            Self::Ours(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Code, title and advice.
    pub fn text(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::LogInFirst => ("log-in-first", "请先登录", "登录已过期或尚未登录，请重新登录后再试。"),
            Self::WrongLogIn => (
                "wrong-log-in",
                "证件号码或查询码不正确",
                "请核对立案材料上的查询码。连续多次不正确时，请十五分钟后再试，或者拨打 12368。",
            ),
            Self::NotFound => ("not-found", "没有找到", "您要查看的内容不存在，或者与您无关。"),
            Self::Forged => ("forged", "请求已失效", "请返回上一页刷新后再试。"),
            Self::Invalid(why) => ("invalid", "填写有误", why(Language::Chinese.words())),
            Self::TooManyAttempts => (
                "too-many-attempts",
                "登录次数过多",
                "您所在的网络登录失败次数过多，请十五分钟后再试，或者拨打 12368。",
            ),
            Self::NoConsent => (
                "no-consent",
                "未确认电子送达",
                "受送达人没有有效的电子送达确认书，文书不能在这里签收。请联系承办人，或者拨打 12368。",
            ),
            Self::OpenFirst => ("open-first", "请先查阅", "请先打开文书查阅，再确认签收。"),
            Self::Busy => ("busy", "访问人数较多", "请稍后再试。"),
            Self::Refused(StatusCode::PAYLOAD_TOO_LARGE) => ("too-large", "内容过长", "请缩短后再试。"),
            Self::Refused(StatusCode::METHOD_NOT_ALLOWED) => ("wrong-method", "不能这样访问", "请从页面上的按钮办理。"),
            Self::Refused(StatusCode::RANGE_NOT_SATISFIABLE) => ("no-such-range", "没有这一段", "请重新下载。"),
            Self::Refused(status) if status.is_client_error() => {
                ("refused", "请求无法识别", "请返回上一页刷新后再试。")
            }
            Self::Refused(_) | Self::Ours(_) => ("failed", "暂时无法办理", "请稍后再试；如果一直如此，请拨打 12368。"),
        }
    }

    /// As a page.
    pub fn page(self) -> Response {
        #[derive(Template)]
        #[template(path = "problem.html")]
        struct Page {
            title: &'static str,
            advice: &'static str,
        }
        self.log();
        let (_, title, advice) = self.text();
        let page = Page { title, advice };
        (self.status(), Html(page.render().unwrap_or_else(|_| title.to_owned()))).into_response()
    }

    /// Writes our own faults to the log; a visitor's input never stands there.
    pub fn log(&self) {
        if let Self::Ours(why) = self {
            eprintln!("error: portal: {why}");
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::LogInFirst => axum::response::Redirect::to("/login").into_response(),
            other => other.page(),
        }
    }
}

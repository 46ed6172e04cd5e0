//! What a channel is told when something does not work: RFC 9457 problem details, and nothing else.

use crate::portal::problem::Problem;
use crate::portal::i18n::messages::Language;
use axum::body::Body;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// Media type of every refusal.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A request that is refused.
#[derive(Debug)]
pub enum Refusal {
    /// What a page would say, too.
    Portal(Problem),
    /// No credential, or none of a channel.
    NoChannel,
    /// The channel may not call this.
    NoRight,
    /// The channel calls faster than it may; how long to wait.
    TooFast(Duration),
    /// `Ferry-Party-Address` is no address.
    PartyAddress,
    /// `Idempotency-Key` is none.
    IdempotencyKey,
    /// The query has an unknown key or a value out of bounds.
    Query,
    /// The body is not the JSON that is asked for.
    Json,
    /// Whatever the layers below say by its status alone.
    Status(StatusCode),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Portal(problem)
    }
}

impl From<QueryRejection> for Refusal {
    fn from(_: QueryRejection) -> Self {
        Self::Query
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            // What exactly is wrong would repeat what was sent.
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Self::Json,
            other => Self::Status(other),
        }
    }
}

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Details {
    /// 错误代码，稳定不变。What kind of problem: stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:ferry:problem:not-found")]
    kind: String,
    /// 标题。What it is called.
    #[schema(example = "没有找到")]
    title: &'static str,
    /// 怎么办。What to do.
    #[schema(example = "您要查看的内容不存在，或者与您无关。")]
    detail: &'static str,
    /// HTTP 状态码。The HTTP status.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    status: u16,
}

impl Refusal {
    /// Status, code, title and advice.
    fn text(&self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::Portal(problem) => {
                let (code, title, detail) = problem.text(Language::Chinese.words());
                (problem.status(), code, title, detail)
            }
            Self::NoChannel => {
                (StatusCode::UNAUTHORIZED, "no-channel", "渠道未经认证", "请求须带有本院发给该渠道的令牌或者证书。")
            }
            Self::NoRight => (StatusCode::FORBIDDEN, "no-right", "渠道没有权限", "该渠道未获准调用此接口。"),
            Self::TooFast(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "too-fast", "调用过于频繁", "请在 Retry-After 所示秒数之后再试。")
            }
            Self::PartyAddress => {
                (StatusCode::BAD_REQUEST, "party-address", "地址有误", "Ferry-Party-Address 须为一个 IP 地址。")
            }
            Self::IdempotencyKey => (
                StatusCode::BAD_REQUEST,
                "idempotency-key",
                "请求编号有误",
                "Idempotency-Key 须为 1 至 128 个 ASCII 字符。",
            ),
            Self::Query => (StatusCode::BAD_REQUEST, "query", "查询参数有误", "有不认识的参数，或者数值超出范围。"),
            Self::Json => {
                (StatusCode::BAD_REQUEST, "json", "请求正文有误", "正文须为接口说明所列的 JSON，没有多余的项。")
            }
            Self::Status(status) => {
                let (code, title, detail) = by_status(*status);
                (*status, code, title, detail)
            }
        }
    }
}

fn by_status(status: StatusCode) -> (&'static str, &'static str, &'static str) {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => ("method", "方法不适用", "此地址只接受 Allow 所列的方法。"),
        StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "请求过长", "请求正文最多 32 KiB。"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("media-type", "格式不适用", "正文须为 application/json。"),
        StatusCode::RANGE_NOT_SATISFIABLE => ("range", "范围有误", "文件没有所求的部分。"),
        StatusCode::NOT_FOUND => ("not-found", "没有找到", "您要查看的内容不存在，或者与您无关。"),
        StatusCode::SERVICE_UNAVAILABLE => ("timeout", "没有及时办完", "请稍后再试。"),
        s if s.is_server_error() => ("failed", "暂时无法办理", "请稍后再试；如果一直如此，请联系本院信息中心。"),
        _ => ("request", "请求有误", "请求不符合接口说明。"),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, title, detail) = self.text();
        let details = Details { kind: format!("urn:ferry:problem:{code}"), title, detail, status: status.as_u16() };
        let mut response = (status, serde_json::to_string(&details).unwrap_or_default()).into_response();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        set(header::CONTENT_TYPE, "application/problem+json; charset=utf-8");
        match self {
            Self::NoChannel => set(header::WWW_AUTHENTICATE, "Bearer realm=\"ferry\""),
            Self::Portal(problem) => {
                if status == StatusCode::UNAUTHORIZED {
                    set(header::WWW_AUTHENTICATE, "Ferry-Session realm=\"party\"");
                }
                problem.log();
            }
            Self::TooFast(wait) => set(header::RETRY_AFTER, &wait.as_secs_f64().ceil().to_string()),
            _ => {}
        }
        response
    }
}

/// Gives whatever was refused below the handlers (a wrong method, a body that is too long, a panic) the one form of all
/// refusals; its headers stay.
pub async fn in_one_form(response: Response) -> Response {
    let status = response.status();
    let problem =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(PROBLEM_JSON.as_bytes()));
    if problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let (refusal, body) = Refusal::Status(status).into_response().into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    // Otherwise the pages would say it once more.
    parts.extensions.remove::<Problem>();
    parts.headers.extend(refusal.headers);
    Response::from_parts(parts, Body::new(body))
}

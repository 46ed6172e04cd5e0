//! Metrics of the portal. Labels are closed sets and route patterns, so that they never contain a person or a case.

use axum::http::{Response, StatusCode};
use ferry_channel::types::UnixSeconds;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Bounds of the duration histogram, seconds.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The route pattern of a response, in its extensions.
#[derive(Clone, Debug)]
pub struct Route(pub Arc<str>);

/// Class of a response.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
enum Class {
    Informational,
    Success,
    Redirection,
    ClientError,
    ServerError,
}

/// What happened to a new connection.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum Admission {
    /// Accepted.
    Accepted,
    /// Closed in favour of a newer one.
    Evicted,
    /// Refused: every connection was busy.
    Refused,
}

/// What was wrong with a request or connection.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum BadRequest {
    /// TLS handshake failed.
    Handshake,
    /// Not HTTP.
    Malformed,
    /// Headers did not arrive in time.
    Slow,
    /// Page not found.
    NotFound,
    /// Method not allowed.
    Method,
    /// Body too large.
    TooLarge,
    /// Range not satisfiable.
    Range,
    /// A form of another site or session.
    Forged,
    /// Unknown session: invented, or deleted long ago. Counted in addition to the response, which may be a success: public
    /// pages are served all the same.
    Session,
    /// Any other error of the client.
    Other,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    route: Arc<str>,
    status: Class,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabel {
    route: Arc<str>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: Admission,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: BadRequest,
}

struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabel, Histogram>,
    connections: Family<OutcomeLabel, Counter>,
    open: Gauge,
    bad: Family<KindLabel, Counter>,
    login_failures: Counter,
    receipts: Counter,
    certificate_not_after: Gauge,
    generation: Gauge,
}

/// Label of responses without a route.
static OTHER: LazyLock<Arc<str>> = LazyLock::new(|| "other".into());

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let mut m = Metrics {
        registry: Registry::with_prefix("ferry"),
        requests: Family::default(),
        durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
        connections: Family::default(),
        open: Gauge::default(),
        bad: Family::default(),
        login_failures: Counter::default(),
        receipts: Counter::default(),
        certificate_not_after: Gauge::default(),
        generation: Gauge::default(),
    };
    let r = &mut m.registry;
    r.register("requests", "Requests by route and class of response", m.requests.clone());
    let name = "request_duration";
    r.register_with_unit(name, "Time until a response starts", Unit::Seconds, m.durations.clone());
    r.register("connections", "New connections by outcome", m.connections.clone());
    r.register("connections_open", "Open connections", m.open.clone());
    r.register("bad_requests", "Refused requests and connections by reason", m.bad.clone());
    r.register("log_in_failures", "Failed logins", m.login_failures.clone());
    r.register("receipts", "Service receipts created", m.receipts.clone());
    let name = "certificate_not_after";
    r.register_with_unit(
        name,
        "Unix time at which the certificate expires",
        Unit::Seconds,
        m.certificate_not_after.clone(),
    );
    r.register("visible_generation", "Generation of records that visitors see", m.generation.clone());
    m
});

/// Counts a response and the time until it started.
pub fn response_sent<B>(response: &Response<B>, took: Duration) {
    let route = response.extensions().get::<Route>().map_or_else(|| OTHER.clone(), |route| route.0.clone());
    let status = response.status();
    METRICS.durations.get_or_create(&RouteLabel { route: route.clone() }).observe(took.as_secs_f64());
    METRICS.requests.get_or_create(&RequestLabels { route, status: class(status) }).inc();
    if status.is_client_error() {
        bad_request(kind(status));
    }
}

fn class(status: StatusCode) -> Class {
    match status.as_u16() {
        ..200 => Class::Informational,
        200..300 => Class::Success,
        300..400 => Class::Redirection,
        400..500 => Class::ClientError,
        500.. => Class::ServerError,
    }
}

fn kind(status: StatusCode) -> BadRequest {
    match status {
        StatusCode::NOT_FOUND => BadRequest::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => BadRequest::Method,
        StatusCode::PAYLOAD_TOO_LARGE => BadRequest::TooLarge,
        StatusCode::RANGE_NOT_SATISFIABLE => BadRequest::Range,
        StatusCode::FORBIDDEN => BadRequest::Forged,
        _ => BadRequest::Other,
    }
}

/// Counts a refused connection or request.
pub fn bad_request(kind: BadRequest) {
    METRICS.bad.get_or_create(&KindLabel { kind }).inc();
}

/// Counts a new connection by its outcome.
pub fn admission(outcome: Admission) {
    METRICS.connections.get_or_create(&OutcomeLabel { outcome }).inc();
}

/// Sets the number of open connections.
pub fn open_connections(number: usize) {
    METRICS.open.set(number as i64);
}

/// Counts a failed login.
pub fn login_failed() {
    METRICS.login_failures.inc();
}

/// Counts a new service receipt.
pub fn receipt_created() {
    METRICS.receipts.inc();
}

/// Sets when the certificate expires, seconds.
pub fn certificate_expires(at_s: UnixSeconds) {
    METRICS.certificate_not_after.set(at_s.get());
}

/// Sets the visible generation.
pub fn visible_generation(generation: i64) {
    METRICS.generation.set(generation);
}

/// All metrics in the text format of OpenMetrics.
///
/// # Errors
/// None for a string.
pub fn render() -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    text::encode(&mut out, &METRICS.registry)?;
    Ok(out)
}

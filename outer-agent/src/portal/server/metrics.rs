//! What the portal counts. Labels are closed sets and route patterns: no person and no case can stand in them.

use axum::http::{Response, StatusCode};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Bounds of the histogram of durations, seconds.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The pattern of the route that answered, in the extensions of its answer.
#[derive(Clone, Debug)]
pub struct Route(pub Arc<str>);

/// Sort of answer.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
enum Class {
    Informational,
    Success,
    Redirection,
    ClientError,
    ServerError,
}

/// What became of a connection that was opened.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum Admission {
    /// It was let in.
    Accepted,
    /// It gave way to a newer one.
    Evicted,
    /// Every connection was at work.
    Refused,
}

/// What was wrong with a request.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum Bad {
    /// TLS did not come about.
    Handshake,
    /// It is no HTTP.
    Malformed,
    /// Its head did not come in time.
    Slow,
    /// No such page.
    NotFound,
    /// A method that the page does not have.
    Method,
    /// A body that is too large.
    TooLarge,
    /// A range that the document does not have.
    Range,
    /// A form of another site or session.
    Forged,
    /// A session that is not known: made up, or ended so long ago that nothing is left of it. Counted beside what its answer
    /// counts as, which may be none: an open page is given all the same.
    Session,
    /// Anything else that the client did wrong.
    Other,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    route: Arc<str>,
    status: Class,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByRoute {
    route: Arc<str>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByOutcome {
    outcome: Admission,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByKind {
    kind: Bad,
}

struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<ByRoute, Histogram>,
    connections: Family<ByOutcome, Counter>,
    open: Gauge,
    bad: Family<ByKind, Counter>,
    log_in_failures: Counter,
    receipts: Counter,
    certificate_not_after: Gauge,
    generation: Gauge,
}

/// What no route answered.
static OTHER: LazyLock<Arc<str>> = LazyLock::new(|| "other".into());

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let mut m = Metrics {
        registry: Registry::with_prefix("ferry"),
        requests: Family::default(),
        durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
        connections: Family::default(),
        open: Gauge::default(),
        bad: Family::default(),
        log_in_failures: Counter::default(),
        receipts: Counter::default(),
        certificate_not_after: Gauge::default(),
        generation: Gauge::default(),
    };
    let r = &mut m.registry;
    r.register("requests", "Requests by route and sort of answer", m.requests.clone());
    let name = "request_duration";
    r.register_with_unit(name, "Time until an answer begins", Unit::Seconds, m.durations.clone());
    r.register("connections", "Connections by what became of them", m.connections.clone());
    r.register("connections_open", "Open connections", m.open.clone());
    r.register("bad_requests", "Requests and connections that were refused, by what was wrong", m.bad.clone());
    r.register("log_in_failures", "Log-ins that failed", m.log_in_failures.clone());
    r.register("receipts", "Service receipts made", m.receipts.clone());
    let name = "certificate_not_after";
    r.register_with_unit(
        name,
        "Unix time at which the certificate ends",
        Unit::Seconds,
        m.certificate_not_after.clone(),
    );
    r.register("visible_generation", "Generation of records that visitors see", m.generation.clone());
    m
});

/// Counts an answer and the time until it began.
pub fn answered<B>(response: &Response<B>, took: Duration) {
    let route = response.extensions().get::<Route>().map_or_else(|| OTHER.clone(), |route| route.0.clone());
    let status = response.status();
    METRICS.durations.get_or_create(&ByRoute { route: route.clone() }).observe(took.as_secs_f64());
    METRICS.requests.get_or_create(&Answered { route, status: class(status) }).inc();
    if status.is_client_error() {
        bad(kind(status));
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

fn kind(status: StatusCode) -> Bad {
    match status {
        StatusCode::NOT_FOUND => Bad::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Bad::Method,
        StatusCode::PAYLOAD_TOO_LARGE => Bad::TooLarge,
        StatusCode::RANGE_NOT_SATISFIABLE => Bad::Range,
        StatusCode::FORBIDDEN => Bad::Forged,
        _ => Bad::Other,
    }
}

/// Counts a connection or request that was refused.
pub fn bad(kind: Bad) {
    METRICS.bad.get_or_create(&ByKind { kind }).inc();
}

/// Counts what became of a connection.
pub fn admission(outcome: Admission) {
    METRICS.connections.get_or_create(&ByOutcome { outcome }).inc();
}

/// Says how many connections are open.
pub fn open_connections(number: usize) {
    METRICS.open.set(number as i64);
}

/// Counts a log-in that failed.
pub fn log_in_failed() {
    METRICS.log_in_failures.inc();
}

/// Counts a service receipt.
pub fn receipt_made() {
    METRICS.receipts.inc();
}

/// Says until when the certificate is good, seconds.
pub fn certificate_ends(at_s: i64) {
    METRICS.certificate_not_after.set(at_s);
}

/// Says which generation is visible.
pub fn visible_generation(generation: i64) {
    METRICS.generation.set(generation);
}

/// Everything in the text format of OpenMetrics.
///
/// # Errors
/// None that a string could give.
pub fn render() -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    text::encode(&mut out, &METRICS.registry)?;
    Ok(out)
}

//! The admin listener: health, readiness and metrics, for the operator's own network only.

use crate::portal::cache::generation::VisibleGeneration;
use crate::portal::metrics;
use crate::portal::server::tls::Certificates;
use crate::texts::portal as texts;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The text format of OpenMetrics.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What readiness is decided from.
#[derive(Clone)]
pub struct Probe {
    /// The store.
    pub generation: Arc<VisibleGeneration>,
    /// The certificate.
    pub certificates: Arc<Certificates>,
}

/// Refuses an address that is reachable from the internet.
///
/// # Errors
/// A wildcard or public address.
pub fn check(listen: SocketAddr) -> Result<()> {
    let is_private = match listen.ip().to_canonical() {
        IpAddr::V4(a) => a.is_loopback() || a.is_private() || a.is_link_local(),
        IpAddr::V6(a) => a.is_loopback() || a.is_unique_local() || a.is_unicast_link_local(),
    };
    if is_private {
        return Ok(());
    }
    Err(texts::admin_address_public(listen))
}

/// Serves until `shutdown`.
///
/// # Errors
/// A listener that fails.
pub async fn serve(listener: TcpListener, probe: Probe, shutdown: CancellationToken) -> std::io::Result<()> {
    let router = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(all_metrics))
        .with_state(probe);
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

/// The process is alive: the threads that serve visitors answer this.
async fn health() -> &'static str {
    "ok\n"
}

/// Whether a visitor can be served now.
async fn ready(State(probe): State<Probe>) -> Response {
    let why = match probe.generation.number() {
        None => texts::store_unreadable(),
        Some(0) => texts::nothing_published(),
        Some(_) if probe.certificates.not_after_s() <= UnixSeconds::now() => texts::certificate_expired(),
        Some(_) => return "ok\n".into_response(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", why.show())).into_response()
}

async fn all_metrics(State(probe): State<Probe>) -> Response {
    metrics::certificate_expires(probe.certificates.not_after_s());
    metrics::visible_generation(probe.generation.number().unwrap_or(0));
    match metrics::render() {
        Ok(text) => ([(header::CONTENT_TYPE, METRICS_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_unreachable_from_the_internet_are_accepted() {
        for good in ["127.0.0.1:1", "10.1.2.3:1", "192.168.0.1:1", "[::1]:1", "[fd00::1]:1"] {
            assert!(check(good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0:1", "[::]:1", "8.8.8.8:1", "[2001:db8::1]:1", "[::ffff:8.8.8.8]:1"] {
            assert_eq!(check(bad.parse().unwrap()).unwrap_err().code, "FERRY-E0651", "{bad}");
        }
    }
}

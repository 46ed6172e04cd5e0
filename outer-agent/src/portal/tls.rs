//! TLS and connections: rustls with ring, bounded in number and in time.

use crate::config::Portal;
use axum::Router;
use axum::extract::ConnectInfo;
use ferry_channel::failure::{Failure, Result};
use ferry_channel::files;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// Stops a flood of connections.
const CONNECTIONS_MAX: usize = 1024;
/// Stops clients that connect and say nothing.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Stops clients that send their headers a byte at a time.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// How long open requests may take to finish after a stop.
const DRAIN: Duration = Duration::from_secs(10);

/// The certificate with which the other end of a connection proved who it is, where one was asked for.
#[derive(Clone)]
pub struct PeerCertificate(pub Option<CertificateDer<'static>>);

/// Reads certificate and key; with the certificates of some authorities, only clients that these know are let in.
pub fn server_config(portal: &Portal, client_ca: Option<&Path>) -> Result<Arc<ServerConfig>> {
    let wrong = |path: &Path, e: String| Failure::configuration(path, "portal", e);
    let chain = certificates(&portal.certificate)?;
    let key = files::read_secret(&portal.private_key)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|e| wrong(&portal.private_key, e.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = match client_ca {
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(path)? {
                roots.add(authority).map_err(|e| wrong(path, e.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
            verifier.map_err(|e| wrong(path, e.to_string()))?
        }
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|b| b.with_client_cert_verifier(clients).with_single_cert(chain, key))
        .map_err(|e| wrong(&portal.certificate, e.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The certificates of a PEM file.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = files::read_text(path)?;
    let read = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<std::result::Result<_, _>>();
    read.map_err(|e| Failure::configuration(path, "portal", e))
}

/// Accepts until SIGTERM or SIGINT, or until stdin closes where that is asked for.
pub async fn serve(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    router: Router,
    until_stdin_closes: bool,
) -> std::io::Result<()> {
    let acceptor = TlsAcceptor::from(config);
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (closed, mut stdin_closed) = tokio::sync::oneshot::channel();
    // Kept when nobody watches stdin: a dropped sender would read as a closed one.
    let mut closed = Some(closed);
    if until_stdin_closes && let Some(closed) = closed.take() {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            // The other end is gone only while the portal stops.
            let _ = closed.send(());
        });
    }
    loop {
        let slot = slots.clone().acquire_owned().await.map_err(std::io::Error::other)?;
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = &mut stdin_closed => break,
        };
        // One failed accept (too many open files, a reset) must not end the portal.
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (acceptor, router, watcher) = (acceptor.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            connection(stream, peer, acceptor, router, watcher).await;
            drop(slot);
        });
    }
    drop(listener);
    // Whoever is still reading after that is cut off.
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
    Ok(())
}

/// Serves one connection. Its errors are the client's: a scan, a reset, a timeout.
async fn connection(stream: TcpStream, peer: SocketAddr, acceptor: TlsAcceptor, router: Router, watcher: Watcher) {
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await else { return };
    let peer_certificate = PeerCertificate(stream.get_ref().1.peer_certificates().and_then(|c| c.first().cloned()));
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(peer_certificate.clone());
        let router = router.clone();
        async move { tower_service_call(router, request).await }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let served = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let _ = watcher.watch(served).await;
}

async fn tower_service_call(
    mut router: Router,
    request: hyper::Request<Incoming>,
) -> std::result::Result<axum::response::Response, std::convert::Infallible> {
    use axum::extract::Request;
    use tower_service::Service;
    router.call(Request::from(request.map(axum::body::Body::new))).await
}

//! The accept loop: handshake, headers, silence and writing are bounded in time, connections in number.

use crate::portal::server::tls::Certificates;
use crate::portal::server::delivery::{Delivery, HELD_BYTES_MAX, Line, Piece, Watched};
use crate::portal::server::connections::{Busy, Connection, Connections};
use crate::portal::server::metrics::{self, Bad};
use crate::portal::server::slow_client::{Patience, Patient};
use crate::portal::server::client_ip::{PeerCertificate, Proxies};
use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::pki_types::CertificateDer;
use socket2::SockRef;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

/// Stops clients that connect and say nothing.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Stops clients that send their headers a byte at a time; also how long a connection may be idle between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// Stops clients that read nothing of their answer, or so little that they only keep its place: a kibibyte a second is less
/// than an old telephone takes where the network is worst.
const PATIENCE: Patience =
    Patience { silence: Duration::from_secs(30), window: Duration::from_secs(60), window_bytes_min: 60 * 1024 };
/// Bytes that wait in the system's buffer beside those that are on their way: more would be neither sent nor waited for,
/// and how fast a client reads would be seen late.
const UNSENT_BYTES_MAX: u32 = 64 * 1024;
/// How long answers under way may take to finish after a stop.
const DRAIN: Duration = Duration::from_secs(30);
/// Headers of one request.
const HEADERS_MAX: usize = 64;
/// Bytes of one request's head, and of an answer that waits to be written.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long to wait after a failed accept, as when files are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener serves with.
#[derive(Clone)]
pub struct Terms {
    /// Its certificate.
    pub certificates: Arc<Certificates>,
    /// Every open connection of the process.
    pub connections: Arc<Connections>,
    /// Whose word on visitors' addresses is taken.
    pub proxies: Arc<Proxies>,
    /// Cancelled when it is time to stop.
    pub stop: CancellationToken,
}

/// Serves until told to stop; then answers under way are finished.
pub async fn serve<S>(listener: TcpListener, terms: Terms, service: S)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = terms.stop.cancelled() => break,
        };
        // One failed accept (too many open files, a reset) must not end the portal.
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some(place) = terms.connections.admit(peer.ip(), terms.proxies.include(peer.ip())) else { continue };
        let acceptor = TlsAcceptor::from(terms.certificates.current());
        let from = From { peer, proxies: terms.proxies.clone(), place };
        tokio::spawn(connection(stream, acceptor, from, service.clone(), graceful.watcher()));
    }
    drop(listener);
    terms.connections.close_waiting();
    // Whoever is still reading after that is cut off.
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
}

/// Whose connection it is.
struct From {
    peer: SocketAddr,
    proxies: Arc<Proxies>,
    place: Arc<Connection>,
}

/// Serves one connection until it ends or must give way. Its errors are the client's: a scan, a reset, a timeout.
async fn connection<S>(stream: TcpStream, acceptor: TlsAcceptor, from: From, service: S, watcher: Watcher)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let close = from.place.close().clone();
    let served = async move {
        // Answers are written whole: waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES_MAX);
        let stream = Patient::new(stream, PATIENCE);
        let handshake = acceptor.accept_with(stream, |tls| tls.set_buffer_limit(Some(HELD_BYTES_MAX)));
        let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await else {
            return metrics::bad(Bad::Handshake);
        };
        let certificate = PeerCertificate(certificate_of(&stream));
        let line = Line::default();
        let stream = Watched::new(stream, line.clone());
        let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
            let (started, busy) = (Instant::now(), from.place.begin());
            let mut request = request.map(Body::new);
            let visitor = from.proxies.visitor(from.peer, request.headers());
            request.extensions_mut().insert(ConnectInfo(visitor));
            request.extensions_mut().insert(certificate.clone());
            let (mut service, line) = (service.clone(), line.clone());
            async move {
                let mut response = service.call(request).await?;
                metrics::answered(&response, started.elapsed());
                let delivery = response.extensions_mut().remove::<Delivery>();
                delivery.iter().for_each(|delivery| line.begin(delivery.clone()));
                Ok::<_, Infallible>(response.map(|body| Answer { body, delivery, _busy: busy }))
            }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        // Pieces of a body are written from where they lie: copied together they would count as taken before they are.
        http.max_headers(HEADERS_MAX).max_buf_size(BUFFER_BYTES_MAX).writev(true);
        match watcher.watch(http.serve_connection(TokioIo::new(stream), answer)).await {
            Err(e) if e.is_parse() || e.is_parse_too_large() => metrics::bad(Bad::Malformed),
            Err(e) if e.is_timeout() => metrics::bad(Bad::Slow),
            _ => {}
        }
    };
    tokio::select! {
        () = close.cancelled() => {}
        () = served => {}
    }
}

fn certificate_of<IO>(stream: &TlsStream<IO>) -> Option<CertificateDer<'static>> {
    stream.get_ref().1.peer_certificates()?.first().map(|c| c.clone().into_owned())
}

/// An answer's body: while it lasts, its connection is at work.
struct Answer {
    body: Body,
    delivery: Option<Delivery>,
    _busy: Busy,
}

impl HttpBody for Answer {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        polled.map_ok(|frame| frame.map_data(|bytes| Piece::new(bytes, self.delivery.clone())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

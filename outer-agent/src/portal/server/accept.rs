//! The accept loop. Handshake, headers, silence and writing are bounded in time, connections in number.

use crate::portal::auth::caller::PeerCertificate;
use crate::portal::content::delivery::{BUFFERED_BYTES_MAX, Delivery};
use crate::portal::metrics::{self, BadRequest};
use crate::portal::server::client_ip::TrustedProxies;
use crate::portal::server::connections::{BusyGuard, Connection, Connections};
use crate::portal::server::delivery::{CountedBytes, Deliveries, FlushObserver};
use crate::portal::server::slow_client::{SlowClientGuard, WriteLimits};
use crate::portal::server::tls::Certificates;
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

/// Stops clients that connect and send nothing.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Stops clients that send their headers a byte at a time; also how long a connection may be idle between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// Stops clients that read nothing of their response, or just enough to keep the connection: one KiB a second is less than
/// an old phone reads in the worst network.
const WRITE_LIMITS: WriteLimits =
    WriteLimits { silence: Duration::from_secs(30), window: Duration::from_secs(60), window_bytes_min: 60 * 1024 };
/// Bytes that wait in the socket buffer besides those in flight: with more, the reading speed of a client would be noticed
/// late.
const UNSENT_BYTES_MAX: u32 = 64 * 1024;
/// How long open responses may take to finish after a shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
/// Header fields of one request.
const HEADERS_MAX: usize = 64;
/// Bytes of the head of one request, and of a response that waits to be written.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long to wait after a failed accept, such as without free file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener serves with.
#[derive(Clone)]
pub struct ListenerConfig {
    /// Its certificate.
    pub certificates: Arc<Certificates>,
    /// All open connections of the process.
    pub connections: Arc<Connections>,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub proxies: Arc<TrustedProxies>,
    /// Cancelled at shutdown.
    pub shutdown: CancellationToken,
}

/// Serves until shutdown; open responses are finished.
pub async fn serve<S>(listener: TcpListener, config: ListenerConfig, service: S)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = config.shutdown.cancelled() => break,
        };
        // One failed accept (too many open files, a reset) must not stop the portal.
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some(slot) = config.connections.admit(peer.ip(), config.proxies.include(peer.ip())) else { continue };
        let acceptor = TlsAcceptor::from(config.certificates.current());
        let client = Client { peer, proxies: config.proxies.clone(), slot };
        tokio::spawn(serve_connection(stream, acceptor, client, service.clone(), graceful.watcher()));
    }
    drop(listener);
    config.connections.close_idle();
    // Clients that still read after that are disconnected.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await;
}

/// The client of a connection.
struct Client {
    peer: SocketAddr,
    proxies: Arc<TrustedProxies>,
    slot: Arc<Connection>,
}

/// Serves one connection until it ends or is evicted. Its errors are the client's: a scan, a reset, a timeout.
async fn serve_connection<S>(stream: TcpStream, acceptor: TlsAcceptor, client: Client, service: S, watcher: Watcher)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let close = client.slot.close().clone();
    let served = async move {
        // Responses are written in full: waiting for more data would only delay them.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES_MAX);
        let stream = SlowClientGuard::new(stream, WRITE_LIMITS);
        let handshake = acceptor.accept_with(stream, |tls| tls.set_buffer_limit(Some(BUFFERED_BYTES_MAX)));
        let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await else {
            return metrics::bad_request(BadRequest::Handshake);
        };
        let certificate = PeerCertificate(client_certificate(&stream));
        let deliveries = Deliveries::default();
        let stream = FlushObserver::new(stream, deliveries.clone());
        let respond = hyper::service::service_fn(move |request: Request<Incoming>| {
            let (started, busy) = (Instant::now(), client.slot.start_request());
            let mut request = request.map(Body::new);
            let visitor = client.proxies.visitor(client.peer, request.headers());
            request.extensions_mut().insert(ConnectInfo(visitor));
            request.extensions_mut().insert(certificate.clone());
            let (mut service, deliveries) = (service.clone(), deliveries.clone());
            async move {
                let mut response = service.call(request).await?;
                metrics::response_sent(&response, started.elapsed());
                let delivery = response.extensions_mut().remove::<Delivery>();
                delivery.iter().for_each(|delivery| deliveries.start(delivery.clone()));
                Ok::<_, Infallible>(response.map(|body| ResponseBody { body, delivery, _busy: busy }))
            }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        // Chunks of a body are written in place: once copied together they would count as accepted too early.
        http.max_headers(HEADERS_MAX).max_buf_size(BUFFER_BYTES_MAX).writev(true);
        match watcher.watch(http.serve_connection(TokioIo::new(stream), respond)).await {
            Err(e) if e.is_parse() || e.is_parse_too_large() => metrics::bad_request(BadRequest::Malformed),
            Err(e) if e.is_timeout() => metrics::bad_request(BadRequest::Slow),
            _ => {}
        }
    };
    tokio::select! {
        () = close.cancelled() => {}
        () = served => {}
    }
}

fn client_certificate<IO>(stream: &TlsStream<IO>) -> Option<CertificateDer<'static>> {
    stream.get_ref().1.peer_certificates()?.first().map(|c| c.clone().into_owned())
}

/// The body of a response; its connection is busy until the body ends.
struct ResponseBody {
    body: Body,
    delivery: Option<Delivery>,
    _busy: BusyGuard,
}

impl HttpBody for ResponseBody {
    type Data = CountedBytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<CountedBytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        polled.map_ok(|frame| frame.map_data(|bytes| CountedBytes::new(bytes, self.delivery.clone())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

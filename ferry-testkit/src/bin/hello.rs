//! What a web server of this kind costs at least: a bare axum "hello" over TLS with a court's certificate, to measure by.
//! Usage: `hello ADDRESS CERTIFICATE PRIVATE-KEY [BYTES]`: with BYTES its answer is as long as that under `/long`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

use axum::Router;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::error::Error;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, certificate, key, rest @ ..] = arguments.as_slice() else {
        return Err("usage: hello ADDRESS CERTIFICATE PRIVATE-KEY [BYTES]".into());
    };
    let bytes = rest.first().map_or(Ok(0), |bytes| bytes.parse())?;
    let long = axum::body::Bytes::from(vec![b'h'; bytes]);
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let router = Router::new().route("/", get(|| async { "hello" })).route("/long", get(|| async { long }));
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("https://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                let service = TowerToHyperService::new(router);
                // How a connection ends is the client's matter.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}

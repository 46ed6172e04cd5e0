//! TLS connections to the portal byte by byte, and the numbers that it tells the operator.

use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::{Record, Value};
use ferry_testkit::stage::{Court, Portal};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

pub type Tls = StreamOwned<ClientConnection, TcpStream>;

pub fn tcp(portal: &Portal) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", portal.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    stream
}

/// A client that takes as little at once as a system lets it.
pub fn narrow(portal: &Portal) -> Tls {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&std::net::SocketAddr::from(([127, 0, 0, 1], portal.port())).into()).unwrap();
    over(portal, socket.into(), rustls::ALL_VERSIONS)
}

pub fn tls(portal: &Portal, versions: &[&'static SupportedProtocolVersion]) -> Tls {
    over(portal, tcp(portal), versions)
}

fn over(portal: &Portal, stream: TcpStream, versions: &[&'static SupportedProtocolVersion]) -> Tls {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&portal.certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(config, name).unwrap(), stream)
}

pub fn rest(stream: &mut impl Read) -> String {
    let mut text = Vec::new();
    // A connection that is closed without a farewell ends too.
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// What the operator's listener answers.
pub fn private(portal: &Portal, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", portal.private)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    rest(&mut stream)
}

/// The value of one line of the metrics.
pub fn metric(portal: &Portal, line: &str) -> f64 {
    let text = private(portal, "/metrics");
    let found = text.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(' '));
    found.map_or(0.0, |v| v.parse().unwrap())
}

/// Puts a document of so many bytes in the place of a record's; gives its bytes.
pub fn large_document(court: &Court, kind: &str, id: &str, bytes: usize) -> Vec<u8> {
    let conn = court.database("outer/state/outer.db");
    let sql = "SELECT body FROM record WHERE kind = ?1 AND id = ?2";
    let body: Vec<u8> = conn.query_row(sql, [kind, id], |r| r.get(0)).unwrap();
    let mut record = Record::decode(&body).unwrap();
    let content: Vec<u8> =
        (0..bytes as u64 / 8).flat_map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()).collect();
    for value in record.fields.values_mut() {
        if let Value::Document(document) = value {
            (document.sha256, document.bytes) = (sha256(&content), content.len() as u64);
        }
    }
    let hex = to_hex(&sha256(&content));
    let folder = court.path("outer/state/documents").join(&hex[..2]);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(&hex[2..]), &content).unwrap();
    let sql = "UPDATE record SET body = ?3 WHERE kind = ?1 AND id = ?2";
    conn.execute(sql, rusqlite::params![kind, id, record.encode().unwrap()]).unwrap();
    content
}

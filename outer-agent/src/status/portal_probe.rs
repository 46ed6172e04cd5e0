//! A real request to the portal's own address: a daemon that runs is no portal that serves.

use crate::config::portal::Portal;
use crate::texts::status as texts;
use ferry_channel::types::alarm::Alarm;
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for each step.
const WAIT: Duration = Duration::from_secs(3);
/// A portal that starts answers within this time.
const STARTS_WITHIN: Duration = Duration::from_secs(5);
/// Of an answer so much is read: its first line.
const ANSWER_BYTES: usize = 64;

/// The alarm where the portal does not serve; nothing where it does, or where each start chooses another port.
pub fn alarm(portal: &Portal) -> Option<Alarm> {
    if portal.listen.port() == 0 {
        return None;
    }
    ask(portal).err().map(|why| texts::portal_not_serving(portal.listen, why))
}

/// The same for a portal that may just be starting: it is asked again for some seconds.
pub fn alarm_after_start(portal: &Portal) -> Option<Alarm> {
    let began = Instant::now();
    loop {
        let found = alarm(portal)?;
        if began.elapsed() > STARTS_WITHIN {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Asks for the first page.
fn ask(portal: &Portal) -> Result<(), Text> {
    let address = own_address(portal.listen);
    let failed = |e: std::io::Error| io_text(&e);
    let tcp = TcpStream::connect_timeout(&address, WAIT).map_err(failed)?;
    tcp.set_read_timeout(Some(WAIT)).and_then(|()| tcp.set_write_timeout(Some(WAIT))).map_err(failed)?;
    let expected = CertificateDer::from_pem_file(&portal.certificate).map_err(|_| texts::certificate_unreadable())?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| Text::verbatim(e.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned { expected, provider: ring::default_provider() }))
        .with_no_client_auth();
    let name = ServerName::IpAddress(address.ip().into());
    let tls = ClientConnection::new(Arc::new(config), name).map_err(|e| Text::verbatim(e.to_string()))?;
    let mut stream = StreamOwned::new(tls, tcp);
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nUser-Agent: ferry-status\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = [0; ANSWER_BYTES];
    let mut filled = 0;
    while filled < ANSWER_BYTES {
        match stream.read(&mut answer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(_) if filled > 0 => break,
            Err(e) => return Err(failed(e)),
        }
    }
    let text = String::from_utf8_lossy(&answer[..filled]);
    let line = text.lines().next().unwrap_or_default();
    match line.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok()) {
        Some(200..400) => Ok(()),
        _ => Err(texts::unexpected_answer(line.escape_debug())),
    }
}

/// Where a listener is reached from this machine.
fn own_address(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Whether the certificates of the portal's configuration are checked by what they are, and not by who issued them.
#[derive(Debug)]
struct Pinned {
    expected: CertificateDer<'static>,
    provider: CryptoProvider,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end_entity == self.expected {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General("another certificate than the configured one".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

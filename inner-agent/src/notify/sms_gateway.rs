//! Client of the court's SMS gateway: one signed request for each message, and one for the state of a message
//! (`docs/sms-gateway.md`).
//!
//! `POST {url}/messages` with `{"id","template","phone","params":{"court","case_no"}}`; the id is the idempotency key. The
//! answer is `{"state":"accepted" | "sent" | "failed"}`. `GET {url}/messages/{id}` has the same answer, or 404 for an unknown
//! id. Both have the header `Ferry-Signature: t=SECONDS,v1=HEX`, HMAC-SHA256 under the shared key over `t`, a full stop,
//! and the body of a POST or the path of a GET.

use crate::config::notify::Gateway as Config;
use crate::texts::notify as texts;
use ferry_channel::types::UnixSeconds;
use ferry_format::encoding::hex::to_hex;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use ferry_io::fs::read;
use ferry_io::keys::secret_file;
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use zeroize::Zeroizing;

/// Longest answer that is read, bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;
/// Shortest key: 32 hexadecimal digits.
const KEY_CHARACTERS_MIN: usize = 32;

/// The gateway, with the key that signs requests.
pub struct Gateway {
    agent: Agent,
    url: String,
    path: String,
    key: hmac::Key,
}

/// A message. The telephone number is kept for the request only.
#[derive(Serialize)]
pub struct Message<'a> {
    /// Idempotency key.
    pub id: &'a str,
    /// Id of the template at the gateway.
    pub template: &'a str,
    /// Telephone number.
    pub phone: &'a str,
    /// Parameters of the template.
    pub params: Params<'a>,
}

/// Parameters of a template: no personal number and no link.
#[derive(Serialize)]
pub struct Params<'a> {
    /// The court's name.
    pub court: &'a str,
    /// The case number.
    pub case_no: &'a str,
}

/// State of a message at the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayState {
    /// Accepted, not sent yet.
    Accepted,
    /// Sent: a reminder is confirmed.
    Sent,
    /// Given up.
    Failed,
}

#[derive(Deserialize)]
struct Answer {
    state: GatewayState,
}

/// Result of a request.
#[derive(Debug)]
pub enum Outcome {
    /// The gateway has the message.
    Known(GatewayState),
    /// It refuses the message permanently; HTTP status.
    Refused(u16),
    /// It does not accept the message now; HTTP status.
    Busy(u16),
    /// It does not know the id.
    UnknownId,
    /// No answer or an unclear one: it may have the message.
    NoAnswer(String),
}

impl Gateway {
    /// Reads key and certificates, and checks the URL.
    ///
    /// # Errors
    /// `FERRY-E0502` for a URL that would send telephone numbers over a network without encryption.
    pub fn open(config_path: &Path, config: &Config) -> Result<Self> {
        let wrong = |key: &str, why: Text| Error::configuration(config_path, &format!("notify.gateway.{key}"), why);
        let url = config.url.trim_end_matches('/').to_owned();
        let uri: Uri = url.parse().map_err(|_| wrong("url", texts::url_invalid()))?;
        let host = uri.host().ok_or_else(|| wrong("url", texts::url_without_host()))?;
        if uri.query().is_some() || url.contains('@') {
            return Err(wrong("url", texts::url_with_more()));
        }
        let tls = match (uri.scheme_str(), &config.ca) {
            (Some("http"), None) if config.allow_insecure_http || is_this_machine(host) => None,
            (Some("http"), None) => return Err(wrong("url", texts::url_insecure())),
            (Some("https"), Some(ca)) => Some(tls(ca)?),
            (Some("https"), None) => return Err(wrong("ca", texts::ca_missing())),
            _ => return Err(wrong("url", texts::url_scheme())),
        };
        let secret = Zeroizing::new(secret_file::secret_line(&config.key)?);
        if secret.len() < KEY_CHARACTERS_MIN {
            return Err(wrong("key", texts::key_too_short(config.key.display(), KEY_CHARACTERS_MIN)));
        }
        // No proxy and no redirect: a telephone number is sent to the configured host only.
        let builder = Agent::config_builder().proxy(None).max_redirects(0).max_redirects_will_error(false);
        let builder = builder.http_status_as_error(false).user_agent("ferry-inner-agent");
        let builder = builder.timeout_global(Some(Duration::from_secs(config.timeout_s.get().into())));
        let builder = match tls {
            Some(tls) => builder.tls_config(tls).https_only(true),
            None => builder,
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { agent: builder.build().into(), url, path, key })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// `FERRY-E0642` if the gateway refuses every request of this court.
    pub fn send(&self, message: &Message<'_>, now: UnixSeconds) -> Result<Outcome> {
        let body = Zeroizing::new(serde_json::to_vec(message).map_err(texts::message_not_encodable)?);
        let request = self.agent.post(format!("{}/messages", self.url));
        let request = request.header("Content-Type", "application/json");
        let request = request.header("Ferry-Signature", self.signature(now, &body));
        self.outcome(request.send(&body[..]), false)
    }

    /// Asks for the state of a message.
    ///
    /// # Errors
    /// As [`Gateway::send`].
    pub fn ask(&self, id: &str, now: UnixSeconds) -> Result<Outcome> {
        let path = format!("{}/messages/{id}", self.path);
        let request = self.agent.get(format!("{}/messages/{id}", self.url));
        let request = request.header("Ferry-Signature", self.signature(now, path.as_bytes()));
        self.outcome(request.call(), true)
    }

    fn signature(&self, now: UnixSeconds, signed: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(format!("{now}.").as_bytes());
        context.update(signed);
        format!("t={now},v1={}", to_hex(context.sign().as_ref()))
    }

    fn outcome(
        &self,
        answered: std::result::Result<Response<ureq::Body>, ureq::Error>,
        asked: bool,
    ) -> Result<Outcome> {
        let mut response = match answered {
            Ok(response) => response,
            // The text names host and reason, never the body.
            Err(e) => return Ok(Outcome::NoAnswer(e.to_string())),
        };
        let status = response.status().as_u16();
        Ok(match status {
            200..=299 => {
                let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
                match body.map(|bytes| serde_json::from_slice::<Answer>(&bytes)) {
                    Ok(Ok(answer)) => Outcome::Known(answer.state),
                    _ => Outcome::NoAnswer(format!("HTTP {status} without a state")),
                }
            }
            404 if asked => Outcome::UnknownId,
            408 | 425 | 429 => Outcome::Busy(status),
            300..=399 | 401 | 403 | 404 | 405 | 407 => return Err(texts::gateway_refuses(status)),
            400..=499 => Outcome::Refused(status),
            _ => Outcome::NoAnswer(format!("HTTP {status}")),
        })
    }
}

/// Whether a host is this machine.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// TLS that trusts these certificates only.
fn tls(ca: &Path) -> Result<TlsConfig> {
    let wrong = |why: Text| Error::configuration(ca, "notify.gateway.ca", why);
    let text = read::text(ca)?;
    let mut trusted: Vec<Certificate<'static>> = Vec::new();
    for item in ureq::tls::parse_pem(text.as_bytes()) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| wrong(Text::verbatim(e.to_string())))? {
            trusted.push(certificate);
        }
    }
    if trusted.is_empty() {
        return Err(wrong(texts::ca_without_certificate()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder().root_certs(RootCerts::from(trusted)).unversioned_rustls_crypto_provider(provider).build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::num::NonZeroU32;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    fn open(url: &str, allow_insecure_http: bool, key: &str, mode: u32) -> Result<Gateway> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sms.key");
        std::fs::write(&file, key).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let seconds = NonZeroU32::new(5).unwrap();
        let config = Config {
            url: url.to_owned(),
            allow_insecure_http,
            ca: None,
            key: file,
            timeout_s: seconds,
            retry_s: seconds,
            retry_max_s: seconds,
            max_age_hours: 1,
        };
        Gateway::open(Path::new("inner.toml"), &config)
    }

    const KEY: &str = "0123456789abcdef0123456789abcdef\n";

    #[test]
    fn telephone_numbers_cross_a_network_without_encryption_only_if_configured() {
        for url in ["http://127.0.0.1:8280", "http://127.8.8.8/sms/", "http://[::1]:8280", "http://localhost:1"] {
            assert!(open(url, false, KEY, 0o600).is_ok(), "{url}");
        }
        for url in
            ["http://10.1.2.3", "http://sms.court.example", "http://localhost.example", "http://127.0.0.1.example"]
        {
            assert!(open(url, false, KEY, 0o600).err().unwrap().message.english().contains("unencrypted"), "{url}");
            assert!(open(url, true, KEY, 0o600).is_ok(), "{url}");
        }
        for url in
            ["https://10.1.2.3", "ftp://127.0.0.1", "127.0.0.1", "http://u:p@127.0.0.1", "http://127.0.0.1/?a=b", ""]
        {
            assert_eq!(open(url, true, KEY, 0o600).err().unwrap().exit, ferry_io::exit_code::CONFIGURATION, "{url}");
        }
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_short_is_refused() {
        assert_eq!(open("http://127.0.0.1", false, KEY, 0o640).err().unwrap().code, "FERRY-E0701");
        assert!(
            open("http://127.0.0.1", false, "short", 0o600)
                .err()
                .unwrap()
                .message
                .english()
                .contains("notify.gateway.key")
        );
    }

    #[test]
    fn the_signature_is_the_one_that_openssl_makes() {
        let gateway = open("http://127.0.0.1", false, KEY, 0o600).unwrap();
        // printf '1700000000.{"id":"x"}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        let expected = "t=1700000000,v1=1d3a1a80c8ad0d56d3cc81d488b5779dbdd6367281fd813d1d9b8d7a5cd0204b";
        assert_eq!(gateway.signature(UnixSeconds(1_700_000_000), b"{\"id\":\"x\"}"), expected);
    }

    /// A server with a certificate of its own that answers every connection like this; gives its port.
    fn server(dir: &Path, answer: &'static str) -> u16 {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(dir.join("ca.crt"), made.cert.pem()).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        let config = Arc::new(config);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream =
                    rustls::StreamOwned::new(rustls::ServerConnection::new(config.clone()).unwrap(), stream.unwrap());
                let mut read = Vec::new();
                // A client that believes another certificate goes away in the handshake.
                while !read.ends_with(b"\r\n\r\n") && !read.ends_with(b"}}") {
                    let mut more = [0; 1024];
                    match stream.read(&mut more) {
                        Ok(n) if n > 0 => read.extend(&more[..n]),
                        _ => break,
                    }
                }
                stream.write_all(answer.as_bytes()).ok();
                stream.conn.send_close_notify();
                stream.flush().ok();
            }
        });
        port
    }

    fn tried(url: String, ca: &Path, key: PathBuf) -> Result<Outcome> {
        let seconds = NonZeroU32::new(5).unwrap();
        let (retry_s, retry_max_s) = (seconds, seconds);
        let config = Config {
            url,
            allow_insecure_http: false,
            ca: Some(ca.into()),
            key,
            timeout_s: seconds,
            retry_s,
            retry_max_s,
            max_age_hours: 1,
        };
        let gateway = Gateway::open(Path::new("inner.toml"), &config).unwrap();
        let params = Params { court: "法院", case_no: "（2024）鲁1502执1号" };
        gateway.send(&Message { id: "a", template: "T", phone: "13800138000", params }, UnixSeconds(0))
    }

    #[test]
    fn over_tls_only_the_configured_certificate_is_trusted_and_redirects_are_not_followed() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = dir.path().join("sms.key");
        std::fs::write(&key, KEY).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let sent = "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"state\":\"sent\"}";
        let moved = "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        let port = server(dir.path(), sent);
        let url = format!("https://localhost:{port}");
        let right = tried(url.clone(), &dir.path().join("ca.crt"), key.clone()).unwrap();
        assert!(matches!(right, Outcome::Known(GatewayState::Sent)), "{right:?}");
        let port = server(other.path(), moved);
        let wrong = tried(url, &other.path().join("ca.crt"), key.clone()).unwrap();
        assert!(matches!(wrong, Outcome::NoAnswer(_)), "{wrong:?}");
        let redirected = tried(format!("https://localhost:{port}"), &other.path().join("ca.crt"), key).err().unwrap();
        assert_eq!(redirected.code, "FERRY-E0642");
    }
}

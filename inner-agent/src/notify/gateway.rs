//! The court's SMS gateway: a signed request for each message, and a signed question about what became of one.
//!
//! `POST {url}/messages` with `{"id","template","phone","params":{"court","case_no"}}`; the id is the idempotency key. It
//! answers `{"state":"accepted" | "sent" | "failed"}`. `GET {url}/messages/{id}` answers the same, or 404 where it never
//! heard of the id. Both carry `Ferry-Signature: t=SECONDS,v1=HEX`, HMAC-SHA256 under the shared key over `t`, a full stop,
//! and the body of a POST or the path of a GET.

use crate::notify::config::Gateway as Config;
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::UNAVAILABLE;
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

/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;
/// Shortest key: 32 hexadecimal digits.
const KEY_CHARACTERS_MIN: usize = 32;

/// The gateway, with the key that signs.
pub struct Gateway {
    agent: Agent,
    url: String,
    path: String,
    key: hmac::Key,
}

/// What is sent. The telephone number lives as long as the request.
#[derive(Serialize)]
pub struct Message<'a> {
    /// Idempotency key.
    pub id: &'a str,
    /// The text, by its id at the gateway.
    pub template: &'a str,
    /// Where to.
    pub phone: &'a str,
    /// What the text names.
    pub params: Params<'a>,
}

/// What a text names: no number of a person, and no link.
#[derive(Serialize)]
pub struct Params<'a> {
    /// The court's name.
    pub court: &'a str,
    /// The case number.
    pub case_no: &'a str,
}

/// What the gateway says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It has it, and goes on trying.
    Accepted,
    /// It was sent: the reminder is confirmed.
    Sent,
    /// It gave up.
    Failed,
}

#[derive(Deserialize)]
struct Answer {
    state: State,
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    /// The gateway has the message.
    Has(State),
    /// It has not, and never will take it as it is.
    Refused(u16),
    /// It has not taken it now (busy).
    Later(u16),
    /// It never heard of the id.
    NeverHeard,
    /// No answer, or none that says: it may have the message.
    Unknown(String),
}

impl Gateway {
    /// Reads key and certificates, and checks the address.
    ///
    /// # Errors
    /// A configuration failure for an address that would send telephone numbers over a network unencrypted.
    pub fn open(config_path: &Path, config: &Config) -> Result<Self> {
        let wrong = |key: &str, why: &str| Error::configuration(config_path, &format!("notify.gateway.{key}"), why);
        let url = config.url.trim_end_matches('/').to_owned();
        let uri: Uri = url.parse().map_err(|_| wrong("url", "it is no address"))?;
        let host = uri.host().ok_or_else(|| wrong("url", "it names no host"))?;
        if uri.query().is_some() || url.contains('@') {
            return Err(wrong("url", "it has more than a host and a path"));
        }
        let tls = match (uri.scheme_str(), &config.ca) {
            (Some("http"), None) if config.plain_http || is_this_machine(host) => None,
            (Some("http"), None) => {
                let why = "telephone numbers would cross a network unencrypted: use https with `ca`, or say `plain-http = true`";
                return Err(wrong("url", why));
            }
            (Some("https"), Some(ca)) => Some(tls(ca)?),
            (Some("https"), None) => return Err(wrong("ca", "https needs the certificates that are believed")),
            _ => return Err(wrong("url", "it begins with https:// and has `ca`, or with http:// and has none")),
        };
        let secret = Zeroizing::new(secret_file::secret_line(&config.key)?);
        if secret.len() < KEY_CHARACTERS_MIN {
            let why = format!("{}: it has fewer than {KEY_CHARACTERS_MIN} characters", config.key.display());
            return Err(wrong("key", &why));
        }
        // No proxy of the environment, no redirect: a telephone number goes where the configuration says.
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

    /// Hands over a message.
    ///
    /// # Errors
    /// When the gateway does not accept this court at all: another message would fare no better.
    pub fn send(&self, message: &Message<'_>, now_s: i64) -> Result<Outcome> {
        let failed = |e: serde_json::Error| Error::new(UNAVAILABLE, "FERRY-E0642", e.to_string(), HINT);
        let body = Zeroizing::new(serde_json::to_vec(message).map_err(failed)?);
        let request = self.agent.post(format!("{}/messages", self.url));
        let request = request.header("Content-Type", "application/json");
        let request = request.header("Ferry-Signature", self.signature(now_s, &body));
        self.outcome(request.send(&body[..]), false)
    }

    /// Asks what became of a message.
    ///
    /// # Errors
    /// As [`Gateway::send`].
    pub fn ask(&self, id: &str, now_s: i64) -> Result<Outcome> {
        let path = format!("{}/messages/{id}", self.path);
        let request = self.agent.get(format!("{}/messages/{id}", self.url));
        let request = request.header("Ferry-Signature", self.signature(now_s, path.as_bytes()));
        self.outcome(request.call(), true)
    }

    fn signature(&self, now_s: i64, signed: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(format!("{now_s}.").as_bytes());
        context.update(signed);
        format!("t={now_s},v1={}", to_hex(context.sign().as_ref()))
    }

    fn outcome(
        &self,
        answered: std::result::Result<Response<ureq::Body>, ureq::Error>,
        asked: bool,
    ) -> Result<Outcome> {
        let mut response = match answered {
            Ok(response) => response,
            // The text names host and reason, never the body.
            Err(e) => return Ok(Outcome::Unknown(e.to_string())),
        };
        let status = response.status().as_u16();
        Ok(match status {
            200..=299 => {
                let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
                match body.map(|bytes| serde_json::from_slice::<Answer>(&bytes)) {
                    Ok(Ok(answer)) => Outcome::Has(answer.state),
                    _ => Outcome::Unknown(format!("HTTP {status} without a state")),
                }
            }
            404 if asked => Outcome::NeverHeard,
            408 | 425 | 429 => Outcome::Later(status),
            300..=399 | 401 | 403 | 404 | 405 | 407 => {
                let message = format!("the SMS gateway answers HTTP {status}: it does not take messages of this court");
                return Err(Error::new(UNAVAILABLE, "FERRY-E0642", message, HINT));
            }
            400..=499 => Outcome::Refused(status),
            _ => Outcome::Unknown(format!("HTTP {status}")),
        })
    }
}

const HINT: &str =
    "compare `url` and `key` of `[notify.gateway]` with the gateway's, and both clocks; nothing is lost meanwhile";

/// Whether an address never leaves this machine.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// TLS that believes these certificates and no others.
fn tls(ca: &Path) -> Result<TlsConfig> {
    let wrong = |why: String| Error::configuration(ca, "notify.gateway.ca", why);
    let text = read::text(ca)?;
    let mut believed: Vec<Certificate<'static>> = Vec::new();
    for item in ureq::tls::parse_pem(text.as_bytes()) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| wrong(e.to_string()))? {
            believed.push(certificate);
        }
    }
    if believed.is_empty() {
        return Err(wrong("it holds no certificate".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder().root_certs(RootCerts::from(believed)).unversioned_rustls_crypto_provider(provider).build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::num::NonZeroU32;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    fn open(url: &str, plain_http: bool, key: &str, mode: u32) -> Result<Gateway> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sms.key");
        std::fs::write(&file, key).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let seconds = NonZeroU32::new(5).unwrap();
        let config = Config {
            url: url.to_owned(),
            plain_http,
            ca: None,
            key: file,
            timeout_s: seconds,
            retry_s: seconds,
            retry_max_s: seconds,
            give_up_hours: 1,
        };
        Gateway::open(Path::new("inner.toml"), &config)
    }

    const KEY: &str = "0123456789abcdef0123456789abcdef\n";

    #[test]
    fn telephone_numbers_cross_a_network_in_the_clear_only_where_the_configuration_says_so() {
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
        assert_eq!(gateway.signature(1_700_000_000, b"{\"id\":\"x\"}"), expected);
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
            plain_http: false,
            ca: Some(ca.into()),
            key,
            timeout_s: seconds,
            retry_s,
            retry_max_s,
            give_up_hours: 1,
        };
        let gateway = Gateway::open(Path::new("inner.toml"), &config).unwrap();
        let params = Params { court: "法院", case_no: "（2024）鲁1502执1号" };
        gateway.send(&Message { id: "a", template: "T", phone: "13800138000", params }, 0)
    }

    #[test]
    fn over_tls_only_the_configured_certificate_is_believed_and_no_redirect_is_followed() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = dir.path().join("sms.key");
        std::fs::write(&key, KEY).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let sent = "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"state\":\"sent\"}";
        let moved = "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        let port = server(dir.path(), sent);
        let url = format!("https://localhost:{port}");
        let right = tried(url.clone(), &dir.path().join("ca.crt"), key.clone()).unwrap();
        assert!(matches!(right, Outcome::Has(State::Sent)), "{right:?}");
        let port = server(other.path(), moved);
        let wrong = tried(url, &other.path().join("ca.crt"), key.clone()).unwrap();
        assert!(matches!(wrong, Outcome::Unknown(_)), "{wrong:?}");
        let redirected = tried(format!("https://localhost:{port}"), &other.path().join("ca.crt"), key).err().unwrap();
        assert_eq!(redirected.code, "FERRY-E0642");
    }
}

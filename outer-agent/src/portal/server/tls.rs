//! The certificate, taken again when its files change: connections that begin afterwards get the new one.

use ferry_io::errln;
use ferry_io::error::{Error, Result};
use ferry_io::fs::read;
use ferry_io::keys::secret_file;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use x509_cert::der::Decode;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// A certificate with what serves it.
struct Held {
    config: Arc<ServerConfig>,
    not_after_s: i64,
}

/// The certificate of a listener, and whom it asks for one.
pub struct Certificates {
    certificate: PathBuf,
    private_key: PathBuf,
    clients: Arc<dyn ClientCertVerifier>,
    held: RwLock<Held>,
}

/// What tells one state of a file from another.
type Stamp = Option<(i64, i64, u64, u64)>;

impl Certificates {
    /// Reads certificate and key of a listener that asks its clients for no certificate.
    ///
    /// # Errors
    /// Files that cannot be read, and a key that is not the certificate's.
    pub fn load(certificate: &Path, private_key: &Path) -> Result<Self> {
        Self::load_with_clients(certificate, private_key, WebPkiClientVerifier::no_client_auth())
    }

    /// The same for a listener whose clients are known by theirs.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_with_clients(
        certificate: &Path,
        private_key: &Path,
        clients: Arc<dyn ClientCertVerifier>,
    ) -> Result<Self> {
        let held = RwLock::new(read(certificate, private_key, &clients)?);
        Ok(Self { certificate: certificate.to_owned(), private_key: private_key.to_owned(), clients, held })
    }

    /// What the next connection is served with.
    pub fn current(&self) -> Arc<ServerConfig> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).config.clone()
    }

    /// Until when the certificate is good, seconds.
    pub fn not_after_s(&self) -> i64 {
        self.held.read().unwrap_or_else(PoisonError::into_inner).not_after_s
    }

    fn stamps(&self) -> [Stamp; 2] {
        [&self.certificate, &self.private_key].map(|path| {
            let m = std::fs::metadata(path).ok()?;
            Some((m.mtime(), m.mtime_nsec(), m.size(), m.ino()))
        })
    }

    /// Takes the files again; a pair that is wrong leaves the old one at work.
    fn reload(&self) {
        match read(&self.certificate, &self.private_key, &self.clients) {
            Ok(held) => {
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
                errln!("portal: the certificate was taken anew");
            }
            Err(f) => errln!(
                "error: portal: the new certificate is not used, the old one still is: {} [FERRY-E0650]\n\
                 hint: put a matching certificate and key in place; no restart is needed",
                f.message.english()
            ),
        }
    }

    /// Follows the files until `stop`: they are taken when they changed and then stayed the same for one look, so that
    /// a pair that is replaced file by file is taken as one, or at once on SIGHUP.
    ///
    /// # Errors
    /// A signal that cannot be watched.
    pub async fn follow(self: Arc<Self>, stop: CancellationToken) -> std::io::Result<()> {
        let mut hang_up = signal(SignalKind::hangup())?;
        let (mut taken, mut last) = (self.stamps(), self.stamps());
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = hang_up.recv() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            let now = self.stamps();
            if asked || (now != taken && now == last) {
                let this = self.clone();
                tokio::task::spawn_blocking(move || this.reload()).await.map_err(std::io::Error::other)?;
                taken = now;
            }
            last = now;
        }
    }
}

/// The certificates of a PEM file.
///
/// # Errors
/// A file that cannot be read, or is none.
pub fn certificates_of(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = read::text(path)?;
    let read = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<std::result::Result<_, _>>();
    read.map_err(|e| Error::configuration(path, "portal", e))
}

/// Until when the first certificate of a PEM file is good, seconds.
///
/// # Errors
/// As [`certificates_of`].
pub fn not_after_s(path: &Path) -> Result<i64> {
    let chain = certificates_of(path)?;
    let none = || Error::configuration(path, "portal", "there is no certificate in it");
    end_of(chain.first().ok_or_else(none)?).map_err(|e| Error::configuration(path, "portal", e))
}

fn end_of(certificate: &CertificateDer<'_>) -> std::result::Result<i64, x509_cert::der::Error> {
    let parsed = x509_cert::Certificate::from_der(certificate)?;
    Ok(parsed.tbs_certificate.validity.not_after.to_unix_duration().as_secs() as i64)
}

/// Lets in only clients whose certificate one of the authorities in a PEM file signed.
///
/// # Errors
/// As [`certificates_of`]; what is no authority.
pub fn known_by(authorities: &Path) -> Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for authority in certificates_of(authorities)? {
        roots.add(authority).map_err(|e| Error::configuration(authorities, "portal", e))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(|e| Error::configuration(authorities, "portal", e))
}

fn read(certificate: &Path, private_key: &Path, clients: &Arc<dyn ClientCertVerifier>) -> Result<Held> {
    let wrong = |path: &Path, e: String| Error::configuration(path, "portal", e);
    let chain = certificates_of(certificate)?;
    let first = chain.first().ok_or_else(|| wrong(certificate, "there is no certificate in it".into()))?;
    let not_after_s = end_of(first).map_err(|e| wrong(certificate, e.to_string()))?;
    let key = secret_file::read_secret(private_key)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|e| wrong(private_key, e.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|b| b.with_client_cert_verifier(clients.clone()).with_single_cert(chain, key))
        .map_err(|e| wrong(certificate, e.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Held { config: Arc::new(config), not_after_s })
}

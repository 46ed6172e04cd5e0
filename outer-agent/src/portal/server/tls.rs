//! The certificate of a listener, reloaded when its files change: connections that start afterwards get the new one.

use crate::texts::errors;
use crate::texts::portal as texts;
use ferry_channel::runtime::key_files;
use ferry_channel::types::UnixSeconds;
use ferry_format::text::Localized;
use ferry_io::errln;
use ferry_io::error::{Error, Result};
use ferry_io::fs::read;
use ferry_io::keys::secret_file;
use ferry_io::output::language::Show;
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

/// How often the files are checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// A certificate with the TLS configuration that serves it.
struct Loaded {
    config: Arc<ServerConfig>,
    not_after_s: UnixSeconds,
}

/// The certificate of a listener, and how it verifies its clients.
pub struct Certificates {
    certificate: PathBuf,
    private_key: PathBuf,
    clients: Arc<dyn ClientCertVerifier>,
    loaded: RwLock<Loaded>,
}

/// Tells one state of a file from another.
type FileStamp = Option<(i64, i64, u64, u64)>;

impl Certificates {
    /// Reads certificate and key of a listener that requests no client certificates.
    ///
    /// # Errors
    /// Files that cannot be read; a key that does not match the certificate.
    pub fn load(certificate: &Path, private_key: &Path) -> Result<Self> {
        [certificate, private_key].into_iter().try_for_each(key_files::check_certificate)?;
        Self::load_with_clients(certificate, private_key, WebPkiClientVerifier::no_client_auth())
    }

    /// The same for a listener that verifies client certificates.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_with_clients(
        certificate: &Path,
        private_key: &Path,
        clients: Arc<dyn ClientCertVerifier>,
    ) -> Result<Self> {
        let loaded = RwLock::new(read(certificate, private_key, &clients)?);
        Ok(Self { certificate: certificate.to_owned(), private_key: private_key.to_owned(), clients, loaded })
    }

    /// The TLS configuration of the next connection.
    pub fn current(&self) -> Arc<ServerConfig> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).config.clone()
    }

    /// When the certificate expires, seconds.
    pub fn not_after_s(&self) -> UnixSeconds {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).not_after_s
    }

    fn stamps(&self) -> [FileStamp; 2] {
        [&self.certificate, &self.private_key].map(|path| {
            let m = std::fs::metadata(path).ok()?;
            Some((m.mtime(), m.mtime_nsec(), m.size(), m.ino()))
        })
    }

    /// Reads the files again; an invalid pair leaves the old one in use.
    fn reload(&self) {
        match read(&self.certificate, &self.private_key, &self.clients) {
            Ok(loaded) => {
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
                errln!("portal: {}", texts::certificate_reloaded().show());
            }
            Err(e) => {
                let (message, hint) = (texts::certificate_rejected(&e.message), texts::certificate_rejected_hint());
                errln!("error: portal: {} [FERRY-E0650]\nhint: {}", message.show(), hint.show());
            }
        }
    }

    /// Watches the files until `shutdown`. They are read at once on SIGHUP, otherwise when they changed and then stayed the
    /// same for one interval, so that a pair replaced file by file is read as one.
    ///
    /// # Errors
    /// A signal that cannot be watched.
    pub async fn watch(self: Arc<Self>, shutdown: CancellationToken) -> std::io::Result<()> {
        let mut hang_up = signal(SignalKind::hangup())?;
        let (mut loaded, mut last) = (self.stamps(), self.stamps());
        loop {
            let is_requested = tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                _ = hang_up.recv() => true,
                () = tokio::time::sleep(CHECK_INTERVAL) => false,
            };
            let now = self.stamps();
            if is_requested || (now != loaded && now == last) {
                let this = self.clone();
                tokio::task::spawn_blocking(move || this.reload()).await.map_err(std::io::Error::other)?;
                loaded = now;
            }
            last = now;
        }
    }
}

/// The certificates of a PEM file.
///
/// # Errors
/// A file that cannot be read, or is not PEM.
pub fn certificates_of(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = read::text(path)?;
    let certificates = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<std::result::Result<_, _>>();
    certificates.map_err(|e| invalid(path, e))
}

/// When the first certificate of a PEM file expires, seconds.
///
/// # Errors
/// As [`certificates_of`].
pub fn not_after_s(path: &Path) -> Result<i64> {
    let chain = certificates_of(path)?;
    let first = chain.first().ok_or_else(|| invalid(path, errors::no_certificate()))?;
    expiry_s(first).map_err(|e| invalid(path, e))
}

/// A certificate or key file that cannot be used.
fn invalid(path: &Path, why: impl Localized) -> Error {
    Error::configuration(path, "portal", why)
}

fn expiry_s(certificate: &CertificateDer<'_>) -> std::result::Result<i64, x509_cert::der::Error> {
    let parsed = x509_cert::Certificate::from_der(certificate)?;
    Ok(parsed.tbs_certificate.validity.not_after.to_unix_duration().as_secs() as i64)
}

/// Admits only clients whose certificate was issued by an authority of a PEM file.
///
/// # Errors
/// As [`certificates_of`]; a certificate that is not an authority.
pub fn issued_by(authorities: &Path) -> Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for authority in certificates_of(authorities)? {
        roots.add(authority).map_err(|e| invalid(authorities, e))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(|e| invalid(authorities, e))
}

fn read(certificate: &Path, private_key: &Path, clients: &Arc<dyn ClientCertVerifier>) -> Result<Loaded> {
    let chain = certificates_of(certificate)?;
    let first = chain.first().ok_or_else(|| invalid(certificate, errors::no_certificate()))?;
    let not_after_s = expiry_s(first).map_err(|e| invalid(certificate, e))?;
    let key = secret_file::read_secret(private_key)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|e| invalid(private_key, e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|b| b.with_client_cert_verifier(clients.clone()).with_single_cert(chain, key))
        .map_err(|e| invalid(certificate, e))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Loaded { config: Arc::new(config), not_after_s: UnixSeconds(not_after_s) })
}

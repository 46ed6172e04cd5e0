//! A session with a PostgreSQL server, or with one that speaks its protocol (KingbaseES).

use crate::texts::errors;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use ferry_io::fs::read;
use ferry_io::keys::secret_file;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How to reach a server.
#[derive(Clone, Copy)]
pub struct Server<'a> {
    /// The configuration file, for messages.
    pub config: &'a Path,
    /// Its table with these keys, for messages.
    pub table: &'a str,
    /// The connection string, without a password.
    pub string: &'a str,
    /// File with the password.
    pub password: Option<&'a PathBuf>,
    /// File with the certificates that the server is trusted by; without it, there is no TLS.
    pub ca: Option<&'a PathBuf>,
    /// Longest time of one statement, seconds.
    pub statement_timeout_s: u32,
}

/// A connection, with the runtime that drives it.
pub struct Session {
    runtime: Runtime,
    client: Client,
}

impl Session {
    /// Connects, and sets what must not depend on the configuration of server, database or role: how literals are read, the
    /// form of dates, and the time limit of a statement.
    ///
    /// # Errors
    /// A configuration error for a connection string that is wrong or contains a password; unavailable when the server cannot
    /// be reached or refuses the role.
    pub fn open(server: &Server<'_>, settings: &str) -> Result<Self> {
        let wrong = |why: Text| Error::configuration(server.config, &format!("{}.postgres", server.table), why);
        let mut parsed = Config::from_str(server.string).map_err(|e| wrong(Text::verbatim(e.to_string())))?;
        if parsed.get_password().is_some() {
            return Err(wrong(errors::password_in_configuration()));
        }
        if let Some(file) = server.password {
            parsed.password(secret_file::secret_line(file)?);
        }
        parsed.application_name("ferry-inner-agent");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Error::io(server.config, &e, false))?;
        let tls = server.ca.map(|file| tls(file)).transpose()?;
        let connected = runtime.block_on(async {
            let Some(tls) = tls else {
                let (client, connection) = parsed.connect(NoTls).await?;
                tokio::spawn(connection);
                return Ok(client);
            };
            let (client, connection) = parsed.ssl_mode(SslMode::Require).connect(tls).await?;
            tokio::spawn(connection);
            Ok(client)
        });
        let client = connected.map_err(|e| unreachable(&e))?;
        let session = Self { runtime, client };
        session.run(&format!(
            "SET standard_conforming_strings = on; SET datestyle = 'ISO, YMD'; SET statement_timeout = {};
             SET idle_in_transaction_session_timeout = 0; {settings}",
            i64::from(server.statement_timeout_s).saturating_mul(1000).min(i64::from(i32::MAX))
        ))?;
        Ok(session)
    }

    /// Runs `work` and waits for it.
    pub fn wait<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<T> {
        self.runtime.block_on(work(&self.client)).map_err(|e| failed(&e))
    }

    /// The same, where the server may reject the statement: then the inner error is its message.
    pub fn try_wait<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<std::result::Result<T, Text>> {
        match self.runtime.block_on(work(&self.client)) {
            Ok(done) => Ok(Ok(done)),
            Err(e) if e.as_db_error().is_some() => Ok(Err(message(&e))),
            Err(e) => Err(failed(&e)),
        }
    }

    /// Runs statements that give no rows.
    pub fn run(&self, sql: &str) -> Result<()> {
        self.wait(async |client| client.batch_execute(sql).await)
    }
}

/// TLS that trusts these certificates and no others.
fn tls(file: &Path) -> Result<MakeRustlsConnect> {
    let wrong = |why: Text| Error::configuration(file, "postgres-ca", why);
    let verbatim = |why: String| wrong(Text::verbatim(why));
    let text = read::text(file)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
        let added = certificate.map_err(|e| e.to_string()).and_then(|c| roots.add(c).map_err(|e| e.to_string()));
        added.map_err(verbatim)?;
    }
    if roots.is_empty() {
        return Err(wrong(errors::no_certificate()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|e| verbatim(e.to_string()))?.with_root_certificates(roots).with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The server's own message where there is one, else the error with its cause.
fn message(error: &tokio_postgres::Error) -> Text {
    Text::verbatim(match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(db), _) => db.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    })
}

fn unreachable(error: &tokio_postgres::Error) -> Error {
    errors::platform_unreachable(message(error))
}

/// An error of the case platform's database.
fn failed(error: &tokio_postgres::Error) -> Error {
    match error.code() {
        Some(&SqlState::QUERY_CANCELED) => errors::query_timed_out(message(error)),
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => errors::mapping_writes(message(error)),
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => errors::platform_forbids(message(error)),
        None | Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW) => {
            unreachable(error)
        }
        Some(_) => errors::platform_failed(message(error)),
    }
}

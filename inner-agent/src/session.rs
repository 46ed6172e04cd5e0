//! A session of a PostgreSQL server, or of one that speaks its protocol (KingbaseES).

use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{CONFIGURATION, IO, NOT_PERMITTED, TEMPORARY, UNAVAILABLE};
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

/// Where a server is: its connection string, and the file with the password.
#[derive(Clone, Copy)]
pub struct Server<'a> {
    /// The configuration file, for messages.
    pub config: &'a Path,
    /// Its table that names the server, for messages.
    pub table: &'a str,
    /// The connection string, without a password.
    pub string: &'a str,
    /// File with the password.
    pub password: Option<&'a PathBuf>,
    /// File with the certificates under which the server must identify itself over TLS.
    pub ca: Option<&'a PathBuf>,
    /// Seconds after which a statement is ended.
    pub statement_timeout_s: u32,
}

/// A connection, with the runtime that drives it.
pub struct Session {
    runtime: Runtime,
    client: Client,
}

impl Session {
    /// Connects, and sets what must not depend on how server, database or role are configured: texts are read as they
    /// are written here, and only one statement's own work counts against its time limit.
    ///
    /// # Errors
    /// A configuration failure for a connection string that is wrong or has a password in it; unavailable when the server
    /// cannot be reached or refuses the role.
    pub fn open(server: &Server<'_>, settings: &str) -> Result<Self> {
        let wrong = |why: String| Error::configuration(server.config, &format!("{}.postgres", server.table), why);
        let mut parsed = Config::from_str(server.string).map_err(|e| wrong(e.to_string()))?;
        if parsed.get_password().is_some() {
            let why = "a password does not belong in the configuration; name its file in `postgres-password`";
            return Err(wrong(why.into()));
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

    /// Waits for what the client does.
    pub fn wait<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<T> {
        self.runtime.block_on(work(&self.client)).map_err(|e| failed(&e))
    }

    /// The same, for work whose refusal by the server is an answer: it comes as a sentence.
    pub fn ask<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<std::result::Result<T, String>> {
        match self.runtime.block_on(work(&self.client)) {
            Ok(done) => Ok(Ok(done)),
            Err(e) if e.as_db_error().is_some() => Ok(Err(said(&e))),
            Err(e) => Err(failed(&e)),
        }
    }

    /// Runs statements that give no rows.
    pub fn run(&self, sql: &str) -> Result<()> {
        self.wait(async |client| client.batch_execute(sql).await)
    }
}

/// TLS that believes these certificates and no others.
fn tls(file: &Path) -> Result<MakeRustlsConnect> {
    let wrong = |why: String| Error::configuration(file, "postgres-ca", why);
    let text = read::text(file)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
        let added = certificate.map_err(|e| e.to_string()).and_then(|c| roots.add(c).map_err(|e| e.to_string()));
        added.map_err(wrong)?;
    }
    if roots.is_empty() {
        return Err(wrong("it holds no certificate".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|e| wrong(e.to_string()))?.with_root_certificates(roots).with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// What the server says, rather than that it said something.
fn said(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(db), _) => db.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

fn unreachable(error: &tokio_postgres::Error) -> Error {
    let hint = "check that the server runs and that this user may connect; host names the folder of its socket";
    Error::new(UNAVAILABLE, "FERRY-E0618", format!("the case platform's database: {}", said(error)), hint)
}

/// A failure of the case platform's database.
fn failed(error: &tokio_postgres::Error) -> Error {
    let message = format!("the case platform's database: {}", said(error));
    let Some(state) = error.code() else { return unreachable(error) };
    if *state == SqlState::QUERY_CANCELED {
        return timed_out(&said(error));
    }
    let (exit, code, hint) = match *state {
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            (CONFIGURATION, "FERRY-E0621", "a mapping must only read: take the function that writes out of its SQL")
        }
        SqlState::INSUFFICIENT_PRIVILEGE => (
            NOT_PERMITTED,
            "FERRY-E0622",
            "grant it: SELECT to the role of `[source]`; to that of `[settle]` the FERRY_ tables, in a schema on its search_path",
        ),
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            return unreachable(error);
        }
        _ => (IO, "FERRY-E0619", "look at the server's log; the next run goes on from what is durable"),
    };
    Error::new(exit, code, message, hint)
}

/// A query took longer than it may.
pub fn timed_out(said: &str) -> Error {
    let hint = "give the columns `changed`, key and case an index, or raise `statement-timeout-s`; the run left nothing half done";
    Error::new(TEMPORARY, "FERRY-E0620", format!("the case platform's database: {said}"), hint)
}

//! A case platform in PostgreSQL, or in one that speaks its protocol.

use crate::config::Source;
use crate::source::{Cell, Database, Row, Rows, clause};
use ferry_channel::failure::{Failure, IO, Result, UNAVAILABLE};
use ferry_channel::files;
use std::path::Path;
use std::pin::pin;
use std::str::FromStr;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage, SimpleQueryRow};

/// A connection whose session is read only.
pub struct Postgres {
    runtime: Runtime,
    client: Client,
}

impl Postgres {
    /// Connects, and makes the session read only with a time limit on every statement.
    ///
    /// # Errors
    /// A configuration failure for a connection string that is wrong or has a password in it; unavailable when the server
    /// cannot be reached.
    pub fn open(path: &Path, server: &str, config: &Source) -> Result<Self> {
        let client_and_runtime = connect(path, server, config.postgres_password.as_deref(), "source")?;
        let (runtime, client) = client_and_runtime;
        let timeout_ms = u64::from(config.statement_timeout_s) * 1000;
        let session = format!("SET default_transaction_read_only = on; SET statement_timeout = {timeout_ms}");
        runtime.block_on(client.batch_execute(&session)).map_err(|e| failed(&e))?;
        Ok(Self { runtime, client })
    }
}

/// Connects to a server; `key` is the configuration's table, for messages.
pub fn connect(path: &Path, server: &str, password: Option<&Path>, key: &str) -> Result<(Runtime, Client)> {
    let wrong = |why: String| Failure::configuration(path, &format!("{key}.postgres"), why);
    let mut parsed = Config::from_str(server).map_err(|e| wrong(e.to_string()))?;
    if parsed.get_password().is_some() {
        return Err(wrong(
            "a password does not belong in the configuration; name its file in `postgres-password`".into(),
        ));
    }
    if let Some(file) = password {
        parsed.password(files::secret_line(file)?);
    }
    parsed.application_name("ferry-inner-agent");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Failure::io(path, &e, false))?;
    let (client, connection) = runtime.block_on(parsed.connect(NoTls)).map_err(|e| {
        let hint = "check that the server runs and that this user may connect; host names the folder of its socket";
        Failure::new(UNAVAILABLE, "FERRY-E0618", format!("the case platform's database: {}", said(&e)), hint)
    })?;
    runtime.spawn(connection);
    Ok((runtime, client))
}

impl Database for Postgres {
    fn columns(&self, sql: &str) -> Result<std::result::Result<Vec<String>, String>> {
        let sql = format!("SELECT * FROM ({sql}) AS rows");
        Ok(match self.runtime.block_on(self.client.prepare(&sql)) {
            Ok(statement) => Ok(statement.columns().iter().map(|c| c.name().to_owned()).collect()),
            Err(e) if e.as_db_error().is_some() => Err(said(&e)),
            Err(e) => return Err(failed(&e)),
        })
    }

    fn rows(
        &self,
        sql: &str,
        columns: &[String],
        wanted: Rows<'_>,
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        let sql = format!("SELECT * FROM ({sql}) AS rows{}", clause(columns, wanted, text));
        self.runtime.block_on(async {
            // The simple protocol streams, and gives every type as the text that the mapping reads.
            let stream = self.client.simple_query_raw(&sql).await.map_err(|e| failed(&e))?;
            let mut stream = pin!(stream);
            while let Some(message) =
                std::future::poll_fn(|cx| futures_core::Stream::poll_next(stream.as_mut(), cx)).await
            {
                if let SimpleQueryMessage::Row(row) = message.map_err(|e| failed(&e))? {
                    each(&PostgresRow(row))?;
                }
            }
            Ok(())
        })
    }

    fn begin(&self) -> Result<()> {
        let begin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.runtime.block_on(self.client.batch_execute(begin)).map_err(|e| failed(&e))
    }

    fn end(&self) -> Result<()> {
        self.runtime.block_on(self.client.batch_execute("ROLLBACK")).map_err(|e| failed(&e))
    }
}

fn text(column: &str) -> (String, String) {
    (format!("CAST({column} AS text)"), format!("CAST({column} AS text) COLLATE \"C\""))
}

struct PostgresRow(SimpleQueryRow);

impl Row for PostgresRow {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        Ok(self.0.try_get(column).map_err(|e| failed(&e))?.map_or(Cell::Null, |text| Cell::Text(text.as_bytes())))
    }
}

/// What the server says, rather than that it said something.
fn said(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(db), _) => db.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// A failure of the case platform's database.
pub fn failed(error: &tokio_postgres::Error) -> Failure {
    let hint = "look at the server's log; the next run goes on from what is durable";
    Failure::new(IO, "FERRY-E0619", format!("the case platform's database: {}", said(error)), hint)
}

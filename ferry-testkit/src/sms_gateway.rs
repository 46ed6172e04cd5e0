//! A small SMS gateway that stands in for a court's own: a real HTTP server that checks signatures, stores messages in a
//! database, and can be told to fail, to lose a response, to wait or to process everything twice.
//!
//! An SMS is sent once for each id, however often the id is posted. `POST /admin/behaviour` with
//! `{"mode": …, "count": n, "wait_ms": n}` sets how the next `count` posts are treated; `POST /admin/deliver` sends what was
//! only accepted; `GET /admin/messages` lists what is stored. It listens on this machine alone.

use crate::texts;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, State as Shared};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use clap::{Parser, ValueEnum};
use ferry_format::encoding::hex::from_hex;
use ferry_format::text::Language;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable::make_folder;
use ferry_io::keys::secret_file;
use ferry_io::output::{help, language};
use ring::hmac;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Seconds by which both clocks may differ: an older signature is a replay.
const SKEW_S: i64 = 300;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS message(
  id TEXT PRIMARY KEY, template TEXT NOT NULL, phone TEXT NOT NULL, court TEXT NOT NULL, case_no TEXT NOT NULL,
  state TEXT NOT NULL, posts INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sms(number INTEGER PRIMARY KEY, id TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS asked(number INTEGER PRIMARY KEY, id TEXT NOT NULL) STRICT;
";

/// How a post is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Sent.
    #[default]
    Send,
    /// Stored, and sent at the next `deliver`.
    Accept,
    /// Stored as failed.
    Undeliverable,
    /// 500, nothing stored.
    Fail,
    /// 400, nothing stored.
    Refuse,
    /// 429, nothing stored.
    Busy,
    /// Sent, but the connection is closed before the response.
    DropAnswer,
    /// The connection is closed before anything is stored.
    DropRequest,
    /// Sent, with a late response.
    Delay,
    /// Processed twice, as when a proxy repeats it.
    Double,
}

/// How the next posts are treated.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Behaviour {
    mode: Mode,
    /// For how many posts, after which messages are sent again. Without it, for all.
    #[serde(default)]
    count: Option<u64>,
    #[serde(default)]
    wait_ms: u64,
}

struct Gateway {
    key: hmac::Key,
    stored: Mutex<(Connection, Behaviour)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    id: String,
    template: String,
    phone: String,
    params: Params,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    court: String,
    case_no: String,
}

/// Stands in for a court's SMS gateway.
#[derive(Parser)]
#[command(name = "sms-gateway")]
struct Command {
    /// File with the key that the court signs with.
    #[arg(long)]
    key: PathBuf,
    /// Address on this machine.
    #[arg(long, default_value = "127.0.0.1:8280")]
    listen: SocketAddr,
    /// How posts are treated at first.
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
    /// Language of what is printed: zh or en. Without it the locale decides, then Chinese.
    #[arg(long, value_name = "zh|en")]
    lang: Option<Language>,
    /// Folder for the database.
    dir: PathBuf,
}

/// Runs the command line.
pub fn command() -> Result<()> {
    let c: Command = help::parse(texts::SMS_GATEWAY_HELP);
    language::set_option(c.lang);
    if !c.listen.ip().is_loopback() {
        return Err(texts::not_loopback());
    }
    make_folder(&c.dir)?;
    let secret = secret_file::secret_line(&c.key)?;
    let conn = Connection::open(c.dir.join("sms.db"))?;
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    conn.execute_batch(SCHEMA)?;
    let behaviour = Behaviour { mode: c.mode, count: None, wait_ms: 0 };
    let gateway =
        Gateway { key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), stored: Mutex::new((conn, behaviour)) };
    let failed = |e: std::io::Error| Error::io(Path::new("sms-gateway"), &e, true);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(c.listen).await.map_err(failed)?;
        println!("sms-gateway: http://{}", listener.local_addr().map_err(failed)?);
        axum::serve(listener, router(gateway)).await.map_err(failed)
    })
}

fn router(gateway: Gateway) -> Router {
    Router::new()
        .route("/messages", post(receive_message))
        .route("/messages/{id}", get(message_state))
        .route("/admin/behaviour", post(set_behaviour))
        .route("/admin/deliver", post(deliver))
        .route("/admin/messages", get(list))
        .with_state(Arc::new(gateway))
}

impl Gateway {
    fn lock(&self) -> MutexGuard<'_, (Connection, Behaviour)> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request is signed, over its body or its path, and not long ago.
    fn is_signed(&self, headers: &HeaderMap, signed: &[u8]) -> bool {
        let header = headers.get("ferry-signature").and_then(|h| h.to_str().ok()).unwrap_or_default();
        let Some((t, v1)) = header.split_once(',') else { return false };
        let (Some(t), Some(v1)) = (t.trim().strip_prefix("t="), v1.trim().strip_prefix("v1=")) else { return false };
        let recent = t.parse::<i64>().is_ok_and(|t| (clock::now_s() - t).abs() <= SKEW_S);
        let text = [t.as_bytes(), b".", signed].concat();
        recent && from_hex(v1).is_some_and(|tag| hmac::verify(&self.key, &text, &tag).is_ok())
    }

    /// How the next post is treated.
    fn behaviour(&self) -> Behaviour {
        let behaviour = &mut self.lock().1;
        let now = *behaviour;
        match &mut behaviour.count {
            Some(0) => Behaviour { mode: Mode::Send, ..now },
            Some(left) => {
                *left -= 1;
                now
            }
            None => now,
        }
    }

    /// Stores a message, and sends its SMS the first time. Gives the state.
    fn store(&self, message: &Message, state: &str) -> rusqlite::Result<String> {
        let conn = &mut self.lock().0;
        let tx = conn.transaction()?;
        let sql = "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)
                   ON CONFLICT DO UPDATE SET posts = posts + 1 RETURNING state, posts";
        let (court, case_no) = (&message.params.court, &message.params.case_no);
        let row = params![message.id, message.template, message.phone, court, case_no, state];
        let (state, posts): (String, i64) = tx.query_row(sql, row, |r| Ok((r.get(0)?, r.get(1)?)))?;
        if posts == 1 && state == "sent" {
            tx.execute("INSERT INTO sms(id) VALUES (?1)", [&message.id])?;
        }
        tx.commit()?;
        Ok(state)
    }
}

async fn receive_message(Shared(gateway): Shared<Arc<Gateway>>, headers: HeaderMap, body: Bytes) -> Response {
    if !gateway.is_signed(&headers, &body) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(message) = serde_json::from_slice::<Message>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Behaviour { mode, wait_ms, .. } = gateway.behaviour();
    let state = match mode {
        Mode::Fail => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mode::Refuse => return StatusCode::BAD_REQUEST.into_response(),
        Mode::Busy => return StatusCode::TOO_MANY_REQUESTS.into_response(),
        Mode::DropRequest => drop_connection(),
        Mode::Accept => gateway.store(&message, "accepted"),
        Mode::Undeliverable => gateway.store(&message, "failed"),
        Mode::Double => gateway.store(&message, "sent").and_then(|_| gateway.store(&message, "sent")),
        Mode::Send | Mode::Delay | Mode::DropAnswer => gateway.store(&message, "sent"),
    };
    if mode == Mode::Delay {
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
    if mode == Mode::DropAnswer {
        drop_connection();
    }
    state_response(state.map(Some))
}

async fn message_state(
    Shared(gateway): Shared<Arc<Gateway>>,
    UrlPath(id): UrlPath<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !gateway.is_signed(&headers, uri.path().as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let conn = &gateway.lock().0;
    let recorded = conn.execute("INSERT INTO asked(id) VALUES (?1)", [&id]);
    let state = || conn.query_row("SELECT state FROM message WHERE id = ?1", [&id], |r| r.get(0)).optional();
    state_response(recorded.and_then(|_| state()))
}

async fn set_behaviour(Shared(gateway): Shared<Arc<Gateway>>, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(behaviour) => {
            gateway.lock().1 = behaviour;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(e) => (StatusCode::BAD_REQUEST, e.to_string()).into_response(),
    }
}

async fn deliver(Shared(gateway): Shared<Arc<Gateway>>) -> Response {
    let sql = "INSERT INTO sms(id) SELECT id FROM message WHERE state = 'accepted';
               UPDATE message SET state = 'sent' WHERE state = 'accepted';";
    match gateway.lock().0.execute_batch(sql) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(e) => database_error(&e),
    }
}

async fn list(Shared(gateway): Shared<Arc<Gateway>>) -> Response {
    let read = || -> rusqlite::Result<Vec<Value>> {
        let stored = gateway.lock();
        let sql = "SELECT m.id, template, phone, court, case_no, state, posts,
                     (SELECT count(*) FROM sms s WHERE s.id = m.id), (SELECT count(*) FROM asked a WHERE a.id = m.id)
                   FROM message m ORDER BY m.rowid";
        let mut statement = stored.0.prepare(sql)?;
        let rows = statement.query_map([], |r| {
            let text = |n| r.get::<_, String>(n);
            let (posts, sms, asked): (i64, i64, i64) = (r.get(6)?, r.get(7)?, r.get(8)?);
            Ok(json!({ "id": text(0)?, "template": text(1)?, "phone": text(2)?, "court": text(3)?, "case_no": text(4)?,
                       "state": text(5)?, "posts": posts, "sms": sms, "asked": asked }))
        })?;
        rows.collect()
    };
    match read() {
        Ok(messages) => (StatusCode::OK, Value::from(messages).to_string()).into_response(),
        Err(e) => database_error(&e),
    }
}

fn state_response(state: rusqlite::Result<Option<String>>) -> Response {
    match state {
        Ok(Some(state)) => {
            ([("content-type", "application/json")], json!({ "state": state }).to_string()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(e) => database_error(&e),
    }
}

fn database_error(error: &rusqlite::Error) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}

/// Ends the connection's task: the client sees it closed, with no response.
fn drop_connection() -> ! {
    std::panic::resume_unwind(Box::new("the connection is closed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_argument_has_a_chinese_text() {
        assert_eq!(help::missing(Command::command(), texts::SMS_GATEWAY_HELP), Vec::<String>::new());
        assert_eq!(help::unused(Command::command(), texts::SMS_GATEWAY_HELP), Vec::<&str>::new());
    }
}

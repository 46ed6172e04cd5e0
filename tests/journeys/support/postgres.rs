//! A real PostgreSQL server in a temporary folder, reached through its Unix socket (one test asks for TLS), and the
//! made-up court in it.

use ferry_testkit::stage::Court;
use rusqlite::types::ValueRef;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Password of the role that writes the staging tables.
const PASSWORD: &str = "staging-口令";
/// One server for all tests; each has a database of its own.
static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(None));
/// One that is reached over TLS on the loopback interface, with a certificate of its own.
static SERVER_WITH_TLS: LazyLock<Server> = LazyLock::new(|| {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    Server::start(Some(port))
});
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// It stops and removes its folder when its input closes: at the latest when this process ends, however that happens.
/// Its collation is not that of bytes, as on real platforms.
const SCRIPT: &str = r#"
dir=$1
shift
trap 'rm -rf "$dir"' EXIT
initdb --pgdata="$dir/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  --locale-provider=icu --icu-locale=zh-CN --no-sync --no-instructions > "$dir/log" 2>&1 || { cp "$dir/log" "$dir/failed"; read -r _; exit 1; }
printf 'local all ferry_staging scram-sha-256\nlocal all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n' > "$dir/data/pg_hba.conf"
postgres -D "$dir/data" -k "$dir" -c fsync=off -c full_page_writes=off -c shared_buffers=32MB \
  -c max_connections=60 "$@" >> "$dir/log" 2>&1 &
pid=$!
read -r _
kill -INT "$pid"
wait "$pid"
"#;

struct Server {
    /// Folder of its socket.
    dir: PathBuf,
    bin: PathBuf,
    port: Option<u16>,
    _lifeline: ChildStdin,
}

impl Server {
    fn start(port: Option<u16>) -> Self {
        let versions =
            std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is not installed: ops/need postgresql");
        let bin = versions.map(|e| e.unwrap().path().join("bin")).max().unwrap();
        let dir = tempfile::tempdir().unwrap().keep();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut settings = vec!["-c".to_owned(), "listen_addresses=".to_owned()];
        if let Some(port) = port {
            let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
            std::fs::write(dir.join("server.crt"), made.cert.pem()).unwrap();
            let key = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(dir.join("server.key"));
            key.unwrap().write_all(made.signing_key.serialize_pem().as_bytes()).unwrap();
            for setting in [
                "listen_addresses=127.0.0.1".to_owned(),
                format!("port={port}"),
                "ssl=on".to_owned(),
                format!("ssl_cert_file={}", dir.join("server.crt").display()),
                format!("ssl_key_file={}", dir.join("server.key").display()),
            ] {
                settings.extend(["-c".to_owned(), setting]);
            }
        }
        // The server refuses to run as root; the package brings a user for it.
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
        let mut command = Command::new(if is_root { "setpriv" } else { "bash" });
        if is_root {
            assert!(Command::new("chown").args(["-R", "postgres"]).arg(&dir).status().unwrap().success());
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "bash"]);
        }
        command.args(["-c", SCRIPT, "server"]).arg(&dir).args(settings).env("PATH", path).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let lifeline = command.spawn().unwrap().stdin.take().unwrap();
        let server = Self { dir, bin, port, _lifeline: lifeline };
        let began = Instant::now();
        while !server.psql("postgres").args(["-c", "SELECT 1"]).output().unwrap().status.success() {
            let log = std::fs::read_to_string(server.dir.join("log")).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(60), "PostgreSQL does not start: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
        server.run(
            "postgres",
            &format!("CREATE ROLE ferry_read LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE ferry_staging LOGIN PASSWORD '{PASSWORD}'"),
        );
        server
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(self.bin.join("psql"));
        command.args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-h"]).arg(&self.dir);
        command.args(["-p", &self.port.unwrap_or(5432).to_string()]);
        command.env("PGCLIENTENCODING", "UTF8").env("PGTZ", "Asia/Shanghai");
        command
    }

    /// Runs SQL as the administrator; gives what it answers.
    fn run(&self, database: &str, sql: &str) -> String {
        let mut child = self.psql(database).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let sql = sql.to_owned();
        let writer = std::thread::spawn(move || input.write_all(sql.as_bytes()));
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "psql");
        writer.join().unwrap().unwrap();
        String::from_utf8(out.stdout).unwrap().trim_end().to_owned()
    }
}

/// A case platform in a database of its own.
pub struct Platform {
    server: &'static Server,
    name: String,
}

impl Drop for Platform {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.server.run("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

impl Platform {
    /// An empty database whose tables are those of the court's platform, in the types that real ones have. The role of
    /// the source may only read; that of the staging tables has a schema of its own and nothing else.
    pub fn of(court: &Court, options: &str) -> Self {
        Self::on(&SERVER, court, options)
    }

    fn on(server: &'static Server, court: &Court, options: &str) -> Self {
        let mut sql = String::new();
        for (table, columns) in tables(court) {
            let typed: Vec<_> =
                columns.iter().enumerate().map(|(n, c)| format!("{c} {}", type_of(c, n == 0))).collect();
            write!(sql, "CREATE TABLE {table}({}); CREATE INDEX ON {table}(GXSJ);", typed.join(", ")).unwrap();
            if columns.iter().skip(1).any(|c| c == "AJBH") {
                write!(sql, "CREATE INDEX ON {table}(AJBH);").unwrap();
            }
        }
        Self::made(server, court, options, sql)
    }

    /// An old platform: its tables and rows are those of `platform.sql`.
    pub fn legacy(court: &Court) -> Self {
        Self::made(&SERVER, court, "", std::fs::read_to_string(court.path("platform.sql")).unwrap())
    }

    fn made(server: &'static Server, court: &Court, options: &str, mut sql: String) -> Self {
        let name = format!("court{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        server.run("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 {options}"));
        let platform = Self { server, name };
        sql.push_str(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ferry_read;
             CREATE SCHEMA ferry AUTHORIZATION ferry_staging;
             DO $$ BEGIN EXECUTE format('ALTER ROLE ferry_staging IN DATABASE %I SET search_path = ferry', current_database()); END $$;",
        );
        platform.run(&sql);
        court.edit(
            "inner.toml",
            "sqlite = \"platform.db\"",
            &format!("postgres = \"{}\"", platform.server("ferry_read")),
        );
        let staging = format!(
            "postgres = \"{}\"\npostgres-password = \"inner/staging.password\"",
            platform.server("ferry_staging")
        );
        court.edit("inner.toml", "staging = \"platform.db\"", &staging);
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(court.path("inner/staging.password"));
        writeln!(file.unwrap(), "{PASSWORD}").unwrap();
        platform
    }

    /// The court as its SQLite platform has it now.
    pub fn with(court: &Court) -> Self {
        let platform = Self::of(court, "");
        platform.load(court);
        platform
    }

    /// The same on a server that lets nobody in without TLS; gives the file with its certificate.
    pub fn with_tls(court: &Court) -> (Self, PathBuf) {
        let platform = Self::on(&SERVER_WITH_TLS, court, "");
        platform.load(court);
        (platform, SERVER_WITH_TLS.dir.join("server.crt"))
    }

    /// The connection string of a role.
    pub fn server(&self, role: &str) -> String {
        let host = match self.server.port {
            Some(port) => format!("host=localhost port={port}"),
            None => format!("host={}", self.server.dir.display()),
        };
        format!("{host} dbname={} user={role}", self.name)
    }

    /// Runs SQL as the administrator; gives what it answers.
    pub fn run(&self, sql: &str) -> String {
        self.server.run(&self.name, sql)
    }

    /// A number that SQL answers.
    pub fn number(&self, sql: &str) -> i64 {
        self.run(sql).parse().unwrap()
    }

    /// Begins a transaction that stays open until the child's input ends with a COMMIT.
    pub fn transaction(&self, sql: &str) -> Child {
        let mut child = self.server.psql(&self.name).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        write!(child.stdin.as_mut().unwrap(), "SET application_name = 'open'; BEGIN; {sql};\n\\echo\n").unwrap();
        let began = Instant::now();
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'open' AND state = 'idle in transaction'
                     AND datname = current_database()";
        while self.number(waits) == 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "the transaction did not begin");
            std::thread::sleep(Duration::from_millis(50));
        }
        child
    }

    /// Makes the rows of every table those that the court's SQLite platform has now.
    pub fn load(&self, court: &Court) {
        let from = court.platform();
        let mut sql = "BEGIN;\n".to_owned();
        for (table, columns) in tables(court) {
            writeln!(sql, "TRUNCATE {table};\nCOPY {table} FROM STDIN;").unwrap();
            let mut statement = from.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                for (n, column) in columns.iter().enumerate() {
                    let value = match row.get_ref(n).unwrap() {
                        // Platforms that came from Oracle know no difference between nothing and an empty text.
                        ValueRef::Null if type_of(column, n == 0).contains("CHAR") => String::new(),
                        ValueRef::Null => "\\N".to_owned(),
                        ValueRef::Integer(number) => number.to_string(),
                        ValueRef::Real(number) => number.to_string(),
                        other => {
                            other.as_str().unwrap().replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t")
                        }
                    };
                    write!(sql, "{}{value}", if n == 0 { "" } else { "\t" }).unwrap();
                }
                sql.push('\n');
            }
            sql.push_str("\\.\n");
        }
        sql.push_str("COMMIT;\n");
        self.run(&sql);
    }
}

/// Commits a transaction that [`Platform::transaction`] began.
pub fn commit(mut transaction: Child) {
    transaction.stdin.take().unwrap().write_all(b"COMMIT;\n").unwrap();
    assert!(transaction.wait().unwrap().success());
}

/// The platform's tables and their columns.
fn tables(court: &Court) -> Vec<(String, Vec<String>)> {
    let platform = court.platform();
    let names = |sql: &str| -> Vec<String> {
        let mut statement = platform.prepare(sql).unwrap();
        statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let tables = names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'FERRY%' ORDER BY name");
    let columns = |table: &str| names(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"));
    tables.into_iter().map(|t| (t.clone(), columns(&t))).collect()
}

/// The type that a column of this name has on real platforms.
fn type_of(column: &str, is_key: bool) -> &'static str {
    match column {
        "XH" => "BIGINT PRIMARY KEY",
        _ if is_key => "CHAR(24) PRIMARY KEY",
        "AJBH" | "RYBH" | "DXBH" | "ZJ" | "BDLR" => "CHAR(24)",
        "AJZT" | "SSDW" | "WSLX" => "CHAR(4)",
        "SQBDE" | "JE" | "JK" | "DWJE" => "NUMERIC(18,2)",
        "QFBZ" | "TS" => "SMALLINT",
        _ if column.ends_with("RQ") => "DATE",
        _ if column.ends_with("SJ") => "TIMESTAMP(3) WITHOUT TIME ZONE",
        _ => "VARCHAR(4000) NOT NULL DEFAULT ''",
    }
}

/// The folder of the server's socket.
pub fn socket() -> &'static Path {
    &SERVER.dir
}

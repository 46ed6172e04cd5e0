//! A made-up court in a temporary folder, both agents, and the diode between them.

use crate::court::{MakeOptions, make};
use crate::running::Running;
use crate::secrets::Secrets;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub const SEED: u64 = 7;

pub struct Court {
    root: PathBuf,
    /// Removed with it, where it is no operator's to keep.
    _temporary: Option<TempDir>,
    secrets: Arc<Secrets>,
    /// By side, how far its clock is from the real one, in seconds.
    clocks: Mutex<BTreeMap<String, i64>>,
    /// What every program finds in its environment.
    environment: Mutex<BTreeMap<String, PathBuf>>,
}

/// A line of `logins.tsv`.
#[derive(Debug, Clone)]
pub struct Login {
    pub identity: String,
    pub code: String,
    pub case_id: String,
    pub case_no: String,
}

/// The library that sets a program's clock, of Debian's package `faketime`.
fn fake_clock() -> PathBuf {
    let of_machine = |e: std::fs::DirEntry| e.path().join("faketime/libfaketimeMT.so.1");
    let mut found = std::fs::read_dir("/usr/lib").unwrap().flatten().map(of_machine).filter(|p| p.exists());
    found.next().expect("libfaketime is missing: run `ops/need faketime`")
}

/// A program of ours, beside the running one or, for a test, in the folder above it.
pub fn binary(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().unwrap();
    let folder = if folder.ends_with("deps") { folder.parent().unwrap() } else { folder };
    let path = folder.join(name);
    assert!(path.exists(), "{} is not built: run `cargo build --workspace` first", path.display());
    path
}

impl Court {
    pub fn new(cases: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let court = Self::at(&dir.path().join("court"), cases);
        Self { _temporary: Some(dir), ..court }
    }

    /// With reviewers, whose keys lie beside it.
    pub fn reviewed(cases: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let court = Self::made(&dir.path().join("court"), MakeOptions { cases, seed: SEED, reviewed: true });
        Self { _temporary: Some(dir), ..court }
    }

    /// In a folder that does not exist yet and stays.
    pub fn at(root: &Path, cases: u64) -> Self {
        Self::made(root, MakeOptions { cases, seed: SEED, reviewed: false })
    }

    fn made(root: &Path, options: MakeOptions) -> Self {
        make(root, &options).unwrap();
        Self {
            root: root.to_owned(),
            _temporary: None,
            secrets: Secrets::of(&root.join("platform.db")),
            clocks: Mutex::default(),
            environment: Mutex::default(),
        }
    }

    /// A copy of it as it is now.
    pub fn twin(&self) -> Self {
        self.hash_codes();
        self.copy_to(tempfile::tempdir().unwrap())
    }

    /// Codes that the agents hash get salts of their own; those that the platform hashed are the same in every copy.
    pub fn hash_codes(&self) {
        let hashed = "UPDATE RY SET CXM = (SELECT min(CXM) FROM RY), MM = NULL WHERE CXM NOT LIKE '$argon2id$%'";
        self.platform().execute(hashed, []).unwrap();
    }

    /// A copy in an empty folder. It knows the same secrets without looking into a database.
    pub fn copy_to(&self, dir: TempDir) -> Self {
        let root = dir.path().join("court");
        assert!(Command::new("cp").arg("-a").arg(self.path("")).arg(&root).status().unwrap().success());
        Self {
            root,
            _temporary: Some(dir),
            secrets: self.secrets.kept(),
            clocks: Mutex::default(),
            environment: Mutex::default(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Sets the clock of one machine (`inner` or `outer`) so many seconds away from the real one.
    pub fn set_clock(&self, side: &str, ahead_s: i64) {
        self.clocks.lock().unwrap().insert(side.to_owned(), ahead_s);
    }

    /// Sets a variable for every program of both machines.
    pub fn set_environment(&self, name: &str, value: &Path) {
        self.environment.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// An agent's program with its configuration, on its machine's clock.
    fn program(&self, side: &str) -> Command {
        let mut agent = Command::new(binary(&format!("{side}-agent")));
        agent.arg("--config").arg(self.path(&format!("{side}.toml")));
        agent.envs(self.environment.lock().unwrap().iter());
        self.on_its_clock(side, &mut agent);
        agent
    }

    fn on_its_clock(&self, side: &str, command: &mut Command) {
        if let Some(ahead_s) = self.clocks.lock().unwrap().get(side) {
            command.env("LD_PRELOAD", fake_clock()).env("FAKETIME", format!("{ahead_s:+}"));
            // A clock that is set does not change how fast time passes, nor what a file system says.
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
        }
    }

    pub fn try_agent(&self, side: &str, command: &[&str]) -> Output {
        self.secrets.are_not_printed(self.program(side).args(command).output().unwrap())
    }

    /// What looks for them in whatever a test made an agent print in a way of its own.
    pub fn search(&self) -> Arc<Secrets> {
        self.secrets.clone()
    }

    /// Identity and telephone numbers, query codes and passwords of everyone in the platform, now and before.
    pub fn secrets(&self) -> BTreeSet<String> {
        self.secrets.all()
    }

    /// Runs an agent's command where the kernel gives no user namespaces.
    pub fn without_namespaces(&self, side: &str, command: &[&str]) -> Output {
        let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "sh", "-c", script, "sh"]).arg(binary(&format!("{side}-agent")));
        unshare.arg("--config").arg(self.path(&format!("{side}.toml"))).args(command);
        self.secrets.are_not_printed(unshare.output().unwrap())
    }

    /// Starts an agent's command and leaves it running.
    pub fn spawn(&self, side: &str, command: &[&str]) -> Running {
        Running::start(self.program(side).args(command), self.secrets.clone())
    }

    /// The same, for a service manager that listens on a socket.
    pub fn spawn_notifying(&self, side: &str, command: &[&str], socket: &Path) -> Running {
        Running::start(self.program(side).args(command).env("NOTIFY_SOCKET", socket), self.secrets.clone())
    }

    /// Runs an agent's command with `--json` and gives the object.
    pub fn agent(&self, side: &str, command: &str) -> serde_json::Value {
        let out = self.try_agent(side, &[command, "--json"]);
        assert!(out.status.success(), "{side} {command}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// The same with no more than so many bytes of memory.
    pub fn agent_within(&self, bytes: u64, side: &str, command: &str) -> serde_json::Value {
        let out = self.try_agent_within(bytes, side, &[command, "--json"]);
        assert!(out.status.success(), "{side} {command}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// Runs an agent's command in an address space of so many bytes.
    pub fn try_agent_within(&self, bytes: u64, side: &str, command: &[&str]) -> Output {
        let mut limited = Command::new("prlimit");
        limited.arg(format!("--as={bytes}")).arg(binary(&format!("{side}-agent")));
        limited.arg("--config").arg(self.path(&format!("{side}.toml"))).args(command);
        self.secrets.are_not_printed(limited.output().unwrap())
    }

    /// Runs an agent's command that must end with `exit`; gives its stderr.
    pub fn refused(&self, side: &str, command: &str, exit: i32) -> String {
        let out = self.try_agent(side, &[command]);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(exit), "{side} {command}: {text}");
        assert!(text.contains("hint: ") && text.contains("FERRY-E"), "{text}");
        text
    }

    pub fn ferry(&self, line: &[&str]) -> Output {
        let environment = self.environment.lock().unwrap().clone();
        Command::new(binary("ferry")).args(line).envs(environment).current_dir(self.path("")).output().unwrap()
    }

    pub fn ferry_done(&self, line: &[&str]) {
        let out = self.ferry(line);
        assert!(out.status.success(), "ferry {line:?}: {}", String::from_utf8_lossy(&out.stderr));
    }

    /// The diode: a process that only copies.
    pub fn carry(&self, way: &str) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../ops/carry");
        let out = Command::new(script).arg(self.path("")).arg(format!("--{way}")).output().unwrap();
        assert!(out.status.success(), "carry: {}", String::from_utf8_lossy(&out.stderr));
    }

    /// Export, carry, ingest.
    pub fn up(&self) -> (serde_json::Value, serde_json::Value) {
        let exported = self.agent("inner", "export");
        self.carry("up");
        (exported, self.agent("outer", "ingest"))
    }

    /// Reply, carry, import.
    pub fn down(&self) -> (serde_json::Value, serde_json::Value) {
        let replied = self.agent("outer", "reply");
        self.carry("down");
        (replied, self.agent("inner", "import"))
    }

    pub fn platform(&self) -> Connection {
        Connection::open(self.path("platform.db")).unwrap()
    }

    pub fn database(&self, path: &str) -> Connection {
        Connection::open(self.path(path)).unwrap()
    }

    pub fn count(&self, sql: &str) -> i64 {
        self.platform().query_row(sql, [], |r| r.get(0)).unwrap()
    }

    /// Files of a folder, without dotted names, in order.
    pub fn files(&self, folder: &str) -> Vec<PathBuf> {
        let mut found: Vec<_> = std::fs::read_dir(self.path(folder)).unwrap().map(|e| e.unwrap().path()).collect();
        found.retain(|p| !p.file_name().unwrap().to_string_lossy().starts_with('.'));
        found.sort();
        found
    }

    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        std::fs::write(self.path(file), text.replacen(from, to, 1)).unwrap();
    }

    /// Makes a channel with a token by the operator's command, and writes it into the configuration.
    pub fn add_channel(&self, name: &str) -> String {
        let out = self.try_agent("outer", &["channel", name]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let printed = String::from_utf8(out.stdout).unwrap();
        let (token, table) = printed.split_at(printed.find("[portal.channels").unwrap());
        self.configure(table);
        token.lines().find(|line| line.len() == 64).unwrap().to_owned()
    }

    /// Adds tables to the outer configuration.
    pub fn configure(&self, tables: &str) {
        let mut file = File::options().append(true).open(self.path("outer.toml")).unwrap();
        write!(file, "\n{tables}").unwrap();
    }

    pub fn logins(&self) -> Vec<Login> {
        let text = std::fs::read_to_string(self.path("logins.tsv")).unwrap();
        text.lines()
            .skip(1)
            .map(|l| {
                let f: Vec<_> = l.split('\t').map(str::to_owned).collect();
                Login { identity: f[0].clone(), code: f[1].clone(), case_id: f[3].clone(), case_no: f[4].clone() }
            })
            .collect()
    }

    pub fn roots(&self) -> (String, String) {
        let root = |side: &str| self.agent(side, "status")["state_root"].as_str().unwrap_or("none").to_owned();
        (root("inner"), root("outer"))
    }

    pub fn portal(&self) -> Portal {
        let text = std::fs::read_to_string(self.path("outer.toml")).unwrap();
        let port_free: String = text
            .lines()
            .map(|l| if l.starts_with("listen") { "listen = \"127.0.0.1:0\"\n".into() } else { format!("{l}\n") })
            .collect();
        std::fs::write(self.path("portal.toml"), port_free).unwrap();
        let mut portal = Command::new(binary("outer-agent"));
        self.on_its_clock("outer", &mut portal);
        let mut child = portal
            .arg("--config")
            .arg(self.path("portal.toml"))
            .arg("portal")
            .stdout(Stdio::piped())
            .stderr(File::create(self.path("portal.log")).unwrap())
            .spawn()
            .unwrap();
        let listens = |section: &str| text.lines().any(|l| l == section);
        let listeners = 1 + usize::from(listens("[portal.api-listen]")) + usize::from(listens("[portal.private]"));
        let addresses: BTreeMap<String, String> = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .take(listeners)
            .map(|line| {
                let line = line.unwrap();
                let (name, port) = (line.split(':').next().unwrap(), line.rsplit(':').next().unwrap());
                (name.to_owned(), port.to_owned())
            })
            .collect();
        let https = |port: &String| format!("https://localhost:{port}");
        let (base, api) = (https(&addresses["portal"]), addresses.get("api").map(https));
        let private = addresses.get("private").map_or(0, |port| port.parse().unwrap());
        let (certificate, log) = (self.path("outer/tls.crt"), self.path("portal.log"));
        Portal { child, base, api, private, certificate, log, secrets: self.secrets.clone() }
    }
}

/// The portal's process.
pub struct Portal {
    child: Child,
    pub base: String,
    /// Where channels with certificates connect.
    pub api: Option<String>,
    /// Port of the listener for the operator; 0 where there is none.
    pub private: u16,
    pub certificate: PathBuf,
    log: PathBuf,
    secrets: Arc<Secrets>,
}

impl Drop for Portal {
    fn drop(&mut self) {
        // It may have been told to stop before.
        let _ = self.child.kill();
        self.child.wait().unwrap();
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        eprint!("{log}");
        if !std::thread::panicking() {
            self.secrets.are_not_in(&log);
        }
    }
}

impl Portal {
    pub fn port(&self) -> u16 {
        self.base.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Sends the process a signal by its name.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap().success());
    }

    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// What it wrote to stderr.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// A browser of its own: cookies are kept, redirects followed, the court's certificate trusted.
    pub fn browser(&self) -> Browser {
        let certificate = ureq::tls::Certificate::from_pem(&std::fs::read(&self.certificate).unwrap()).unwrap();
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::from([certificate]))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build();
        Browser { agent: config.into(), base: self.base.clone() }
    }
}

pub struct Browser {
    pub agent: ureq::Agent,
    base: String,
}

pub struct Answer {
    pub status: u16,
    pub bytes: Vec<u8>,
    pub headers: ureq::http::HeaderMap,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The session's token in the forms of a page.
    pub fn csrf(&self) -> String {
        let text = self.text();
        let at = text.find("name=\"csrf\" value=\"").expect("the page has no form") + 19;
        text[at..at + 64].to_owned()
    }

    /// Where the first document for service that may be opened is opened.
    pub fn service(&self) -> Option<String> {
        let text = self.text();
        let at = text.find("/documents/service/")?;
        text[at..].split('"').next().filter(|action| action.ends_with("/open")).map(str::to_owned)
    }
}

pub fn answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    try_answer(response).unwrap()
}

fn try_answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
    let mut response = response?;
    let bytes = response.body_mut().with_config().limit(200 << 20).read_to_vec()?;
    Ok(Answer { status: response.status().as_u16(), bytes, headers: response.headers().clone() })
}

impl Browser {
    /// The same, with its cookies, after the portal was started again.
    pub fn at(self, portal: &Portal) -> Self {
        Self { base: portal.base.clone(), ..self }
    }

    pub fn try_get(&self, path: &str) -> Result<Answer, ureq::Error> {
        try_answer(self.agent.get(format!("{}{path}", self.base)).call())
    }

    pub fn try_post(&self, path: &str, form: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        try_answer(self.agent.post(format!("{}{path}", self.base)).send_form(form.iter().copied()))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.try_get(path).unwrap()
    }

    /// Gets a page with a cookie of its own.
    pub fn get_as(&self, cookie: &str, path: &str) -> Answer {
        answer(self.agent.get(format!("{}{path}", self.base)).header("Cookie", cookie).call())
    }

    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.try_post(path, form).unwrap()
    }

    /// Posts a form and does not follow where it leads.
    pub fn post_still(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.base)).config().max_redirects(0);
        answer(request.max_redirects_will_error(false).build().send_form(form.iter().copied()))
    }

    pub fn post_from(&self, origin: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.base)).header("Origin", origin);
        answer(request.send_form(form.iter().copied()))
    }

    pub fn log_in(&self, login: &Login) -> Answer {
        self.post("/login", &[("identity", &login.identity), ("code", &login.code)])
    }
}

/// The files below a folder, as paths.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(walk(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

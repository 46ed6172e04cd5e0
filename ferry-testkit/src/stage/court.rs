//! A court's folder, and the commands of both agents on it.

use crate::court::{MakeOptions, legacy, make};
use crate::stage::program::set_clock;
use crate::stage::program::{binary, in_english, program, script};
use crate::stage::running::Running;
use crate::stage::secrets::Secrets;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Of the made-up court, unless a test says otherwise.
pub const SEED: u64 = 7;

/// A made-up court: its platform, both machines, and the diode between them.
pub struct Court {
    root: PathBuf,
    /// Removed with the court; `None` where an operator keeps it.
    _temporary: Option<TempDir>,
    pub(super) secrets: Arc<Secrets>,
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

impl Court {
    /// With so many cases, in a temporary folder.
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

    /// With an old case platform, and what of it is to be published in `expected.tsv`.
    pub fn legacy(cases: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("court");
        legacy::make(&root, &MakeOptions { cases, seed: SEED, reviewed: false }).unwrap();
        std::fs::write(root.join("logins.tsv"), "").unwrap();
        Self { _temporary: Some(dir), ..Self::in_folder(&root) }
    }

    fn made(root: &Path, options: MakeOptions) -> Self {
        make(root, &options).unwrap();
        Self::in_folder(root)
    }

    fn in_folder(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            _temporary: None,
            secrets: Secrets::of(&root.join("platform.db")),
            clocks: Mutex::default(),
            environment: Mutex::default(),
        }
    }

    /// A copy of it as it is now.
    pub fn duplicate(&self) -> Self {
        self.hash_codes();
        self.copy_to(tempfile::tempdir().unwrap())
    }

    /// Lets the platform hash every query code: codes that agents hash get a salt of their own in every copy of the court.
    pub fn hash_codes(&self) {
        let hashed = "UPDATE RY SET CXM = (SELECT min(CXM) FROM RY), MM = NULL WHERE CXM NOT LIKE '$argon2id$%'";
        self.platform().execute(hashed, []).unwrap();
    }

    /// A copy in an empty folder. It knows the same secrets without opening a database.
    pub fn copy_to(&self, dir: TempDir) -> Self {
        let root = dir.path().join("court");
        assert!(Command::new("cp").arg("-a").arg(self.path("")).arg(&root).status().unwrap().success());
        Self {
            root,
            _temporary: Some(dir),
            secrets: self.secrets.without_platform(),
            clocks: Mutex::default(),
            environment: Mutex::default(),
        }
    }

    /// A file or folder of the court.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Sets the clock of one machine (`inner` or `outer`) so many seconds away from the real one.
    /// The machine was switched off meanwhile: within one boot a clock does not jump.
    pub fn set_clock(&self, side: &str, ahead_s: i64) {
        let record = self.path(&format!("{side}/state/clock"));
        if let Ok(text) = std::fs::read_to_string(&record) {
            let mut record_of_run: serde_json::Value = serde_json::from_str(&text).unwrap();
            record_of_run["boot-id"] = "another boot".into();
            std::fs::write(&record, record_of_run.to_string()).unwrap();
        }
        self.clocks.lock().unwrap().insert(side.to_owned(), ahead_s);
    }

    /// A person accepts the clock of a machine as it is.
    pub fn accept_clock(&self, side: &str) {
        let out = self.try_agent(side, &["clock", "accept", "--by", "值班员", "--reason", "已与授时服务器核对"]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    /// Sets a variable for every program of both machines.
    pub fn set_environment(&self, name: &str, value: &Path) {
        self.environment.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// An agent's program with its configuration, on its machine's clock.
    fn program(&self, side: &str) -> Command {
        let mut agent = program(&format!("{side}-agent"));
        agent.arg("--config").arg(self.path(&format!("{side}.toml")));
        agent.envs(self.environment.lock().unwrap().iter());
        self.apply_clock(side, &mut agent);
        agent
    }

    /// Lets a command run on the clock of its machine.
    pub(super) fn apply_clock(&self, side: &str, command: &mut Command) {
        if let Some(ahead_s) = self.clocks.lock().unwrap().get(side) {
            set_clock(command, *ahead_s);
        }
    }

    /// Runs an agent's command, and checks that it prints no secret.
    pub fn try_agent(&self, side: &str, command: &[&str]) -> Output {
        self.secrets.check_output(self.program(side).args(command).output().unwrap())
    }

    /// For checking what a test made an agent print in its own way.
    pub fn secrets(&self) -> Arc<Secrets> {
        self.secrets.clone()
    }

    /// Identity and telephone numbers, query codes and passwords of everyone in the platform, now and before.
    pub fn all_secrets(&self) -> BTreeSet<String> {
        self.secrets.all()
    }

    /// Runs an agent's command where the kernel gives no user namespaces.
    pub fn without_namespaces(&self, side: &str, command: &[&str]) -> Output {
        let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "sh", "-c", script, "sh"]).arg(binary(&format!("{side}-agent")));
        in_english(&mut unshare);
        unshare.arg("--config").arg(self.path(&format!("{side}.toml"))).args(command);
        self.secrets.check_output(unshare.output().unwrap())
    }

    /// An agent's command under a program with its own arguments, such as `prlimit` or `unshare`.
    pub fn under(&self, launcher: &[&str], side: &str, command: &[&str]) -> Command {
        let mut under = Command::new(launcher[0]);
        under.args(&launcher[1..]).arg(binary(&format!("{side}-agent")));
        in_english(&mut under);
        under.arg("--config").arg(self.path(&format!("{side}.toml"))).args(command);
        under
    }

    /// Starts an agent's command and leaves it running.
    pub fn spawn(&self, side: &str, command: &[&str]) -> Running {
        Running::start(self.program(side).args(command), self.secrets.clone())
    }

    /// The same with a service manager that listens on a socket.
    pub fn spawn_notifying(&self, side: &str, command: &[&str], socket: &Path) -> Running {
        Running::start(self.program(side).args(command).env("NOTIFY_SOCKET", socket), self.secrets.clone())
    }

    /// Runs an agent's command with `--json` and gives the object.
    pub fn agent(&self, side: &str, command: &str) -> serde_json::Value {
        let out = self.try_agent(side, &[command, "--json"]);
        assert!(out.status.success(), "{side} {command}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// The same in an address space of so many bytes.
    pub fn agent_with_memory(&self, bytes: u64, side: &str, command: &str) -> serde_json::Value {
        let out = self.try_agent_with_memory(bytes, side, &[command, "--json"]);
        assert!(out.status.success(), "{side} {command}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// Runs an agent's command in an address space of so many bytes.
    pub fn try_agent_with_memory(&self, bytes: u64, side: &str, command: &[&str]) -> Output {
        let mut limited = Command::new("prlimit");
        limited.arg(format!("--as={bytes}")).arg(binary(&format!("{side}-agent")));
        in_english(&mut limited);
        limited.arg("--config").arg(self.path(&format!("{side}.toml"))).args(command);
        self.secrets.check_output(limited.output().unwrap())
    }

    /// Runs an agent's command that must end with `exit`; gives its stderr.
    pub fn refused(&self, side: &str, command: &str, exit: i32) -> String {
        let out = self.try_agent(side, &[command]);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(exit), "{side} {command}: {text}");
        assert!(text.contains("hint: ") && text.contains("FERRY-E"), "{text}");
        text
    }

    /// Runs `ferry` in the court's folder.
    pub fn ferry(&self, line: &[&str]) -> Output {
        let environment = self.environment.lock().unwrap().clone();
        program("ferry").args(line).envs(environment).current_dir(self.path("")).output().unwrap()
    }

    /// The same, which must succeed.
    pub fn ferry_ok(&self, line: &[&str]) {
        let out = self.ferry(line);
        assert!(out.status.success(), "ferry {line:?}: {}", String::from_utf8_lossy(&out.stderr));
    }

    /// The diode: a process that only copies, in one direction (`up` or `down`).
    pub fn carry(&self, direction: &str) {
        let out = Command::new(script("carry")).arg(self.path("")).arg(format!("--{direction}")).output().unwrap();
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

    /// The case platform.
    pub fn platform(&self) -> Connection {
        Connection::open(self.path("platform.db")).unwrap()
    }

    /// A database of the court's folder.
    pub fn database(&self, path: &str) -> Connection {
        Connection::open(self.path(path)).unwrap()
    }

    /// The first number that a query of the platform gives.
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

    /// Replaces the first occurrence of a text in a file.
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

    /// Lets a run retract as much as it finds absent.
    pub fn without_retraction_guard(&self) {
        self.edit("inner.toml", "[source]", "[source.retractions]\nmax-percent = 100\n\n[source]");
    }

    /// Adds tables to the outer configuration.
    pub fn configure(&self, tables: &str) {
        let mut file = File::options().append(true).open(self.path("outer.toml")).unwrap();
        write!(file, "\n{tables}").unwrap();
    }

    /// What parties log in with.
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

    /// The state roots inside and outside.
    pub fn roots(&self) -> (String, String) {
        let root = |side: &str| self.agent(side, "status")["state_root"].as_str().unwrap_or("none").to_owned();
        (root("inner"), root("outer"))
    }
}

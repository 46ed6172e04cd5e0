//! The stand-in SMS gateway, and passes of the module that tells the parties.

use ferry_testkit::stage::{Court, program};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// The stand-in gateway of a court, in a process of its own.
pub struct Sms {
    child: Child,
    base: String,
    agent: ureq::Agent,
}

impl Drop for Sms {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Sms {
    /// Starts it, and tells the court where it is.
    pub fn of(court: &Court) -> Self {
        let mut child = program("sms-gateway")
            .args(["--listen", "127.0.0.1:0", "--key"])
            .arg(court.path("inner/sms.key"))
            .arg(court.path("sms"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("sms-gateway: ").unwrap().to_owned();
        court.edit("inner.toml", "http://127.0.0.1:8280", &base);
        Self { child, base, agent: ureq::Agent::new_with_defaults() }
    }

    /// How it treats the next `count` posts.
    pub fn next(&self, mode: &str, count: u64) {
        self.behave(&json!({ "mode": mode, "count": count }));
    }

    pub fn behave(&self, behaviour: &Value) {
        self.agent.post(format!("{}/admin/behaviour", self.base)).send(behaviour.to_string()).unwrap();
    }

    /// What it has.
    pub fn messages(&self) -> Vec<Value> {
        let mut answer = self.agent.get(format!("{}/admin/messages", self.base)).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// Messages of a template.
    pub fn of_template(&self, template: &str) -> Vec<Value> {
        let mut all = self.messages();
        all.retain(|m| m["template"] == template);
        all
    }

    pub fn deliver(&self) {
        self.agent.post(format!("{}/admin/deliver", self.base)).send_empty().unwrap();
    }
}

/// A pass that must go well.
pub fn notify(court: &Court) -> Value {
    court.agent("inner", "notify")
}

pub fn list(court: &Court) -> Value {
    let out = court.try_agent("inner", &["notify", "--list", "--json"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

pub fn ledger(court: &Court, sql: &str) -> i64 {
    court.database("inner/state/inner.db").query_row(sql, [], |r| r.get(0)).unwrap()
}

/// A calendar of which no day rests but these.
pub fn calendar(court: &Court, rest: &[Date]) {
    let path = court.path("inner.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest_of_file) = text.split_once("[notify.calendar]").unwrap();
    let (_, after) = rest_of_file.split_once("\n\n").unwrap();
    let mut years = String::new();
    for day in rest {
        years
            .push_str(&format!("[notify.calendar.years.{}]\nrest-days = [\"{day}\"]\nworking-days = []\n", day.year()));
    }
    let none = if rest.is_empty() { "years = {}\n" } else { "" };
    std::fs::write(path, format!("{before}[notify.calendar]\nrest-weekdays = []\n{none}{years}\n\n{after}")).unwrap();
}

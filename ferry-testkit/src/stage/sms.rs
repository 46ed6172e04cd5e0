//! The stand-in SMS gateway of a court.

use crate::stage::court::Court;
use crate::stage::program::program;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

/// Where a shipped configuration looks for it.
const SHIPPED_URL: &str = "http://127.0.0.1:8280";

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
        Self::beside(&court.path(""))
    }

    /// The same for a court in a folder.
    pub fn beside(court: &Path) -> Self {
        let mut child = program("sms-gateway")
            .args(["--listen", "127.0.0.1:0", "--key"])
            .arg(court.join("inner/sms.key"))
            .arg(court.join("sms"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("sms-gateway: ").unwrap().to_owned();
        let config = court.join("inner.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        assert!(text.contains(SHIPPED_URL), "inner.toml names another gateway");
        std::fs::write(config, text.replace(SHIPPED_URL, &base)).unwrap();
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

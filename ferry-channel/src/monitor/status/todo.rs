//! What a person has to do, most urgent first, each with the command to type.

use crate::monitor::status::channel::ChannelStatus;
use crate::texts;
use crate::types::alarm::Alarm;
use ferry_io::output::language::Show;
use serde::Serialize;
use std::path::Path;

/// How soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// Something stands still until it is done.
    Now,
    /// In the course of the day.
    Today,
    /// It waits without harm.
    Later,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Todo {
    /// How soon.
    pub urgency: Urgency,
    /// Stable code of the runbook.
    pub code: &'static str,
    /// What it is about.
    pub what: String,
    /// What to type; where no command does it, what to do.
    pub command: String,
}

/// Whose commands are named: the program, and its configuration file.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// `inner-agent` or `outer-agent`; its unit has the same name.
    pub name: &'static str,
    /// The configuration file.
    pub config: &'a Path,
    /// The state folder.
    pub state: &'a Path,
}

impl Program<'_> {
    /// A command as it is typed into a shell.
    pub fn command(&self, arguments: &str) -> String {
        format!("{} --config {} {arguments}", self.name, quoted(self.config))
    }

    /// What an alarm asks for.
    pub fn answer(&self, alarm: &Alarm) -> Todo {
        let (urgency, command) = match alarm.code {
            "FERRY-E0690" => (Urgency::Now, format!("journalctl -u {0} -n 50; systemctl restart {0}", self.name)),
            crate::runtime::disk_space::CODE => (Urgency::Now, format!("df -h {}", quoted(self.state))),
            "FERRY-E0662" => (Urgency::Now, format!("journalctl -u {} -n 50; ss -ltnp", self.name)),
            "FERRY-E0604" | "FERRY-E0657" | "FERRY-E0659" | "FERRY-E0663" => {
                (Urgency::Now, alarm.hint.show().to_owned())
            }
            "FERRY-E0692" => (Urgency::Today, self.command("check-config")),
            "FERRY-E0693" => (Urgency::Today, self.command("export")),
            "FERRY-E0634" => (Urgency::Today, self.command("reply")),
            "FERRY-E0735" | "FERRY-E0736" | "FERRY-E0737" => (Urgency::Today, self.command("review list")),
            "FERRY-E0653" | "FERRY-E0654" => (Urgency::Now, "timedatectl; date".to_owned()),
            "FERRY-E0645" => (Urgency::Today, self.command("retractions list")),
            "FERRY-E0647" => (Urgency::Today, self.command("check-config")),
            "FERRY-E0648" => (Urgency::Today, self.command("report")),
            "FERRY-E0633" => (Urgency::Today, self.command("import")),
            _ => (Urgency::Today, alarm.hint.show().to_owned()),
        };
        Todo { urgency, code: alarm.code, what: alarm.message.show().to_owned(), command }
    }

    /// A job whose last run failed; `job` is the command that runs it.
    pub fn failed(&self, channel: &ChannelStatus, job: &str) -> Option<Todo> {
        let error = channel.last_error.as_ref()?;
        let what = texts::status::job_failed(&channel.id, job, error).show().to_owned();
        Some(Todo { urgency: Urgency::Today, code: "FERRY-E0694", what, command: self.command(job) })
    }

    /// Refused files on a channel; `command` shows them.
    pub fn quarantined(&self, channel: &ChannelStatus, command: String) -> Option<Todo> {
        let what = texts::status::files_in_quarantine(&channel.id, channel.quarantined).show().to_owned();
        (channel.quarantined > 0).then_some(Todo { urgency: Urgency::Later, code: "FERRY-E0697", what, command })
    }
}

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_into_a_shell_whatever_the_path() {
        let command = |path: &'static str| {
            let program = Program { name: "inner-agent", config: Path::new(path), state: Path::new("/s") };
            program.command("export")
        };
        assert_eq!(command("/etc/ferry/inner.toml"), "inner-agent --config /etc/ferry/inner.toml export");
        assert_eq!(command("/法院/it's; rm.toml"), "inner-agent --config '/法院/it'\\''s; rm.toml' export");
    }

    #[test]
    fn what_stands_still_comes_before_what_waits_without_harm() {
        let todo = |urgency, code| Todo { urgency, code, what: String::new(), command: String::new() };
        let mut list = [todo(Urgency::Later, "A"), todo(Urgency::Now, "C"), todo(Urgency::Today, "B")];
        list.sort();
        assert_eq!(list.map(|t| t.code), ["C", "B", "A"]);
    }
}

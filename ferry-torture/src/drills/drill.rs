//! What a drill is, how it is played, and what several of them need.

use crate::texts;
use ferry_format::text::{Language, Text};
use ferry_testkit::stage::{Court, binary, script};
use std::path::Path;
use std::process::Command;

/// Cases of a drill's court.
const CASES: u64 = 30;

/// Typed in several drills.
pub const OUTER_STATUS: &str = "outer-agent --config outer.toml status";
/// Typed in several drills.
pub const OUTER_GAPS: &str = "outer-agent --config outer.toml gaps list";
/// Typed in several drills.
pub const OUTER_QUARANTINE: &str = "outer-agent --config outer.toml quarantine list";
/// Typed in several drills.
pub const INNER_GAPS: &str = "inner-agent --config inner.toml gaps list";
/// Typed in several drills.
pub const INGEST: &str = "outer-agent --config outer.toml ingest";

/// One command that an operator types in the court's folder.
pub struct Step {
    /// Why it is typed, and what to see.
    pub purpose: Text,
    /// A line for the shell.
    pub command: &'static str,
    /// What it must print in either language, on either output: codes, numbers, names of files.
    pub shows: &'static [&'static str],
    /// What it must print in English.
    pub says: &'static [&'static str],
}

/// A fault to practise on.
pub struct Drill {
    /// Its name on the command line.
    pub name: &'static str,
    /// What went wrong.
    pub what_happened: Text,
    /// Makes it go wrong, on a court whose first batch was published and confirmed.
    pub set_up: fn(&Court),
    /// What to look at.
    pub look: &'static [Step],
    /// What to type.
    pub fix: &'static [Step],
    /// What not to do.
    pub avoid: Text,
}

impl Drill {
    /// Sets the fault up in a folder, shows what an operator looks at, and prints, or with `fix` types, the remedy.
    ///
    /// # Errors
    /// A command that fails or does not print what it must, or an alarm that stays after the remedy.
    pub fn play(&self, folder: &Path, fix: bool, language: Language) -> Result<(), String> {
        let court = Court::at(folder, CASES);
        court.up();
        court.down();
        (self.set_up)(&court);
        let print = |text: &Text| println!("{}", text.get(language));
        print(&texts::drill(self.name));
        print(&self.what_happened);
        println!("\n  cd {}\n  export PATH={}\n", folder.display(), path());
        print(&texts::what_to_look_at());
        self.look.iter().try_for_each(|step| step.run(folder, language))?;
        print(&texts::what_to_type());
        for step in self.fix {
            if fix {
                step.run(folder, language)?;
            } else {
                println!("  {}\n  $ {}\n", step.purpose.get(language), step.command);
            }
        }
        print(&texts::what_to_avoid());
        println!("  {}\n", self.avoid.get(language));
        if fix {
            let root = self.check_all_is_well(&court)?;
            print(&texts::all_is_well(root));
        }
        Ok(())
    }

    /// Plays another day: no batch is missing, no alarm stands, and both sides have the same state root, which it gives.
    fn check_all_is_well(&self, court: &Court) -> Result<String, String> {
        court.up();
        court.down();
        let status = court.agent("outer", "status");
        let missing = status["channels"].as_array().into_iter().flatten().any(|c| c["gaps"] != serde_json::json!([]));
        let alarms = ["inner", "outer"].map(|side| court.agent(side, "status")["alarms"].clone());
        let quiet = alarms.iter().all(|a| *a == serde_json::json!([]));
        let (inside, outside) = court.roots();
        if missing || !quiet || inside != outside || status["root_differs"] == true {
            let name = self.name;
            return Err(format!("{name}: not all is well: roots {inside} and {outside}, alarms {alarms:?}, {status}"));
        }
        Ok(inside)
    }
}

impl Step {
    fn run(&self, folder: &Path, language: Language) -> Result<(), String> {
        println!("  {}\n  $ {}", self.purpose.get(language), self.command);
        let mut shell = Command::new("sh");
        // One stream, so that lines come in the order in which a screen shows them.
        let command = format!("exec 2>&1\n{}", self.command);
        shell.args(["-c", &command]).current_dir(folder).env("PATH", path());
        // Not LC_ALL, of which bash complains where no such locale is installed.
        shell.env("LC_ALL", "").env("LC_MESSAGES", language.as_str());
        let out = shell.output().map_err(|e| format!("sh: {e}"))?;
        let printed = String::from_utf8_lossy(&out.stdout);
        printed.lines().for_each(|line| println!("    {line}"));
        println!();
        let says = if language == Language::English { self.says } else { &[] };
        if let Some(missing) = self.shows.iter().chain(says).find(|text| !printed.contains(**text)) {
            return Err(format!("`{}` did not show {missing:?}:\n{}", self.command, printed.trim_end()));
        }
        if out.status.success() { Ok(()) } else { Err(format!("`{}` failed:\n{}", self.command, printed.trim_end())) }
    }
}

/// Our programs and the scripts beside the sources come first.
fn path() -> String {
    let programs = binary("outer-agent").parent().map_or_else(String::new, |p| p.display().to_string());
    let scripts = script("").display().to_string();
    format!("{programs}:{scripts}:{}", std::env::var("PATH").unwrap_or_default())
}

/// Carries a batch and loses it on the way.
pub fn lose(court: &Court, direction: &str, sequence: u64) {
    court.carry(direction);
    std::fs::remove_file(received(court, direction, sequence)).unwrap();
}

/// Where a batch arrives.
pub fn received(court: &Court, direction: &str, sequence: u64) -> std::path::PathBuf {
    court.path(&format!("channel/{direction}/received/{direction}-1-{sequence:08}.ferry"))
}

/// Some cases change, as on a working day.
pub fn working_day(court: &Court, seed: u64) {
    ferry_testkit::court::touch(&court.path(""), 6, seed).unwrap();
}

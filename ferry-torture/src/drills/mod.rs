//! Drills: a fault is set up on a made-up court in a folder of its own, and an operator is led through it with the real
//! commands. Each is run to its end by a test, with what it says must be seen.

mod doubled;
mod foreign_files;
mod forked_number;
mod lost_batch;
mod lost_outer;
mod lost_return;
mod no_room;
mod reordered;
mod root_differs;
mod rotate_keys;
mod stale;
mod torn_batch;
mod two_agents;
mod wrong_key;

use ferry_testkit::stage::{Court, binary};
use std::path::Path;
use std::process::Command;

/// All of them, in the order in which they are best learnt.
pub const DRILLS: &[Drill] = &[
    lost_batch::DRILL,
    torn_batch::DRILL,
    reordered::DRILL,
    doubled::DRILL,
    stale::DRILL,
    lost_return::DRILL,
    foreign_files::DRILL,
    wrong_key::DRILL,
    root_differs::DRILL,
    no_room::DRILL,
    two_agents::DRILL,
    forked_number::DRILL,
    lost_outer::DRILL,
    rotate_keys::DRILL,
];
/// Cases of a drill's court.
const CASES: u64 = 30;

/// A sentence in both languages.
pub struct Text {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// One command that an operator types in the court's folder.
pub struct Step {
    /// Why it is typed, and what to see.
    pub say: Text,
    /// A line for the shell.
    pub command: &'static str,
    /// What it must print, on either output.
    pub shows: &'static [&'static str],
}

/// A fault to practise on.
pub struct Drill {
    /// As it is called.
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
    pub never: Text,
}

impl Drill {
    /// Sets the fault up in a folder, shows what an operator looks at, and says, or with `fix` types, what mends it.
    ///
    /// # Errors
    /// Where a command fails, does not show what it must, or not all is well after the fix.
    pub fn play(&self, folder: &Path, fix: bool) -> Result<(), String> {
        let court = Court::at(folder, CASES);
        court.up();
        court.down();
        (self.set_up)(&court);
        let Text { zh, en } = &self.what_happened;
        println!("演练 Drill: {}\n{zh}\n{en}\n\n  cd {}", self.name, folder.display());
        println!("  export PATH={}\n", path());
        println!("看什么 What to look at");
        self.look.iter().try_for_each(|step| step.run(folder))?;
        println!("怎么办 What to type");
        for step in self.fix {
            if fix {
                step.run(folder)?;
            } else {
                println!("  {}\n  {}\n  $ {}\n", step.say.zh, step.say.en, step.command);
            }
        }
        println!("不要 What not to do\n  {}\n  {}\n", self.never.zh, self.never.en);
        if fix { self.all_is_well(&court) } else { Ok(()) }
    }

    /// One more day crosses, nothing is missing, no alarm stands, and both sides hold the same.
    fn all_is_well(&self, court: &Court) -> Result<(), String> {
        court.up();
        court.down();
        let status = court.agent("outer", "status");
        let missing = status["channels"].as_array().into_iter().flatten().any(|c| c["gaps"] != serde_json::json!([]));
        let alarms = ["inner", "outer"].map(|side| court.agent(side, "status")["alarms"].clone());
        let quiet = alarms.iter().all(|a| *a == serde_json::json!([]));
        let (inside, outside) = court.roots();
        if missing || !quiet || inside != outside || status["root_differs"] == true {
            return Err(format!(
                "{}: not all is well: roots {inside} and {outside}, alarms {alarms:?}, {status}",
                self.name
            ));
        }
        println!("一切正常 All is well: {inside}");
        Ok(())
    }
}

impl Step {
    fn run(&self, folder: &Path) -> Result<(), String> {
        println!("  {}\n  {}\n  $ {}", self.say.zh, self.say.en, self.command);
        let mut shell = Command::new("sh");
        // One stream, so that lines come in the order in which a screen shows them.
        let command = format!("exec 2>&1\n{}", self.command);
        let out = shell.args(["-c", &command]).current_dir(folder).env("PATH", path()).output();
        let out = out.map_err(|e| format!("sh: {e}"))?;
        let printed = String::from_utf8_lossy(&out.stdout);
        printed.lines().for_each(|line| println!("    {line}"));
        println!();
        if let Some(missing) = self.shows.iter().find(|text| !printed.contains(**text)) {
            return Err(format!("`{}` did not show {missing:?}:\n{printed}", self.command));
        }
        if out.status.success() { Ok(()) } else { Err(format!("`{}` failed:\n{printed}", self.command)) }
    }
}

/// Our programs and the scripts beside the sources come first.
fn path() -> String {
    let programs = binary("outer-agent").parent().map_or_else(String::new, |p| p.display().to_string());
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../ops");
    format!("{programs}:{scripts}:{}", std::env::var("PATH").unwrap_or_default())
}

/// Carries a batch and loses it on the way, as the gate that thinks it did its work.
fn lose(court: &Court, way: &str, sequence: u64) {
    court.carry(way);
    std::fs::remove_file(received(court, way, sequence)).unwrap();
}

fn received(court: &Court, way: &str, sequence: u64) -> std::path::PathBuf {
    court.path(&format!("channel/{way}/received/{way}-1-{sequence:08}.ferry"))
}

/// Some cases change, as on a working day.
fn work(court: &Court, seed: u64) {
    ferry_testkit::court::touch(&court.path(""), 6, seed).unwrap();
}

const OUTER_STATUS: &str = "outer-agent --config outer.toml status";
const OUTER_GAPS: &str = "outer-agent --config outer.toml gaps list";
const OUTER_QUARANTINE: &str = "outer-agent --config outer.toml quarantine list";
const INNER_GAPS: &str = "inner-agent --config inner.toml gaps list";
const INGEST: &str = "outer-agent --config outer.toml ingest";

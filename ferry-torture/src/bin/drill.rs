//! `drill list`, `drill NAME [--check] [DIR]`: a fault to practise on.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

use clap::Parser;
use ferry_torture::drills::DRILLS;
use std::path::PathBuf;
use std::process::ExitCode;

/// Sets a fault up on a made-up court and leads an operator through it 故障演练.
#[derive(Parser)]
struct Cli {
    /// A drill's name, or `list`.
    name: String,
    /// Where the court is made; by default a new folder in the system's temporary one.
    folder: Option<PathBuf>,
    /// Type what mends it too, and say whether all is well.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.name == "list" {
        DRILLS.iter().for_each(|d| println!("{:<14} {}\n{:14} {}", d.name, d.what_happened.zh, "", d.what_happened.en));
        return ExitCode::SUCCESS;
    }
    let Some(drill) = DRILLS.iter().find(|d| d.name == cli.name) else {
        eprintln!("error: no drill is called {}\nhint: ops/drill list", cli.name);
        return ExitCode::from(2);
    };
    let default = || std::env::temp_dir().join(format!("ferry-drill-{}-{}", drill.name, std::process::id()));
    let folder = cli.folder.unwrap_or_else(default);
    if folder.exists() {
        eprintln!("error: {}: it exists already\nhint: name a folder that does not exist yet", folder.display());
        return ExitCode::from(73);
    }
    match drill.play(&folder, cli.check) {
        Ok(()) => {
            println!("法院留在 The court is left in {}", folder.display());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("error: {why}\nhint: the court is left in {}", folder.display());
            ExitCode::FAILURE
        }
    }
}

//! `restore`.

use crate::config::Config;
use crate::recovery;
use ferry_channel::operator::commands::Folder;
use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Runs the command.
pub fn run(config: &Config, args: &Folder, now: UnixSeconds) -> Result<()> {
    let Folder { folder, with_keys, output } = args;
    let schedule = Schedule::new(&config.path, &config.export.schedule, &config.time_zone)?;
    let restored = recovery::restore(config, folder, *with_keys, now)?;
    output.print(&restored, || restored.print(schedule.zone()));
    Ok(())
}

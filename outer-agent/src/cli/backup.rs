//! `outer-agent backup` and `outer-agent restore`.

use crate::config::Config;
use crate::context::Context;
use crate::recovery;
use ferry_channel::operator::commands::Folder;
use ferry_channel::operator::record;
use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Copies the state into a folder.
pub fn run(config: Config, args: &Folder, now: UnixSeconds) -> Result<()> {
    let Folder { folder, with_keys, output } = args;
    let context = Context::open(config, now)?;
    record::record_command(&context.store.conn, "backup", &record::folder_text(folder, *with_keys), now)?;
    let made = recovery::backup(&context, folder, *with_keys, now)?;
    output.print(&made, || made.print());
    made.check()
}

/// Restores a backup into a state folder without a database.
pub fn restore(config: &Config, args: &Folder, now: UnixSeconds) -> Result<()> {
    let Folder { folder, with_keys, output } = args;
    let schedule = Schedule::new(&config.path, &config.reply.schedule, &config.time_zone)?;
    let restored = recovery::restore(config, folder, *with_keys, now)?;
    output.print(&restored, || restored.print(schedule.zone()));
    Ok(())
}

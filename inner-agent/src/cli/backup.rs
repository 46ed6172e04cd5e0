//! `backup`.

use crate::context::Context;
use crate::recovery;
use ferry_channel::operator::commands::Folder;
use ferry_channel::operator::record;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Runs the command.
pub fn run(context: &Context, args: &Folder, now: UnixSeconds) -> Result<()> {
    let Folder { folder, with_keys, output } = args;
    record::record_command(&context.conn, "backup", &record::folder_text(folder, *with_keys), now)?;
    let backup = recovery::backup(context, folder, *with_keys, now)?;
    output.print(&backup, || backup.print());
    backup.check()
}

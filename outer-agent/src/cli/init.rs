//! `init`.

use crate::config::Config;
use ferry_channel::runtime::key_files;
use ferry_channel::trust::pairing;
use ferry_io::errln;
use ferry_io::error::Result;
use ferry_io::output::language::Show;

/// Makes the keys of the channels, and says who brings what this side cannot make.
pub fn run(config: &Config) -> Result<()> {
    pairing::init(&config.reply, &config.ingest)?;
    let portal = &config.portal;
    let brought = [
        key_files::check_login_key(&portal.login_key),
        key_files::check_certificate(&portal.certificate),
        key_files::check_certificate(&portal.private_key),
    ];
    for missing in brought.into_iter().filter_map(Result::err) {
        errln!("{}", missing.message.show());
        errln!("{}", missing.hint.show());
    }
    Ok(())
}

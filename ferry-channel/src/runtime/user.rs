//! Who runs a command, as far as the system says.

use crate::types::decision::Name;

/// The system user: `uid:1000`, and after `sudo` also who called it, `uid:0 (sudo: li)`. A person's own name is only known where
/// a command asks for it.
pub fn system_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let sudo = std::env::var("SUDO_USER").ok().and_then(|name| name.parse::<Name>().ok());
    sudo.map_or(format!("uid:{uid}"), |name| format!("uid:{uid} (sudo: {})", name.as_str()))
}

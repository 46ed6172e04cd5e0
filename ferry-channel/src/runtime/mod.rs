//! What a daemon stands on: its watchdog, schedule, lock, log, and the room on its disks.

pub mod watchdog;
pub mod schedule;
pub mod watch;
pub mod lock;
pub mod log;
pub mod user;
pub mod disk_space;

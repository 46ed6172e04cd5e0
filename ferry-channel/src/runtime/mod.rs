//! What a daemon stands on: its watchdog, schedule, lock, log, the room on its disks, when it tries again, and whether its clock is believed.

pub mod watchdog;
pub mod schedule;
pub mod watch;
pub mod key_files;
pub mod lock;
pub mod log;
pub mod user;
pub mod disk_space;
pub mod folder_marks;
pub mod retry;
pub mod clock_guard;

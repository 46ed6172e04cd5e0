//! The channel itself: order, gaps, damage, faults, and recovery from loss.

mod whole_journey;
mod order;
mod gaps;
mod volumes;
mod forks;
mod bad_input;
mod hostile_side;
mod quarantine;
mod drop_folder;
mod clocks;
mod daemons;
mod space;
mod faults;
mod power;
mod simulated_disk;
mod faulty_channel;
mod reconcile;
mod recovery;

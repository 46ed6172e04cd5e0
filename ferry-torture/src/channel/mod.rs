//! What a channel may do to batches, over the real programs: every order, every subset lost, and days of random faults.

mod batches;
mod days;
mod orders;
mod subsets;

pub use days::{Days, days};
pub use orders::orders;
pub use subsets::subsets;

//! The words of the channel as types, and leaves that every module may name.

pub mod alarm;
pub mod apply_error;
pub mod batch_fault;
pub mod decision;
pub mod number_range;
mod batch_number;
mod batch_state;
mod channel_id;
mod digest;
mod epoch_reason;
mod time;

pub use batch_number::{BatchClaim, BatchNumber};
pub use batch_state::{BatchState, DeliveryVerdict};
pub use channel_id::ChannelId;
pub use digest::Digest;
pub use epoch_reason::EpochReason;
pub use time::{DAY_S, UnixSeconds};

//! The names of what must hold; each says what is breached where it does not.

/// The name of a property that does not hold.
pub type Breach = &'static str;

/// Two batches were released under one number.
pub const NUMBER_TWICE: Breach = "no number is used twice";
/// The same batch was applied again to the same state.
pub const APPLIED_TWICE: Breach = "no batch is applied twice";
/// Two batches of one number were applied to the same state.
pub const FORK_APPLIED: Breach = "two batches under one number stop the channel";
/// A batch of a revoked key stopped the channel.
pub const REVOKED_STOPS: Breach = "a revoked key stops no channel";
/// A number below the newest is neither here nor named.
pub const GAP_UNNAMED: Breach = "a gap is named until it is closed or accepted";
/// A good channel does not bring both sides to the same state.
pub const NOT_AT_REST: Breach = "nothing is lost, and the roots are equal at rest";
/// Two batches leave another state behind in another order.
pub const ORDER_MATTERS: Breach = "the order of arrival changes nothing";
/// A channel waits for a gap that a person accepted.
pub const ACCEPTED_WAITS: Breach = "an accepted gap lets the channel continue";

//! What a run may carry.

/// What a run may carry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    Everything,
    /// Retractions and withheld items: the clock is behind, so that nothing new may be published.
    Retractions,
}

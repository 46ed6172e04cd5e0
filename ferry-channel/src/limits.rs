//! What the other side, or a carrier, may cause on this side: every bound in one place, with the attack that it stops and
//! what happens beyond it. Bounds of the format itself are in `ferry_format::limits`.
//!
//! Beyond a bound things wait and `status` names them; nothing is lost. Bounds for one object come first, so that one that
//! is attacked takes nothing from the others. Retractions, acknowledgements and numbers are behind no bound.

/// How often a kept batch is sent again because the other side asks for it, in a day: its bytes times this. Stops a far side
/// that lets everything be written again with each small batch. A whole loss still heals. Beyond: the batch waits
/// (`FERRY-E0668`); `resend` by hand is not counted.
pub const RESENDS_PER_DAY: u64 = 2;
/// Seconds of a day of these bounds.
pub const DAY_S: i64 = 86_400;
/// Numbers of an epoch that may be missing. Stops a stolen key that jumps to a huge number, or again and again. Beyond: the
/// batch is refused, and its number stays free.
pub const GAP_MAX: u64 = 10_000;
/// Signed batches of one pass. Beyond: those with the lowest numbers are taken, the next pass takes the rest.
pub const BATCHES_PER_PASS_MAX: usize = 4096;
/// Volumes of one pass, of batches whose signed head is here. Beyond: the next pass.
pub const VOLUMES_PER_PASS_MAX: usize = 4096;
/// Files of one pass that begin like a batch and hold no signature of a known sender, and volumes of no known batch. Stops
/// a flood that anybody can make. Beyond: they are counted, and looked at after what is signed.
pub const UNSIGNED_PER_PASS_MAX: usize = 4096;
/// Unsigned files that one pass puts into quarantine, each durably and with an entry of the audit. Stops a pass that works on
/// a flood for minutes while a signed batch arrives. Beyond: they are counted, and the next pass goes on.
pub const QUARANTINED_PER_PASS_MAX: u64 = 256;
/// Files of one pass that are no batch, whatever follows: more than quarantine ever keeps of them. Beyond: counted.
pub const FOREIGN_PER_PASS_MAX: usize = 256;

//! What the two agents do differently: applying a verified batch.

use crate::receive::endpoint::ReceiveEndpoint;
use crate::types::UnixSeconds;
use crate::types::apply_error::ApplyError;
use ferry_format::batch::open::VerifiedBatch;
use ferry_format::frame::sequence::SequencePosition;
use ferry_format::trust::list::SignedList;
use rusqlite::Connection;
use std::fs::File;
use std::io::BufReader;

/// A verified batch at its place.
pub struct Arrival {
    /// The batch.
    pub batch: VerifiedBatch<BufReader<File>>,
    /// What its number says.
    pub place: SequencePosition,
    /// The list of a trust batch, which has nothing else; [`ReceiveEndpoint::install_list`] puts it in force.
    pub list: Option<SignedList>,
}

/// What the two agents do differently with a verified batch.
pub trait Apply {
    /// Applies it, and records it and what it says of our own batches with
    /// [`record_applied`](crate::receive::acknowledge::record_applied), in one transaction.
    fn apply(
        &mut self,
        conn: &mut Connection,
        endpoint: &ReceiveEndpoint,
        arrival: Arrival,
        now: UnixSeconds,
    ) -> Result<(), ApplyError>;
}

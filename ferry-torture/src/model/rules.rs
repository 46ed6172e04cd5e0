//! The rules that the model explores: the product's functions, each of which a test may take out.

use ferry_channel::ledger::numbering;
use ferry_channel::ledger::sent::KeptBatch;
use ferry_channel::receive::decide::{self, ChannelFacts, FileFacts, Verdict};
use ferry_channel::send::decide::resend;
use ferry_channel::types::{ChannelId, UnixSeconds};
use rusqlite::Connection;

/// The functions that decide.
#[derive(Clone, Copy)]
pub struct Rules {
    /// The verdict on a file.
    pub decide: fn(&FileFacts, &ChannelFacts) -> Verdict,
    /// Which of the requested batches are sent again.
    pub resend: fn(&[KeptBatch]) -> Vec<KeptBatch>,
    /// What a restored ledger begins with.
    pub mark_restored: fn(&Connection, &ChannelId, UnixSeconds),
}

/// The product's.
pub const PRODUCT: Rules = Rules {
    decide: decide::decide,
    resend: |requested| resend(requested).cloned().collect(),
    mark_restored: |conn, channel, now| {
        numbering::mark_restored(conn, channel, &|_| true, now).unwrap();
    },
};

//! The ledger: what left and what came in, in the tables that both agents keep beside what they guard.
//!
//! **Architecture invariant:** SQL about these tables stands here, and in `audit/` and `trust/` for theirs; everything else
//! asks in the words of the channel.

pub mod columns;
pub mod db;
pub mod migrations;
pub mod sent;
pub mod malware_proof;
pub mod reader_proof;
pub mod received;
pub mod statements;
pub mod reassembly;
pub mod gaps;
pub mod acknowledgement;
pub mod numbering;
pub mod pending;
pub mod skipped;
pub mod quarantine;
pub mod forks;
pub mod resends;
pub mod runs;
pub mod state_root;
pub mod suite_floor;

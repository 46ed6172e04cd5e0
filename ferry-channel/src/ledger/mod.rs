//! The ledger: what left and what came in, in the tables that both agents keep beside what they guard.

pub mod columns;
pub mod db;
pub mod migrations;
pub mod sent;
pub mod received;
pub mod gaps;
pub mod acknowledgement;
pub mod numbering;
pub mod runs;
pub mod state_root;
pub mod suite_floor;

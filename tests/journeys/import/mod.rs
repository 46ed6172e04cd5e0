//! What comes back: receipts, messages and requests, and the notifications of parties.

mod local_faults;
mod local_faults_postgres;
mod settle;
mod settle_postgres;
mod notify;
mod notify_clock;

//! What `status` prints, and alarms.

//! Messages to parties and their list.

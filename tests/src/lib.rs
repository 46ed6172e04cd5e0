//! The made-up court that journeys, demo and measurements run on.

pub mod court;

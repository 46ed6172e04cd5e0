//! The reviewer's page, on the reviewer's own machine, from the file itself.
//!
//! The draft is read whole once ([`draft`], [`index`]), then single entries of it as pages ask for them ([`search`],
//! [`view`]). Only this machine is listened to, only the page itself may send forms ([`guard`]), and no page has or lets run
//! a script. Every page is in one language; a link switches it.

pub mod index;
mod query;
pub mod draft;
mod search;
pub mod view;
mod secrets;
pub mod state;
mod guard;
pub mod release_form;
mod respond;
mod pages;
mod reading;
mod documents;
mod forms;
pub mod server;

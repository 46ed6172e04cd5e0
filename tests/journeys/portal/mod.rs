//! What visitors, parties and other channels meet on the internet side.

mod api;
mod api_credentials;
mod api_description;
mod browser;
mod connections;
mod guesses;
mod hostile;
mod hide;
mod login;
mod pages;
mod slow_clients;
mod visitors;
mod proxies;
mod service;
mod writing;
mod rescan;

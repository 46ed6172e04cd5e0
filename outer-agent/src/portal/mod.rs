//! The portal: a process of its own, on the open internet, without any channel key.

mod api;
mod app;
mod asked;
mod document;
mod download;
mod known;
mod login;
mod pages;
mod problem;
mod service;
mod session;
mod standing;
mod tls;
mod view;
mod who;
mod words;
mod writing;

use crate::agent::Agent;
use app::App;
use ferry_channel::failure::{Failure, IO, Result};
use ferry_channel::files;
use std::sync::Arc;

/// Checks what the portal needs without serving.
pub fn check(agent: &Agent) -> Result<()> {
    tls::server_config(&agent.config.portal)?;
    files::login_key(&agent.config.portal.login_key)?;
    let rules = login::check(&agent.config.portal.log_in);
    rules.map_err(|why| Failure::configuration(&agent.config.path, "portal.log-in", why))
}

/// Serves until the process is told to stop; open requests are finished.
pub fn serve(agent: Agent, until_stdin_closes: bool) -> Result<()> {
    check(&agent)?;
    let tls = tls::server_config(&agent.config.portal)?;
    let listen = agent.config.portal.listen;
    let app = Arc::new(App::new(agent)?);
    let failed =
        |e: std::io::Error| Failure::new(IO, "FERRY-E0612", format!("portal: {listen}: {e}"), "check the port");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.spawn(session::keep_use(app.clone()));
    runtime.block_on(tls::serve(listen, tls, pages::router(app), until_stdin_closes)).map_err(failed)
}

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

pub use tls::certificates;
pub use who::PAGES;

use crate::agent::Agent;
use app::App;
use ferry_channel::failure::{Failure, IO, Result};
use ferry_channel::files;
use std::io::Write;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Checks what the portal needs without serving.
pub fn check(agent: &Agent) -> Result<()> {
    let portal = &agent.config.portal;
    tls::server_config(portal, None)?;
    if let Some(api) = &portal.api_listen {
        tls::server_config(portal, Some(&api.client_ca))?;
    }
    api::channel::Channels::new(&agent.config)?;
    files::login_key(&agent.config.portal.login_key)?;
    let rules = login::check(&agent.config.portal.log_in);
    rules.map_err(|why| Failure::configuration(&agent.config.path, "portal.log-in", why))
}

/// Serves until the process is told to stop; open requests are finished.
pub fn serve(agent: Agent, until_stdin_closes: bool) -> Result<()> {
    check(&agent)?;
    let portal = agent.config.portal.clone();
    let pages_tls = tls::server_config(&portal, None)?;
    let api_tls = portal.api_listen.as_ref().map(|a| tls::server_config(&portal, Some(&a.client_ca))).transpose()?;
    let app = Arc::new(App::new(agent)?);
    let failed = |code, listen| {
        move |e: std::io::Error| Failure::new(IO, code, format!("portal: {listen}: {e}"), "check address and port")
    };
    let pages_failed = failed("FERRY-E0612", portal.listen);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(pages_failed)?;
    runtime.spawn(session::keep_use(app.clone()));
    runtime.block_on(async {
        let pages = TcpListener::bind(portal.listen).await.map_err(pages_failed)?;
        let mut addresses = format!("portal: https://{}\n", pages.local_addr().map_err(pages_failed)?);
        let pages = tls::serve(pages, pages_tls, pages::router(app.clone()), until_stdin_closes);
        let Some((listen, api_tls)) = portal.api_listen.as_ref().map(|api| api.address).zip(api_tls) else {
            say(&addresses);
            return pages.await.map_err(pages_failed);
        };
        let api_failed = failed("FERRY-E0665", listen);
        let api = TcpListener::bind(listen).await.map_err(api_failed)?;
        addresses += &format!("api: https://{}\n", api.local_addr().map_err(api_failed)?);
        let api = tls::serve(api, api_tls, pages::api_alone(app), until_stdin_closes);
        say(&addresses);
        tokio::try_join!(async { pages.await.map_err(pages_failed) }, async { api.await.map_err(api_failed) })?;
        Ok(())
    })
}

/// Whoever started the portal need not read what it says.
fn say(addresses: &str) {
    let _ = std::io::stdout().write_all(addresses.as_bytes());
}

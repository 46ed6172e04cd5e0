//! The portal: a process of its own, on the open internet, without any channel key.

mod api;
mod app;
mod asked;
mod cache;
mod document;
mod download;
mod generation;
mod known;
mod login;
mod pages;
mod problem;
mod server;
mod service;
mod session;
mod standing;
mod view;
mod who;
mod words;
mod writing;

use crate::agent::Agent;
use crate::config::Portal;
use app::App;
use cache::Cached;
use ferry_channel::failure::{CONFIGURATION, Failure, IO, Result};
use ferry_channel::files;
use generation::Generation;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::accept::{self, Terms};
use server::certificate::Certificates;
use server::limits::{Bounds, Connections};
use server::peer::Proxies;
use server::private::{self, Watched};
use server::stop;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Files that are open beside connections: database, documents, listeners.
const OTHER_FILES: u64 = 256;

/// Checks what the portal needs without serving.
pub fn check(agent: &Agent) -> Result<()> {
    let portal = &agent.config.portal;
    certificates(portal)?;
    files::login_key(&portal.login_key)?;
    portal.private.as_ref().map_or(Ok(()), |private| private::check(private.listen))?;
    let wrong = |key, why| Failure::configuration(&agent.config.path, key, why);
    if portal.connections_max == 0 || portal.connections_per_address_max == 0 {
        return Err(wrong("portal.connections-max", "it and `connections-per-address-max` must be at least 1"));
    }
    login::check(&portal.log_in).map_err(|why| wrong("portal.log-in", why))
}

fn certificates(portal: &Portal) -> Result<Certificates> {
    Certificates::load(&portal.certificate, &portal.private_key)
}

/// Serves until the process is told to stop; open requests are finished.
pub fn serve(agent: Agent, until_stdin_closes: bool) -> Result<()> {
    check(&agent)?;
    let portal = agent.config.portal.clone();
    raise_open_files(&portal)?;
    let certificates = Arc::new(certificates(&portal)?);
    let generation = Generation::of(&agent.store.opener())?;
    let app = Arc::new(App::new(agent)?);
    let failed = |e: std::io::Error| failed(portal.listen, e);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.spawn(session::keep_use(app.clone()));
    runtime.block_on(async {
        let stop = stop::when_told(until_stdin_closes).map_err(failed)?;
        let listener = TcpListener::bind(portal.listen).await.map_err(failed)?;
        let mut addresses = format!("portal: https://{}\n", listener.local_addr().map_err(failed)?);
        if let Some(private) = &portal.private {
            let failed = |e| self::failed(private.listen, e);
            let listener = TcpListener::bind(private.listen).await.map_err(failed)?;
            addresses += &format!("private: http://{}\n", listener.local_addr().map_err(failed)?);
            let watched = Watched { generation: generation.clone(), certificates: certificates.clone() };
            tokio::spawn(private::serve(listener, watched, stop.clone()));
        }
        // Whoever started the portal need not read what it says.
        let _ = std::io::stdout().write_all(addresses.as_bytes());
        tokio::spawn(certificates.clone().follow(stop.clone()));
        let bounds = Bounds { total: portal.connections_max, per_network: portal.connections_per_address_max };
        let proxies = portal.trusted_proxies.iter().map(std::net::IpAddr::to_canonical).collect();
        let terms =
            Terms { certificates, connections: Connections::new(bounds), proxies: Arc::new(Proxies(proxies)), stop };
        accept::serve(listener, terms, Cached::new(pages::router(app), generation)).await;
        Ok(())
    })
}

fn failed(listen: SocketAddr, e: std::io::Error) -> Failure {
    Failure::new(IO, "FERRY-E0612", format!("portal: {listen}: {e}"), "check the port")
}

/// Every connection is an open file: the soft limit is raised as far as it may.
fn raise_open_files(portal: &Portal) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    // Where it may not be raised, what there is must do.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let (files, needed) = (getrlimit(Resource::Nofile).current, portal.connections_max as u64 + OTHER_FILES);
    if files.is_none_or(|files| files >= needed) {
        return Ok(());
    }
    let message =
        format!("{} open files are not enough for {} connections", files.unwrap_or(0), portal.connections_max);
    let hint = "lower `connections-max`, or raise LimitNOFILE of the service";
    Err(Failure::new(CONFIGURATION, "FERRY-E0652", message, hint))
}

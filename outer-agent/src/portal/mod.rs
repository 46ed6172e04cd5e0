//! The portal: a process of its own, on the open internet, without any channel key.

mod api;
mod auth;
mod cache;
mod content;
mod i18n;
mod problem;
mod server;
mod state;
mod web;

pub use server::tls::certificates_of;

use crate::context::Agent;
use crate::config::portal::Portal;
use crate::config::channels::ApiListen;
use state::App;
use cache::public_web::Cached;
use ferry_channel::config;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{CONFIGURATION, IO};
use ferry_io::keys::load;
use cache::generation::Generation;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::accept::{self, Terms};
use server::tls::{self, Certificates};
use server::connections::{Bounds, Connections};
use server::client_ip::Proxies;
use server::admin::{self, Watched};
use server::shutdown;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;


/// Files that are open beside connections: database, documents, listeners.
const OTHER_FILES: u64 = 256;

/// Checks what the portal needs without serving.
pub fn check(agent: &Agent) -> Result<()> {
    let portal = &agent.config.portal;
    certificates(portal)?;
    portal.api_listen.as_ref().map(|api| api_certificates(portal, api)).transpose()?;
    api::channel::Channels::new(&agent.config)?;
    load::login_key(&portal.login_key)?;
    config::read::<i18n::format::EnglishNames>(&portal.english_labels)?;
    portal.private.as_ref().map_or(Ok(()), |private| admin::check(private.listen))?;
    let wrong = |key, why| Error::configuration(&agent.config.path, key, why);
    if portal.connections_max == 0 || portal.connections_per_address_max == 0 {
        return Err(wrong("portal.connections-max", "it and `connections-per-address-max` must be at least 1"));
    }
    auth::login::check(&portal.login).map_err(|why| wrong("portal.login", why))
}

/// The certificates of the portal, and until when each is good, seconds. One that cannot be read has ended.
pub fn certificates_end(portal: &Portal) -> Vec<(PathBuf, i64)> {
    let authorities = portal.api_listen.iter().map(|api| &api.client_ca);
    let files = [&portal.certificate].into_iter().chain(authorities);
    files.map(|file| (file.clone(), tls::not_after_s(file).unwrap_or(0))).collect()
}

fn certificates(portal: &Portal) -> Result<Arc<Certificates>> {
    Ok(Arc::new(Certificates::load(&portal.certificate, &portal.private_key)?))
}

/// The same, for clients that one of the channels' authorities knows.
fn api_certificates(portal: &Portal, api: &ApiListen) -> Result<Arc<Certificates>> {
    let clients = tls::known_by(&api.client_ca)?;
    Ok(Arc::new(Certificates::load_with_clients(&portal.certificate, &portal.private_key, clients)?))
}

/// Serves until the process is told to stop; open requests are finished.
pub fn serve(agent: Agent, until_stdin_closes: bool) -> Result<()> {
    check(&agent)?;
    let portal = agent.config.portal.clone();
    raise_open_files(&portal)?;
    let certificates = certificates(&portal)?;
    let api = match &portal.api_listen {
        Some(api) => Some((api.address, api_certificates(&portal, api)?)),
        None => None,
    };
    let generation = Generation::of(&agent.store.opener())?;
    let app = Arc::new(App::new(agent)?);
    let pages_failed = failed("FERRY-E0612", portal.listen);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(pages_failed)?;
    runtime.spawn(auth::session::keep_use(app.clone()));
    runtime.block_on(async {
        let stop = shutdown::when_told(until_stdin_closes).map_err(pages_failed)?;
        let pages = TcpListener::bind(portal.listen).await.map_err(pages_failed)?;
        let mut addresses = format!("portal: https://{}\n", pages.local_addr().map_err(pages_failed)?);
        if let Some(private) = &portal.private {
            let failed = failed("FERRY-E0612", private.listen);
            let listener = TcpListener::bind(private.listen).await.map_err(failed)?;
            addresses += &format!("private: http://{}\n", listener.local_addr().map_err(failed)?);
            let watched = Watched { generation: generation.clone(), certificates: certificates.clone() };
            tokio::spawn(admin::serve(listener, watched, stop.clone()));
        }
        let bounds = Bounds { total: portal.connections_max, per_network: portal.connections_per_address_max };
        let proxies = portal.trusted_proxies.iter().map(std::net::IpAddr::to_canonical).collect();
        let terms = Terms {
            certificates,
            connections: Connections::new(bounds),
            proxies: Arc::new(Proxies(proxies)),
            stop: stop.clone(),
        };
        tokio::spawn(terms.certificates.clone().follow(stop.clone()));
        let mut served = tokio::task::JoinSet::new();
        if let Some((listen, certificates)) = api {
            let failed = failed("FERRY-E0665", listen);
            let listener = TcpListener::bind(listen).await.map_err(failed)?;
            addresses += &format!("api: https://{}\n", listener.local_addr().map_err(failed)?);
            tokio::spawn(certificates.clone().follow(stop));
            let terms = Terms { certificates, ..terms.clone() };
            served.spawn(accept::serve(listener, terms, web::api_alone(app.clone())));
        }
        served.spawn(accept::serve(pages, terms, Cached::new(web::router(app), generation)));
        // Whoever started the portal need not read what it says.
        let _ = std::io::stdout().write_all(addresses.as_bytes());
        served.join_all().await;
        Ok(())
    })
}

fn failed(code: &'static str, listen: SocketAddr) -> impl Fn(std::io::Error) -> Error + Copy {
    move |e| Error::new(IO, code, format!("portal: {listen}: {e}"), "check address and port")
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
    Err(Error::new(CONFIGURATION, "FERRY-E0652", message, hint))
}

//! The portal: a separate process on the internet, without any channel key.
//!
//! Modules stand in their order: each uses only those above it.

mod court;
mod i18n;
mod problem;
mod http;
mod metrics;
mod database;
mod cache;
mod auth;
mod content;
mod site;
mod state;
mod api;
mod web;
mod server;
mod router;

pub use server::tls::certificates_of;

use crate::config::channels::ApiListen;
use crate::config::portal::Portal;
use crate::context::Context;
use crate::texts::portal as texts;
use cache::generation::VisibleGeneration;
use cache::public_pages::PublicPageCache;
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use ferry_io::error::{Error, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::accept::{self, ListenerConfig};
use server::admin::{self, Probe};
use server::client_ip::TrustedProxies;
use server::connections::{ConnectionLimits, Connections};
use server::shutdown;
use server::tls::{self, Certificates};
use state::AppState;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Open files besides connections: database, documents, listeners.
const OTHER_FILES: u64 = 256;

/// Checks everything that the portal needs, without serving.
///
/// # Errors
/// What is missing or contradictory in configuration, keys and certificates.
pub fn check(context: &Context) -> Result<()> {
    let portal = &context.config.portal;
    page_certificates(portal)?;
    portal.api_listen.as_ref().map(|api| api_certificates(portal, api)).transpose()?;
    AppState::new(context)?;
    portal.private.as_ref().map_or(Ok(()), |private| admin::check(private.listen))?;
    let invalid = |key, why: Text| Error::configuration(&context.config.path, key, why);
    if portal.connections_max == 0 || portal.connections_per_address_max == 0 {
        return Err(invalid("portal.connections-max", texts::connections_zero()));
    }
    auth::login::check_rules(&portal.login).map_err(|why| invalid("portal.login", why))
}

/// The certificate files of the portal, and when each expires, seconds; 0 for one that cannot be read.
pub fn certificates_end(portal: &Portal) -> Vec<(PathBuf, i64)> {
    let authorities = portal.api_listen.iter().map(|api| &api.client_ca);
    let files = [&portal.certificate].into_iter().chain(authorities);
    files.map(|file| (file.clone(), tls::not_after_s(file).unwrap_or(0))).collect()
}

fn page_certificates(portal: &Portal) -> Result<Arc<Certificates>> {
    Ok(Arc::new(Certificates::load(&portal.certificate, &portal.private_key)?))
}

/// The same certificate, for clients with a certificate of a configured authority.
fn api_certificates(portal: &Portal, api: &ApiListen) -> Result<Arc<Certificates>> {
    let clients = tls::issued_by(&api.client_ca)?;
    Ok(Arc::new(Certificates::load_with_clients(&portal.certificate, &portal.private_key, clients)?))
}

/// Serves until a signal, or the end of stdin if `exit_on_stdin_eof`; open requests are finished.
///
/// # Errors
/// As [`check`]; addresses that cannot be listened on.
pub fn serve(context: Context, exit_on_stdin_eof: bool) -> Result<()> {
    check(&context)?;
    let portal = context.config.portal.clone();
    raise_open_files(&portal)?;
    let certificates = page_certificates(&portal)?;
    let api = match &portal.api_listen {
        Some(api) => Some((api.address, api_certificates(&portal, api)?)),
        None => None,
    };
    let generation = VisibleGeneration::new(&context.store.opener())?;
    let state = AppState::new(&context)?;
    drop(context);
    let failed = |e| texts::listen_failed(portal.listen, io_text(&e));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.spawn(state.sessions.clone().record_use());
    runtime.block_on(async {
        let shutdown = shutdown::shutdown_signal(exit_on_stdin_eof).map_err(failed)?;
        let listener = TcpListener::bind(portal.listen).await.map_err(failed)?;
        let mut addresses = format!("portal: https://{}\n", listener.local_addr().map_err(failed)?);
        if let Some(private) = &portal.private {
            let probe = Probe { generation: generation.clone(), certificates: certificates.clone() };
            addresses += &serve_admin(private.listen, probe, shutdown.clone()).await?;
        }
        let config = listener_config(&portal, certificates, shutdown);
        tokio::spawn(config.certificates.clone().watch(config.shutdown.clone()));
        let mut serving = tokio::task::JoinSet::new();
        if let Some((address, certificates)) = api {
            let failed = |e| texts::api_listen_failed(address, io_text(&e));
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            addresses += &format!("api: https://{}\n", listener.local_addr().map_err(failed)?);
            tokio::spawn(certificates.clone().watch(config.shutdown.clone()));
            let config = ListenerConfig { certificates, ..config.clone() };
            serving.spawn(accept::serve(listener, config, router::api_only(state.clone())));
        }
        let pages = PublicPageCache::new(router::pages_and_api(state), generation);
        serving.spawn(accept::serve(listener, config, pages));
        // The parent process need not read the addresses.
        let _ = std::io::stdout().write_all(addresses.as_bytes());
        serving.join_all().await;
        Ok(())
    })
}

/// Starts the admin listener and gives its line for stdout.
async fn serve_admin(address: SocketAddr, probe: Probe, shutdown: CancellationToken) -> Result<String> {
    let failed = |e| texts::listen_failed(address, io_text(&e));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let line = format!("private: http://{}\n", listener.local_addr().map_err(failed)?);
    tokio::spawn(admin::serve(listener, probe, shutdown));
    Ok(line)
}

fn listener_config(portal: &Portal, certificates: Arc<Certificates>, shutdown: CancellationToken) -> ListenerConfig {
    let (total, per_network) = (portal.connections_max, portal.connections_per_address_max);
    let proxies = portal.trusted_proxies.iter().map(IpAddr::to_canonical).collect();
    ListenerConfig {
        certificates,
        connections: Connections::new(ConnectionLimits { total, per_network }),
        proxies: Arc::new(TrustedProxies(proxies)),
        shutdown,
    }
}

/// Every connection is an open file: raises the soft limit to the hard limit.
fn raise_open_files(portal: &Portal) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised, the present limit is checked.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let (files, needed) = (getrlimit(Resource::Nofile).current, portal.connections_max as u64 + OTHER_FILES);
    if files.is_none_or(|files| files >= needed) {
        return Ok(());
    }
    Err(texts::too_few_open_files(files.unwrap_or(0), portal.connections_max))
}

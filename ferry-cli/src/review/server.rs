//! The server: on 127.0.0.1 alone, until Ctrl-C.

use crate::review::state::ReviewState;
use crate::review::{documents, forms, guard, pages};
use crate::texts::{commands, errors};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use ferry_format::texts::errors::io as io_text;
use ferry_io::Result as Outcome;
use ferry_io::output::language::Show;
use ferry_io::{errln, outln};
use std::fs::Permissions;
use std::io::Write;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Stops forms that nobody filled in: a reason and some hundred boxes are far shorter.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// How long responses under way may take to finish after a stop.
const DRAIN: Duration = Duration::from_secs(2);

/// Serves until it is ended.
///
/// # Errors
/// `FERRY-E0744` where the page cannot be served.
pub fn run(state: ReviewState, port: u16, open: bool) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(cannot_serve)?;
    let outcome = runtime.block_on(serve(state, port, open));
    // A page that is still being made holds nothing that must be kept.
    runtime.shutdown_timeout(DRAIN);
    outcome
}

async fn serve(state: ReviewState, port: u16, open: bool) -> Outcome<()> {
    let not_available = |e: std::io::Error| errors::port_not_available(port, io_text(&e));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(not_available)?;
    let host = listener.local_addr().map_err(not_available)?.to_string();
    let address = format!("http://{host}{}/", state.root());
    state.secrets.host.get_or_init(|| host);
    // The address is the secret: only the person who started this program sees it.
    outln!("{address}");
    std::io::stdout().flush().map_err(cannot_serve)?;
    errln!("{}", commands::review_is_running().show());
    // Kept until the end: the folder is removed with it.
    let page = open.then(|| open_browser(&address)).transpose();
    if let Err(e) = &page {
        errln!("warning: {}", commands::browser_does_not_start(&e.message).show());
    }
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot_serve)?;
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move {
        stop.await;
        let _ = stopping.send(());
    };
    let server = axum::serve(listener, routes(Arc::new(state))).with_graceful_shutdown(shutdown);
    tokio::select! {
        served = server.into_future() => served.map_err(cannot_serve),
        () = async { let _ = stopped.await; tokio::time::sleep(DRAIN).await } => Ok(()),
    }
}

/// Opens the page in the reviewer's browser. Every user of the machine sees the arguments of every program, so the browser
/// gets a file that leads to the address, in a folder that only its owner can enter; dropping the folder removes both.
fn open_browser(address: &str) -> Outcome<TempDir> {
    let place = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let private = Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().permissions(private).tempdir_in(place);
    let folder = folder.map_err(cannot_serve)?;
    let page = folder.path().join("review.html");
    let text = format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={address}\">\n");
    ferry_io::fs::durable::write_new(&page, text.as_bytes(), 0o600)?;
    std::process::Command::new("xdg-open").arg(&page).spawn().map_err(cannot_serve)?;
    Ok(folder)
}

fn cannot_serve(error: std::io::Error) -> ferry_io::Error {
    errors::cannot_serve(io_text(&error))
}

fn routes(state: Arc<ReviewState>) -> Router {
    Router::new()
        .route("/{secret}/", get(pages::overview::overview))
        .route("/{secret}/style.css", get(pages::style))
        .route("/{secret}/items", get(pages::items::items))
        .route("/{secret}/item/{entry}/{number}", get(pages::items::item))
        .route("/{secret}/changes", get(pages::changes::list))
        .route("/{secret}/release-form", get(pages::release_form))
        .route("/{secret}/decide", get(pages::decide::decide))
        .route("/{secret}/done", get(pages::decide::done))
        .route("/{secret}/language/{language}", get(pages::language::switch))
        .route("/{secret}/document/{entry}", get(documents::page))
        .route("/{secret}/raw/{entry}", get(documents::raw))
        .route("/{secret}/picture/{entry}/{number}", get(documents::picture))
        .route("/{secret}/file/{entry}", get(documents::file))
        .route("/{secret}/approve", post(forms::approve))
        .route("/{secret}/refuse", post(forms::refuse))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(middleware::from_fn_with_state(state.clone(), guard::guard))
        .with_state(state)
}

//! The server: on 127.0.0.1 alone, until Ctrl-C.

use crate::review::desk::Desk;
use crate::review::{documents, forms, guard, pages};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use ferry_io::exit_code::{IO, UNAVAILABLE};
use ferry_io::{Error, Result as Outcome};
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
/// How long answers under way may take to finish after a stop.
const DRAIN: Duration = Duration::from_secs(2);

/// Serves until it is ended.
pub fn run(desk: Desk, port: u16, open: bool) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|e| failed(&e))?;
    let outcome = runtime.block_on(serve(desk, port, open));
    // A page that is still being made holds nothing that must be kept.
    runtime.shutdown_timeout(DRAIN);
    outcome
}

async fn serve(desk: Desk, port: u16, open: bool) -> Outcome<()> {
    let taken = |e: std::io::Error| {
        let message = format!("127.0.0.1:{port}: {e}");
        Error::new(UNAVAILABLE, "FERRY-E0744", message, "leave `--port` out, or choose a free one")
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(taken)?;
    let host = listener.local_addr().map_err(taken)?.to_string();
    let address = format!("http://{host}{}/", desk.root());
    desk.secrets.host.get_or_init(|| host);
    // The address is the secret: it goes to the one who started this, and nowhere else.
    outln!("{address}");
    std::io::stdout().flush().map_err(|e| failed(&e))?;
    errln!("审查页面只在本机可见，按 Ctrl-C 结束。 Only this machine sees the page; Ctrl-C ends it.");
    // Held until the end: its folder goes with it.
    let page = open.then(|| open_browser(&address)).transpose();
    if let Err(e) = &page {
        errln!("warning: the browser does not start: {}", e.message.english());
    }
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| failed(&e))?;
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    let (told, ended) = tokio::sync::oneshot::channel::<()>();
    let stopped = async move {
        stop.await;
        let _ = told.send(());
    };
    let server = axum::serve(listener, routes(Arc::new(desk))).with_graceful_shutdown(stopped);
    tokio::select! {
        served = server.into_future() => served.map_err(|e| failed(&e)),
        () = async { let _ = ended.await; tokio::time::sleep(DRAIN).await } => Ok(()),
    }
}

/// Opens the page in the reviewer's browser. Every user of the machine sees the arguments of every program, so the browser
/// gets a file that leads to the address, in a folder that only its owner can enter; it goes with what is returned.
fn open_browser(address: &str) -> Outcome<TempDir> {
    let place = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let private = Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().permissions(private).tempdir_in(place).map_err(|e| failed(&e))?;
    let page = folder.path().join("review.html");
    let text = format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={address}\">\n");
    ferry_io::fs::durable::write_new(&page, text.as_bytes(), 0o600)?;
    std::process::Command::new("xdg-open").arg(&page).spawn().map_err(|e| failed(&e))?;
    Ok(folder)
}

fn failed(e: &std::io::Error) -> Error {
    Error::new(IO, "FERRY-E0744", format!("the page cannot be served: {e}"), "start it again")
}

fn routes(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/{secret}/", get(pages::overview))
        .route("/{secret}/style.css", get(pages::style))
        .route("/{secret}/items", get(pages::items))
        .route("/{secret}/item/{entry}/{number}", get(pages::item))
        .route("/{secret}/changes", get(pages::changes))
        .route("/{secret}/sheet", get(pages::sheet))
        .route("/{secret}/decide", get(pages::decide))
        .route("/{secret}/done", get(pages::done))
        .route("/{secret}/document/{entry}", get(documents::page))
        .route("/{secret}/raw/{entry}", get(documents::raw))
        .route("/{secret}/picture/{entry}/{number}", get(documents::picture))
        .route("/{secret}/file/{entry}", get(documents::file))
        .route("/{secret}/approve", post(forms::approve))
        .route("/{secret}/refuse", post(forms::refuse))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(middleware::from_fn_with_state(desk.clone(), guard::guard))
        .with_state(desk)
}

//! When the portal stops: SIGTERM, SIGINT, or the end of stdin if requested.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancelled at shutdown.
///
/// # Errors
/// Signals that cannot be watched.
pub fn shutdown_signal(until_stdin_closes: bool) -> std::io::Result<CancellationToken> {
    let shutdown = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let (mut received, shutdown) = (signal(kind)?, shutdown.clone());
        tokio::spawn(async move {
            received.recv().await;
            shutdown.cancel();
        });
    }
    if until_stdin_closes {
        let shutdown = shutdown.clone();
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            shutdown.cancel();
        });
    }
    Ok(shutdown)
}

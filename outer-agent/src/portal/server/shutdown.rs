//! When the portal stops: SIGTERM, SIGINT, or the end of stdin where that is asked for.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancelled when it is time to stop.
///
/// # Errors
/// Signals that cannot be watched.
pub fn when_told(until_stdin_closes: bool) -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let (mut told, stop) = (signal(kind)?, stop.clone());
        tokio::spawn(async move {
            told.recv().await;
            stop.cancel();
        });
    }
    if until_stdin_closes {
        let stop = stop.clone();
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            stop.cancel();
        });
    }
    Ok(stop)
}

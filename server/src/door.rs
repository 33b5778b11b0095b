//! Taking connections in: one loop for every kind of socket.
//!
//! One connection's fault never ends the loop or another connection.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use sudolog_core::limits::ACCEPT_PAUSE;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// Accepts until `stop` turns true, then waits until all connections have ended, which they do by
/// being dropped. `welcome` gives what serves a connection, or nothing to close it.
pub async fn accept_all<T, C>(
    mut accept: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>> + Send,
    mut welcome: impl FnMut(T) -> Option<C> + Send,
    stop: watch::Receiver<bool>,
) where
    C: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = poll_fn(&mut accept) => accepted,
            Some(ended) = connections.join_next() => {
                report(ended);
                continue;
            }
            () = stopped(stop.clone()) => break,
        };
        match accepted {
            Ok(socket) => {
                if let Some(connection) = welcome(socket) {
                    connections.spawn(until_stop(stop.clone(), connection));
                }
            }
            Err(error) => {
                // Out of descriptors, most likely: others must close some first.
                tracing::error!("accept: {error}; for too many open files raise LimitNOFILE");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    while let Some(ended) = connections.join_next().await {
        report(ended);
    }
}

async fn until_stop(stop: watch::Receiver<bool>, connection: impl Future<Output = ()>) {
    tokio::select! {
        () = connection => {}
        () = stopped(stop) => {}
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error says that whoever could stop us is gone, which means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A connection's task that failed is a fault of ours and nobody else's trouble.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!("ALARM: a connection's task has failed, the others go on: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::{Notify, mpsc};

    use super::*;

    /// Connections are numbers here; the third `accept` fails.
    #[tokio::test]
    async fn no_failure_ends_the_loop_and_the_end_ends_all() {
        let (offer, mut offers) = mpsc::channel::<io::Result<u32>>(8);
        let (stop, stopping) = watch::channel(false);
        let (served, changed) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counted, told) = (Arc::clone(&served), Arc::clone(&changed));
        let welcome = move |number: u32| {
            let (counted, told) = (Arc::clone(&counted), Arc::clone(&told));
            (number != 2).then_some(async move {
                assert!(number != 1, "this connection's task fails");
                counted.fetch_add(1, Ordering::Relaxed);
                told.notify_one();
                std::future::pending().await
            })
        };
        let accept = move |cx: &mut Context<'_>| {
            offers.poll_recv(cx).map(|offer| offer.unwrap_or(Err(io::ErrorKind::BrokenPipe.into())))
        };
        let door = tokio::spawn(accept_all(accept, welcome, stopping));
        for offered in [Ok(1), Ok(2), Err(io::Error::from_raw_os_error(24)), Ok(3), Ok(4)] {
            offer.send(offered).await.unwrap();
        }
        while served.load(Ordering::Relaxed) < 2 {
            changed.notified().await;
        }
        stop.send(true).unwrap();
        door.await.unwrap();
    }
}

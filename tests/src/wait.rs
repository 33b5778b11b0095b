//! Waiting for a condition with a deadline; nothing in the tests sleeps and hopes.

use std::time::{Duration, Instant};

/// Asks `probe` until it gives a value, at most for `limit`.
///
/// # Errors
/// Names `what` was waited for when the time is over.
pub fn until<T>(
    what: &str,
    limit: Duration,
    probe: impl FnMut() -> Option<T>,
) -> anyhow::Result<T> {
    every(POLL, what, limit, probe)
}

/// The same, asked often enough to measure when it happened.
///
/// # Errors
/// Names `what` was waited for when the time is over.
pub fn closely<T>(
    what: &str,
    limit: Duration,
    probe: impl FnMut() -> Option<T>,
) -> anyhow::Result<T> {
    every(POLL_CLOSELY, what, limit, probe)
}

/// The same for a probe that runs a program: seldom enough to leave the machine to others.
///
/// # Errors
/// Names `what` was waited for when the time is over.
pub fn sparingly<T>(
    what: &str,
    limit: Duration,
    probe: impl FnMut() -> Option<T>,
) -> anyhow::Result<T> {
    every(POLL_SPARINGLY, what, limit, probe)
}

fn every<T>(
    pause: Duration,
    what: &str,
    limit: Duration,
    mut probe: impl FnMut() -> Option<T>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(value) = probe() {
            return Ok(value);
        }
        if Instant::now() > deadline {
            anyhow::bail!("waited {limit:?} in vain for {what}");
        }
        std::thread::sleep(pause);
    }
}

/// Long enough for anything that works, on a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(5);
const POLL_CLOSELY: Duration = Duration::from_micros(500);
const POLL_SPARINGLY: Duration = Duration::from_millis(25);

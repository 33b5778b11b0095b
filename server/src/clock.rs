//! The server's wall clock, for what is told, signed and written down.

use std::time::{SystemTime, UNIX_EPOCH};

use sudolog_core::time::Timestamp;

/// Now.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_nanos(now_ns())
}

/// Now, nanoseconds since the epoch.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

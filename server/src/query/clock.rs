//! The server's wall clock, for what is told and written down.

use std::time::{SystemTime, UNIX_EPOCH};

use sudolog_core::time::Timestamp;

/// Now.
pub(super) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}

//! The limits of what operators say of sessions, and of knowing who else looks.

use std::time::Duration;

/// One tag of a session.
pub const TAG_BYTES_MAX: usize = 64;
/// So many tags a session can have.
pub const TAGS_MAX: usize = 16;
/// So many remarks are kept of a session; who has more to say is refused.
pub const REMARKS_MAX: usize = 1000;
/// What these remarks take in a file; who has more to say is refused.
pub const REMARKS_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// So many sessions are judged with one request.
pub const JUDGED_MAX: usize = 1000;
/// Changes that wait for the slowest console; it misses the oldest. One act has room.
pub const CHANGES_WAITING_MAX: usize = 1024;
/// Who has played, watched or reviewed a session is shown to its other reviewers for this long.
pub const PRESENCE_LIFE: Duration = Duration::from_secs(30);
/// Operators and sessions of which that is known, the newest.
pub const PRESENCES_MAX: usize = 1024;
/// So many other operators are shown to a reviewer.
pub const WATCHERS_MAX: usize = 32;
/// What is read of the access log to list views, from its end.
pub const VIEWS_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// So many views are listed at once.
pub const VIEWS_MAX: u32 = 1000;

const _: () = {
    assert!(JUDGED_MAX <= CHANGES_WAITING_MAX, "nobody misses one act who keeps up");
};

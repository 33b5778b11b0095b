//! A session for tests, also of the other parts: `alice` on `web1` calls `id` as root.

#![allow(clippy::unwrap_used, reason = "a sample that is none fails whatever test asks for it")]

use super::{EndReason, SessionEnd, SessionId, SessionStart};
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// How it starts. One argument is no UTF-8.
pub fn start() -> SessionStart {
    SessionStart {
        session_id: SessionId::v7(1_763_000_000_000, [7; 10]),
        submit_host: "web1".parse().unwrap(),
        submit_user: "alice".into(),
        submit_uid: 1000,
        submit_cwd: "/home/alice".into(),
        submit_time: Timestamp { seconds: 1_763_000_000, nanoseconds: 5 },
        run_user: "root".into(),
        run_uid: 0,
        run_group: None,
        run_gid: None,
        run_cwd: "/home/alice".into(),
        command: "/usr/bin/id".into(),
        argv: vec!["id".into(), Untrusted::new(b"\xff\n".as_slice())],
        tty: Some("/dev/pts/3".into()),
        lines: 24,
        columns: 80,
        sudo_pid: 4711,
        pid_start_ticks: 123_456,
        boot_id: "8e0f2f0c-0000-4000-8000-000000000000".into(),
        parent: None,
    }
}

/// The start of another one for each number.
pub fn start_of(number: u8) -> SessionStart {
    SessionStart { session_id: SessionId::v7(1_763_000_000_000, [number; 10]), ..start() }
}

/// How it ends after so many events: by itself, and well.
pub fn end(final_seq: u64) -> SessionEnd {
    SessionEnd {
        final_seq,
        run_time_ns: 1,
        exit_value: Some(0),
        signal: None,
        dumped_core: false,
        error: None,
        reason: EndReason::default(),
    }
}

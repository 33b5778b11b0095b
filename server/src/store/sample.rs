//! A row for tests.

use sudolog_core::session::SessionState;
use sudolog_core::wire::message::SessionRow;

/// A session that has just begun.
pub(crate) fn row() -> SessionRow {
    SessionRow {
        tsid: "000001".parse().unwrap(),
        session_id: None,
        state: SessionState::Live,
        user: "alice".into(),
        host: "web1".into(),
        run_user: "root".into(),
        command: "/bin/sh".into(),
        tty: None,
        start: Default::default(),
        duration_s: 0.0,
        events: 0,
        exit_value: None,
        signal: None,
        risk: Default::default(),
        anomalies: Vec::new(),
        standing: Default::default(),
    }
}

//! A row for tests.

use sudolog_core::wire::message::SessionRow;

/// A session that has just begun.
pub(crate) fn row() -> SessionRow {
    SessionRow {
        user: "alice".into(),
        host: "web1".into(),
        run_user: "root".into(),
        command: "/bin/sh".into(),
        ..SessionRow::unknown("000001".parse().unwrap())
    }
}

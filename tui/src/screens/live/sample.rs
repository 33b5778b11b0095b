//! Sessions for the tests of the live screen.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::{SessionState, Tsid};
use sudolog_core::term::SafeScreen;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::SessionRow;

use crate::source::server::Picture;

/// A session that started `number` seconds after noon.
pub(crate) fn row(number: u32, state: SessionState) -> SessionRow {
    SessionRow {
        tsid: Tsid::from_seq(number).unwrap(),
        session_id: None,
        state,
        user: "alice".into(),
        host: "web1".into(),
        run_user: "root".into(),
        command: "/usr/bin/vim /etc/hosts".into(),
        tty: Some("/dev/pts/3".into()),
        start: Timestamp { seconds: 1_763_035_200 + i64::from(number), nanoseconds: 0 },
        duration_s: 65.5,
        events: 10,
        exit_value: (!state.is_open()).then_some(0),
        signal: None,
        risk: Default::default(),
        anomalies: Vec::new(),
        standing: Default::default(),
    }
}

/// A session's screen with this in its first row.
pub(crate) fn picture(number: u32, text: &str) -> Arc<Picture> {
    let mut screen = SafeScreen::new(24, 80);
    screen.feed(text.as_bytes());
    let tsid = Tsid::from_seq(number).unwrap();
    Arc::new(Picture {
        tsid,
        seq: 9,
        elapsed: Duration::from_secs(65),
        behind: Duration::ZERO,
        screen,
    })
}

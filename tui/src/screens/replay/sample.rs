//! A recording for the tests of the replay screen.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sudolog_core::session::{Event, EventKind, SessionState};
use sudolog_core::term::Index;
use sudolog_core::time::Timestamp;

use crate::deck::{Moment, News, Read};
use crate::source::{About, Standing};

pub(crate) fn about() -> About {
    About {
        name: "00001A".into(),
        session_id: None,
        state: SessionState::Complete,
        user: "alice".into(),
        host: "web1".into(),
        run_user: "root".into(),
        command: "/usr/bin/vim /etc/hosts".into(),
        tty: Some("/dev/pts/3".into()),
        start: Timestamp { seconds: 1_763_000_000, nanoseconds: 0 },
        duration_s: None,
        lines: 24,
        columns: 80,
        exit_value: Some(0),
        signal: None,
    }
}

/// What the deck tells of output at these seconds.
pub(crate) fn read(first: u64, seconds: &[u64], end: Option<Standing>) -> News {
    let mut index = Index::new(24, 80);
    let mut before = 0;
    let mut moments = Vec::new();
    for (second, seq) in seconds.iter().zip(first..) {
        let delay_ns = (second - before) * 1_000_000_000;
        let event = Event::new(seq, delay_ns, EventKind::Ttyout, Bytes::from_static(b"x"));
        let event = event.unwrap();
        index.push(&event);
        moments.push(Moment::new(Duration::from_secs(*second), &event));
        before = *second;
    }
    News::Read(Box::new(Read {
        about: about(),
        moments,
        timeline: Arc::new(index.timeline().clone()),
        progress: Some((50, 100)),
        end,
    }))
}

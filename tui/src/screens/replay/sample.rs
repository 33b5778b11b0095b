//! A recording for the tests of the replay screen.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sudolog_core::session::{Event, EventKind, Incident, SessionState};
use sudolog_core::term::{Index, Moment};
use sudolog_core::time::Timestamp;

use crate::deck::{News, Read};
use crate::source::{About, Standing};

pub(crate) fn about() -> About {
    About {
        name: "00001A".into(),
        tsid: None,
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
        risk: Default::default(),
        anomalies: Vec::new(),
        standing: Default::default(),
        signed: None,
    }
}

/// What the deck tells of output at these seconds.
pub(crate) fn read(first: u64, seconds: &[u64], end: Option<Standing>) -> News {
    read_with(first, seconds, end, &[])
}

/// The same of a session to which this happened.
pub(crate) fn read_with(
    first: u64,
    seconds: &[u64],
    end: Option<Standing>,
    incidents: &[Incident],
) -> News {
    let mut index = Index::new(24, 80);
    events(first, seconds).iter().for_each(|event| index.push(event));
    News::Read(Box::new(Read {
        about: about(),
        moments: moments(first, seconds),
        timeline: Arc::new(index.timeline().clone()),
        typing: Arc::new(index.typing().clone()),
        incidents: Ok(Arc::from(incidents)),
        commands: None,
        progress: Some((50, 100)),
        end,
    }))
}

/// When output at these seconds happened.
pub(crate) fn moments(first: u64, seconds: &[u64]) -> Vec<Moment> {
    let times = seconds.iter().map(|second| Duration::from_secs(*second));
    times.zip(events(first, seconds)).map(|(at, event)| Moment::new(at, &event)).collect()
}

fn events(first: u64, seconds: &[u64]) -> Vec<Event> {
    let before = std::iter::once(&0).chain(seconds);
    let delays = seconds.iter().zip(before).map(|(second, before)| second - before);
    let event = |(seq, delay): (u64, u64)| {
        let data = Bytes::from_static(b"x");
        Event::new(seq, delay * 1_000_000_000, EventKind::Ttyout, data).unwrap()
    };
    (first..).zip(delays).map(event).collect()
}

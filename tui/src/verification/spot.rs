//! Where an event lies in the files of a recording.

use std::time::Duration;

use sudolog_core::session::{Event, EventKind};

/// One event, and where it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Its number; in a recording of sudolog-server it is also its line in `timing`.
    pub seq: u64,
    /// Time since the start of the recording.
    pub elapsed: Duration,
    /// The file with its data, and the byte of it where they begin; absent for what has none.
    pub data: Option<(&'static str, u64)>,
}

/// The way through a recording: how much of each file lies behind.
#[derive(Default)]
pub(super) struct Path {
    elapsed: Duration,
    bytes: [u64; EventKind::STREAMS.len()],
}

impl Path {
    /// Goes on behind an event; gives where that is.
    pub(super) fn pass(&mut self, event: &Event) -> Spot {
        self.elapsed = self.elapsed.saturating_add(Duration::from_nanos(event.delay_ns()));
        let mut data = None;
        let kinds = EventKind::STREAMS.into_iter().zip(&mut self.bytes);
        for (_, bytes) in kinds.filter(|(kind, _)| *kind == event.kind()) {
            data = event.kind().file_name().map(|file| (file, *bytes));
            *bytes = bytes.saturating_add(event.data().len() as u64);
        }
        Spot { seq: event.seq(), elapsed: self.elapsed, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_is_counted_by_itself() {
        let event = |seq, kind, data: &'static [u8]| {
            Event::new(seq, 1_000_000_000, kind, data.into()).unwrap()
        };
        let mut path = Path::default();
        path.pass(&event(1, EventKind::Ttyout, b"hello"));
        path.pass(&event(2, EventKind::Ttyin, b"x"));
        let spot = path.pass(&event(3, EventKind::Ttyout, b"world"));
        assert_eq!((spot.seq, spot.elapsed), (3, Duration::from_secs(3)));
        assert_eq!(spot.data, Some(("ttyout", 5)));
        assert_eq!(path.pass(&event(4, EventKind::Suspend, b"TSTP")).data, None);
        assert_eq!(path.pass(&event(5, EventKind::Ttyin, b"y")).data, Some(("ttyin", 1)));
    }
}

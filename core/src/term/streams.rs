//! Which streams of a recording are put on its screen.

use std::borrow::Cow;

use crate::session::{Event, EventKind};

/// A choice of streams; by default what the command wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Streams(u8);

impl Default for Streams {
    fn default() -> Self {
        let output = [EventKind::Ttyout, EventKind::Stdout, EventKind::Stderr];
        output.into_iter().fold(Self(0), Self::with)
    }
}

impl Streams {
    /// The same with one more.
    #[must_use]
    pub fn with(self, stream: EventKind) -> Self {
        Self(self.0 | bit(stream))
    }

    /// On becomes off, off becomes on.
    #[must_use]
    pub fn toggled(self, stream: EventKind) -> Self {
        Self(self.0 ^ bit(stream))
    }

    /// True for a stream that is put on the screen.
    pub fn has(self, stream: EventKind) -> bool {
        self.0 & bit(stream) != 0
    }

    /// As it goes over the wire: a bit for each of sudo's numbers.
    pub fn to_wire(self) -> u8 {
        self.0
    }

    /// As it came over the wire; what is no stream is passed over.
    pub fn from_wire(bits: u8) -> Self {
        EventKind::STREAMS
            .into_iter()
            .filter(|stream| bits & bit(*stream) != 0)
            .fold(Self(0), Self::with)
    }

    /// The event as a [`SafeScreen`](super::SafeScreen) shows it: input that is on as if it were output;
    /// `None` for a stream that is off. Window sizes are always shown.
    pub fn shown(self, event: &Event) -> Option<Cow<'_, Event>> {
        let kind = match event.kind() {
            EventKind::Winsize | EventKind::Suspend => return Some(Cow::Borrowed(event)),
            kind if !self.has(kind) => return None,
            EventKind::Stdin => EventKind::Stdout,
            EventKind::Ttyin => EventKind::Ttyout,
            EventKind::Stdout | EventKind::Stderr | EventKind::Ttyout => {
                return Some(Cow::Borrowed(event));
            }
        };
        Event::new(event.seq(), event.delay_ns(), kind, event.data().clone()).ok().map(Cow::Owned)
    }
}

fn bit(stream: EventKind) -> u8 {
    match stream {
        EventKind::Winsize | EventKind::Suspend => 0,
        stream => 1_u8.checked_shl(stream.code().into()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind) -> Event {
        Event::new(1, 0, kind, bytes::Bytes::from_static(b"x")).unwrap()
    }

    #[test]
    fn output_is_on_and_input_can_be() {
        let streams = Streams::default();
        let shown = |streams: Streams, kind| streams.shown(&event(kind)).map(|e| e.kind());
        assert_eq!(shown(streams, EventKind::Stderr), Some(EventKind::Stderr));
        assert_eq!(shown(streams, EventKind::Stdin), None);
        let typed = streams.toggled(EventKind::Ttyin).toggled(EventKind::Ttyout);
        assert_eq!(shown(typed, EventKind::Ttyin), Some(EventKind::Ttyout));
        assert_eq!(shown(typed, EventKind::Ttyout), None);
        assert_eq!(typed.toggled(EventKind::Winsize), typed);
        assert_eq!(Streams::from_wire(typed.to_wire() | 0xe0), typed);
    }
}

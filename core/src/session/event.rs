//! One recorded event: one line of sudo's `timing` file and the data beside it.

use bytes::Bytes;

use crate::limits::{EVENT_DATA_BYTES_MAX, SUSPEND_NAME_BYTES_MAX};

/// What happened, numbered as sudo numbers it in the `timing` file (`sudoreplay(8)`,
/// `sudo_logsrv.proto(5)`). Number 6 was an accident of sudo 1.8.7 and is never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventKind {
    /// Data from a pipe or file on standard input.
    Stdin = 0,
    /// Data to a pipe or file on standard output.
    Stdout = 1,
    /// Data to a pipe or file on standard error.
    Stderr = 2,
    /// Keys typed on the terminal.
    Ttyin = 3,
    /// Output to the terminal.
    Ttyout = 4,
    /// The terminal's size changed: data is lines then columns, each `u16` big-endian.
    Winsize = 5,
    /// The command was suspended or resumed: data is the signal's name without `SIG`.
    Suspend = 7,
}

impl EventKind {
    /// The kinds that carry a stream of bytes, in sudo's order.
    pub const STREAMS: [Self; 5] =
        [Self::Stdin, Self::Stdout, Self::Stderr, Self::Ttyin, Self::Ttyout];

    /// The kind of a number; `None` for 6 and above 7.
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Stdin,
            1 => Self::Stdout,
            2 => Self::Stderr,
            3 => Self::Ttyin,
            4 => Self::Ttyout,
            5 => Self::Winsize,
            7 => Self::Suspend,
            _ => return None,
        })
    }

    /// sudo's number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The data file of a stream kind, `None` for the others.
    pub fn file_name(self) -> Option<&'static str> {
        Some(match self {
            Self::Stdin => "stdin",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Ttyin => "ttyin",
            Self::Ttyout => "ttyout",
            Self::Winsize | Self::Suspend => return None,
        })
    }
}

/// An event that breaks the rules of its kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// A kind number that sudo does not have.
    #[error("event kind {0} is unknown")]
    Kind(u8),
    /// A stream event without data: sudo writes none, and newer log servers refuse it.
    #[error("a stream event without data")]
    Empty,
    /// More data than one event may carry.
    #[error("event data of {0} bytes is above the limit of {EVENT_DATA_BYTES_MAX}")]
    TooLong(usize),
    /// Window size data that is not four bytes.
    #[error("a window size has 4 bytes, not {0}")]
    Winsize(usize),
    /// A signal name that is not 1 to 16 characters `A–Z 0–9 + -`.
    #[error("a suspend event names a signal in capitals without SIG")]
    Suspend,
    /// Events are numbered from 1.
    #[error("event numbers start at 1")]
    Seq,
}

/// One event of a session. Always legal: built by [`Event::new`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    seq: u64,
    delay_ns: u64,
    kind: EventKind,
    data: Bytes,
}

impl Event {
    /// Checks the event against the rules of its kind. `seq` counts from 1 without gaps;
    /// `delay_ns` is the monotonic time since the previous event.
    ///
    /// # Errors
    /// [`EventError`] says which rule is broken.
    pub fn new(seq: u64, delay_ns: u64, kind: EventKind, data: Bytes) -> Result<Self, EventError> {
        if seq == 0 {
            return Err(EventError::Seq);
        }
        match kind {
            EventKind::Winsize if data.len() != 4 => return Err(EventError::Winsize(data.len())),
            EventKind::Suspend if !is_signal_name(&data) => return Err(EventError::Suspend),
            EventKind::Winsize | EventKind::Suspend => {}
            _ if data.is_empty() => return Err(EventError::Empty),
            _ if data.len() > EVENT_DATA_BYTES_MAX => return Err(EventError::TooLong(data.len())),
            _ => {}
        }
        Ok(Self { seq, delay_ns, kind, data })
    }

    /// The data of a window size event.
    pub fn winsize_data(lines: u16, columns: u16) -> Bytes {
        let ([a, b], [c, d]) = (lines.to_be_bytes(), columns.to_be_bytes());
        Bytes::copy_from_slice(&[a, b, c, d])
    }

    /// Position in the session, from 1; the line number in `timing`.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Time since the previous event, nanoseconds.
    pub fn delay_ns(&self) -> u64 {
        self.delay_ns
    }

    /// What happened.
    pub fn kind(&self) -> EventKind {
        self.kind
    }

    /// The bytes: stream data, a packed window size, or a signal name.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// Lines and columns, when this is a window size.
    pub fn winsize(&self) -> Option<(u16, u16)> {
        match (self.kind, self.data.as_ref()) {
            (EventKind::Winsize, &[a, b, c, d]) => {
                Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
            }
            _ => None,
        }
    }

    /// The signal's name without `SIG`, when this is a suspend event.
    pub fn signal_name(&self) -> Option<&str> {
        (self.kind == EventKind::Suspend).then(|| std::str::from_utf8(&self.data).ok()).flatten()
    }
}

fn is_signal_name(data: &[u8]) -> bool {
    let legal = |c: &u8| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, b'+' | b'-');
    (1..=SUSPEND_NAME_BYTES_MAX).contains(&data.len()) && data.iter().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_sudos_numbers() {
        for code in 0..=255u8 {
            match EventKind::from_code(code) {
                Some(kind) => assert_eq!(kind.code(), code),
                None => assert!(code == 6 || code > 7),
            }
        }
    }

    #[test]
    fn each_rule_is_held() {
        let make =
            |seq, kind, data: &'static [u8]| Event::new(seq, 0, kind, Bytes::from_static(data));
        assert_eq!(make(0, EventKind::Ttyout, b"x"), Err(EventError::Seq));
        assert_eq!(make(1, EventKind::Ttyout, b""), Err(EventError::Empty));
        assert_eq!(make(1, EventKind::Winsize, b"123"), Err(EventError::Winsize(3)));
        assert_eq!(make(1, EventKind::Suspend, b"tstp\n"), Err(EventError::Suspend));
        assert_eq!(make(1, EventKind::Suspend, b"TSTP").unwrap().signal_name(), Some("TSTP"));
        let long = Bytes::from(vec![0; EVENT_DATA_BYTES_MAX + 1]);
        let length = long.len();
        assert_eq!(Event::new(1, 0, EventKind::Stdin, long), Err(EventError::TooLong(length)));
    }

    #[test]
    fn winsize_packs_and_unpacks() {
        let event = Event::new(1, 0, EventKind::Winsize, Event::winsize_data(24, 300)).unwrap();
        assert_eq!(event.winsize(), Some((24, 300)));
    }
}

//! The `timing` file: `TYPE DELAY REST`, one line an event.

use crate::session::{Event, EventKind};

/// A line longer than this is no timing line (sudo's own buffer is `LINE_MAX`).
pub const LINE_BYTES_MAX: usize = 2048;

/// One parsed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimingRecord {
    /// What happened.
    pub kind: EventKind,
    /// Time since the line before, nanoseconds; delays beyond 584 years are cut to that.
    pub delay_ns: u64,
    /// What follows.
    pub payload: Payload,
}

/// The rest of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// So many bytes of the stream's file. Any number: never allocate by it.
    Data(u64),
    /// Lines and columns, cut to what 16 bits hold.
    Winsize(u16, u16),
    /// A signal's name without `SIG`.
    Suspend(String),
}

/// A line that is not of the format.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TimingError {
    /// Longer than any line sudo writes.
    #[error("longer than {LINE_BYTES_MAX} bytes")]
    Long,
    /// An event type that does not exist.
    #[error("unknown event type")]
    Kind,
    /// The delay is not `seconds.fraction`.
    #[error("the delay is not a time")]
    Delay,
    /// The rest does not fit the type.
    #[error("what follows the delay does not fit the event type")]
    Rest,
}

/// Appends the line of one event.
pub fn encode_timing(event: &Event, out: &mut Vec<u8>) {
    use std::io::Write as _;
    let (seconds, nanos) = (event.delay_ns() / NANOS, event.delay_ns() % NANOS);
    let code = event.kind().code();
    // Writing to a Vec cannot fail.
    let _ = match (event.winsize(), event.signal_name()) {
        (Some((lines, columns)), _) => {
            writeln!(out, "{code} {seconds}.{nanos:09} {lines} {columns}")
        }
        (_, Some(name)) => writeln!(out, "{code} {seconds}.{nanos:09} {name}"),
        _ => writeln!(out, "{code} {seconds}.{nanos:09} {}", event.data().len()),
    };
}

/// Reads lines; remembers the accident of sudo 1.8.7, which wrote type 6 for terminal output and
/// shifted all types after it by two.
#[derive(Clone, Debug, Default)]
pub struct TimingParser {
    shifted: bool,
}

impl TimingParser {
    /// Parses one line, with or without its newline. Lenient as sudo is: any run of blanks, a
    /// comma for the point, any number of digits in the fraction.
    ///
    /// # Errors
    /// [`TimingError`] says which field is wrong.
    pub fn parse(&mut self, line: &[u8]) -> Result<TimingRecord, TimingError> {
        if line.len() > LINE_BYTES_MAX {
            return Err(TimingError::Long);
        }
        let line = std::str::from_utf8(line).map_err(|_| TimingError::Rest)?;
        let mut fields = line.split_ascii_whitespace();
        let kind = self.kind(fields.next().ok_or(TimingError::Kind)?)?;
        let delay_ns = fields.next().and_then(parse_delay).ok_or(TimingError::Delay)?;
        let payload = parse_rest(kind, &mut fields).ok_or(TimingError::Rest)?;
        Ok(TimingRecord { kind, delay_ns, payload })
    }

    fn kind(&mut self, field: &str) -> Result<EventKind, TimingError> {
        let code: u8 = field.parse().map_err(|_| TimingError::Kind)?;
        self.shifted |= code == TTYOUT_OF_1_8_7;
        let code = if self.shifted { code.checked_sub(2).ok_or(TimingError::Kind)? } else { code };
        EventKind::from_code(code).ok_or(TimingError::Kind)
    }
}

fn parse_delay(field: &str) -> Option<u64> {
    let (seconds, fraction) = field.split_once(['.', ',']).unwrap_or((field, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) {
        return None;
    }
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = nanos.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    let seconds: u64 = seconds.parse().unwrap_or(u64::MAX);
    Some(seconds.saturating_mul(NANOS).saturating_add(nanos))
}

fn parse_rest<'a>(kind: EventKind, fields: &mut impl Iterator<Item = &'a str>) -> Option<Payload> {
    let payload = match kind {
        EventKind::Winsize => {
            let mut side = || {
                let side: u32 = fields.next()?.parse().ok()?;
                Some(u16::try_from(side).unwrap_or(u16::MAX))
            };
            Payload::Winsize(side()?, side()?)
        }
        EventKind::Suspend => Payload::Suspend(signal_name(fields.next()?)?),
        _ => Payload::Data(fields.next()?.parse().ok()?),
    };
    fields.next().is_none().then_some(payload)
}

/// A name as it is, or the name of a number as Linux counts signals (`signal(7)`).
fn signal_name(field: &str) -> Option<String> {
    let name = match field {
        "18" => "CONT",
        "19" => "STOP",
        "20" => "TSTP",
        "21" => "TTIN",
        "22" => "TTOU",
        name => name,
    };
    let legal = Event::new(1, 0, EventKind::Suspend, name.as_bytes().to_vec().into()).is_ok();
    legal.then(|| name.to_owned())
}

const NANOS: u64 = 1_000_000_000;
const TTYOUT_OF_1_8_7: u8 = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn parse(line: &str) -> Result<TimingRecord, TimingError> {
        TimingParser::default().parse(line.as_bytes())
    }

    #[test]
    fn lines_are_written_as_sudo_writes_them() {
        let mut out = Vec::new();
        let events = [
            Event::new(1, 123_456_789, EventKind::Ttyout, Bytes::from_static(b"hello")),
            Event::new(2, 7_000_000_001, EventKind::Winsize, Event::winsize_data(24, 80)),
            Event::new(3, 0, EventKind::Suspend, Bytes::from_static(b"TSTP")),
        ];
        events.iter().for_each(|event| encode_timing(event.as_ref().unwrap(), &mut out));
        let want = "4 0.123456789 5\n5 7.000000001 24 80\n7 0.000000000 TSTP\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }

    #[test]
    fn every_delay_that_sudo_ever_wrote_is_read() {
        for (text, nanos) in [
            ("0.123456789", 123_456_789),
            ("0.123456", 123_456_000),
            ("1,5", 1_500_000_000),
            ("2", 2_000_000_000),
            ("0.1234567899", 123_456_789),
            ("99999999999999999999.0", u64::MAX),
        ] {
            assert_eq!(parse(&format!("4 {text} 1")).unwrap().delay_ns, nanos, "{text}");
        }
    }

    #[test]
    fn lenient_where_sudo_is() {
        assert_eq!(parse("4\t 0.5  \t9 \n").unwrap().payload, Payload::Data(9));
        assert_eq!(parse("5 0.0 70000 80").unwrap().payload, Payload::Winsize(u16::MAX, 80));
        assert_eq!(parse("7 0.0 18").unwrap().payload, Payload::Suspend("CONT".into()));
        assert_eq!(parse("4 0.0 18446744073709551615").unwrap().payload, Payload::Data(u64::MAX));
    }

    #[test]
    fn strict_where_sudo_is() {
        for (line, error) in [
            ("", TimingError::Kind),
            ("8 0.0 1", TimingError::Kind),
            ("x 0.0 1", TimingError::Kind),
            ("4 -1.0 1", TimingError::Delay),
            ("4 . 1", TimingError::Delay),
            ("4 0.0", TimingError::Rest),
            ("4 0.0 -1", TimingError::Rest),
            ("4 0.0 1 1", TimingError::Rest),
            ("4 0.0 18446744073709551616", TimingError::Rest),
            ("5 0.0 24", TimingError::Rest),
            ("7 0.0 t\u{1b}", TimingError::Rest),
        ] {
            assert_eq!(parse(line), Err(error), "{line}");
        }
        assert_eq!(parse(&"4".repeat(3000)), Err(TimingError::Long));
    }

    #[test]
    fn the_accident_of_1_8_7_shifts_what_follows() {
        let mut parser = TimingParser::default();
        let mut kind = |line: &str| parser.parse(line.as_bytes()).map(|record| record.kind);
        assert_eq!(kind("3 0.1 4"), Ok(EventKind::Ttyin));
        assert_eq!(kind("6 0.1 4"), Ok(EventKind::Ttyout));
        assert_eq!(kind("5 0.1 4"), Ok(EventKind::Ttyin));
        assert_eq!(kind("2 0.1 4"), Ok(EventKind::Stdin));
        assert_eq!(kind("1 0.1 4"), Err(TimingError::Kind));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_record_or_an_error(line: Vec<u8>) {
            let _ = TimingParser::default().parse(&line);
        }

        #[test]
        fn what_is_written_is_read(seq in 1u64.., delay: u64, size in 1usize..1000) {
            let event = Event::new(seq, delay, EventKind::Stdin, vec![0; size].into()).unwrap();
            let mut line = Vec::new();
            encode_timing(&event, &mut line);
            let record = TimingParser::default().parse(&line).unwrap();
            prop_assert_eq!((record.delay_ns, record.payload), (delay, Payload::Data(size as u64)));
        }
    }
}

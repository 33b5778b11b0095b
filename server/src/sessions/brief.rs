//! What the server keeps in memory of a session's start while the session is open.
//!
//! A start can be half a megabyte of arguments, and thousands of sessions are open at once, so the
//! whole of it is in the recording only. The chain's first value covers every byte of it: what is
//! read back is the start that was recorded, or it is found out.

use sudolog_core::ack::Chain;
use sudolog_core::session::{HostName, SessionEnd, SessionId, SessionStart, SessionState, Tsid};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::SessionRow;

/// The short form of a session's start: a few kilobytes at most, whatever its command line is.
#[derive(Clone, Debug)]
pub struct Brief {
    /// The session's own name.
    pub session_id: SessionId,
    /// The host, as its certificate names it.
    pub submit_host: HostName,
    /// Rows of the terminal at the start.
    pub lines: u16,
    /// Columns of the terminal at the start.
    pub columns: u16,
    /// The chain's value before the first event.
    pub chain: Chain,
    /// As lists show it when it starts.
    row: SessionRow,
}

impl Brief {
    /// The short form of the start of the session with that number.
    pub fn of(tsid: Tsid, start: &SessionStart) -> Self {
        Self {
            session_id: start.session_id,
            submit_host: start.submit_host.clone(),
            lines: start.lines,
            columns: start.columns,
            chain: Chain::start(start),
            row: SessionRow {
                session_id: Some(start.session_id),
                user: shorten(&start.submit_user, NAME_BYTES_MAX),
                host: start.submit_host.as_str().into(),
                run_user: shorten(&start.run_user, NAME_BYTES_MAX),
                command: shorten(&command_line(start), COMMAND_BYTES_MAX),
                tty: start.tty.as_ref().map(|tty| shorten(tty, NAME_BYTES_MAX)),
                start: start.submit_time,
                ..SessionRow::unknown(tsid)
            },
        }
    }

    /// The row for lists, with what the session knows by now: so many events in so many nanoseconds.
    pub fn row(
        &self,
        state: SessionState,
        (events, elapsed_ns): (u64, u64),
        end: Option<&SessionEnd>,
    ) -> SessionRow {
        let signal = end.and_then(|end| end.signal.as_ref());
        SessionRow {
            state,
            events,
            // The last event may lie long before the end.
            duration_s: std::time::Duration::from_nanos(
                end.map_or(elapsed_ns, |end| end.run_time_ns.max(elapsed_ns)),
            )
            .as_secs_f64(),
            exit_value: end.and_then(|end| end.exit_value),
            signal: signal.map(|name| shorten(name, NAME_BYTES_MAX)),
            ..self.row.clone()
        }
    }
}

/// Command and arguments, no longer than they are shown.
fn command_line(start: &SessionStart) -> Untrusted {
    let mut line = start.command.as_bytes().to_vec();
    for argument in start.argv.iter().skip(1) {
        if line.len() > COMMAND_BYTES_MAX {
            break;
        }
        line.push(b' ');
        line.extend(argument.as_bytes());
    }
    Untrusted::new(line)
}

/// A page of rows must fit into a frame, whatever anybody is called; the recording has it whole.
pub(crate) fn shorten(text: &Untrusted, most: usize) -> Untrusted {
    match text.as_bytes().get(..most) {
        Some(head) if text.len() > most => Untrusted::new([head, "…".as_bytes()].concat()),
        _ => text.clone(),
    }
}

pub(crate) const COMMAND_BYTES_MAX: usize = 4096;
/// Longer than any host name, which is compared with what operators may see.
pub(crate) const NAME_BYTES_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use sudolog_core::limits::{ARGV_MAX, START_TEXT_BYTES_MAX, TEXT_BYTES_MAX};

    use super::*;
    use crate::journal::record::tests::{sample_end, sample_start};

    /// All that the short form has on the heap.
    fn heap_bytes(brief: &Brief) -> usize {
        let row = &brief.row;
        let texts = [&row.user, &row.host, &row.run_user, &row.command];
        let texts = texts.into_iter().chain(&row.tty).chain(&row.signal);
        brief.submit_host.as_str().len() + texts.map(Untrusted::len).sum::<usize>()
    }

    #[test]
    fn no_start_is_long_in_memory() {
        let tsid = "000001".parse().unwrap();
        let long = |length: usize| Untrusted::new(vec![b'x'; length]);
        let mut many = sample_start(1);
        many.argv = vec![long(START_TEXT_BYTES_MAX / ARGV_MAX); ARGV_MAX];
        let mut wide = sample_start(1);
        wide.submit_user = long(TEXT_BYTES_MAX);
        wide.run_user = long(TEXT_BYTES_MAX);
        wide.tty = Some(long(TEXT_BYTES_MAX));
        wide.command = long(TEXT_BYTES_MAX);
        for start in [many, wide] {
            let bytes = heap_bytes(&Brief::of(tsid, &start));
            assert!(bytes < 6 * 1024, "{bytes} bytes are kept");
        }
    }

    #[test]
    fn lists_show_the_command_as_it_was_called() {
        let mut start = sample_start(1);
        start.command = "/bin/echo".into();
        start.argv = vec!["echo".into(), "a b".into(), "c".into()];
        let brief = Brief::of("000001".parse().unwrap(), &start);
        let row = brief.row(SessionState::Complete, (7, 1_500_000_000), Some(&sample_end(7)));
        assert_eq!(row.command, "/bin/echo a b c".into());
        assert_eq!((row.events, row.duration_s, row.state), (7, 1.5, SessionState::Complete));
        assert_eq!(row.exit_value, sample_end(7).exit_value);
    }
}

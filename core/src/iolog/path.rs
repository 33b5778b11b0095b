//! Names inside a log directory, and sudo's `seq` file that numbers the sessions.

use crate::session::{EventKind, Tsid};

/// Legacy metadata, always plain text; `sudoreplay -l` finds a session by it.
pub const LOG: &str = "log";
/// Metadata as JSON, sudo 1.9.2 and later.
pub const LOG_JSON: &str = "log.json";
/// One line an event.
pub const TIMING: &str = "timing";
/// The session id, 36 characters without a newline, as sudo 1.9.18 writes it.
pub const UUID: &str = "uuid";
/// Signed checkpoints, one JSON line each.
pub const ACKS: &str = "acks";
/// What happened to the session from outside, one JSON line each.
pub const INCIDENTS: &str = "incidents";
/// What operators said of the session, one JSON line each.
pub const REMARKS: &str = "remarks";
/// What the rules made of it, one JSON line each; the last one is in force.
pub const RISK: &str = "risk";
/// Why the recording ended without its end; absent when it is whole or still running.
pub const INCOMPLETE: &str = "INCOMPLETE";
/// The last number given, in the log directory itself.
pub const SEQ: &str = "seq";

/// Data files in the order of their event numbers.
pub fn streams() -> impl Iterator<Item = (EventKind, &'static str)> {
    EventKind::STREAMS.into_iter().filter_map(|kind| Some((kind, kind.file_name()?)))
}

/// The last number given according to a `seq` file; 0 when the file does not hold six base-36
/// digits, as sudo then starts again too.
pub fn parse_seq(content: &[u8]) -> u32 {
    let text = std::str::from_utf8(content).unwrap_or_default().trim_end();
    text.parse::<Tsid>().map_or(0, Tsid::seq)
}

/// The content of a `seq` file.
pub fn encode_seq(last: Tsid) -> String {
    format!("{last}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seq_is_read_as_sudo_reads_it() {
        assert_eq!(parse_seq(b"00001A\n"), 46);
        for bad in [b"".as_slice(), b"\n", b"junk", b"00001a\n", b"\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(parse_seq(bad), 0);
        }
        assert_eq!(encode_seq(Tsid::from_seq(46).unwrap()), "00001A\n");
    }
}

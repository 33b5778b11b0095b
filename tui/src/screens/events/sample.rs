//! Entries for tests, with hostile text in every field.

use sudolog_core::eventlog::{Entry, Kind, Severity, Source, Stored};
use sudolog_core::risk::Score;
use sudolog_core::time::Timestamp;

/// One with nothing but a command, 10 seconds after the one before it.
pub(crate) fn entry(number: u64) -> Stored {
    let time = Timestamp { seconds: 1_763_035_200 + 10 * number as i64, nanoseconds: 250_000_000 };
    let id = format!("web1.{number}").parse().unwrap();
    let mut entry = Entry::new(id, time, Source::Sudo, Kind::Accept);
    (entry.host, entry.user) = ("web1".into(), "alice".into());
    entry.argv = ["/usr/bin/id".into(), "-u".into()].to_vec();
    Stored { number, stored: Timestamp { nanoseconds: 900_000_000, ..time }, entry }
}

/// One whose every field tries to steer the terminal.
pub(crate) fn hostile(number: u64) -> Stored {
    let mut stored = entry(number);
    let evil = |name: &str| format!("{name}\x1b[2J\u{202e}\r\n").into();
    let entry = &mut stored.entry;
    (entry.source, entry.kind, entry.severity) =
        (Source::Kernel, Kind::Unrecorded, Severity::Critical);
    (entry.host, entry.user, entry.run_user) = (evil("host"), evil("user"), evil("run"));
    (entry.uid, entry.pid, entry.risk) = (Some(1000), Some(77), Some(Score::capped(85)));
    entry.argv = vec![
        evil("/bin/sh"),
        "two words".into(),
        sudolog_core::untrusted::Untrusted::new(b"\xff\x9b31m".as_slice()),
        "".into(),
    ];
    (entry.tty, entry.by, entry.text) = (evil("tty"), evil("by"), evil("text"));
    entry.tsid = "00001A".parse().ok();
    entry.session_id = "018f8a50-3b00-7abc-8def-0123456789ab".parse().ok();
    let names = ["cwd", "na\x1b]0;x\x07me", "a name that is very long indeed, and goes on"];
    entry.details = names.map(|name| (name.to_owned(), evil("value"))).to_vec();
    stored
}

//! This host's own log: what the event log could not be told is said there in a line, so that a host whose
//! shipper is away is not silent. Nobody waits for it, and a host without a log has none.

use std::os::unix::net::UnixDatagram;
use std::path::Path;

use sudolog_core::eventlog::Entry;
use sudolog_core::untrusted::Untrusted;

/// Says that these entries of one call of sudo reached nobody.
pub(crate) fn say_untold(log: &Path, entries: &[Entry], why: &str) {
    let Some(line) = untold(entries, why, std::process::id()) else { return };
    let Ok(socket) = UnixDatagram::unbound() else { return };
    // A log that is full must not hold up sudo.
    if socket.set_nonblocking(true).is_ok() {
        let _ = socket.send_to(line.as_bytes(), log);
    }
}

/// The message as `syslog(3)` writes it; `None` when there is nothing to say.
fn untold(entries: &[Entry], why: &str, pid: u32) -> Option<String> {
    let first = entries.first()?;
    let mut command = entries.iter().map(Entry::command).find(|command| !command.is_empty());
    let mut user = first.user.clone();
    user.truncate(NAME_BYTES_MAX);
    if let Some(command) = &mut command {
        command.truncate(COMMAND_BYTES_MAX);
    }
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.name()).take(KINDS_MAX).collect();
    let (user, command) = (user.escaped(), command.unwrap_or_default());
    let (command, why) = (command.escaped(), Untrusted::from(why));
    Some(format!(
        "<{AUTHPRIV_WARNING}>sudolog_audit[{pid}]: not told to the shipper ({}): {user}: {}: {command}",
        why.escaped(),
        kinds.join(", ")
    ))
}

/// Facility and severity, RFC 5424 section 6.2.1.
const AUTHPRIV_WARNING: u8 = 10 * 8 + 4;
/// All of the line fits into the 1,024 bytes that every log takes.
const NAME_BYTES_MAX: usize = 32;
const COMMAND_BYTES_MAX: usize = 96;
const KINDS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use sudolog_core::eventlog::{Kind, Source};
    use sudolog_core::time::Timestamp;

    use super::*;

    #[test]
    fn what_was_not_told_is_one_short_harmless_line() {
        let entry =
            |kind| Entry::new("a.1".parse().unwrap(), Timestamp::default(), Source::Sudo, kind);
        assert_eq!(untold(&[], "gone", 7), None);
        let mut entries = [entry(Kind::Start), entry(Kind::Request)];
        entries[0].user = "alice".into();
        entries[1].argv = vec!["id".into(), "-u\n<0>forged".into()];
        let line = untold(&entries, "/run/a: no such file", 7).unwrap();
        let told = "<84>sudolog_audit[7]: not told to the shipper (/run/a: no such file): alice: \
                    start, request: id -u\\n<0>forged";
        assert_eq!(line, told);
        entries[0].user = Untrusted::new(vec![0xff; 70_000]);
        entries[1].argv = vec![Untrusted::new(vec![0x1b; 70_000])];
        let many: Vec<Entry> = entries.iter().cycle().take(64).cloned().collect();
        assert!(untold(&many, &"x".repeat(100), u32::MAX).unwrap().len() <= 1024);
    }
}

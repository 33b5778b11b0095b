//! Sessions in words: what a row of the list says, escaped.

use std::time::Duration;

use sudolog_core::time::{Position, Timestamp};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::SessionRow;

use super::Live;
use crate::screens::words::state;
use crate::theme::Role;

/// Where a session stands, as far as that is known, and how it looks: `● live`, `· ended`,
/// `? last seen 12:30:05`.
pub(super) fn standing(live: &Live, row: &SessionRow, now: Timestamp) -> (String, Role) {
    if !row.state.is_open() {
        return (state(row.state).to_owned(), Role::of_state(row.state));
    }
    if live.sessions().is_gone(row.tsid) {
        return ("· ended".to_owned(), Role::Warn);
    }
    match live.stale_for() {
        Some(ago) => (format!("? last seen {}", clock(live, now, ago)), Role::Warn),
        None => (state(row.state).to_owned(), Role::of_state(row.state)),
    }
}

/// The same in two letters, for where there is no room: its sign, and the first letter of its word.
pub(super) fn short(standing: &str) -> String {
    standing.split(' ').filter_map(|word| word.chars().next()).take(2).collect()
}

/// The time of day so long ago.
fn clock(live: &Live, now: Timestamp, ago: Duration) -> String {
    let ago = u64::try_from(ago.as_nanos()).unwrap_or(u64::MAX);
    let then = Timestamp::from_nanos(now.as_nanos().saturating_sub(ago));
    let then = jiff::Timestamp::from_second(then.seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    then.to_zoned(live.zone.clone()).strftime("%H:%M:%S").to_string()
}

/// `alice@web1 → root`.
pub(in crate::screens) fn who(row: &SessionRow) -> String {
    let (user, host) = (row.user.escaped(), row.host.escaped());
    format!("{user}@{host} → {}", row.run_user.escaped())
}

/// The command without the directory of its program: `vim /etc/hosts`.
pub(in crate::screens) fn command(row: &SessionRow) -> String {
    let full = row.command.as_bytes();
    let program = full.split(|byte| *byte == b' ').next().unwrap_or_default();
    let name = program.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    Untrusted::new(full.get(name..).unwrap_or_default()).escaped().to_string()
}

/// How long it runs by now, or ran.
pub(in crate::screens) fn age(row: &SessionRow, now: Timestamp) -> String {
    let length = match row.state.is_open() {
        true => Duration::from_nanos(now.as_nanos().saturating_sub(row.start.as_nanos())),
        false => Duration::try_from_secs_f64(row.duration_s).unwrap_or_default(),
    };
    Position(length).to_string()
}

/// Where it runs, or how it ended: `pts/3`, `exit 3`, `SIGINT`.
pub(in crate::screens) fn place_or_end(row: &SessionRow) -> String {
    if let Some(signal) = &row.signal {
        return format!("SIG{}", signal.escaped());
    }
    if let Some(value) = row.exit_value {
        return format!("exit {value}");
    }
    match &row.tty {
        _ if !row.state.is_open() => String::new(),
        Some(tty) => tty.escaped().to_string().trim_start_matches("/dev/").to_owned(),
        None => "no tty".to_owned(),
    }
}

/// True when it ended by a signal or with an exit value that is not 0.
pub(in crate::screens) fn has_failed(row: &SessionRow) -> bool {
    row.signal.is_some() || row.exit_value.is_some_and(|value| value != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::live::sample::row;
    use sudolog_core::session::SessionState;

    #[test]
    fn hostile_names_are_escaped() {
        let mut hostile = row(1, SessionState::Live);
        hostile.user = "a\x1b[2Jb".into();
        hostile.command = Untrusted::new(b"/bin/\x9bsh -c \xe2\x80\xaex".as_slice());
        assert_eq!(who(&hostile), r"a\u{1b}[2Jb@web1 → root");
        assert_eq!(command(&hostile), r"\x9bsh -c \u{202e}x");
    }

    #[test]
    fn two_letters_tell_every_state_from_the_others() {
        use SessionState::{Complete, Frozen, Incomplete, Lagging, Live};
        let told = [Live, Frozen, Lagging, Complete, Incomplete].map(|it| short(state(it)));
        assert_eq!(told, ["●l", "■F", "◐L", "✓c", "!I"]);
        assert_eq!((short("· ended"), short("? last seen 12:30:05")), ("·e".into(), "?l".into()));
    }

    #[test]
    fn ends_and_places_are_short() {
        let mut row = row(1, SessionState::Complete);
        assert_eq!(place_or_end(&row), "exit 0");
        row.signal = Some("INT".into());
        assert_eq!(place_or_end(&row), "SIGINT");
        let running = crate::screens::live::sample::row(1, SessionState::Live);
        assert_eq!(place_or_end(&running), "pts/3");
        assert_eq!(age(&running, Timestamp { seconds: 1_763_035_266, nanoseconds: 0 }), "01:05");
        assert_eq!(age(&running, Timestamp::default()), "00:00");
    }
}

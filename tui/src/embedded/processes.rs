//! The processes of one terminal session, found in `/proc` (`proc(5)`).

use rustix::process::{Pid, Signal, kill_process};

/// Sends SIGKILL to every process of the session that `leader` leads, background jobs included.
pub(super) fn kill_session(leader: Pid) {
    // A process that forks while it is being killed is found by the next pass.
    for _ in 0..PASSES_MAX {
        let members = members(leader);
        if members.is_empty() {
            return;
        }
        for pid in members {
            // A process that is already gone is what is wanted.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Stops every process of that session, or lets it go on.
pub(super) fn signal_session(leader: Pid, signal: Signal) {
    for pid in members(leader) {
        let _ = kill_process(pid, signal);
    }
}

/// The living processes of a session; zombies are dead already.
fn members(leader: Pid) -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let session = leader.as_raw_nonzero().to_string();
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .filter(|pid| is_alive_in(*pid, &session))
        .collect()
}

fn is_alive_in(pid: Pid, session: &str) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())) else {
        return false;
    };
    stat_field(&stat, 6) == Some(session) && !matches!(stat_field(&stat, 3), Some("Z" | "X"))
}

/// Field `number` of `/proc/PID/stat`, counted from 1 as `proc(5)` does; from 3 on only, because
/// the name before them may hold anything.
pub(super) fn stat_field(stat: &str, number: usize) -> Option<&str> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(number.checked_sub(3)?)
}

const PASSES_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_the_name() {
        let stat = "12 (a ) b) S 1 12 7 0 -1";
        assert_eq!(stat_field(stat, 3), Some("S"));
        assert_eq!(stat_field(stat, 6), Some("7"));
        assert_eq!(stat_field(stat, 2), None);
        assert_eq!(stat_field("", 6), None);
    }
}

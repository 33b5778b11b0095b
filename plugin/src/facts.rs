//! What only the running system knows about this sudo: process, boot, time, chance.

use std::time::{SystemTime, UNIX_EPOCH};

use sudolog_core::process::ProcessStat;
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;

/// Facts that name this sudo for ever.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) session_id: SessionId,
    pub(crate) pid: u32,
    /// When it started, clock ticks since boot.
    pub(crate) start_ticks: u64,
    pub(crate) boot_id: Untrusted,
    pub(crate) now: Timestamp,
    /// sudo was told to run the command in the background.
    pub(crate) background: bool,
    /// sudo will give the command a terminal of its own: it does when it can open the user's.
    pub(crate) terminal: bool,
}

impl Facts {
    /// Asks the system.
    pub(crate) fn gather() -> Result<Self, String> {
        let session_id = random_id()?;
        let cmdline = read("/proc/self/cmdline")?;
        let words: Vec<&[u8]> = cmdline.split(|b| *b == 0).collect();
        Ok(Self {
            session_id,
            pid: std::process::id(),
            start_ticks: ProcessStat::parse(&read("/proc/self/stat")?)
                .ok_or("/proc/self/stat is not of its form")?
                .start_ticks,
            boot_id: Untrusted::new(read("/proc/sys/kernel/random/boot_id")?.trim_ascii()),
            now: now(),
            background: crate::argv::wants_background(&words),
            terminal: std::fs::File::options().read(true).write(true).open("/dev/tty").is_ok(),
        })
    }
}

/// A name that nothing else has.
pub(crate) fn random_id() -> Result<SessionId, String> {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| "the clock stands before 1970; set it")?;
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|e| format!("no random numbers: {e}"))?;
    Ok(SessionId::v7(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX), random))
}

/// The time by this host's clock.
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{path}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_facts() {
        let facts = Facts::gather().unwrap();
        assert_eq!(facts.pid, std::process::id());
        assert_eq!(facts.boot_id.len(), 36);
        assert!(facts.start_ticks > 0 && !facts.background);
    }
}

//! Which event a record belongs to.

use std::fmt;

use crate::eventlog::EntryId;
use crate::time::Timestamp;

/// Names an event: all its records have the same one, whatever comes between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// The host that it comes from, as `auditd` was told to call it; empty for this one.
    pub node: Box<[u8]>,
    /// When, milliseconds since 1970, by the kernel's clock.
    pub time_ms: u64,
    /// The kernel's count.
    pub serial: u64,
}

impl Stamp {
    /// Reads `SEC.MS:SERIAL`.
    pub fn parse(node: &[u8], text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (time, serial) = text.split_once(':')?;
        let (seconds, millis) = time.split_once('.')?;
        let digits = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse::<u64>().ok()).flatten()
        };
        let millis = digits(millis).filter(|millis| *millis < 1000)?;
        let time_ms = digits(seconds)?.checked_mul(1000)?.checked_add(millis)?;
        Some(Self { node: node.into(), time_ms, serial: digits(serial)? })
    }

    /// When.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_nanos(self.time_ms.saturating_mul(1_000_000))
    }

    /// What an entry about this event is called: the same whoever makes it, and however often.
    pub fn entry_id(&self, about: &str) -> Option<EntryId> {
        format!("{about}.{}.{}", self.time_ms, self.serial).parse().ok()
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}:{}", self.time_ms / 1000, self.time_ms % 1000, self.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_read_and_nothing_else() {
        let stamp = Stamp::parse(b"vm", b"1795225221.954:484").unwrap();
        assert_eq!((stamp.time_ms, stamp.serial), (1_795_225_221_954, 484));
        assert_eq!(stamp.to_string(), "1795225221.954:484");
        assert_eq!(stamp.entry_id("key").unwrap().to_string(), "key.1795225221954.484");
        for bad in
            ["", "1.2", "1:2", "a.1:2", "1.1000:2", "1.2:-3", "1.2:3x", "99999999999999999999.1:1"]
        {
            assert_eq!(Stamp::parse(b"", bad.as_bytes()), None, "{bad}");
        }
        let last = format!("{0}.0:{0}", u64::MAX / 1000);
        assert!(Stamp::parse(b"", last.as_bytes()).unwrap().time().seconds > 0);
    }
}

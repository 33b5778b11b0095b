//! What `/proc/PID/stat` says about a process (`proc_pid_stat(5)`).

/// The fields that tell whose a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessStat {
    /// Field 3: `R`, `S`, `D`, `T` (stopped), `Z` (dead and not yet waited for), …
    pub state: u8,
    /// Field 4: the parent's process id; 0 for none.
    pub parent: i32,
    /// Field 5: process group.
    pub group: i32,
    /// Field 7: device number of the controlling terminal; 0 for none.
    pub terminal: i32,
    /// Field 8: the group in the foreground of that terminal; -1 for none.
    pub foreground: i32,
    /// Field 22: when the process started, clock ticks since boot. With the process id it names the
    /// process until the next boot.
    pub start_ticks: u64,
}

impl ProcessStat {
    /// Reads the file's content; `None` when it is not of its form.
    pub fn parse(stat: &[u8]) -> Option<Self> {
        // The name before them stands in parentheses and may hold anything.
        let end = stat.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?;
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        let terminal = fields.nth(1)?.parse().ok()?;
        let foreground = fields.next()?.parse().ok()?;
        let start_ticks = fields.nth(13)?.parse().ok()?;
        Some(Self { state, parent, group, terminal, foreground, start_ticks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_may_hold_anything() {
        let stat = b"12 (a) b (c)) S 1 2 3 34816 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242 20 21";
        let want = ProcessStat {
            state: b'S',
            parent: 1,
            group: 2,
            terminal: 34816,
            foreground: 5,
            start_ticks: 424_242,
        };
        assert_eq!(ProcessStat::parse(stat), Some(want));
        assert_eq!(ProcessStat::parse(b"12 (a"), None);
        assert_eq!(ProcessStat::parse(b"12 (a) S 1 2"), None);
    }

    #[test]
    fn this_process_is_read() {
        let stat = ProcessStat::parse(&std::fs::read("/proc/self/stat").unwrap()).unwrap();
        assert!(stat.parent > 0 && stat.start_ticks > 0);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = ProcessStat::parse(&bytes);
        }
    }
}

//! The session's cgroup as the plugin uses it when the shipper does not: to stop the command and to
//! kill it. The files are described in the kernel's `admin-guide/cgroup-v2.rst`.

use std::path::PathBuf;
use std::{fs, io};

/// The directory, where the host has cgroups.
pub(crate) struct Cgroup(Option<PathBuf>);

impl Cgroup {
    pub(crate) fn new(dir: Option<PathBuf>) -> Self {
        Self(dir)
    }

    /// True when the host has no cgroups.
    pub(crate) fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Stops everything in it. The shipper alone lets it go on.
    pub(crate) fn freeze(&self) -> io::Result<()> {
        self.order("cgroup.freeze")
    }

    /// Kills everything in it, frozen or not.
    pub(crate) fn kill(&self) -> io::Result<()> {
        self.order("cgroup.kill")
    }

    /// True when nothing in it runs: all of it stands still, it is empty or gone, or there is none.
    pub(crate) fn is_still(&self) -> bool {
        let Some(dir) = &self.0 else { return true };
        let Ok(events) = fs::read_to_string(dir.join("cgroup.events")) else { return true };
        events.lines().any(|line| line == "frozen 1" || line == "populated 0")
    }

    /// True when whatever is in it is to stand still, whether or not the kernel has stopped all of it;
    /// `None` where nobody can tell.
    pub(crate) fn is_ordered_to_freeze(&self) -> Option<bool> {
        let order = fs::read(self.0.as_ref()?.join("cgroup.freeze")).ok()?;
        Some(order.starts_with(b"1"))
    }

    /// Process ids of what is in it now.
    pub(crate) fn processes(&self) -> Vec<i32> {
        let Some(dir) = &self.0 else { return Vec::new() };
        let list = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
        list.lines().filter_map(|line| line.parse().ok()).collect()
    }

    fn order(&self, file: &str) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |dir| fs::write(dir.join(file), "1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_frozen_or_gone_is_still() {
        let dir = tempfile::tempdir().unwrap();
        let cgroup = Cgroup::new(Some(dir.path().into()));
        for (events, still) in [
            ("populated 1\nfrozen 0\n", false),
            ("populated 1\nfrozen 1\n", true),
            ("populated 0\nfrozen 0\n", true),
        ] {
            fs::write(dir.path().join("cgroup.events"), events).unwrap();
            assert_eq!(cgroup.is_still(), still, "{events:?}");
        }
        for (order, frozen) in [("1\n", Some(true)), ("0\n", Some(false))] {
            fs::write(dir.path().join("cgroup.freeze"), order).unwrap();
            assert_eq!(cgroup.is_ordered_to_freeze(), frozen);
        }
        assert_eq!(Cgroup::new(None).is_ordered_to_freeze(), None);
        fs::remove_file(dir.path().join("cgroup.events")).unwrap();
        assert!(cgroup.is_still() && Cgroup::new(None).is_still());
    }
}

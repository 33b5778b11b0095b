//! The cgroups of a world's sessions, as the kernel shows them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::wait;

/// One session's cgroup.
#[derive(Debug, Clone)]
pub struct SessionCgroup(PathBuf);

impl SessionCgroup {
    /// Those below `root`.
    pub fn all(root: &Path) -> Vec<Self> {
        let entries = fs::read_dir(root).into_iter().flatten().flatten();
        entries.map(|e| e.path()).filter(|path| path.is_dir()).map(Self).collect()
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// The processes in it.
    pub fn processes(&self) -> Vec<u32> {
        let list = fs::read_to_string(self.0.join("cgroup.procs")).unwrap_or_default();
        list.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// True when everything in it stands still.
    pub fn is_frozen(&self) -> bool {
        self.events().contains("frozen 1")
    }

    /// Waits until it stands still, or does not any more.
    ///
    /// # Errors
    /// When that does not happen.
    pub fn wait_frozen(&self, frozen: bool) -> anyhow::Result<()> {
        let what = format!("{}: frozen = {frozen}", self.0.display());
        wait::until(&what, wait::PATIENCE, || (self.is_frozen() == frozen).then_some(()))
    }

    fn events(&self) -> String {
        fs::read_to_string(self.0.join("cgroup.events")).unwrap_or_default()
    }
}

/// Where cgroup v2 is mounted.
///
/// # Errors
/// When it is not.
pub fn mount() -> anyhow::Result<PathBuf> {
    fs::read_to_string("/proc/self/mountinfo")?
        .lines()
        .find_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            kind.starts_with("cgroup2 ")
                .then(|| mount.split(' ').nth(4).map(PathBuf::from))
                .flatten()
        })
        .context("cgroup v2 is not mounted")
}

//! One cgroup v2 directory for each session: born in it, frozen by it, killed by it.
//!
//! The files are described in the kernel's `admin-guide/cgroup-v2.rst`. Freezing is ordered by
//! `cgroup.freeze` and done only when `cgroup.events` says so.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use sudolog_core::session::SessionId;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tracing::{info, warn};

use super::mount::Mount;
use crate::machine::traffic::GroupState;

/// A host on which sessions cannot be given cgroups. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FreezerError {
    /// cgroup v2 is not mounted.
    #[error(
        "no cgroup2 file system is mounted, so sessions cannot be frozen: mount one (cgroup2 on \
         /sys/fs/cgroup), or set freeze = \"signal\", which stops only processes that stay in \
         the session's process groups"
    )]
    NoMount,
    /// The configured directory is elsewhere.
    #[error("cgroup_root = {0:?} is not below a cgroup2 mount: see `findmnt -t cgroup2`")]
    NotBelow(PathBuf),
    /// The directory cannot be made or used.
    #[error("cgroup_root {dir:?}: {source}: sudolog-shipper must run as root on the host")]
    Io {
        /// The directory.
        dir: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
    /// The kernel is too old.
    #[error("{0:?} has no cgroup.kill: Linux 5.14 or newer is needed, or freeze = \"signal\"")]
    NoKill(PathBuf),
}

/// The directory below which every session has its own.
#[derive(Debug)]
pub(crate) struct Root {
    dir: PathBuf,
    /// Its name in `/proc/PID/cgroup`.
    name: String,
}

impl Root {
    /// Makes the directory ready: `configured`, or `sudolog` below the cgroup2 mount. Directories
    /// that an earlier shipper left empty are removed.
    pub(crate) fn prepare(configured: Option<&Path>, favor: bool) -> Result<Self, FreezerError> {
        let at = |dir: &Path, source| FreezerError::Io { dir: dir.into(), source };
        let path = Path::new("/proc/self/mountinfo");
        let mountinfo = fs::read(path).map_err(|source| at(path, source))?;
        let mount = Mount::find(&String::from_utf8_lossy(&mountinfo), configured);
        let mount = mount.ok_or_else(|| {
            configured.map_or(FreezerError::NoMount, |dir| FreezerError::NotBelow(dir.into()))
        })?;
        let dir = configured.map_or_else(|| mount.point.join("sudolog"), Path::to_path_buf);
        let name = mount.cgroup_of(&dir).ok_or_else(|| FreezerError::NotBelow(dir.clone()))?;
        fs::create_dir_all(&dir).map_err(|source| at(&dir, source))?;
        if !dir.join("cgroup.kill").exists() {
            return Err(FreezerError::NoKill(dir));
        }
        if favor {
            favor_dynamic(&mount);
        }
        let root = Self { dir, name };
        root.sweep();
        Ok(root)
    }

    /// Makes the cgroup of a session. Blocks for about 0.1 ms.
    pub(crate) fn make(&self, id: SessionId) -> io::Result<Group> {
        let dir = self.dir.join(id.to_string());
        fs::create_dir(&dir)?;
        Ok(Group { dir, events: None })
    }

    /// The session in whose cgroup a process is, by its `/proc/PID/cgroup`.
    pub(crate) fn session_of(&self, proc_cgroup: &str) -> Option<SessionId> {
        let name = proc_cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
        let below = name.strip_prefix(&self.name)?.strip_prefix('/')?;
        below.split('/').next()?.parse().ok()
    }

    fn sweep(&self) {
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<SessionId>().ok()) else {
                continue;
            };
            match fs::remove_dir(entry.path()) {
                Ok(()) => info!(session = %id, "removed the empty cgroup of an earlier session"),
                Err(error) => warn!(
                    session = %id, %error,
                    "processes of an earlier session are left in its cgroup"
                ),
            }
        }
    }
}

/// The cgroup of one session.
#[derive(Debug)]
pub(crate) struct Group {
    dir: PathBuf,
    /// Open from the first time that somebody wants to know.
    events: Option<AsyncFd<File>>,
}

impl Group {
    /// The directory, for the plugin.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Orders all processes to stop or to go on; [`changed`](Self::changed) tells when they have.
    pub(crate) fn freeze(&mut self, frozen: bool) -> io::Result<()> {
        self.watch()?;
        fs::write(self.dir.join("cgroup.freeze"), if frozen { "1" } else { "0" })
    }

    /// Kills all processes, frozen or not.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.watch()?;
        fs::write(self.dir.join("cgroup.kill"), "1")
    }

    /// Watches `cgroup.events` from now on.
    pub(crate) fn watch(&mut self) -> io::Result<()> {
        if self.events.is_none() {
            self.events = Some(watched(File::open(self.dir.join("cgroup.events"))?)?);
        }
        Ok(())
    }

    /// True when the order to stop is no longer there: somebody else took it back.
    pub(crate) fn was_thawed(&self) -> bool {
        fs::read_to_string(self.dir.join("cgroup.freeze")).is_ok_and(|text| text.trim() == "0")
    }

    /// The state now.
    pub(crate) fn state(&self) -> io::Result<GroupState> {
        let mut text = String::new();
        match &self.events {
            Some(events) => {
                let mut file = events.get_ref();
                file.rewind()?;
                file.read_to_string(&mut text)?;
            }
            None => text = fs::read_to_string(self.dir.join("cgroup.events"))?,
        }
        Ok(parse_events(&text))
    }

    /// Waits for a change; for ever when nothing is [watched](Self::watch).
    pub(crate) async fn changed(&self) {
        let Some(events) = &self.events else { return std::future::pending().await };
        if let Ok(mut guard) = events.ready(Interest::PRIORITY).await {
            guard.clear_ready();
        }
    }

    /// Removes the directory, which must be empty of processes, and those that somebody made in it.
    pub(crate) fn remove(self) -> io::Result<()> {
        let dir = self.dir;
        drop(self.events);
        remove_below(&dir, NESTED_MAX);
        fs::remove_dir(dir)
    }
}

/// What cannot be removed is said when its parent cannot be.
fn remove_below(dir: &Path, depth: usize) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        if depth > 0 {
            remove_below(&entry.path(), depth - 1);
        }
        let _ = fs::remove_dir(entry.path());
    }
}

/// Levels of cgroups that somebody made inside a session's.
const NESTED_MAX: usize = 16;

/// The kernel reports a change of such a file as priority data (poll(2), POLLPRI).
#[expect(
    deprecated,
    reason = "the new name is unsafe because a descriptor might change under it; a File's cannot"
)]
fn watched(file: File) -> io::Result<AsyncFd<File>> {
    AsyncFd::with_interest(file, Interest::PRIORITY)
}

/// Never fatal: without it everything works, but starts are slower.
fn favor_dynamic(mount: &Mount) {
    match mount.favor_dynamic() {
        Ok(true) => info!(
            mount = %mount.point.display(),
            "set favordynmods on cgroup2, so that a session starts 6 to 24 ms sooner; forks and \
             exits on this host become slightly slower; favordynmods = false leaves it alone"
        ),
        Ok(false) => {}
        Err(error) => warn!(
            mount = %mount.point.display(), %error,
            "cannot set favordynmods on cgroup2: each session starts 6 to 24 ms later"
        ),
    }
}

fn parse_events(text: &str) -> GroupState {
    let is_set = |name: &str| {
        text.lines().filter_map(|line| line.split_once(' ')).any(|(key, v)| key == name && v == "1")
    };
    GroupState { populated: is_set("populated"), frozen: is_set("frozen") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_found_by_its_cgroup_only() {
        let root = Root { dir: "/sys/fs/cgroup/sudolog".into(), name: "/sudolog".into() };
        let id = SessionId::v7(5, [1; 10]);
        for (text, want) in [
            (format!("0::/sudolog/{id}\n"), Some(id)),
            (format!("12:cpu:/x\n0::/sudolog/{id}/inner\n"), Some(id)),
            (format!("3:cpu:/sudolog/{id}\n0::/user.slice\n"), None),
            (format!("0::/other/sudolog/{id}\n"), None),
            (format!("0::/sudologger/{id}\n"), None),
            ("0::/sudolog\n".to_owned(), None),
            ("0::/sudolog/../x\n".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(root.session_of(&text), want, "{text}");
        }
    }

    #[test]
    fn events_are_read() {
        let state = parse_events("populated 1\nfrozen 0\n");
        assert_eq!(state, GroupState { populated: true, frozen: false });
        assert!(parse_events("frozen 1\n").frozen);
        assert_eq!(parse_events("populated 10\n"), GroupState::default());
    }
}

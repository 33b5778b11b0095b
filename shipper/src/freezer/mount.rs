//! Where cgroup v2 is mounted, and the mount option that makes joining a cgroup cheap.

use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{FsPickFlags, fsconfig_reconfigure, fsconfig_set_flag, fspick};

/// One cgroup2 mount, as `/proc/self/mountinfo` describes it (`proc_pid_mountinfo(5)`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    /// Where it is mounted.
    pub(super) point: PathBuf,
    /// Which cgroup is mounted there; `/` but inside containers.
    pub(super) cgroup: String,
    /// Options of the file system itself, for the whole host.
    pub(super) options: Vec<String>,
}

impl Mount {
    /// The cgroup2 mount that contains `path`, or the first one.
    pub(super) fn find(mountinfo: &str, path: Option<&Path>) -> Option<Self> {
        let mounts = mountinfo.lines().filter_map(parse_line);
        match path {
            None => mounts.into_iter().next(),
            Some(path) => mounts
                .filter(|mount| path.starts_with(&mount.point))
                .max_by_key(|mount| mount.point.as_os_str().len()),
        }
    }

    /// The name in `/proc/PID/cgroup` of a directory below this mount.
    pub(super) fn cgroup_of(&self, dir: &Path) -> Option<String> {
        let below = dir.strip_prefix(&self.point).ok()?.to_str()?;
        Some(format!("{}/{below}", self.cgroup.trim_end_matches('/')))
    }

    /// Sets `favordynmods` (cgroups(7), Linux 6.0). Without it the first join of a cgroup waits
    /// for a grace period of the kernel, 6 to 24 ms, on every start of a session; with it 0.1 ms.
    /// The price is paid host-wide: each fork and exit of a process becomes a little slower.
    /// Returns false when it was set already.
    pub(super) fn favor_dynamic(&self) -> std::io::Result<bool> {
        if self.options.iter().any(|option| option == FAVOR) {
            return Ok(false);
        }
        let handle = fspick(CWD, &self.point, FsPickFlags::FSPICK_CLOEXEC)?;
        // Reconfiguring clears what is not named, so the present options are named again.
        for option in self.options.iter().filter(|option| KEPT.contains(&option.as_str())) {
            fsconfig_set_flag(&handle, option.as_str())?;
        }
        fsconfig_set_flag(&handle, FAVOR)?;
        fsconfig_reconfigure(&handle)?;
        Ok(true)
    }
}

fn parse_line(line: &str) -> Option<Mount> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (cgroup, point) = (mount.next()?, mount.next()?);
    let mut file_system = file_system.split(' ');
    if file_system.next()? != "cgroup2" {
        return None;
    }
    let options = file_system.nth(1)?.split(',').map(str::to_owned).collect();
    Some(Mount { point: unescape(point).into(), cgroup: unescape(cgroup), options })
}

/// Space, tab, newline and backslash are written as `\` and three octal digits.
fn unescape(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

const FAVOR: &str = "favordynmods";
/// Options of cgroup2 that are flags.
const KEPT: [&str; 6] = [
    "nsdelegate",
    "memory_localevents",
    "memory_recursiveprot",
    "memory_hugetlb_accounting",
    "pids_localevents",
    FAVOR,
];

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
24 1 0:22 / /proc rw,relatime - proc proc rw
30 24 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:28 / /sys/fs/cgroup/unified rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
32 30 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
33 24 0:28 /box /mnt/a\\040b rw - cgroup2 none rw,favordynmods
";

    #[test]
    fn finds_the_mount_of_a_hybrid_host() {
        let mount = Mount::find(HYBRID, None).unwrap();
        assert_eq!(mount.point, Path::new("/sys/fs/cgroup/unified"));
        assert_eq!(mount.options, ["rw", "nsdelegate"]);
        let dir = mount.point.join("sudolog/x");
        assert_eq!(mount.cgroup_of(&dir).as_deref(), Some("/sudolog/x"));
    }

    #[test]
    fn finds_the_mount_of_a_path() {
        let path = Path::new("/mnt/a b/sudolog");
        let mount = Mount::find(HYBRID, Some(path)).unwrap();
        assert_eq!(mount.cgroup_of(path).as_deref(), Some("/box/sudolog"));
        assert_eq!(Mount::find(HYBRID, Some(Path::new("/sys/fs/cgroup/cpu/x"))), None);
    }

    #[test]
    fn torn_lines_are_skipped() {
        for text in ["", "31 30", "31 30 0:28 / /x rw - cgroup2", " - cgroup2 a b"] {
            assert_eq!(Mount::find(text, None), None, "{text}");
        }
    }
}

//! Who comes from sudo, by `/proc`: for what lives outside the session's cgroup.

use std::fs;

use sudolog_core::process::ProcessStat;

/// Process ids of everything that descends from process `of` now; a process whose parent has died is
/// nobody's descendant any more.
pub(crate) fn descendants(of: i32) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parents = pids.filter_map(|pid: i32| Some((pid, stat(pid)?.parent)));
    below(of, &parents.collect::<Vec<_>>())
}

/// The process that made another one, or has taken it over.
pub(crate) fn parent(pid: i32) -> Option<i32> {
    stat(pid).map(|stat| stat.parent)
}

/// The process group in the foreground of a process's terminal, when it has one.
pub(crate) fn foreground_group(pid: i32) -> Option<i32> {
    stat(pid).map(|stat| stat.foreground).filter(|group| *group > 0)
}

fn stat(pid: i32) -> Option<ProcessStat> {
    ProcessStat::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

fn below(of: i32, parents: &[(i32, i32)]) -> Vec<i32> {
    let mut found: Vec<i32> = Vec::new();
    let mut next = vec![of];
    while let Some(parent) = next.pop() {
        for (pid, of) in parents {
            if *of == parent && !found.contains(pid) {
                found.push(*pid);
                next.push(*pid);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_of_children_belong_to_it() {
        let parents = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (1, 1)];
        let mut found = below(2, &parents);
        found.sort_unstable();
        assert_eq!(found, [3, 4]);
    }

    #[test]
    fn this_process_has_a_child_when_it_starts_one() {
        let mut child = std::process::Command::new("sleep").arg("9").spawn().unwrap();
        let id = i32::try_from(child.id()).unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(descendants(own).contains(&id));
        assert_eq!(parent(id), Some(own));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

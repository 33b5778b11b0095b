//! Who comes from sudo, by `/proc`: for what lives outside the session's cgroup.

use std::fs;

/// Process ids of everything that descends from process `of` now; a process whose parent has died is
/// nobody's descendant any more.
pub(crate) fn descendants(of: i32) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parents = pids.filter_map(|pid: i32| Some((pid, *stat(pid)?.first()?)));
    below(of, &parents.collect::<Vec<_>>())
}

/// The process group in the foreground of a process's terminal, when it has one.
pub(crate) fn foreground_group(pid: i32) -> Option<i32> {
    stat(pid)?.get(4).copied().filter(|group| *group > 0)
}

/// Fields 4 to 8 of `/proc/PID/stat` (`proc(5)`): parent, group, session, terminal, the terminal's
/// foreground group.
fn stat(pid: i32) -> Option<Vec<i32>> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name before them stands in parentheses and may hold anything.
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let rest = String::from_utf8_lossy(text.get(end + 1..)?).into_owned();
    rest.split_ascii_whitespace().skip(1).take(5).map(|field| field.parse().ok()).collect()
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
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

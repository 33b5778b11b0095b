//! Which processes belong to a session though they are not in its cgroup. Pure: a census of the host
//! goes in, what is new comes out.
//!
//! A process belongs to a session when it was seen in the session's cgroup, or was born to its sudo or
//! to one that belongs, and stays so when its parent dies or it moves elsewhere. Where the kernel does
//! not tell births, one that leaves and loses its parent between two looks is not seen:
//! `docs/threat-model.md`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sudolog_core::process::ProcessStat;
use sudolog_core::session::SessionId;

/// All processes of the host at one moment.
#[derive(Debug, Default)]
pub(super) struct Census {
    /// By process id.
    pub(super) processes: BTreeMap<i32, ProcessStat>,
    /// Process ids in the cgroup of a session, whichever.
    pub(super) inside: HashMap<i32, SessionId>,
    /// The session inside which each was started, where there is one.
    pub(super) parents: HashMap<SessionId, Option<SessionId>>,
}

impl Census {
    /// True when `inner` is `outer`, or was started somewhere inside it. A place that only looks like
    /// that of a session is inside nothing.
    pub(super) fn is_below(&self, inner: SessionId, outer: SessionId) -> bool {
        let up = |id: &SessionId| self.parents.get(id).copied().flatten();
        let mut line = std::iter::successors(Some(inner), up).take(NESTING_MAX);
        line.any(|id| id == outer) && self.parents.contains_key(&inner)
    }
}

/// The processes of one session.
#[derive(Debug)]
pub(super) struct Family {
    id: SessionId,
    origin: Origin,
    /// When its sudo started, once it was seen; what has its number later is another process.
    sudo_start: Option<u64>,
    /// Process id and start of everything that belongs and lives.
    known: BTreeMap<i32, u64>,
    /// Those of them that are outside the cgroup.
    outside: BTreeSet<i32>,
    /// Terminals that were seen inside.
    terminals: BTreeSet<i32>,
}

/// The sudo of a session, which does not belong to it. What it runs does: its child, or, on a terminal,
/// the child of its monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Process id of sudo.
    pub(crate) sudo: i32,
    /// It has a terminal, and so a monitor.
    pub(crate) terminal: bool,
    /// The session inside which it was called.
    pub(crate) parent: Option<SessionId>,
}

/// A process that has left the session's cgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outsider {
    pub(super) pid: i32,
    /// It has the session's terminal, as a shell has that something moved: it belongs back.
    pub(super) on_terminal: bool,
}

impl Family {
    /// A session that has just been opened.
    pub(super) fn new(id: SessionId, origin: Origin) -> Self {
        Self {
            id,
            origin,
            sudo_start: None,
            known: BTreeMap::new(),
            outside: BTreeSet::new(),
            terminals: BTreeSet::new(),
        }
    }

    /// Takes a census. Gives those outside that were not outside before.
    pub(super) fn update(&mut self, census: &Census) -> Vec<Outsider> {
        let lives = |pid: i32, start| {
            census.processes.get(&pid).is_some_and(|stat| stat.start_ticks == start)
        };
        self.known.retain(|pid, start| lives(*pid, *start));
        let sudo = census.processes.get(&self.origin.sudo).map(|stat| stat.start_ticks);
        self.sudo_start = self.sudo_start.or(sudo);
        for (pid, stat) in &census.processes {
            if census.inside.get(pid) == Some(&self.id) {
                self.known.insert(*pid, stat.start_ticks);
                if stat.terminal != 0 {
                    self.terminals.insert(stat.terminal);
                }
            }
        }
        while self.adopt_children(census) {}
        // The terminal that sudo made is its monitor's.
        let monitors = census.processes.values().filter(|stat| self.is_sudo(stat.parent, census));
        let monitors: Vec<_> = monitors.collect();
        self.terminals.extend(monitors.iter().map(|stat| stat.terminal).filter(|t| *t != 0));
        let inside = |id: &SessionId| census.is_below(*id, self.id);
        let out = |pid: &i32| !census.inside.get(pid).is_some_and(inside);
        let outside: BTreeSet<i32> = self.known.keys().copied().filter(|pid| out(pid)).collect();
        let new = outside.difference(&self.outside).filter_map(|pid| {
            let stat = census.processes.get(pid).filter(|stat| stat.state != b'Z')?;
            let on_terminal = self.terminals.contains(&stat.terminal);
            Some(Outsider { pid: *pid, on_terminal })
        });
        let new = new.collect();
        self.outside = outside;
        new
    }

    /// A process was born to one that belongs, or to the sudo itself as its command.
    pub(super) fn adopt(&mut self, pid: i32, start_ticks: u64) {
        self.known.insert(pid, start_ticks);
    }

    /// The session.
    pub(super) fn id(&self) -> SessionId {
        self.id
    }

    /// All that belongs, as far as it is known, with its start.
    pub(super) fn known(&self) -> impl Iterator<Item = (i32, u64)> {
        self.known.iter().map(|(pid, start)| (*pid, *start))
    }

    /// Process ids of all that belongs, as far as it is known.
    pub(super) fn members(&self) -> impl Iterator<Item = i32> {
        self.known.keys().copied()
    }

    /// Process id of the session's sudo.
    pub(super) fn sudo(&self) -> i32 {
        self.origin.sudo
    }

    /// The session inside which its sudo was called.
    pub(super) fn parent(&self) -> Option<SessionId> {
        self.origin.parent
    }

    /// A process that only looked as if it were outside.
    pub(super) fn readmit(&mut self, pid: i32) {
        self.outside.remove(&pid);
    }

    /// Those outside, as of the last census, with their start.
    pub(super) fn outside(&self) -> impl Iterator<Item = (i32, u64)> {
        self.outside.iter().filter_map(|pid| Some((*pid, *self.known.get(pid)?)))
    }

    /// Takes in children of those that belong; true when there were some.
    fn adopt_children(&mut self, census: &Census) -> bool {
        let children = census.processes.iter().filter(|(pid, stat)| {
            // What another session has is that session's.
            let taken = census
                .inside
                .get(pid)
                .is_some_and(|id| *id != self.id && census.is_below(*id, self.id));
            !taken && !self.known.contains_key(pid) && self.is_parent(stat.parent, census)
        });
        let children: Vec<(i32, u64)> =
            children.map(|(pid, stat)| (*pid, stat.start_ticks)).collect();
        let any = !children.is_empty();
        self.known.extend(children);
        any
    }

    fn is_sudo(&self, pid: i32, census: &Census) -> bool {
        let start = census.processes.get(&pid).map(|stat| stat.start_ticks);
        pid == self.origin.sudo && start.is_none_or(|start| self.sudo_start == Some(start))
    }

    fn is_parent(&self, parent: i32, census: &Census) -> bool {
        if self.known.contains_key(&parent) {
            return true;
        }
        let Origin { sudo, terminal, .. } = self.origin;
        if !terminal {
            return self.is_sudo(parent, census);
        }
        // A monitor has a terminal of its own; what PAM starts has not.
        let terminal_of = |pid| census.processes.get(&pid).map(|stat| stat.terminal);
        census.processes.get(&parent).is_some_and(|stat| {
            self.is_sudo(stat.parent, census)
                && stat.terminal != 0
                && Some(stat.terminal) != terminal_of(sudo)
        })
    }
}

/// Nobody calls sudo in sudo more often.
const NESTING_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const TTY: i32 = 34816;
    const ORIGIN: Origin = Origin { sudo: 5, terminal: true, parent: None };

    fn id(number: u8) -> SessionId {
        SessionId::from_bytes([number; 16])
    }

    /// Rows: process id, parent, terminal, and the session in whose cgroup it is (0 for none).
    fn census(rows: &[(i32, i32, i32, u8)]) -> Census {
        let stat = |parent, terminal| ProcessStat {
            state: b'S',
            parent,
            group: 1,
            terminal,
            foreground: 1,
            start_ticks: 7,
        };
        Census {
            processes: rows.iter().map(|(pid, p, t, _)| (*pid, stat(*p, *t))).collect(),
            inside: rows.iter().filter(|r| r.3 != 0).map(|r| (r.0, id(r.3))).collect(),
            // The second session was started inside the first; nobody started the others.
            parents: [(id(1), None), (id(2), Some(id(1))), (id(3), None)].into(),
        }
    }

    fn pids(outsiders: Vec<Outsider>) -> Vec<(i32, bool)> {
        outsiders.into_iter().map(|o| (o.pid, o.on_terminal)).collect()
    }

    #[test]
    fn who_moves_out_is_seen_once_and_with_its_children() {
        let mut family = Family::new(id(1), ORIGIN);
        assert_eq!(pids(family.update(&census(&[(10, 1, TTY, 1), (11, 10, TTY, 1)]))), []);
        let moved = census(&[(10, 1, TTY, 1), (11, 10, TTY, 0), (12, 11, 0, 0), (99, 1, 0, 0)]);
        assert_eq!(pids(family.update(&moved)), [(11, true), (12, false)]);
        assert_eq!(pids(family.update(&moved)), []);
        let orphan = census(&[(12, 1, 0, 0), (13, 12, 0, 0)]);
        assert_eq!(pids(family.update(&orphan)), [(13, false)], "a lost parent changes nothing");
        assert_eq!(family.outside().collect::<Vec<_>>(), [(12, 7), (13, 7)]);
    }

    #[test]
    fn a_number_used_again_is_another_process() {
        let mut family = Family::new(id(1), ORIGIN);
        family.update(&census(&[(10, 1, 0, 1)]));
        let mut again = census(&[(10, 1, 0, 0)]);
        again.processes.get_mut(&10).unwrap().start_ticks = 8;
        assert_eq!(pids(family.update(&again)), []);
    }

    #[test]
    fn who_has_the_number_of_a_sudo_that_is_gone_is_nobody_here() {
        let mut family = Family::new(id(1), Origin { terminal: false, ..ORIGIN });
        assert_eq!(pids(family.update(&census(&[(5, 1, TTY, 0), (6, 5, 0, 1)]))), []);
        let mut later = census(&[(5, 1, TTY, 0), (6, 1, 0, 1), (7, 5, 0, 0)]);
        later.processes.get_mut(&5).unwrap().start_ticks = 8;
        assert_eq!(pids(family.update(&later)), []);
        assert_eq!(family.members().collect::<Vec<_>>(), [6]);
    }

    #[test]
    fn a_nested_session_is_its_own() {
        let mut outer = Family::new(id(1), ORIGIN);
        // 20 and 21 are the inner sudo and its monitor, 22 the inner command.
        let rows = [(10, 1, TTY, 1), (20, 10, TTY, 1), (21, 20, TTY, 1), (22, 21, TTY, 2)];
        assert_eq!(pids(outer.update(&census(&rows))), []);
    }

    #[test]
    fn another_sessions_cgroup_or_a_made_up_one_is_outside() {
        let mut family = Family::new(id(1), ORIGIN);
        family.update(&census(&[(10, 1, TTY, 1), (11, 10, 0, 1), (12, 10, 0, 1)]));
        let moved = census(&[(10, 1, TTY, 1), (11, 10, 0, 3), (12, 10, 0, 9)]);
        assert_eq!(pids(family.update(&moved)), [(11, false), (12, false)]);
        assert_eq!(pids(family.update(&census(&[(11, 1, 0, 2)]))), [], "a session inside this one");
    }

    #[test]
    fn what_sudo_runs_belongs_though_it_was_never_seen_inside() {
        let own = TTY + 1;
        let mut family = Family::new(id(1), ORIGIN);
        let rows = [(5, 1, TTY, 0), (6, 5, own, 0), (7, 6, own, 0), (8, 7, own, 0), (9, 1, TTY, 0)];
        assert_eq!(pids(family.update(&census(&rows))), [(7, true), (8, true)]);
        let mut family = Family::new(id(1), ORIGIN);
        let rows = [(5, 1, TTY, 0), (6, 5, TTY, 0), (7, 6, TTY, 0), (9, 1, TTY, 0)];
        assert_eq!(pids(family.update(&census(&rows))), [], "a helper of PAM");
        let mut family = Family::new(id(1), Origin { terminal: false, ..ORIGIN });
        assert_eq!(pids(family.update(&census(&rows))), [(6, true), (7, true)]);
    }
}

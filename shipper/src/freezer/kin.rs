//! Whose children new processes are: lineage as it is told birth by birth. Pure.
//!
//! Unlike a census it misses nobody whose parent died a moment later. What was told too much at once
//! is made good from the next census.

use std::collections::HashMap;

use sudolog_core::session::SessionId;

use super::family::Origin;

/// Process ids, and the session to which each belongs or is to belong.
#[derive(Debug, Default)]
pub(super) struct Kin {
    sudos: HashMap<i32, (SessionId, bool)>,
    /// Children of a sudo on a terminal: its monitor, whose child is the command, or a helper of PAM.
    stems: HashMap<i32, (SessionId, i32)>,
    members: HashMap<i32, SessionId>,
}

impl Kin {
    /// A session opens.
    pub(super) fn open(&mut self, id: SessionId, origin: Origin) {
        self.sudos.insert(origin.sudo, (id, origin.terminal));
    }

    /// A session is over.
    pub(super) fn close(&mut self, id: SessionId) {
        self.sudos.retain(|_, (of, _)| *of != id);
        self.stems.retain(|_, (of, _)| *of != id);
        self.members.retain(|_, of| *of != id);
    }

    /// A process is known to belong to a session.
    pub(super) fn add(&mut self, pid: i32, id: SessionId) {
        self.members.entry(pid).or_insert(id);
    }

    /// A process was born. Gives the session to which it belongs. `terminal` tells a living process's
    /// terminal.
    pub(super) fn born(
        &mut self,
        parent: i32,
        child: i32,
        terminal: impl Fn(i32) -> Option<i32>,
    ) -> Option<SessionId> {
        let mut belongs = None;
        if let Some((id, on_terminal)) = self.sudos.get(&parent) {
            if *on_terminal {
                self.stems.insert(child, (*id, parent));
            } else {
                belongs = Some(*id);
            }
        } else if let Some((id, sudo)) = self.stems.get(&parent) {
            // A monitor has a terminal of its own.
            let own = terminal(parent);
            if own.is_some_and(|own| own != 0) && own != terminal(*sudo) {
                belongs = Some(*id);
            }
        }
        let id = belongs.or_else(|| self.members.get(&parent).copied())?;
        self.members.insert(child, id);
        Some(id)
    }

    /// A process is gone; its children were told before.
    pub(super) fn died(&mut self, pid: i32) {
        self.sudos.remove(&pid);
        self.stems.remove(&pid);
        self.members.remove(&pid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTY: i32 = 34816;

    fn terminals(pid: i32) -> Option<i32> {
        match pid {
            5 | 6 => Some(TTY),
            7 => Some(TTY + 1),
            _ => Some(0),
        }
    }

    #[test]
    fn the_command_and_all_below_belong_and_monitor_and_helpers_do_not() {
        let (id, mut kin) = (SessionId::from_bytes([1; 16]), Kin::default());
        kin.open(id, Origin { sudo: 5, terminal: true, parent: None });
        assert_eq!(kin.born(5, 6, terminals), None, "a helper of PAM");
        assert_eq!(kin.born(6, 60, terminals), None);
        assert_eq!(kin.born(5, 7, terminals), None, "the monitor");
        assert_eq!(kin.born(7, 8, terminals), Some(id), "the command");
        assert_eq!(kin.born(8, 9, terminals), Some(id));
        kin.died(8);
        assert_eq!(kin.born(9, 10, terminals), Some(id), "an orphan's child");
        assert_eq!(kin.born(1, 11, terminals), None);
        kin.died(5);
        assert_eq!(kin.born(5, 17, terminals), None);
        assert_eq!(kin.born(17, 18, terminals), None, "the number of a sudo that is gone");
        kin.close(id);
        assert_eq!(kin.born(9, 12, terminals), None);
    }

    #[test]
    fn an_inner_sudo_opens_a_family_of_its_own() {
        let (outer, inner) = (SessionId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        let mut kin = Kin::default();
        kin.open(outer, Origin { sudo: 3, terminal: false, parent: None });
        assert_eq!(kin.born(3, 4, terminals), Some(outer));
        assert_eq!(kin.born(4, 5, terminals), Some(outer), "the inner sudo");
        kin.open(inner, Origin { sudo: 5, terminal: false, parent: None });
        assert_eq!(kin.born(5, 20, terminals), Some(inner));
    }
}

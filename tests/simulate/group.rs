//! A session's cgroup and the command in it.

/// Processes of one session.
#[derive(Debug, Default)]
pub struct Group {
    /// What `cgroup.freeze` says.
    flag: bool,
    /// From then on what it says is so; until then it is as it was.
    settles_at: u64,
    was: bool,
    populated: bool,
    /// How often somebody wrote a 0 where there was a 1.
    pub thaws: u64,
}

impl Group {
    /// The command is born in it.
    pub fn populate(&mut self) {
        self.populated = true;
    }

    /// Somebody writes `cgroup.freeze`.
    pub fn order(&mut self, now: u64, settles_at: u64, frozen: bool) {
        self.thaws += u64::from(self.flag && !frozen);
        self.was = self.is_frozen(now);
        (self.flag, self.settles_at) = (frozen, settles_at);
    }

    /// Somebody writes `cgroup.kill`, or the command ended; true when there was one.
    pub fn kill(&mut self, _now: u64) -> bool {
        std::mem::replace(&mut self.populated, false)
    }

    /// What `cgroup.events` says.
    pub fn is_frozen(&self, now: u64) -> bool {
        if now >= self.settles_at { self.flag } else { self.was }
    }

    /// What `cgroup.freeze` says.
    pub fn is_ordered_frozen(&self) -> bool {
        self.flag
    }

    pub fn is_populated(&self) -> bool {
        self.populated
    }

    /// The command gets processor time.
    pub fn runs(&self, now: u64) -> bool {
        self.populated && !self.is_frozen(now)
    }
}

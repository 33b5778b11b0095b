//! What the plugin watches for by itself: a shipper that does not answer, proof that does not come, a
//! session that runs though it should not. Pure: times and facts go in, acts come out.
//!
//! The shipper freezes and thaws. The plugin only holds a session (freezes it and says so) when the
//! shipper cannot be trusted to, lets go when everything recorded until then is proven, and ends a
//! session that it had to hold for too long. Only the shipper thaws.

use std::time::{Duration, Instant};

use crate::limits::{
    ACK_DEBT, BIRTH_DEADLINE, HEARTBEAT_INTERVAL, PLUGIN_POLL, REFREEZE_AFTER, SHIPPER_SILENT,
    SHIPPER_SILENT_KILL,
};

/// The state of a session's watch.
#[derive(Debug)]
pub struct Vigil {
    began_at: Instant,
    turned_at: Instant,
    heard_at: Instant,
    /// Since when the shipper has not been silent.
    awake_since: Instant,
    beat_at: Instant,
    beats: u64,
    /// The shipper said that the session is frozen.
    told_frozen: bool,
    /// Since when it is said to be frozen and runs all the same.
    loose_since: Option<Instant>,
    hold: Option<Hold>,
}

/// A freeze of the plugin's own.
#[derive(Clone, Copy, Debug)]
struct Hold {
    since: Instant,
    cause: Cause,
    /// Everything up to here must be proven before it ends.
    head: u64,
    /// When it was first seen to run all the same: somebody thaws it.
    contested_at: Option<Instant>,
}

/// What the vigil looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Since when proof is owed.
    pub debt_since: Option<Instant>,
    /// Number of the last event.
    pub head: u64,
    /// Number of the last event that is proven.
    pub acked: u64,
    /// The cgroup says that nothing in it runs, or nothing is in it.
    pub still: bool,
    /// The command was born inside the cgroup.
    pub born: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Send HEARTBEAT with this nonce.
    Beat(u64),
    /// Freeze the session and say so.
    Hold(Cause),
    /// Freeze it again: it should stand still and does not.
    Refreeze,
    /// Tell the shipper that the hold is over.
    Release,
    /// End the session.
    End(Cause),
}

/// Why the plugin acts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The shipper was not heard for [`SHIPPER_SILENT`].
    Silence,
    /// Proof is owed for [`ACK_DEBT`], and the shipper lets the session run.
    Debt,
    /// The session is said to be frozen and runs.
    Loose,
    /// The command did not come up inside its cgroup.
    Unborn,
}

impl Cause {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Silence => "the shipper does not answer",
            Self::Debt => {
                "the log server does not acknowledge and the shipper lets the command run"
            }
            Self::Loose => "the command runs though it is said to be frozen",
            Self::Unborn => "the command is not in its cgroup, where it could be stopped",
        }
    }
}

impl Vigil {
    /// Begins when the command is about to run.
    pub fn new(now: Instant) -> Self {
        Self {
            began_at: now,
            turned_at: now,
            heard_at: now,
            awake_since: now,
            beat_at: now,
            beats: 0,
            told_frozen: false,
            loose_since: None,
            hold: None,
        }
    }

    /// Something came from the shipper.
    pub fn hear(&mut self, now: Instant) {
        if self.is_silent(now) {
            self.awake_since = now;
        }
        self.heard_at = now;
    }

    /// The shipper says that the session is frozen, or is not any more.
    pub fn told(&mut self, frozen: bool) {
        self.told_frozen = frozen;
        self.loose_since = None;
    }

    /// True while the session should stand still, whoever wants it.
    pub fn is_frozen(&self) -> bool {
        self.told_frozen || self.hold.is_some()
    }

    /// How long the next turn may be waited for.
    pub fn patience(&self, now: Instant) -> Duration {
        let silent = self.heard_at + SHIPPER_SILENT;
        let next = self.beat_at.min(if self.hold.is_some() { self.beat_at } else { silent });
        next.saturating_duration_since(now).min(PLUGIN_POLL)
    }

    /// Looks at everything once; call it at least every [`patience`](Self::patience).
    pub fn turn(&mut self, now: Instant, facts: &Facts) -> Vec<Act> {
        self.forgive_sleep(now);
        let mut acts = Vec::new();
        if now >= self.beat_at {
            self.beats += 1;
            self.beat_at = now + HEARTBEAT_INTERVAL;
            acts.push(Act::Beat(self.beats));
        }
        if !facts.born && now >= self.began_at + BIRTH_DEADLINE {
            acts.push(Act::End(Cause::Unborn));
            return acts;
        }
        match self.hold {
            Some(hold) => acts.extend(self.holding(now, facts, hold)),
            None => {
                if let Some(cause) = self.cause(now, facts) {
                    let (head, contested_at) = (facts.head, None);
                    self.hold = Some(Hold { since: now, cause, head, contested_at });
                    acts.push(Act::Hold(cause));
                }
            }
        }
        acts
    }

    /// Time in which this thread did not run (the whole sudo was stopped, the machine slept) is
    /// nobody's silence.
    fn forgive_sleep(&mut self, now: Instant) {
        let slept = now.saturating_duration_since(self.turned_at);
        if slept > 3 * PLUGIN_POLL {
            let forgiven = slept - PLUGIN_POLL;
            self.heard_at = now.min(self.heard_at + forgiven);
            self.began_at = now.min(self.began_at + forgiven);
            self.loose_since = None;
            self.awake_since = now.min(self.awake_since + forgiven);
            if let Some(hold) = &mut self.hold {
                hold.since = now.min(hold.since + forgiven);
                hold.contested_at = None;
            }
        }
        self.turned_at = now;
    }

    /// It is over when all is proven that was owed. A shipper that is heard and says that it has
    /// frozen the session carries on from here; one that is silent, does not say so, or lets the
    /// session run again and again does not.
    fn holding(&mut self, now: Instant, facts: &Facts, mut hold: Hold) -> Option<Act> {
        if facts.acked >= hold.head && self.cause(now, facts).is_none() {
            self.hold = None;
            return Some(Act::Release);
        }
        if !facts.still && now > hold.since {
            // What it does meanwhile must be proven too.
            hold.head = facts.head;
            hold.contested_at.get_or_insert(now);
            self.hold = Some(hold);
        }
        let is_dumb =
            !self.told_frozen && now >= hold.since.max(self.awake_since) + SHIPPER_SILENT_KILL;
        let is_dead = now >= self.heard_at + SHIPPER_SILENT + SHIPPER_SILENT_KILL;
        let contested = hold.contested_at.filter(|_| !facts.still);
        if is_dumb || is_dead || contested.is_some_and(|at| now >= at + SHIPPER_SILENT_KILL) {
            return Some(Act::End(hold.cause));
        }
        (!facts.still).then_some(Act::Refreeze)
    }

    fn is_silent(&self, now: Instant) -> bool {
        now >= self.heard_at + SHIPPER_SILENT
    }

    fn cause(&mut self, now: Instant, facts: &Facts) -> Option<Cause> {
        if self.is_silent(now) {
            return Some(Cause::Silence);
        }
        if self.told_frozen {
            if facts.still {
                self.loose_since = None;
                return None;
            }
            let since = *self.loose_since.get_or_insert(now);
            return (now >= since + REFREEZE_AFTER).then_some(Cause::Loose);
        }
        // Half a second later than the shipper, which decides by the same rule.
        let patience = ACK_DEBT + Duration::from_millis(500);
        facts.debt_since.is_some_and(|since| now >= since + patience).then_some(Cause::Debt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;
    const WELL: Facts = Facts { debt_since: None, head: 0, acked: 0, still: false, born: true };

    /// Turns every 50 ms until `until`, with `facts` and a shipper that is heard while `heard`;
    /// gives what was done and when, heartbeats left out.
    fn watch(
        vigil: &mut Vigil,
        from: u64,
        until: u64,
        t: Instant,
        heard: bool,
        facts: Facts,
    ) -> Vec<(u64, Act)> {
        let mut done = Vec::new();
        for ms in (from..=until).step_by(50) {
            let now = t + MS(ms);
            if heard {
                vigil.hear(now);
            }
            let acts = vigil.turn(now, &facts);
            done.extend(acts.into_iter().filter(|a| !matches!(a, Act::Beat(_))).map(|a| (ms, a)));
        }
        done
    }

    #[test]
    fn heartbeats_keep_their_interval() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        let beats: Vec<_> = (0..=2000)
            .step_by(50)
            .filter(|ms| {
                vigil.hear(t + MS(*ms));
                !vigil.turn(t + MS(*ms), &WELL).is_empty()
            })
            .collect();
        assert_eq!(beats, [0, 400, 800, 1200, 1600, 2000]);
    }

    #[test]
    fn a_silent_shipper_means_a_hold_and_then_the_end() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        assert_eq!(watch(&mut vigil, 0, 1000, t, true, WELL), []);
        let still = Facts { still: true, ..WELL };
        let done = watch(&mut vigil, 1050, 6800, t, false, still);
        assert_eq!(done[0], (1800, Act::Hold(Cause::Silence)));
        assert_eq!(done[1], (6800, Act::End(Cause::Silence)));
    }

    #[test]
    fn a_shipper_that_comes_back_ends_the_hold_when_all_is_proven() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        let owing = Facts { head: 7, acked: 5, still: true, ..WELL };
        assert_eq!(watch(&mut vigil, 0, 900, t, false, owing), [(800, Act::Hold(Cause::Silence))]);
        assert!(vigil.is_frozen());
        assert_eq!(watch(&mut vigil, 950, 1500, t, true, owing), []);
        let proven = Facts { acked: 7, ..owing };
        assert_eq!(watch(&mut vigil, 1550, 3000, t, true, proven), [(1550, Act::Release)]);
        assert!(!vigil.is_frozen());
    }

    #[test]
    fn a_shipper_that_lets_unproven_work_go_on_is_stopped() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        let owing = Facts { debt_since: Some(t), head: 3, ..WELL };
        let done = watch(&mut vigil, 0, 2600, t, true, owing);
        assert_eq!(
            done,
            [(2500, Act::Hold(Cause::Debt)), (2550, Act::Refreeze), (2600, Act::Refreeze)]
        );
        let done = watch(&mut vigil, 2650, 7500, t, true, Facts { still: true, ..owing });
        assert_eq!(done, [(7500, Act::End(Cause::Debt))]);
    }

    #[test]
    fn an_honest_shipper_that_froze_for_debt_is_left_to_it() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        vigil.told(true);
        let owing = Facts { debt_since: Some(t), head: 3, still: true, ..WELL };
        assert_eq!(watch(&mut vigil, 0, 60_000, t, true, owing), []);
        assert!(vigil.is_frozen());
    }

    #[test]
    fn frozen_in_word_only_is_noticed() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        vigil.told(true);
        let done = watch(&mut vigil, 0, 500, t, true, WELL);
        assert_eq!(done, [(450, Act::Hold(Cause::Loose)), (500, Act::Refreeze)]);
        // What it did meanwhile must be proven before the hold ends.
        let still = Facts { head: 1, still: true, ..WELL };
        watch(&mut vigil, 550, 550, t, true, Facts { head: 1, ..WELL });
        assert_eq!(watch(&mut vigil, 600, 5450, t, true, still), []);
        let done = watch(&mut vigil, 5500, 5500, t, true, WELL);
        assert_eq!(done, [(5500, Act::End(Cause::Loose))]);
    }

    #[test]
    fn a_thaw_whose_notice_was_late_ends_without_harm() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        vigil.told(true);
        assert_eq!(watch(&mut vigil, 0, 450, t, true, WELL), [(450, Act::Hold(Cause::Loose))]);
        // The shipper still calls it frozen, because the hold has made it so.
        let still = Facts { still: true, ..WELL };
        assert_eq!(watch(&mut vigil, 500, 9000, t, true, still), [(500, Act::Release)]);
        assert!(vigil.is_frozen());
        vigil.told(false);
        assert_eq!(watch(&mut vigil, 9050, 9900, t, true, WELL), []);
        assert!(!vigil.is_frozen());
    }

    #[test]
    fn a_shipper_that_wakes_and_freezes_is_left_to_it() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        let owing = Facts { head: 7, acked: 5, still: true, ..WELL };
        assert_eq!(watch(&mut vigil, 0, 900, t, false, owing), [(800, Act::Hold(Cause::Silence))]);
        vigil.hear(t + MS(950));
        vigil.told(true);
        assert_eq!(watch(&mut vigil, 950, 60_000, t, true, owing), [], "the server is away");
        let done = watch(&mut vigil, 60_050, 65_800, t, false, owing);
        assert_eq!(done, [(65_800, Act::End(Cause::Silence))], "it is silent again");
    }

    #[test]
    fn a_shipper_that_thaws_what_it_calls_frozen_is_ended() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        let owing = Facts { debt_since: Some(t), head: 3, ..WELL };
        watch(&mut vigil, 0, 2500, t, true, owing);
        vigil.told(true);
        // Still at most turns, running at others.
        for ms in (2600..7600).step_by(200) {
            watch(&mut vigil, ms, ms, t, true, Facts { still: true, ..owing });
            let done = watch(&mut vigil, ms + 100, ms + 100, t, true, owing);
            assert_eq!(done, [(ms + 100, Act::Refreeze)]);
        }
        let done = watch(&mut vigil, 7700, 7700, t, true, owing);
        assert_eq!(done, [(7700, Act::End(Cause::Debt))]);
    }

    #[test]
    fn a_thaw_on_its_way_is_not_taken_for_a_lie() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        vigil.told(true);
        assert_eq!(watch(&mut vigil, 0, 300, t, true, WELL), []);
        vigil.told(false);
        assert_eq!(watch(&mut vigil, 350, 2000, t, true, WELL), []);
    }

    #[test]
    fn a_sudo_that_was_stopped_does_not_blame_the_shipper() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        assert_eq!(watch(&mut vigil, 0, 500, t, true, WELL), []);
        assert_eq!(watch(&mut vigil, 3_600_000, 3_600_000, t, false, WELL), []);
        assert_eq!(watch(&mut vigil, 3_600_050, 3_610_000, t, true, WELL), []);
    }

    #[test]
    fn a_command_outside_its_cgroup_is_ended() {
        let t = Instant::now();
        let mut vigil = Vigil::new(t);
        let done = watch(&mut vigil, 0, 2000, t, true, Facts { born: false, ..WELL });
        assert_eq!(done, [(2000, Act::End(Cause::Unborn))]);
    }
}

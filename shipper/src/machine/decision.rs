//! The one decision (invariant I4): may a session run, must it stop, must it end?
//!
//! [`decide`] is the only place that answers; everything else gathers its [`Facts`] or carries
//! out what it says.

use std::time::{Duration, Instant};

use sudolog_core::limits::{ACK_DEBT, LINK_DEAD, SUDO_SILENT};

/// All that the decision depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// When the server was last heard, `None` while the link is up.
    pub link_lost: Option<Instant>,
    /// When the oldest event without proof was taken from the user, `None` without such an event.
    pub debt_since: Option<Instant>,
    /// When the last valid acknowledgement came; at first when the session was opened.
    pub proven_at: Instant,
    /// When the decision was last to freeze for want of proof.
    pub unproven_at: Option<Instant>,
    /// Since when the session has been frozen for want of proof.
    pub frozen_since: Option<Instant>,
    /// When sudo was last heard; `None` for whoever does not ask.
    pub sudo_heard: Option<Instant>,
    /// Not heard for this long: the session ends. `None` is never, as for a sudo that its user has
    /// suspended.
    pub silence_limit: Option<Duration>,
    /// The plugin froze the session by itself and still does.
    pub held: bool,
    /// What operators ordered.
    pub orders: Orders,
    /// The server will not go on with the session, so proof can never come.
    pub refused: bool,
    /// Frozen for want of proof for this long: the session ends. `None` is never.
    pub freeze_timeout: Option<Duration>,
}

/// Orders that stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// An operator froze the session and has not thawed it.
    pub freeze: bool,
    /// An operator ended the session; there is no way back.
    pub terminate: bool,
}

/// What must happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The command may run.
    Run,
    /// It must stand still.
    Freeze(FreezeCause),
    /// It must end.
    Terminate(EndCause),
}

/// Why a session stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreezeCause {
    /// The server was not heard for [`LINK_DEAD`].
    Link,
    /// An event has had no proof for [`ACK_DEBT`].
    Debt,
    /// Link and debt are well again, but no proof has come since they were not.
    Unproven,
    /// The plugin did it.
    Held,
    /// An operator said so.
    Order,
    /// sudo was not heard for [`SUDO_SILENT`]: whoever stops it stops the recording.
    Silent,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// An operator said so.
    Order,
    /// The server does not go on with it.
    Refused,
    /// Frozen for too long.
    FreezeTimeout,
}

impl Facts {
    /// Remembers since when proof has been wanting.
    pub(super) fn note(&mut self, now: Instant, decision: Decision) {
        use FreezeCause::{Debt, Held, Link, Order, Silent, Unproven};
        match decision {
            Decision::Freeze(Link | Debt) => {
                self.unproven_at = Some(now);
                self.frozen_since.get_or_insert(now);
            }
            Decision::Run | Decision::Freeze(Held | Order | Silent) => {
                (self.unproven_at, self.frozen_since) = (None, None);
            }
            Decision::Freeze(Unproven) | Decision::Terminate(_) => {}
        }
    }
}

/// Decides. Pure, and the same for the same facts.
pub fn decide(now: Instant, facts: &Facts) -> Decision {
    if facts.orders.terminate {
        return Decision::Terminate(EndCause::Order);
    }
    if facts.refused {
        return Decision::Terminate(EndCause::Refused);
    }
    if facts.silence_limit.is_some_and(|limit| is_silent_for(now, facts, limit)) {
        return Decision::Terminate(EndCause::FreezeTimeout);
    }
    match want_of_proof(now, facts) {
        Some(_) if frozen_too_long(now, facts) => Decision::Terminate(EndCause::FreezeTimeout),
        Some(cause) => Decision::Freeze(cause),
        None if facts.held => Decision::Freeze(FreezeCause::Held),
        None if facts.orders.freeze => Decision::Freeze(FreezeCause::Order),
        None if is_silent_for(now, facts, SUDO_SILENT) => Decision::Freeze(FreezeCause::Silent),
        None => Decision::Run,
    }
}

/// The next moment at which [`decide`] could answer differently though nothing is heard. That sudo is
/// silent changes nothing for a session that `stands_still` already, unless it is for too long.
pub fn next_change(facts: &Facts, stands_still: bool) -> Option<Instant> {
    let link = facts.link_lost.map(|heard_at| heard_at + LINK_DEAD);
    let debt = facts.debt_since.map(|since| since + ACK_DEBT);
    let timeout = facts.frozen_since.zip(facts.freeze_timeout).map(|(since, limit)| since + limit);
    let silent = facts.sudo_heard.filter(|_| !stands_still).map(|at| at + SUDO_SILENT);
    let gone = facts.sudo_heard.zip(facts.silence_limit).map(|(heard_at, limit)| heard_at + limit);
    // A session that is frozen already waits for proof or for a timeout, not for another cause.
    let changes = match facts.frozen_since {
        Some(_) => [timeout, gone, None, None],
        None => [link, debt, silent, gone],
    };
    changes.into_iter().flatten().min()
}

fn want_of_proof(now: Instant, facts: &Facts) -> Option<FreezeCause> {
    if facts.link_lost.is_some_and(|heard_at| now >= heard_at + LINK_DEAD) {
        Some(FreezeCause::Link)
    } else if facts.debt_since.is_some_and(|since| now >= since + ACK_DEBT) {
        Some(FreezeCause::Debt)
    } else if facts.unproven_at.is_some_and(|lost| facts.proven_at <= lost) {
        Some(FreezeCause::Unproven)
    } else {
        None
    }
}

fn is_silent_for(now: Instant, facts: &Facts, limit: Duration) -> bool {
    facts.sudo_heard.is_some_and(|heard_at| now >= heard_at + limit)
}

fn frozen_too_long(now: Instant, facts: &Facts) -> bool {
    match (facts.frozen_since, facts.freeze_timeout) {
        (Some(since), Some(limit)) => now >= since + limit,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn well(t: Instant) -> Facts {
        Facts {
            link_lost: None,
            debt_since: None,
            proven_at: t,
            unproven_at: None,
            frozen_since: None,
            sudo_heard: None,
            silence_limit: None,
            held: false,
            orders: Orders::default(),
            refused: false,
            freeze_timeout: Some(MS(300_000)),
        }
    }

    #[test]
    fn the_table() {
        let t = Instant::now();
        let well = well(t);
        let cut = Facts { link_lost: Some(t), ..well };
        let debt = Facts { debt_since: Some(t), ..well };
        let back =
            Facts { unproven_at: Some(t + MS(900)), frozen_since: Some(t + MS(800)), ..well };
        let stopped = Facts { orders: Orders { freeze: true, terminate: false }, ..well };
        let ended = Orders { freeze: true, terminate: true };
        use Decision::{Freeze, Run, Terminate};
        for (what, at, facts, want) in [
            ("all is well", 0, well, Run),
            ("a long silence with nothing to prove", 900_000, well, Run),
            ("a fresh cut", 799, cut, Run),
            ("a cut", 800, cut, Freeze(FreezeCause::Link)),
            ("an event just sent", 1_999, debt, Run),
            ("an event without proof", 2_000, debt, Freeze(FreezeCause::Debt)),
            ("the link is back, no proof", 1_000, back, Freeze(FreezeCause::Unproven)),
            (
                "proof from before the cut",
                1_000,
                Facts { proven_at: t + MS(900), ..back },
                Freeze(FreezeCause::Unproven),
            ),
            ("proof", 1_000, Facts { proven_at: t + MS(901), ..back }, Run),
            ("frozen, just in time", 300_799, back, Freeze(FreezeCause::Unproven)),
            ("frozen too long", 300_800, back, Terminate(EndCause::FreezeTimeout)),
            (
                "frozen for ever",
                9_000_000,
                Facts { freeze_timeout: None, ..back },
                Freeze(FreezeCause::Unproven),
            ),
            (
                "held by the plugin",
                9_000_000,
                Facts { held: true, ..well },
                Freeze(FreezeCause::Held),
            ),
            ("held by an operator", 9_000_000, stopped, Freeze(FreezeCause::Order)),
            (
                "held and cut",
                800,
                Facts { link_lost: Some(t), ..stopped },
                Freeze(FreezeCause::Link),
            ),
            (
                "a sudo that is stopped",
                2_000,
                Facts { sudo_heard: Some(t), ..well },
                Freeze(FreezeCause::Silent),
            ),
            (
                "a sudo that is stopped for too long",
                9_000,
                Facts { sudo_heard: Some(t), silence_limit: Some(MS(9_000)), ..well },
                Terminate(EndCause::FreezeTimeout),
            ),
            ("ended while held", 0, Facts { orders: ended, ..well }, Terminate(EndCause::Order)),
            (
                "refused by the server",
                0,
                Facts { refused: true, ..cut },
                Terminate(EndCause::Refused),
            ),
        ] {
            assert_eq!(decide(t + MS(at), &facts), want, "{what}");
        }
    }

    fn moment(t: Instant) -> impl Strategy<Value = Option<Instant>> {
        prop::option::of((0u64..5_000).prop_map(move |ms| t + MS(ms)))
    }

    proptest! {
        #[test]
        fn nothing_runs_without_proof(
            (link_lost, debt_since, unproven_at, frozen_since, sudo_heard, now, proven_at) in {
                let t = Instant::now();
                (moment(t), moment(t), moment(t), moment(t), moment(t),
                 (5_000u64..20_000).prop_map(move |ms| t + MS(ms)),
                 (0u64..5_000).prop_map(move |ms| t + MS(ms)))
            },
            freeze: bool, refused: bool, held: bool,
        ) {
            let orders = Orders { freeze, terminate: false };
            let facts = Facts { link_lost, debt_since, proven_at, unproven_at, frozen_since,
                sudo_heard, silence_limit: None, held, orders, refused, freeze_timeout: None };
            if decide(now, &facts) == Decision::Run {
                prop_assert!(!freeze && !refused && !held);
                prop_assert!(link_lost.is_none_or(|heard| now - heard < LINK_DEAD));
                prop_assert!(sudo_heard.is_none_or(|heard| now - heard < SUDO_SILENT));
                prop_assert!(debt_since.is_none_or(|since| now - since < ACK_DEBT));
                prop_assert!(unproven_at.is_none_or(|lost| proven_at > lost));
            }
        }

        #[test]
        fn the_decision_holds_until_the_next_change(
            (link_lost, debt_since, sudo_heard) in {
                let t = Instant::now();
                (moment(t), moment(t), moment(t))
            },
            wait in 0u64..10_000,
        ) {
            let t = Instant::now();
            let facts = Facts { link_lost, debt_since, sudo_heard, ..well(t) };
            let at = next_change(&facts, false).map_or(t + MS(wait), |at| at - MS(1));
            prop_assert_eq!(decide(at, &facts), Decision::Run);
            if let Some(at) = next_change(&facts, false) {
                prop_assert_ne!(decide(at, &facts), Decision::Run);
            }
        }
    }
}

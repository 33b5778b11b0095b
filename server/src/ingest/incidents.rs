//! What happens to sessions from outside: what hosts notice, what operators order, hosts that are lost.

use std::sync::Arc;
use std::time::Instant;

use sudolog_core::limits::{
    CLOCK_SKEW_NOTED, HOST_LOST_AFTER, INCIDENT_TEXT_BYTES_MAX, RESUME_GRACE,
};
use sudolog_core::session::{HostName, Incident, IncidentKind, SessionStart, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Instance, Notice, NoticeKind, OrderKind};
use tokio::sync::oneshot;

use super::queue::Submission;
use super::recorder::Recorder;
use crate::clock::now_ns;
use crate::journal::Record;
use crate::sessions::{Intake, PeerError, Session};

/// What a host's notice comes to; `None` for what is none of it. `seq` is the last event that came.
pub(super) fn of_notice(notice: &Notice, seq: u64, now_ns: u64) -> Option<Incident> {
    let kind = match notice.kind {
        NoticeKind::Frozen => IncidentKind::Frozen,
        NoticeKind::Thawed => IncidentKind::Thawed,
        NoticeKind::FreezeTimeout => IncidentKind::FreezeTimeout,
        NoticeKind::Escape => IncidentKind::Escape,
        NoticeKind::Terminating => IncidentKind::Terminating,
        NoticeKind::BadAck => IncidentKind::BadAck,
        NoticeKind::Unchecked => IncidentKind::Unchecked,
        NoticeKind::Gone | NoticeKind::Other => return None,
    };
    // A host cannot date anything before the longest outage that a session survives.
    let ago_ns = notice.ago_ms.saturating_mul(1_000_000).min(AGO_MAX_NS);
    Some(Incident {
        at: Timestamp::from_nanos(now_ns.saturating_sub(ago_ns)),
        after_seq: notice.after_seq.unwrap_or(seq).min(seq),
        kind,
        who: None,
        text: worded(&notice.text),
    })
}

/// As much of a host's words as is kept of each incident.
pub(super) fn worded(text: &Untrusted) -> Untrusted {
    let mut text = text.clone();
    text.truncate(INCIDENT_TEXT_BYTES_MAX);
    text
}

impl Recorder {
    /// Records an operator's order; it goes to the host when it is durable, or when the host is back. What it
    /// gives says when it is durable, or is dropped when it will not be; `None` when the session is not
    /// running.
    pub fn order(
        &self,
        tsid: Tsid,
        kind: OrderKind,
        who: &str,
        why: &Untrusted,
    ) -> Option<oneshot::Receiver<()>> {
        let kind = IncidentKind::of_order(kind)?;
        let session = self.registry().by_tsid(tsid)?;
        let machine = session.machine();
        if machine.is_over() {
            return None;
        }
        let incident = Incident {
            at: Timestamp::from_nanos(now_ns()),
            after_seq: machine.seq(),
            kind,
            who: Some(who.into()),
            text: why.clone(),
        };
        // Behind this lock no end can get before it.
        Some(self.submit(&session, vec![Record::Incident(incident)]))
    }

    /// Looks for sessions that nobody holds: soon they count as lost, and when nobody has resumed them
    /// within the grace they are given up.
    pub fn sweep(&self, now: Instant) {
        for session in self.registry().all() {
            let Some(loose) = session.loose_for(now) else { continue };
            if loose >= RESUME_GRACE {
                self.give_up(&session, "the host did not come back in time", now);
            } else if loose >= HOST_LOST_AFTER && session.lose() {
                let (tsid, host) = (session.tsid(), &session.start().submit_host);
                tracing::warn!(
                    "SECURITY: session {tsid} of {host} is INCOMPLETE unless {host} comes back: \
                     nothing is heard of it"
                );
                self.happened(&session, now_incident(&session, IncidentKind::Lost));
            }
        }
    }

    /// A host's shipper runs anew: what an earlier run had open will never be resumed.
    pub(super) fn started_anew(&self, host: &HostName, instance: Instance) {
        for session in self.registry().all() {
            if session.start().submit_host == *host && session.is_left_by_other_than(instance) {
                self.give_up(
                    &session,
                    "the host's shipper ended and was started anew",
                    Instant::now(),
                );
            }
        }
    }

    /// A session that was lost goes on.
    pub(super) fn came_back(&self, session: &Arc<Session>) {
        tracing::info!("session {} of {} goes on", session.tsid(), session.start().submit_host);
        self.happened(session, now_incident(session, IncidentKind::Resumed));
    }

    fn give_up(&self, session: &Arc<Session>, reason: &str, now: Instant) {
        let mut machine = session.machine();
        // Whoever resumes it does so behind the same lock.
        if session.loose_for(now).is_none() {
            return;
        }
        if let Some(record) = machine.give_up(reason) {
            let (tsid, host) = (session.tsid(), &session.start().submit_host);
            tracing::warn!("SECURITY: session {tsid} of {host} is INCOMPLETE: {reason}");
            let session = Arc::clone(session);
            // A journal that has ended keeps the session open until the next start.
            self.queue().push(Submission {
                session,
                records: vec![record],
                share: None,
                committed: None,
            });
        }
        self.registry().remove(session);
    }

    /// Records what happened to a session.
    pub(super) fn happened(&self, session: &Arc<Session>, incident: Incident) {
        if let Some(incident) = kept(session, incident) {
            let (session, records) = (Arc::clone(session), vec![Record::Incident(incident)]);
            self.queue().push(Submission { session, records, share: None, committed: None });
        }
    }
}

/// What is kept of an incident; the first that is not says that there are more.
pub(super) fn kept(session: &Session, incident: Incident) -> Option<Incident> {
    match session.takes_incident(incident.kind) {
        Intake::Kept => Some(incident),
        Intake::FirstLeftOut => Some(Incident {
            kind: IncidentKind::Other,
            who: None,
            text: "further incidents of this kind are left out".into(),
            ..incident
        }),
        Intake::LeftOut => None,
    }
}

/// What a fault of a host comes to: what it cannot have recorded like that, or has not kept. `None` for
/// what is said out of turn.
pub(super) fn of_fault(error: &PeerError, seq: u64, now_ns: u64) -> Option<Incident> {
    let kind = match error {
        PeerError::Gap { .. } | PeerError::EndCount { .. } | PeerError::Lost { .. } => {
            IncidentKind::SeqGap
        }
        PeerError::Differs(_) => IncidentKind::Divergence,
        PeerError::Ended => return None,
    };
    let (at, text) = (Timestamp::from_nanos(now_ns), error.to_string().as_str().into());
    Some(Incident { at, after_seq: seq, kind, who: None, text })
}

/// How far a host's clock is from ours when a session begins, where that is worth noting.
pub(super) fn of_clocks(start: &SessionStart, now_ns: u64) -> Option<Incident> {
    let host_ns = start.submit_time.as_nanos();
    let apart_ns = now_ns.abs_diff(host_ns);
    if u128::from(apart_ns) < CLOCK_SKEW_NOTED.as_nanos() {
        return None;
    }
    let side = if host_ns > now_ns { "ahead of" } else { "behind" };
    let text = format!("the host's clock is {} s {side} the server's", apart_ns / 1_000_000_000);
    Some(Incident {
        at: Timestamp::from_nanos(now_ns),
        after_seq: 0,
        kind: IncidentKind::ClockSkew,
        who: None,
        text: text.as_str().into(),
    })
}

fn now_incident(session: &Session, kind: IncidentKind) -> Incident {
    Incident {
        at: Timestamp::from_nanos(now_ns()),
        after_seq: session.machine().seq(),
        kind,
        who: None,
        text: Untrusted::default(),
    }
}

const AGO_MAX_NS: u64 = 2 * RESUME_GRACE.as_nanos() as u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_notice_is_dated_back_and_within_reason() {
        let mut notice = Notice::new(NoticeKind::Frozen, "no server");
        (notice.after_seq, notice.ago_ms) = (Some(3), 2_000);
        let incident = of_notice(&notice, 9, 10_000_000_000).unwrap();
        assert_eq!((incident.at.as_nanos(), incident.after_seq), (8_000_000_000, 3));
        (notice.after_seq, notice.ago_ms) = (Some(99), u64::MAX);
        let incident = of_notice(&notice, 9, u64::MAX).unwrap();
        assert_eq!((incident.at.as_nanos(), incident.after_seq), (u64::MAX - AGO_MAX_NS, 9));
        assert_eq!(of_notice(&Notice::new(NoticeKind::Gone, ""), 9, 1), None);
        let long = Notice::new(NoticeKind::Escape, "x".repeat(4096).as_str());
        assert_eq!(of_notice(&long, 9, 1).unwrap().text.len(), INCIDENT_TEXT_BYTES_MAX);
    }
}

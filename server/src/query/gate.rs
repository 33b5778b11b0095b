//! The gate that every view passes: what the operator may see, then the access log, then the view
//! (invariant I7). Its methods block, so they are called off the event loop.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use sudolog_core::limits::{FRAME_PAYLOAD_BYTES_MAX, SENTENCE_BYTES_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{
    AlertsQuery, Among, Cause, Detail, EventsQuery, Failure, FindQuery, Listing, OrderKind, Query,
    SummaryQuery,
};

use tokio::sync::oneshot;

use super::glances::Glances;
use super::request::failure;
use super::tallying::Tallies;
use crate::alert::Dispatch;
use crate::audit::AccessLog;
use crate::authz::{Operator, Operators, Right};
use crate::ingest::Recorder;
use crate::risk::Rulebook;
use crate::store::{Catalog, Directory, StoreError};
use crate::triage::{Bench, Presence, Stay};
use crate::warnings::Warnings;

/// One operator's way to the recordings.
pub(super) struct Gate {
    pub(super) operator: Operator,
    /// All that there are.
    pub(super) operators: Arc<Operators>,
    /// Address or "local".
    pub(super) from: String,
    pub(super) access: AccessLog,
    pub(super) catalog: Catalog,
    /// Takes orders.
    pub(super) recorder: Recorder,
    /// The rules.
    pub(super) rulebook: Rulebook,
    /// The lists that stand in the access log already.
    pub(super) lists: Mutex<Glances<Query>>,
    /// The recordings that are being played and stand in the access log already.
    pub(super) plays: Mutex<Glances<Tsid>>,
    /// The same of those of which is asked how they stand, as the player of a running session does.
    pub(super) shows: Mutex<Glances<Tsid>>,
    /// The same of those that are being reviewed.
    pub(super) reviews: Mutex<Glances<Tsid>>,
    /// The same of sums.
    pub(super) sums: Mutex<Glances<SummaryQuery>>,
    /// The same of what sessions have in common.
    pub(super) facets: Mutex<Glances<Among>>,
    /// The same of what was found by a few letters.
    pub(super) finds: Mutex<Glances<FindQuery>>,
    /// That the rules were read stands in the access log already.
    pub(super) rules_read: Mutex<Glances<()>>,
    /// How often people agreed with the rules.
    pub(super) tallies: Tallies,
    /// The same of the event log.
    pub(super) happenings: Mutex<Glances<EventsQuery>>,
    /// Where sessions are judged.
    pub(super) bench: Bench,
    /// Who looks at what.
    pub(super) presence: Presence,
    /// Who is told what.
    pub(super) alerts: Dispatch,
    /// What is wrong with the server.
    pub(super) warnings: Warnings,
    /// What was asked about alerts and stands in the access log already.
    pub(super) glances: Mutex<Glances<AlertsQuery>>,
}

impl Gate {
    /// What every operator should know of the server.
    pub(super) fn warning(&self) -> Untrusted {
        let mut warning = Untrusted::from(self.warnings.text());
        warning.truncate(SENTENCE_BYTES_MAX);
        warning
    }

    /// The sessions that the operator may see.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn list(&self, query: &Query) -> Result<Listing, Failure> {
        let action = Right::List.name();
        self.permit(Right::List, action, None)?;
        query.check().map_err(|text| failure(Cause::Malformed, &text))?;
        self.glance(&self.lists, query, || self.log(action, None, &in_words(query)))?;
        let mut listing = self.catalog.list(query, &self.operator.visible()).map_err(unreadable)?;
        // The index has chosen by the same patterns; nothing depends on its having done so.
        listing.rows.retain(|row| self.operator.may_see(row));
        Ok(listing)
    }

    /// All about one session.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn show(&self, tsid: Tsid) -> Result<Detail, Failure> {
        let action = Right::Show.name();
        self.permit(Right::Show, action, Some(tsid))?;
        self.admit(action, tsid, "")?;
        self.glance(&self.shows, &tsid, || self.log(action, Some(tsid), ""))?;
        let detail = self.catalog.show(tsid).map_err(unreadable)?;
        detail.map(fitting).ok_or_else(|| not_found(tsid))
    }

    /// The files of one session, for what `right` and `detail` say. A session that the operator may not see
    /// does not exist for them.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn enter(
        &self,
        right: Right,
        tsid: Tsid,
        detail: &str,
    ) -> Result<Directory, Failure> {
        let action = right.name();
        self.permit(right, action, Some(tsid))?;
        self.admit(action, tsid, detail)?;
        self.log(action, Some(tsid), detail)?;
        Ok(self.catalog.directory(tsid))
    }

    /// An order for a running session: from an admin, with a reason, and written down before anything
    /// happens. What it gives says when it is recorded.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn order(
        &self,
        tsid: Tsid,
        kind: OrderKind,
        why: &Untrusted,
    ) -> Result<oneshot::Receiver<()>, Failure> {
        let action = match kind {
            OrderKind::Freeze => "freeze",
            OrderKind::Thaw => "thaw",
            OrderKind::Terminate => "terminate",
            OrderKind::Message => "message",
            OrderKind::Other => {
                return Err(failure(Cause::Malformed, "this server does not know the order"));
            }
        };
        if why.as_bytes().trim_ascii().is_empty() || why.len() > SENTENCE_BYTES_MAX {
            let text = format!("an order needs a reason of 1 to {SENTENCE_BYTES_MAX} bytes");
            return Err(failure(Cause::Malformed, &text));
        }
        self.permit(Right::Order, action, Some(tsid))?;
        self.admit(action, tsid, "")?;
        self.log(action, Some(tsid), &why.escaped().to_string())?;
        let ordered = self.recorder.order(tsid, kind, self.operator.name.as_str(), why);
        ordered.ok_or_else(|| failure(Cause::NotFound, &format!("session {tsid} is not running")))
    }

    /// The files of a session that is being played, piece by piece.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn play(&self, tsid: Tsid) -> Result<Directory, Failure> {
        let action = Right::Play.name();
        self.permit(Right::Play, action, Some(tsid))?;
        self.admit(action, tsid, "")?;
        self.glance(&self.plays, &tsid, || self.log(action, Some(tsid), ""))?;
        self.presence.look(&self.operator.name, tsid, Instant::now());
        Ok(self.catalog.directory(tsid))
    }

    /// A session as it happens, watched until what is given is dropped.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn watch(&self, tsid: Tsid) -> Result<Stay, Failure> {
        self.enter(Right::Watch, tsid, "")?;
        Ok(self.presence.stay(&self.operator.name, tsid, Instant::now()))
    }

    /// Refuses what the operator's role has no right to, and writes it down.
    pub(super) fn permit(
        &self,
        right: Right,
        action: &str,
        tsid: Option<Tsid>,
    ) -> Result<(), Failure> {
        if self.operator.may(right) {
            return Ok(());
        }
        self.log(&format!("{action} refused"), tsid, right.refusal())?;
        Err(failure(Cause::Forbidden, right.refusal()))
    }

    /// Refuses a session that the operator may not see as one that does not exist, and writes it down.
    pub(super) fn admit(&self, action: &str, tsid: Tsid, detail: &str) -> Result<(), Failure> {
        let row = self.catalog.row(tsid).map_err(unreadable)?;
        if row.is_some_and(|row| self.operator.may_see(&row)) {
            return Ok(());
        }
        self.log(&format!("{action} refused"), Some(tsid), detail)?;
        Err(not_found(tsid))
    }

    /// Writes a view down unless it was lately. Nobody else passes meanwhile: the same one must not
    /// be shown on another request before its line is written.
    pub(super) fn glance<V: PartialEq + Clone>(
        &self,
        glances: &Mutex<Glances<V>>,
        view: &V,
        write: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut glances = glances.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if glances.is_due(view, now) {
            write()?;
            glances.written(view, now);
        }
        Ok(())
    }

    pub(super) fn log(
        &self,
        action: &str,
        tsid: Option<Tsid>,
        detail: &str,
    ) -> Result<(), Failure> {
        let written = self.access.record(&self.operator, &self.from, action, tsid, detail);
        written.map_err(|error| unwritten(&error))
    }
}

/// What is not written down does not happen.
pub(super) fn unwritten(error: &std::io::Error) -> Failure {
    tracing::error!("ALARM: the access log cannot be written, nothing is shown: {error}");
    failure(Cause::Storage, "the server cannot write its access log, so it shows nothing")
}

/// The most of a detail that one frame holds. Nobody can hide a session behind its own length:
/// proofs but the last go first, then what the list says too.
fn fitting(mut detail: Detail) -> Detail {
    if fits(&detail) {
        return detail;
    }
    let last = detail.acks.pop();
    detail.acks = last.into_iter().collect();
    if !fits(&detail) {
        detail.start = None;
    }
    detail
}

fn fits(detail: &Detail) -> bool {
    serde_json::to_vec(detail).is_ok_and(|json| json.len() <= DETAIL_BYTES_MAX)
}

/// What was asked for, for the access log: words, then conditions as an operator writes them.
pub(super) fn in_words(query: &Query) -> String {
    let conditions = query.conditions.iter().map(ToString::to_string);
    let words = Some(query.text.clone()).filter(|text| !text.is_empty());
    words.into_iter().chain(conditions).collect::<Vec<_>>().join(" ")
}

pub(super) fn unreadable(error: StoreError) -> Failure {
    tracing::error!("{error}");
    failure(Cause::Storage, "the server cannot read its store; its log says why")
}

pub(super) fn not_found(tsid: Tsid) -> Failure {
    failure(Cause::NotFound, &format!("there is no session {tsid}"))
}

/// A reply has a few fields around the detail.
const DETAIL_BYTES_MAX: usize = FRAME_PAYLOAD_BYTES_MAX - 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use sudolog_core::ack::{AckSigner, Chain, SignedAck};
    use sudolog_core::session::{self, SessionId, SessionStart};
    use sudolog_core::wire::message::SessionRow;

    fn detail(argument_bytes: usize, acks: u64) -> Detail {
        let id = SessionId::from_bytes([7; 16]);
        let argv = vec![Untrusted::new(vec![1; argument_bytes])];
        let start = SessionStart { session_id: id, argv, ..session::sample::start() };
        let row = SessionRow { session_id: Some(id), ..sample::row() };
        let signer = AckSigner::from_seed(&[1; 32]);
        let ack = |seq| SignedAck::sign(&signer, id, seq, 0, Chain::from_bytes([2; 32]));
        let acks = (1..=acks).map(ack).collect();
        Detail { row, start: Some(start), end: None, acks, incomplete: None, incidents: Vec::new() }
    }

    #[test]
    fn a_detail_always_fits_and_keeps_its_last_proof() {
        let whole = detail(1000, 1000);
        assert_eq!(fitting(whole.clone()), whole);

        // A control character is six bytes of JSON.
        let long = fitting(detail(160 * 1024, 1000));
        assert!(fits(&long) && long.start.is_some());
        assert_eq!(long.acks.iter().map(|ack| ack.seq).collect::<Vec<_>>(), [1000]);

        let longest = fitting(detail(200 * 1024, 1000));
        assert!(fits(&longest) && longest.start.is_none());
        assert_eq!(longest.acks.len(), 1);
    }
}

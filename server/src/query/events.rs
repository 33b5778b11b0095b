//! What is asked of the event log.

use std::time::Instant;

use sudolog_core::eventlog::Stored;
use sudolog_core::limits::{EVENTS_MAX, EVENTS_SCAN_TIME, FRAME_PAYLOAD_BYTES_MAX};
use sudolog_core::wire::message::{Cause, Events, EventsQuery, Failure};

use super::gate::Gate;
use super::request::failure;
use crate::authz::Right;
use crate::eventlog::Bounds;

impl Gate {
    /// Entries of the hosts and users that the operator may see.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn events(&self, query: &EventsQuery) -> Result<Events, Failure> {
        let action = Right::Events.name();
        self.permit(Right::Events, action, query.tsid)?;
        query.check().map_err(|text| failure(Cause::Malformed, &text))?;
        // What is new, and the pages of one question, are one view.
        let view = EventsQuery { after: 0, before: 0, limit: 0, ..query.clone() };
        self.glance(&self.happenings, &view, || self.log(action, query.tsid, &query.line()))?;
        let limit = if query.limit == 0 { EVENTS_MAX } else { query.limit.min(EVENTS_MAX) };
        let log = self.recorder.events();
        // Read first: what comes meanwhile is asked for the next time.
        let newest = log.newest();
        let bounds = Bounds { most: limit as usize, until: Instant::now() + EVENTS_SCAN_TIME };
        let may = |stored: &Stored| self.operator.may_see_entry(&stored.entry);
        let found = log.find(query, &may, bounds).map_err(|error| {
            tracing::error!("the event log: {error}");
            failure(Cause::Storage, "the server cannot read its event log; its log says why")
        })?;
        let (mut entries, mut reached) = (Vec::new(), found.reached);
        let mut bytes = 0;
        for stored in found.entries {
            bytes += serde_json::to_vec(&stored).map_or(EVENTS_BYTES_MAX, |json| json.len()) + 1;
            if bytes > EVENTS_BYTES_MAX && !entries.is_empty() {
                reached = stored.number + 1;
                break;
            }
            entries.push(stored);
        }
        let more = reached > query.after.saturating_add(1);
        Ok(Events { entries, more, reached, newest })
    }
}

/// A page is JSON in one frame, with a few fields around it.
const EVENTS_BYTES_MAX: usize = FRAME_PAYLOAD_BYTES_MAX - 1024;

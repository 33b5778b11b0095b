//! What is asked of all sessions at once: sums of them, who looked at them, and what changes.

use std::collections::HashMap;

use sudolog_core::limits::{FRAME_PAYLOAD_BYTES_MAX, VIEWS_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{
    Cause, Failure, Outcome, Summary, SummaryQuery, View, Views, ViewsQuery,
};

use super::gate::{Gate, in_words, unreadable};
use super::request::{Asked, failure};
use crate::authz::Right;
use crate::clock::now;

impl Gate {
    /// Sums of the sessions that the operator may see.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn summary(&self, query: &SummaryQuery) -> Result<Summary, Failure> {
        let action = Right::Summary.name();
        self.permit(Right::Summary, action, None)?;
        query.check().map_err(|text| failure(Cause::Malformed, &text))?;
        self.glance(&self.sums, query, || {
            let words = format!("by {} {}", query.by.name(), in_words(&query.sessions()));
            self.log(action, None, words.trim_end())
        })?;
        self.catalog.summary(query, &self.operator.visible(), now()).map_err(unreadable)
    }

    /// What operators looked at and did: all of it, or as much as concerns sessions that this one may
    /// see and what they did themselves.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn views(&self, query: &ViewsQuery) -> Result<Views, Failure> {
        let action = Right::Views.name();
        self.permit(Right::Views, action, query.tsid)?;
        if let Some(tsid) = query.tsid {
            self.admit(action, tsid, "")?;
        }
        self.log(action, query.tsid, "")?;
        let limit = if query.limit == 0 { VIEWS_MAX } else { query.limit.min(VIEWS_MAX) };
        let mut seen = HashMap::new();
        let wanted = |view: &View| {
            query.tsid.is_none_or(|tsid| view.tsid == Some(tsid)) && self.may_know(view, &mut seen)
        };
        let entries = self.access.views(limit as usize, wanted).map_err(|error| {
            tracing::error!("access.log: {error}");
            failure(Cause::Storage, "the server cannot read its access log; its log says why")
        })?;
        let mut bytes = 0;
        let fits = |view: &View| {
            bytes += serde_json::to_vec(view).map_or(VIEWS_BYTES_MAX, |json| json.len()) + 1;
            bytes <= VIEWS_BYTES_MAX
        };
        Ok(Views { entries: entries.into_iter().take_while(fits).collect() })
    }

    fn may_know(&self, view: &View, seen: &mut HashMap<Tsid, bool>) -> bool {
        if self.operator.sees_all()
            || view.operator.as_bytes() == self.operator.name.as_str().as_bytes()
        {
            return true;
        }
        let Some(tsid) = view.tsid else { return false };
        *seen.entry(tsid).or_insert_with(|| {
            let row = self.catalog.row(tsid).ok().flatten();
            row.is_some_and(|row| self.operator.may_see(&row))
        })
    }

    /// Lets the operator hear what changes.
    fn changes(&self) -> Result<(), Failure> {
        let action = Right::Changes.name();
        self.permit(Right::Changes, action, None)?;
        self.log(action, None, "")
    }
}

impl Asked {
    /// Tells what changes until the request is cancelled.
    pub(super) async fn changes(&self, id: u32) -> Result<Outcome, Failure> {
        // Listens first: whatever comes after the line in the access log is told.
        let mut changes = self.gate.bench.changes().listen();
        self.at_gate(Gate::changes).await?;
        while let Some(change) = changes.next().await {
            if self.gate.operator.may_see(&change.row) {
                self.send(&Message::Change(Box::new((*change).clone())), id).await;
            }
        }
        Ok(Outcome::Done)
    }
}

/// A page is JSON in one frame, with a few fields around it.
const VIEWS_BYTES_MAX: usize = FRAME_PAYLOAD_BYTES_MAX - 1024;

//! Tells the index and the consoles how sessions stand. While somebody judges, what is to be told waits
//! here, and not the one who assesses: a rule's order for the next session must not come later for it.

use std::collections::{BTreeSet, VecDeque};

use sudolog_core::risk::Finding;
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::SessionRow;

use crate::store::StoreError;
use crate::triage::Bench;

/// What is told, in order.
pub(super) struct Herald {
    bench: Bench,
    untold: VecDeque<Told>,
}

/// How a session stands.
pub(super) struct Told {
    /// The hash of the rules that have assessed it to its end; empty while it runs.
    pub(super) rules: String,
    /// With its risk and anomalies.
    pub(super) row: SessionRow,
    /// The rules that found something, in all.
    pub(super) hits: BTreeSet<String>,
    /// What is news.
    pub(super) findings: Vec<Finding>,
}

impl Herald {
    pub(super) fn new(bench: Bench) -> Self {
        Self { bench, untold: VecDeque::new() }
    }

    /// True when nothing waits.
    pub(super) fn is_done(&self) -> bool {
        self.untold.is_empty()
    }

    /// Tells it, as soon as nobody judges.
    ///
    /// # Errors
    /// When the index cannot be written; the next call goes on with what waits.
    pub(super) fn tell(&mut self, told: Told) -> Result<(), StoreError> {
        self.untold.push_back(told);
        self.go_on()
    }

    /// A session that was over has something new: what waits to be told of it was no end.
    pub(super) fn reopen(&mut self, tsid: Tsid) {
        let told = self.untold.iter_mut().filter(|told| told.row.tsid == tsid);
        told.for_each(|told| told.rules.clear());
    }

    /// Tells what waits, unless somebody judges.
    ///
    /// # Errors
    /// As for [`tell`](Self::tell).
    pub(super) fn go_on(&mut self) -> Result<(), StoreError> {
        while !self.untold.is_empty() {
            let hearing = match self.bench.hear_now() {
                Some(hearing) => hearing,
                // There must be an end to it: now it is waited for.
                None if self.untold.len() > UNTOLD_MAX => self.bench.hear(),
                None => return Ok(()),
            };
            if let Some(Told { rules, row, hits, findings }) = self.untold.pop_front() {
                hearing.assessed(&rules, row, &hits, findings)?;
            }
        }
        Ok(())
    }
}

/// Several changes of each of hundreds of sessions; some megabytes.
const UNTOLD_MAX: usize = 4096;

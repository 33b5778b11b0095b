//! Where sessions are judged: one hearing at a time, so that no remark is lost and whatever stands
//! in the index was counted from what stands beside the recording.
//!
//! The files `remarks` are what counts. The index follows them; if it could not, the docket makes it
//! good at the next start.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use sudolog_core::risk::Finding;
use sudolog_core::session::Tsid;
use sudolog_core::triage::{Objection, Policy, Remark, Standing};
use sudolog_core::wire::message::{Change, SessionRow};

use super::changes::Changes;
use super::docket::Docket;
use crate::eventlog::Reporter;
use crate::store::{Added, Catalog, Index, StoreError};

/// Clones share it.
#[derive(Clone, Debug)]
pub struct Bench(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    catalog: Catalog,
    policy: Policy,
    changes: Changes,
    reporter: Reporter,
    seat: Mutex<Seat>,
}

#[derive(Debug)]
struct Seat {
    index: Index,
    docket: Docket,
    /// The index could not count these yet; they stay on the docket.
    owed: BTreeSet<Tsid>,
}

/// The one hearing that there can be at a time.
pub struct Hearing<'a> {
    bench: &'a Inner,
    seat: MutexGuard<'a, Seat>,
}

/// Why something was not said.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// It cannot be said of that session.
    #[error("session {tsid}: {objection}")]
    Refused {
        /// Which.
        tsid: Tsid,
        /// Why not.
        objection: Objection,
    },
    /// The disk failed, and nothing was said.
    #[error("nothing was said: {0}")]
    Unsaid(StoreError),
    /// The disk failed while something was being said, and it could not be taken back everywhere.
    #[error("it stands beside {said} of {wanted} sessions: {error}")]
    Partly {
        /// Beside so many it stands.
        said: usize,
        /// So many were to be judged.
        wanted: usize,
        /// The disk's fault.
        error: StoreError,
    },
    /// It was said, and the index does not count it yet.
    #[error("it is kept beside the sessions, but not yet in the index: {0}")]
    Uncounted(StoreError),
}

impl Bench {
    /// Counts again what was said shortly before the server ended, then is ready.
    ///
    /// # Errors
    /// When the state directory or the index cannot be used.
    pub fn open(
        catalog: Catalog,
        state_dir: &Path,
        policy: Policy,
        changes: Changes,
        reporter: Reporter,
    ) -> Result<Self, StoreError> {
        let (docket, listed) = Docket::open(state_dir)?;
        let index = Index::open(state_dir)?;
        let seat = Mutex::new(Seat { index, docket, owed: BTreeSet::new() });
        let bench = Self(Arc::new(Inner { catalog, policy, changes, reporter, seat }));
        if !listed.is_empty() {
            let mut hearing = bench.hear();
            let listed: Vec<Tsid> = listed.into_iter().collect();
            for some in listed.chunks(ROWS_AT_ONCE) {
                hearing.count(some, None)?;
            }
            hearing.seat.docket.settle()?;
        }
        Ok(bench)
    }

    /// Begins a hearing, as soon as there is no other.
    pub fn hear(&self) -> Hearing<'_> {
        let seat = self.0.seat.lock().unwrap_or_else(PoisonError::into_inner);
        Hearing { bench: &self.0, seat }
    }

    /// The same without waiting; `None` while there is another.
    pub fn hear_now(&self) -> Option<Hearing<'_>> {
        let seat = match self.0.seat.try_lock() {
            Ok(seat) => seat,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(Hearing { bench: &self.0, seat })
    }

    /// Says changes that come from elsewhere.
    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }
}

impl Inner {
    fn tell(&self, change: Change) {
        self.reporter.changed(&change);
        self.changes.publish(change);
    }
}

impl Hearing<'_> {
    /// The rules with that hash have assessed a session: writes risk and anomalies of the row and the
    /// rules that found something (`hits`) into the index, looks whether a second operator is needed by now, and tells the consoles. Blocks.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn assessed(
        mut self,
        rules: &str,
        told: SessionRow,
        hits: &BTreeSet<String>,
        findings: Vec<Finding>,
    ) -> Result<(), StoreError> {
        // Through an index of its own: a console's list may take long.
        let known = self.bench.catalog.row_of(&self.seat.index, told.tsid)?;
        let before = known.as_ref().map(|row| (row.risk, row.anomalies.clone()));
        let (risk, anomalies) = (told.risk, told.anomalies.clone());
        let mut row = SessionRow { risk, anomalies, ..known.unwrap_or(told) };
        self.seat.index.put_missing(std::slice::from_ref(&row))?;
        let is_other = before != Some((row.risk, row.anomalies.clone()));
        if row.standing.verdict.is_some() {
            let standing = self.standing(&row)?;
            if standing != row.standing {
                row.standing = standing;
                self.seat.index.put_standings(std::slice::from_ref(&row))?;
            }
        }
        self.seat.index.put_hits(row.tsid, hits.iter().map(String::as_str))?;
        // Last: a session that is assessed is not looked at again.
        self.seat.index.put_risks(rules, std::slice::from_ref(&row))?;
        if is_other || !findings.is_empty() {
            self.bench.tell(Change { row, findings, remark: None });
        }
        Ok(())
    }

    /// Looks whether the remark can be made of all of these sessions.
    ///
    /// # Errors
    /// The first [`JudgeError`].
    pub fn check(&self, tsids: &BTreeSet<Tsid>, remark: &Remark) -> Result<(), JudgeError> {
        for tsid in tsids {
            let remarks = self.bench.catalog.directory(*tsid).remarks();
            let remarks = remarks.map_err(JudgeError::Unsaid)?;
            let refused = |objection| JudgeError::Refused { tsid: *tsid, objection };
            remark.check_beside(&remarks).map_err(refused)?;
        }
        Ok(())
    }

    /// Makes the remark of all of these sessions: beside the recordings and on the disk, then in the
    /// index, then to every console. What cannot be said of all is said of none.
    ///
    /// # Errors
    /// [`JudgeError`], which says what stands.
    pub fn say(mut self, tsids: &BTreeSet<Tsid>, remark: &Remark) -> Result<(), JudgeError> {
        self.seat.docket.list(tsids).map_err(JudgeError::Unsaid)?;
        let all: Vec<Tsid> = tsids.iter().copied().collect();
        let mut stands = Vec::new();
        let written = all.chunks(FILES_AT_ONCE).try_for_each(|some| {
            self.write(some, remark)?;
            stands.extend(some);
            Ok(())
        });
        if written.is_err() {
            stands.retain(|tsid| !self.withdraw(*tsid, remark));
        }
        let counted = all.chunks(ROWS_AT_ONCE).try_for_each(|some| self.count(some, Some(remark)));
        if let Err(error) = written {
            if counted.is_err() {
                self.seat.owed.extend(all);
            }
            let (said, wanted) = (stands.len(), tsids.len());
            return Err(match said {
                0 => JudgeError::Unsaid(error),
                _ => JudgeError::Partly { said, wanted, error },
            });
        }
        if let Err(error) = counted {
            self.seat.owed.extend(all);
            return Err(JudgeError::Uncounted(error));
        }
        if self.seat.docket.is_long()
            && let Err(error) = self.settle()
        {
            tracing::error!("{error}");
        }
        Ok(())
    }

    /// Empties the docket, once the index counts all that is on it.
    fn settle(&mut self) -> Result<(), StoreError> {
        let owed: Vec<Tsid> = self.seat.owed.iter().copied().collect();
        for some in owed.chunks(ROWS_AT_ONCE) {
            self.count(some, None)?;
        }
        self.seat.owed.clear();
        self.seat.docket.settle()
    }

    /// Beside some sessions; of all of them, or the disk does not even let it be taken back.
    fn write(&self, tsids: &[Tsid], remark: &Remark) -> Result<(), StoreError> {
        let mut added: Vec<Added> = Vec::new();
        let written = tsids.iter().try_for_each(|tsid| {
            added.push(self.bench.catalog.beside(*tsid)?.add_remark(remark)?);
            Ok(())
        });
        // All are written before the first is waited for: the disk takes them together.
        let synced = written.and_then(|()| added.iter().try_for_each(Added::sync));
        if synced.is_err() {
            for added in &added {
                added.undo().unwrap_or_else(|error| tracing::error!("{error}"));
            }
        }
        synced
    }

    /// Takes the last line of a session's remarks away again, which this hearing wrote.
    fn withdraw(&self, tsid: Tsid, remark: &Remark) -> bool {
        let withdrawn = self.bench.catalog.directory(tsid).withdraw_remark(remark);
        if let Err(error) = &withdrawn {
            tracing::error!("{error}");
        }
        withdrawn.is_ok()
    }

    /// Counts what stands beside these sessions, puts it into the index and tells whoever listens.
    fn count(&mut self, tsids: &[Tsid], said: Option<&Remark>) -> Result<(), StoreError> {
        let mut changes = Vec::new();
        for tsid in tsids {
            let Some(mut row) = self.bench.catalog.row_of(&self.seat.index, *tsid)? else {
                continue;
            };
            // What cannot be read counts for nothing; it must not keep the others from counting.
            let remarks = self.bench.catalog.directory(*tsid).remarks().unwrap_or_else(|error| {
                tracing::error!("{error}");
                Vec::new()
            });
            row.standing = Standing::of(&remarks, &self.bench.policy, row.risk);
            let remark = said.filter(|said| remarks.last() == Some(said)).cloned();
            changes.push(Change { row, findings: Vec::new(), remark });
        }
        let rows: Vec<SessionRow> = changes.iter().map(|change| change.row.clone()).collect();
        self.seat.index.put_missing(&rows)?;
        self.seat.index.put_standings(&rows)?;
        let news = changes.into_iter().filter(|change| change.remark.is_some());
        news.for_each(|change| self.bench.tell(change));
        Ok(())
    }

    fn standing(&self, row: &SessionRow) -> Result<Standing, StoreError> {
        let remarks = self.bench.catalog.directory(row.tsid).remarks()?;
        Ok(Standing::of(&remarks, &self.bench.policy, row.risk))
    }
}

/// So many files are open at once.
const FILES_AT_ONCE: usize = 64;
/// So many rows are in memory at once; an act's are all of them.
const ROWS_AT_ONCE: usize = sudolog_core::limits::JUDGED_MAX;

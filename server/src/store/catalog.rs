//! What consoles ask of the store: lists from the index, corrected by what is running now.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sudolog_core::limits::FRAME_PAYLOAD_BYTES_MAX;
use sudolog_core::session::{SessionId, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{
    Among, Condition, Detail, Facets, FindQuery, Listing, PlaceQuery, Query, RuleTally, SessionRow,
    Summary, SummaryQuery,
};

use super::{Directory, Index, Layout, StoreError};
use crate::sessions::Registry;

/// The store's reading end; clones share its connections to the index.
#[derive(Clone, Debug)]
pub struct Catalog {
    layout: Layout,
    /// For consoles, whose lists may take long.
    index: Arc<Mutex<Index>>,
    /// For sums, for which a list does not wait.
    sums: Arc<Mutex<Index>>,
    /// For hosts that resume: they do not wait for consoles (invariant I2).
    lookups: Arc<Mutex<Index>>,
    registry: Registry,
}

impl Catalog {
    /// Opens the index for reading.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn open(layout: Layout, state_dir: &Path, registry: Registry) -> Result<Self, StoreError> {
        let open = || Index::open(state_dir);
        let [index, sums, lookups] = [open()?, open()?, open()?];
        for index in [&index, &sums] {
            let running = registry.clone();
            index.know_running(Arc::new(move |tsid| {
                let session = running.by_tsid(tsid)?;
                Some((session.state(), session.lasted().as_secs_f64()))
            }))?;
        }
        let [index, sums, lookups] =
            [index, sums, lookups].map(|index| Arc::new(Mutex::new(index)));
        Ok(Self { layout, index, sums, lookups, registry })
    }

    /// One page of the sessions that fulfil the conditions of `visible`. Blocks; call it off the
    /// event loop.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn list(&self, query: &Query, visible: &[Condition]) -> Result<Listing, StoreError> {
        let limit = if query.limit == 0 { ROWS_MAX } else { query.limit.min(ROWS_MAX) };
        let index = self.index();
        let (total, numbers) = index.page(query, visible, limit)?;
        let rows = numbers.into_iter().filter_map(|tsid| index.get(tsid).transpose());
        self.listing(total, rows)
    }

    /// Sessions that answer a few letters, the nearest first, of those that fulfil the conditions of
    /// `visible`. Blocks.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn find_near(
        &self,
        query: &FindQuery,
        visible: &[Condition],
    ) -> Result<Listing, StoreError> {
        let (total, rows) = self.sums_index().near(query, visible)?;
        self.listing(total, rows.into_iter().map(Ok))
    }

    /// What sessions have in common that fulfil the conditions of `visible`. Blocks.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn facets(&self, among: &Among, visible: &[Condition]) -> Result<Facets, StoreError> {
        self.sums_index().facets(among, visible)
    }

    /// Where a session stands in a list of those that fulfil the conditions of `visible`. Blocks.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn place(
        &self,
        query: &PlaceQuery,
        visible: &[Condition],
    ) -> Result<Option<u32>, StoreError> {
        self.sums_index().place(query, visible)
    }

    /// As many rows as fit into a frame, as they stand now.
    fn listing(
        &self,
        total: u64,
        rows: impl Iterator<Item = Result<SessionRow, StoreError>>,
    ) -> Result<Listing, StoreError> {
        let mut listing = Listing { total, rows: Vec::new() };
        let mut bytes = 0;
        for row in rows {
            let mut row = row?;
            self.correct(&mut row);
            bytes += serde_json::to_vec(&row).map_or(PAGE_BYTES_MAX, |json| json.len()) + 1;
            if bytes > PAGE_BYTES_MAX {
                break;
            }
            listing.rows.push(row);
        }
        Ok(listing)
    }

    /// Sums of the sessions that fulfil the conditions of `visible`. Blocks.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn summary(
        &self,
        query: &SummaryQuery,
        visible: &[Condition],
        now: Timestamp,
    ) -> Result<Summary, StoreError> {
        self.sums_index().sums(query, visible, now)
    }

    /// How often each rule found something in sessions that fulfil the conditions of `visible`, and what
    /// people made of those. Blocks.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn tallies(&self, visible: &[Condition]) -> Result<Vec<RuleTally>, StoreError> {
        self.sums_index().tallies(visible)
    }

    /// The row of one recording as it stands now. A session that has just started is known before
    /// the index has it.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn row(&self, tsid: Tsid) -> Result<Option<SessionRow>, StoreError> {
        self.row_of(&self.index(), tsid)
    }

    /// The same for who has an index of his own, and so waits for no console's list.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn row_of(&self, index: &Index, tsid: Tsid) -> Result<Option<SessionRow>, StoreError> {
        if let Some(mut row) = index.get(tsid)? {
            self.correct(&mut row);
            return Ok(Some(row));
        }
        let running = self.registry.by_tsid(tsid);
        Ok(running.map(|session| {
            let row = session.row(session.state(), None);
            SessionRow { duration_s: session.lasted().as_secs_f64(), ..row }
        }))
    }

    /// All about one recording. Blocks.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn show(&self, tsid: Tsid) -> Result<Option<Detail>, StoreError> {
        let Some(row) = self.row(tsid)? else { return Ok(None) };
        let directory = self.directory(tsid);
        let (start, end) =
            directory.session().map_or((None, None), |(start, end)| (Some(start), end));
        let (acks, incomplete) = (directory.acks(ACKS_MAX), directory.incomplete());
        let incidents = directory.incidents();
        Ok(Some(Detail { row, start, end, acks, incomplete, incidents }))
    }

    /// The recording of a session that is not running any more.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn find(&self, session: SessionId) -> Result<Option<Tsid>, StoreError> {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner).find(session)
    }

    /// The rules shall look at a recording once more that was assessed.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn forget_assessment(&self, tsid: Tsid) -> Result<(), StoreError> {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner).forget_assessment(tsid)
    }

    /// The files of a recording.
    pub fn directory(&self, tsid: Tsid) -> Directory {
        Directory(self.layout.directory(tsid))
    }

    /// The same, to write beside the recording. A session that has just started may have no directory
    /// yet: it gets it now, and its recording comes into it.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn beside(&self, tsid: Tsid) -> Result<Directory, StoreError> {
        if self.registry.by_tsid(tsid).is_some() {
            self.layout.make(tsid)?;
        }
        Ok(self.directory(tsid))
    }

    /// The index is written at start and end only; between them the session itself knows.
    fn correct(&self, row: &mut SessionRow) {
        if let Some(session) = self.registry.by_tsid(row.tsid).filter(|_| row.state.is_open()) {
            row.state = session.state();
            row.events = session.stored().0;
            row.duration_s = session.lasted().as_secs_f64();
        }
    }

    fn sums_index(&self) -> MutexGuard<'_, Index> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const ROWS_MAX: u32 = 1000;
/// A page is JSON in one frame, with a few fields around it.
const PAGE_BYTES_MAX: usize = FRAME_PAYLOAD_BYTES_MAX - 1024;
const ACKS_MAX: usize = 1000;

//! The search on the deck's thread: in slices, over what the index keeps of what was shown, then over what
//! there was no room for in it, by reading that once more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::limits::SEARCH_HITS_MAX;
use sudolog_core::term::{Coverage, Gathered, Harvest, Index, Page, Pattern, Place, Scan};

use crate::source::{Recording, RecordingError};

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Which search this is, counted by the screen.
    pub number: u64,
    /// Absent when nothing is searched for any more.
    pub pattern: Option<Arc<Pattern>>,
    /// Which of the hits are wanted.
    pub page: Page,
}

/// What a search brought since the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which search.
    pub number: u64,
    /// What was found.
    pub hits: Gathered,
    /// All there is now is searched, or all that is wanted.
    pub caught_up: bool,
    /// There are more hits behind those that were told: no more are looked for.
    pub is_full: bool,
    /// So many hits lie before those that are told.
    pub skipped: u64,
    /// The last event that was searched, where that is known.
    pub searched: Option<u64>,
    /// What of the recording is searched.
    pub coverage: Coverage,
}

/// A search and how far it is.
#[derive(Default)]
pub(super) struct Search {
    sought: Sought,
    stage: Stage,
    caught_up: bool,
    /// That all of it was searched was told.
    told: bool,
    told_at: Option<Instant>,
}

/// What is being searched.
#[derive(Default)]
enum Stage {
    #[default]
    Nothing,
    /// What the index keeps, from here on.
    Text(Box<Harvest>, Place),
    /// What it does not.
    Beyond(Box<Scan>),
}

impl Search {
    pub(super) fn new(sought: Sought) -> Self {
        let harvest = sought
            .pattern
            .clone()
            .map(|pattern| Box::new(Harvest::new(pattern, sought.page, SEARCH_HITS_MAX)));
        let stage = harvest.map_or(Stage::Nothing, |new| Stage::Text(new, Place::default()));
        Self { sought, stage, ..Self::default() }
    }

    pub(super) fn number(&self) -> u64 {
        self.sought.number
    }

    /// There may be more to search.
    pub(super) fn read_on(&mut self) {
        self.caught_up = false;
    }

    /// True while there is something to do.
    pub(super) fn is_due(&self) -> bool {
        !self.caught_up && !matches!(self.stage, Stage::Nothing)
    }

    /// Searches one slice of what was read; gives what is worth telling.
    pub(super) fn go_on(
        &mut self,
        index: &Index,
        recording: &mut dyn Recording,
        at_end: bool,
    ) -> Result<Option<Finding>, RecordingError> {
        let mut coverage = index.text().map(|text| text.coverage()).unwrap_or_default();
        let mut searched = None;
        self.caught_up = match &mut self.stage {
            Stage::Nothing => true,
            Stage::Text(harvest, place) => search_text(index, harvest, place),
            Stage::Beyond(scan) => {
                let caught_up = search_beyond(scan, recording, index.seq())?;
                searched = Some(scan.seq());
                coverage.missed = coverage.missed.saturating_add(scan.coverage().missed);
                caught_up
            }
        };
        self.go_beyond(index, at_end);
        let Some(harvest) = self.harvest() else { return Ok(None) };
        let (is_full, skipped) = (harvest.is_full(), harvest.skipped());
        self.caught_up |= is_full;
        let is_ranked = self.sought.pattern.as_ref().is_some_and(|pattern| pattern.is_fuzzy());
        let due = self.told_at.is_none_or(|at| at.elapsed() >= TELL_INTERVAL);
        // Where each of them takes the place of the one before, now and then is enough.
        if is_ranked && !due && !self.caught_up {
            return Ok(None);
        }
        let hits = self.harvest().map_or(Gathered::Best(None), Harvest::take);
        let caught_up = self.caught_up && (at_end || is_full);
        let is_on_the_way = due && searched.is_some() && !self.caught_up;
        if hits.is_nothing() && !is_on_the_way && (!caught_up || self.told) {
            return Ok(None);
        }
        (self.told, self.told_at) = (caught_up, Some(Instant::now()));
        let number = self.sought.number;
        Ok(Some(Finding { number, hits, caught_up, is_full, skipped, searched, coverage }))
    }

    /// Behind the text of a recording that is read goes on what there was no room for.
    fn go_beyond(&mut self, index: &Index, at_end: bool) {
        if !self.caught_up || !index.has_beyond() {
            return;
        }
        match std::mem::take(&mut self.stage) {
            Stage::Text(harvest, _) if at_end && !harvest.is_full() => {
                let scan = index.scan_beyond(*harvest);
                self.caught_up = scan.is_none();
                self.stage = scan.map_or(Stage::Nothing, |scan| Stage::Beyond(Box::new(scan)));
            }
            other => self.stage = other,
        }
    }

    fn harvest(&mut self) -> Option<&mut Harvest> {
        match &mut self.stage {
            Stage::Nothing => None,
            Stage::Text(harvest, _) => Some(harvest),
            Stage::Beyond(scan) => Some(scan.harvest()),
        }
    }
}

/// Searches a slice of the text; `true` when that was all.
fn search_text(index: &Index, harvest: &mut Harvest, place: &mut Place) -> bool {
    let Some(text) = index.text() else { return true };
    let (next, caught_up) = harvest.search(text, *place);
    *place = next;
    if caught_up && !index.has_beyond() {
        harvest.settle();
    }
    caught_up
}

/// Reads and searches a piece up to this event; `true` when that was all.
fn search_beyond(
    scan: &mut Scan,
    recording: &mut dyn Recording,
    last: u64,
) -> Result<bool, RecordingError> {
    let from = scan.seq().saturating_add(1);
    let events = if from <= last { recording.read(from)? } else { Vec::new() };
    events.iter().take_while(|event| event.seq() <= last).for_each(|event| scan.push(event));
    if events.is_empty() {
        scan.settle();
    }
    Ok(events.is_empty())
}

/// How far a search is that takes its time is told this often.
const TELL_INTERVAL: Duration = Duration::from_millis(100);

//! A search in one recording, where it lies.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::limits::{SEARCH_HITS_MAX, SEARCH_RANKED_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::term::{Gathered, Harvest, Hit, Page, Pattern, PatternKind, Scan, Streams};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Failure, FoundHit, Hits, Outcome};

use super::request::{Asked, blocking, failure};
use crate::authz::Right;
use crate::store::{Directory, Numbered};

/// What is searched for.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub(super) text: String,
    pub(super) kind: PatternKind,
    /// Which of the hits are wanted.
    pub(super) page: Page,
    /// On the screen.
    pub(super) streams: Streams,
    /// A running session is searched on as it grows.
    pub(super) follow: bool,
}

/// A search on its way.
struct Searching {
    scan: Scan,
    events: Numbered<Directory>,
    seq: u64,
    damage: Option<String>,
}

/// What one slice of a search brought.
struct Slice {
    hits: Vec<FoundHit>,
    /// How far the search is, and what else there is to say of it.
    state: Hits,
}

impl Asked {
    /// Tells hits as they are found. Nothing is read while others have the processors.
    pub(super) async fn search(
        &self,
        id: u32,
        tsid: Tsid,
        sought: Sought,
    ) -> Result<Outcome, Failure> {
        let Sought { text, kind, page, streams, follow } = sought;
        let read = text.clone();
        let pattern = blocking(move || Pattern::read(&read, kind)).await?;
        let pattern = pattern.map_err(|error| failure(Cause::Malformed, &error.to_string()))?;
        let directory = self.at_gate(move |gate| gate.enter(Right::Search, tsid, &text)).await?;
        let harvest = Harvest::new(Arc::new(pattern), page, SEARCH_HITS_MAX);
        let begin = move || Box::new(Searching::new(harvest, streams, directory));
        let mut searching = blocking(begin).await?;
        loop {
            // Asked before the files: what comes until then is read.
            let goes_on = follow && self.is_running(tsid);
            let before = searching.seq;
            let place = self.place_at_work().await;
            let (next, Slice { hits, state }) = self.at_work(move || searching.slice()).await?;
            drop(place);
            searching = next;
            for hits in hits.chunks(HITS_PER_FRAME) {
                let state = Hits { caught_up: false, is_full: false, ..state.clone() };
                let hits = Hits { seq: before, hits: hits.to_vec(), ..state };
                self.send(&Message::Hits(hits), id).await;
            }
            let (caught_up, is_full) = (state.caught_up, state.is_full);
            // Also while nothing happens: so a console notices in time that it searches for something else.
            self.send(&Message::Hits(Hits { is_best: false, ..state }), id).await;
            if self.frames.is_closed() || is_full || (caught_up && !goes_on) {
                return Ok(Outcome::Done);
            }
            if caught_up {
                tokio::time::sleep(FOLLOW_INTERVAL).await;
            }
        }
    }
}

impl Searching {
    fn new(harvest: Harvest, streams: Streams, directory: Directory) -> Self {
        let (lines, columns) = directory.size();
        let scan = Scan::new(harvest, lines, columns).with_streams(streams);
        Self { scan, events: Numbered::new(directory), seq: 0, damage: None }
    }

    /// Searches on, 20 to 40 ms; gives the hits, and how far it is.
    fn slice(mut self: Box<Self>) -> (Box<Self>, Slice) {
        let (mut bytes, begun) = (0, Instant::now());
        let caught_up = loop {
            if bytes >= SLICE_BYTES || begun.elapsed() >= SLICE_TIME {
                break false;
            }
            match self.events.next_event() {
                Ok(Some(event)) => {
                    bytes += event.data().len() + 1;
                    self.seq = event.seq();
                    self.scan.push(&event);
                }
                Ok(None) => break true,
                Err(damage) => {
                    self.damage = Some(damage.to_string());
                    break true;
                }
            }
        };
        if caught_up {
            self.scan.settle();
        }
        let missed = self.scan.coverage().missed;
        let harvest = self.scan.harvest();
        let gathered = harvest.take();
        let is_best = matches!(gathered, Gathered::Best(_));
        let hits = gathered.into_hits().iter().map(Hit::to_wire).collect();
        let state = Hits {
            seq: self.seq,
            hits: Vec::new(),
            caught_up,
            is_full: harvest.is_full(),
            skipped: harvest.skipped(),
            is_best,
            has_pages: true,
            missed,
            damage: self.damage.as_deref().map(Into::into),
        };
        (self, Slice { hits, state })
    }
}

/// Hits of about 600 bytes each; a frame holds more. The best lines are one frame.
const HITS_PER_FRAME: usize = 256;
const _: () = assert!(SEARCH_RANKED_MAX <= HITS_PER_FRAME);
const SLICE_BYTES: usize = 1024 * 1024;
/// However expensive the output is, others get their turn.
const SLICE_TIME: Duration = Duration::from_millis(30);
/// How often a running session is searched on.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(1);

//! A search in one recording, where it lies.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::limits::SEARCH_HITS_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::term::{Hit, Pattern, Scan, Streams};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Failure, FoundHit, Hits, Outcome};

use super::request::{Asked, blocking, failure};
use crate::authz::Right;
use crate::store::{Directory, Numbered};

/// What is searched for.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub(super) text: String,
    pub(super) regex: bool,
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
    /// Hits told so far.
    told: usize,
    damage: Option<String>,
}

impl Asked {
    /// Tells hits as they are found. Nothing is read while others have the processors.
    pub(super) async fn search(
        &self,
        id: u32,
        tsid: Tsid,
        sought: Sought,
    ) -> Result<Outcome, Failure> {
        let Sought { text, regex, streams, follow } = sought;
        let read = text.clone();
        let read = move || if regex { Pattern::regex(&read) } else { Pattern::literal(&read) };
        let pattern = blocking(read).await?;
        let pattern = pattern.map_err(|error| failure(Cause::Malformed, &error.to_string()))?;
        let directory = self.at_gate(move |gate| gate.enter(Right::Search, tsid, &text)).await?;
        let begin = move || Box::new(Searching::new(Arc::new(pattern), streams, directory));
        let mut searching = blocking(begin).await?;
        loop {
            // Asked before the files: what comes until then is read.
            let goes_on = follow && self.is_running(tsid);
            let before = searching.seq;
            let place = self.place_at_work().await;
            let (next, (hits, state)) = self.at_work(move || searching.slice()).await?;
            drop(place);
            searching = next;
            for hits in hits.chunks(HITS_PER_FRAME) {
                let hits = Hits { hits: hits.to_vec(), ..Hits::default() };
                self.send(&Message::Hits(Hits { seq: before, ..hits }), id).await;
            }
            let (caught_up, is_full) = (state.caught_up, state.is_full);
            // Also while nothing happens: so a console notices in time that it searches for something else.
            self.send(&Message::Hits(state), id).await;
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
    fn new(pattern: Arc<Pattern>, streams: Streams, directory: Directory) -> Self {
        let (lines, columns) = directory.size();
        let scan = Scan::new(pattern, lines, columns).with_streams(streams);
        Self { scan, events: Numbered::new(directory), seq: 0, told: 0, damage: None }
    }

    /// Searches on, 20 to 40 ms; gives the hits, and how far it is.
    fn slice(mut self: Box<Self>) -> (Box<Self>, (Vec<FoundHit>, Hits)) {
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
        let room = SEARCH_HITS_MAX.saturating_sub(self.told);
        let found = self.scan.take_hits();
        let is_full = found.len() > room;
        let hits: Vec<_> = found.iter().take(room).map(Hit::to_wire).collect();
        self.told += hits.len();
        let coverage = self.scan.coverage();
        let until_ns = coverage.until.map(|at| u64::try_from(at.as_nanos()).unwrap_or(u64::MAX));
        let state = Hits {
            seq: self.seq,
            hits: Vec::new(),
            caught_up,
            is_full,
            until_ns,
            missed: coverage.missed,
            damage: self.damage.as_deref().map(Into::into),
        };
        (self, (hits, state))
    }
}

/// Hits of about 600 bytes each; a frame holds more.
const HITS_PER_FRAME: usize = 256;
const SLICE_BYTES: usize = 1024 * 1024;
/// However expensive the output is, others get their turn.
const SLICE_TIME: Duration = Duration::from_millis(30);
/// How often a running session is searched on.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(1);

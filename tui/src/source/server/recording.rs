//! A recording on a server, read in pieces as those in directories are.
//!
//! Calls block, so they must not be made from an asynchronous task; the runtime that the client was
//! made on must be running elsewhere.

use sudolog_core::limits::REPLAY_READ_BYTES;
use sudolog_core::session::{Event, Incident, Tsid};
use sudolog_core::wire::message::{Cause, Detail, Failure};

use super::looking::{RemoteLooker, RemoteOutliner};
use super::searching::RemoteSearcher;
use super::{Client, ClientError, Item, Stream};
use crate::source::{About, Distant, Proof, Recording, RecordingError, Standing};

/// One session of a server.
pub struct RemoteRecording {
    client: Client,
    detail: Detail,
    about: About,
    standing: Standing,
    reading: Option<Reading>,
    /// The last event that was ever given.
    farthest: u64,
}

/// A request that brings events, and the number of the next one.
struct Reading {
    stream: Stream,
    next: u64,
}

/// How a piece ended.
enum PieceEnd {
    /// There is more behind it.
    More,
    /// The server has no more now.
    Last,
    /// The server cannot read on, for this reason.
    Damaged(String),
}

impl RemoteRecording {
    /// Asks the server for the session.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::is_not_found`] when there is no such session.
    pub fn open(client: Client, tsid: Tsid) -> Result<Self, ClientError> {
        let detail = client.show_blocking(tsid)?;
        let standing = Standing::Growing;
        let about = about(&detail);
        Ok(Self { client, detail, about, standing, reading: None, farthest: 0 })
    }

    /// All that the server said of the session when it was last asked: when it was opened, and when
    /// [`read`](Recording::read) first came to the end.
    pub fn detail(&self) -> &Detail {
        &self.detail
    }

    /// Events from `from` on, over the running request when it stands there.
    fn piece(&mut self, from: u64) -> Result<(Vec<Event>, PieceEnd), ClientError> {
        let mut reading = match self.reading.take() {
            Some(reading) if reading.next == from => reading,
            _ => {
                let stream = self.client.read_blocking(self.detail.row.tsid, from)?;
                Reading { stream, next: from }
            }
        };
        let (mut events, mut bytes) = (Vec::new(), 0);
        while bytes < REPLAY_READ_BYTES {
            let event = match reading.stream.next_blocking() {
                Ok(Some(Item::Event(event))) if event.seq() == reading.next => event,
                Ok(Some(Item::Event(event))) => {
                    let (got, want) = (event.seq(), reading.next);
                    let gap = format!("event {got} came in place of {want}");
                    return Ok((events, PieceEnd::Damaged(gap)));
                }
                Ok(Some(_)) => continue,
                Ok(None) => return Ok((events, PieceEnd::Last)),
                Err(ClientError::Failed(Failure { cause: Cause::Storage, text })) => {
                    return Ok((events, PieceEnd::Damaged(text.escaped().to_string())));
                }
                // What has come is good; the next call meets the trouble again.
                Err(_) if !events.is_empty() => return Ok((events, PieceEnd::More)),
                Err(error) => return Err(error),
            };
            reading.next += 1;
            bytes += event.data().len() + EVENT_OVERHEAD_BYTES;
            events.push(event);
        }
        self.reading = Some(reading);
        Ok((events, PieceEnd::More))
    }

    /// How the session stands now, when the server gives no more events.
    fn settle(&mut self) -> Result<(), ClientError> {
        self.detail = self.client.show_blocking(self.detail.row.tsid)?;
        self.about = about(&self.detail);
        if !self.detail.row.state.is_open() {
            let flaw = self.detail.incomplete.as_ref().map(|text| text.escaped().to_string());
            self.standing = flaw.map_or(Standing::Whole, Standing::Unfinished);
        }
        Ok(())
    }
}

impl Recording for RemoteRecording {
    fn about(&self) -> &About {
        &self.about
    }

    fn read(&mut self, from: u64) -> Result<Vec<Event>, RecordingError> {
        let (mut events, mut end) = self.piece(from)?;
        if events.is_empty() && self.standing == Standing::Growing {
            self.settle()?;
            // More may have come before the session was seen to have ended.
            if matches!(end, PieceEnd::Last) && self.detail.row.events >= from {
                (events, end) = self.piece(from)?;
            }
        }
        if let (true, PieceEnd::Damaged(reason)) = (events.is_empty(), end) {
            self.standing = Standing::Damaged(reason);
        }
        self.farthest = self.farthest.max(events.last().map_or(0, Event::seq));
        Ok(events)
    }

    fn standing(&self) -> &Standing {
        &self.standing
    }

    fn progress(&self) -> Option<(u64, u64)> {
        Some((self.farthest, self.detail.row.events.max(self.farthest)))
    }

    fn incidents(&mut self) -> Result<&[Incident], RecordingError> {
        Ok(&self.detail.incidents)
    }

    fn distant(&self) -> Option<Distant> {
        let outliner = RemoteOutliner::new(self.client.clone(), self.detail.clone());
        let looker = RemoteLooker::new(self.client.clone(), self.detail.row.tsid);
        let searcher = RemoteSearcher::new(self.client.clone(), self.detail.row.tsid, true);
        Some(Distant {
            outliner: Box::new(outliner),
            looker: Box::new(looker),
            searcher: Box::new(searcher),
        })
    }

    fn proof(&mut self) -> Result<Option<Proof>, RecordingError> {
        let Detail { start, end, acks, .. } = self.client.show_blocking(self.detail.row.tsid)?;
        Ok(start.map(|start| Proof { start, end, acks, bad_line: None }))
    }
}

pub(super) fn about(detail: &Detail) -> About {
    let size = detail.start.as_ref().map_or((0, 0), |start| (start.lines, start.columns));
    let mut about = About { lines: size.0, columns: size.1, ..About::from(detail.row.clone()) };
    let last = detail.acks.last().map_or(0, |ack| ack.seq);
    about.signed = detail.start.is_some().then_some(last);
    // Until a session has ended nobody knows how long it is; then its end does, as in a directory.
    if let Some(end) = &detail.end {
        about.duration_s = Some(end.run_time_ns as f64 / 1e9);
    }
    about
}

/// What an event costs in memory beside its data, about.
const EVENT_OVERHEAD_BYTES: usize = 64;

//! Answering one request. Dropping the answer's future ends it: no frame of it is sent after that.

use std::sync::Arc;

use bytes::Bytes;
use sudolog_core::session::Tsid;
use sudolog_core::term::{Page, PatternKind, Streams};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Failure, OrderKind, Outcome, PlaceQuery, RequestBody};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};

use super::gate::Gate;
use super::looking::Wanted;
use super::reading::{Reading, Then};
use super::searching::Sought;
use crate::authz::Right;
use crate::live::{Hub, WatchItem};
use crate::shelf::Shelf;

/// What is needed to answer.
pub(super) struct Asked {
    pub(super) gate: Arc<Gate>,
    pub(super) hub: Hub,
    pub(super) shelf: Shelf,
    /// So many requests of this console read recordings at once; the others wait.
    pub(super) places: Semaphore,
    pub(super) frames: mpsc::Sender<Bytes>,
}

impl Asked {
    /// Answers a request; streams go out while this runs.
    pub(super) async fn answer(&self, id: u32, body: RequestBody) -> Outcome {
        let answered = match body {
            RequestBody::List(query) => {
                self.at_gate(move |gate| gate.list(&query)).await.map(Outcome::Sessions)
            }
            RequestBody::Show { tsid } => {
                let shown = self.at_gate(move |gate| gate.show(tsid)).await;
                shown.map(|detail| Outcome::Session(Box::new(detail)))
            }
            RequestBody::Read { tsid, from_seq } => self.read(id, tsid, from_seq).await,
            RequestBody::Outline { tsid, known } => self.outline(id, tsid, known).await,
            RequestBody::Look { tsid, seq, screen, streams, bytes } => {
                let streams = Streams::from_wire(streams);
                self.look(id, tsid, Wanted { seq, screen, streams, bytes }).await
            }
            RequestBody::Search { tsid, text, regex, streams, follow, fuzzy, after, before } => {
                let streams = Streams::from_wire(streams);
                let kind = kind_of(regex, fuzzy);
                let page = before.map_or(Page::After(after.unwrap_or(0)), Page::Before);
                self.search(id, tsid, Sought { text, kind, page, streams, follow }).await
            }
            RequestBody::Watch { tsid } => self.watch(id, tsid).await,
            RequestBody::Order { tsid, kind, why } => self.order(tsid, kind, why).await,
            RequestBody::Rules => {
                let rules = self.at_gate(Gate::rules).await;
                rules.map(|rules| Outcome::Rules(Box::new(rules)))
            }
            RequestBody::TryRules { text } => self.try_rules(text).await,
            RequestBody::SetRules { base, text, why } => {
                let set = self.at_gate(move |gate| gate.set_rules(&base, &text, &why)).await;
                set.map(|()| Outcome::Done)
            }
            RequestBody::Review { tsid } => {
                let reviewed = self.at_gate(move |gate| gate.review(tsid)).await;
                reviewed.map(|review| Outcome::Review(Box::new(review)))
            }
            RequestBody::Judge(judgement) => {
                let judged = self.at_gate(move |gate| gate.judge(&judgement)).await;
                judged.map(|()| Outcome::Done)
            }
            RequestBody::Summary(query) => {
                self.through_all(move |gate| gate.summary(&query)).await.map(Outcome::Summary)
            }
            RequestBody::Facets(among) => {
                self.through_all(move |gate| gate.shared(&among)).await.map(Outcome::Facets)
            }
            RequestBody::Find(query) => {
                self.through_all(move |gate| gate.find_near(&query)).await.map(Outcome::Sessions)
            }
            RequestBody::Place(query) => self.place(query).await,
            RequestBody::Views(query) => {
                self.at_gate(move |gate| gate.views(&query)).await.map(Outcome::Views)
            }
            RequestBody::Changes => self.changes(id).await,
            RequestBody::Events(query) => {
                self.at_gate(move |gate| gate.events(&query)).await.map(Outcome::Events)
            }
            RequestBody::Alerts(query) => {
                self.at_gate(move |gate| gate.alerts(&query)).await.map(Outcome::Alerts)
            }
            RequestBody::Alert(act) => {
                self.at_gate(move |gate| gate.alert(&act)).await.map(|()| Outcome::Done)
            }
            RequestBody::Cancel { .. } | RequestBody::Unknown => {
                Err(failure(Cause::Malformed, "this server does not know the request"))
            }
        };
        answered.unwrap_or_else(Outcome::Failed)
    }

    pub(super) async fn send(&self, message: &Message, stream: u32) {
        // A console that is gone needs no answer.
        let _ = self.frames.send(message.to_bytes(stream)).await;
    }

    /// The console's own socket sets the pace: a full queue stops the reading.
    async fn read(&self, id: u32, tsid: Tsid, from_seq: u64) -> Result<Outcome, Failure> {
        let directory = self.at_gate(move |gate| gate.enter(Right::Read, tsid, "")).await?;
        let mut reading = Box::new(Reading::new(directory, from_seq, id));
        loop {
            let piece = blocking(move || reading.turn()).await?;
            if !piece.frames.is_empty() && self.frames.send(piece.frames).await.is_err() {
                return Ok(Outcome::Done);
            }
            reading = match piece.then {
                Then::More(reading) => reading,
                Then::Done => return Ok(Outcome::Done),
                Then::Damaged(damage) => {
                    let text = format!("the recording is damaged: {damage}");
                    return Err(failure(Cause::Storage, &text));
                }
            };
        }
    }

    /// Waits for a place among those of this console that read recordings.
    pub(super) async fn place_at_work(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// Does a slice of work once there is a processor for it. It keeps the processor to its end, also
    /// when nobody waits for the answer any more.
    pub(super) async fn at_work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let worker = self.shelf.worker().await;
        let work = move || {
            let _worker = worker;
            work()
        };
        blocking(work).await
    }

    /// An order is done when nothing can make it undone.
    async fn order(&self, tsid: Tsid, kind: OrderKind, why: Untrusted) -> Result<Outcome, Failure> {
        let recorded = self.at_gate(move |gate| gate.order(tsid, kind, &why)).await?;
        let text = "the order was not recorded, and nothing was done: the server is stopping";
        recorded.await.map(|()| Outcome::Done).map_err(|_| failure(Cause::Storage, text))
    }

    async fn place(&self, query: PlaceQuery) -> Result<Outcome, Failure> {
        let at = self.through_all(move |gate| gate.place(&query)).await?;
        Ok(Outcome::Place { at })
    }

    /// What goes through all sessions: as much of it at once as there are processors, however many ask, so
    /// that hosts never wait for a thread.
    async fn through_all<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Gate) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let gate = Arc::clone(&self.gate);
        self.at_work(move || work(&gate)).await?
    }

    /// True while more may come of a session.
    pub(super) fn is_running(&self, tsid: Tsid) -> bool {
        self.gate.recorder.registry().by_tsid(tsid).is_some()
    }

    async fn watch(&self, id: u32, tsid: Tsid) -> Result<Outcome, Failure> {
        let _stay = self.at_gate(move |gate| gate.watch(tsid)).await?;
        let mut seen = false;
        while let Some(mut watch) = self.hub.watch(tsid).map_err(no_thread)? {
            while let Some(item) = watch.recv().await {
                seen = true;
                match item {
                    WatchItem::Keyframe(dump) => self.send(&Message::Keyframe(dump), id).await,
                    WatchItem::Event(event) => self.send(&Message::Event(event), id).await,
                    WatchItem::Ended => return Ok(Outcome::Done),
                }
            }
        }
        if seen {
            return Ok(Outcome::Done);
        }
        Err(failure(Cause::NotFound, &format!("session {tsid} is not running")))
    }

    pub(super) async fn at_gate<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Gate) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let gate = Arc::clone(&self.gate);
        blocking(move || work(&gate)).await?
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| failure(Cause::Other, "the server failed to answer; its log says why"))
}

fn no_thread(error: std::io::Error) -> Failure {
    tracing::error!("no thread for a live view: {error}");
    failure(Cause::Other, "the server has no room for another live view; its log says why")
}

/// How a search reads its text.
fn kind_of(regex: bool, fuzzy: bool) -> PatternKind {
    match (regex, fuzzy) {
        (_, true) => PatternKind::Fuzzy,
        (true, false) => PatternKind::Regex,
        (false, false) => PatternKind::Text,
    }
}

pub(super) fn failure(cause: Cause, text: &str) -> Failure {
    Failure { cause, text: text.into() }
}

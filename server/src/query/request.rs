//! Answering one request.

use bytes::Bytes;
use sudolog_core::iolog::Reader;
use sudolog_core::session::Tsid;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Failure, Outcome, Query, RequestBody};
use tokio::sync::mpsc;

use crate::authz::Operator;
use crate::listener::Services;
use crate::live::WatchItem;
use crate::store::StoreError;

/// Who asks, and what is needed to answer.
pub(super) struct Asked {
    pub(super) operator: Operator,
    /// Address or "local".
    pub(super) from: String,
    pub(super) services: Services,
    pub(super) frames: mpsc::Sender<Bytes>,
}

impl Asked {
    /// Answers a request; streams go out while this runs.
    pub(super) async fn answer(&self, id: u32, body: RequestBody) -> Outcome {
        let answered = match body {
            RequestBody::List(query) => self.list(query).await,
            RequestBody::Show { tsid } => self.show(tsid).await,
            RequestBody::Read { tsid, from_seq } => self.read(id, tsid, from_seq).await,
            RequestBody::Watch { tsid } => self.watch(id, tsid).await,
            RequestBody::Cancel { .. } | RequestBody::Unknown => {
                Err(failure(Cause::Malformed, "this server does not know the request"))
            }
        };
        answered.unwrap_or_else(Outcome::Failed)
    }

    async fn list(&self, query: Query) -> Result<Outcome, Failure> {
        self.log("list", None, &query.text)?;
        let (catalog, operator) = (self.services.recorder.catalog().clone(), self.operator.clone());
        let listing = blocking(move || catalog.list(&query, |row| operator.may_see(row))).await?;
        Ok(Outcome::Sessions(listing))
    }

    async fn show(&self, tsid: Tsid) -> Result<Outcome, Failure> {
        self.permit("show", tsid).await?;
        let catalog = self.services.recorder.catalog().clone();
        let detail = blocking(move || catalog.show(tsid)).await?.ok_or_else(|| not_found(tsid))?;
        Ok(Outcome::Session(Box::new(detail)))
    }

    /// The console's own socket sets the pace: a full queue stops the reading.
    async fn read(&self, id: u32, tsid: Tsid, from_seq: u64) -> Result<Outcome, Failure> {
        self.permit("read", tsid).await?;
        let directory = self.services.recorder.catalog().directory(tsid);
        let frames = self.frames.clone();
        let read = tokio::task::spawn_blocking(move || {
            let mut reader = Reader::new(directory);
            while let Some(event) = reader.next_event()? {
                let wanted = event.seq() >= from_seq;
                if wanted && frames.blocking_send(Message::Event(event).to_bytes(id)).is_err() {
                    break;
                }
            }
            Ok::<_, sudolog_core::iolog::Damage>(())
        });
        match read.await {
            Ok(Ok(())) => Ok(Outcome::Done),
            Ok(Err(damage)) => {
                Err(failure(Cause::Storage, &format!("the recording is damaged: {damage}")))
            }
            Err(_) => Err(failure(Cause::Other, "the server ended the reading")),
        }
    }

    async fn watch(&self, id: u32, tsid: Tsid) -> Result<Outcome, Failure> {
        self.permit("watch", tsid).await?;
        let mut seen = false;
        while let Some(mut watch) = self.services.hub.watch(tsid).map_err(no_thread)? {
            seen = true;
            while let Some(item) = watch.recv().await {
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

    /// Checks that the operator may see the session, and writes down that they do. A session that
    /// they may not see does not exist for them.
    async fn permit(&self, action: &str, tsid: Tsid) -> Result<(), Failure> {
        let catalog = self.services.recorder.catalog().clone();
        let row = blocking(move || catalog.row(tsid)).await?;
        if row.is_some_and(|row| self.operator.may_see(&row)) {
            self.log(action, Some(tsid), "")
        } else {
            self.log(&format!("{action} refused"), Some(tsid), "")?;
            Err(not_found(tsid))
        }
    }

    fn log(&self, action: &str, tsid: Option<Tsid>, detail: &str) -> Result<(), Failure> {
        self.services.access.record(&self.operator, &self.from, action, tsid, detail).map_err(
            |error| {
                tracing::error!(
                    "ALARM: the access log cannot be written, nothing is shown: {error}"
                );
                failure(
                    Cause::Storage,
                    "the server cannot write its access log, so it shows nothing",
                )
            },
        )
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::error!("{error}");
            Err(failure(Cause::Storage, "the server cannot read its store; its log says why"))
        }
        Err(_) => Err(failure(Cause::Other, "the server failed to answer; its log says why")),
    }
}

fn no_thread(error: std::io::Error) -> Failure {
    tracing::error!("no thread for a live view: {error}");
    failure(Cause::Other, "the server has no room for another live view; its log says why")
}

fn not_found(tsid: Tsid) -> Failure {
    failure(Cause::NotFound, &format!("there is no session {tsid}"))
}

fn failure(cause: Cause, text: &str) -> Failure {
    Failure { cause, text: text.into() }
}

//! Playing from afar: the outline of a recording, and any moment of it without what lies before.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use sudolog_core::limits::{LOOK_BYTES_MAX, OUTLINE_PIECE_TIME};
use sudolog_core::session::Tsid;
use sudolog_core::term::Streams;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Failure, Outcome, OutlineKnown};
use tokio::time::Instant;

use super::request::{Asked, blocking, failure};
use crate::shelf::{Place, Survey};

/// What is wanted of a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The event.
    pub(super) seq: u64,
    /// The screen after it.
    pub(super) screen: bool,
    /// What is put on it.
    pub(super) streams: Streams,
    /// Data of the events that follow, about.
    pub(super) bytes: u32,
}

impl Asked {
    /// What the console does not have yet, or the beginning of that. The first to ask for a long
    /// recording waits while it is surveyed, a piece at a time.
    pub(super) async fn outline(
        &self,
        id: u32,
        tsid: Tsid,
        known: OutlineKnown,
    ) -> Result<Outcome, Failure> {
        let survey = self.survey(tsid, Streams::default()).await?;
        let until = Instant::now() + OUTLINE_PIECE_TIME;
        let mut more = true;
        while more && Instant::now() < until {
            more = self.read_on(&survey).await?;
        }
        let (moments, outline) = blocking(move || survey.outline(known, !more)).await?;
        for moments in moments {
            self.send(&Message::Moments(moments), id).await;
        }
        Ok(Outcome::Outline(Box::new(outline)))
    }

    /// The screen after an event and some that follow.
    pub(super) async fn look(
        &self,
        id: u32,
        tsid: Tsid,
        wanted: Wanted,
    ) -> Result<Outcome, Failure> {
        let survey = self.survey(tsid, wanted.streams).await?;
        while survey.seq() < wanted.seq && self.read_on(&survey).await? {}
        let seq = wanted.seq.min(survey.seq());
        let Some(place) = survey.place_before(seq) else {
            return Err(failure(Cause::Other, "the recording has no beginning"));
        };
        let worker = self.shelf.worker().await;
        let frames = blocking(move || frames(&place, Wanted { seq, ..wanted }, id)).await?;
        drop(worker);
        // A console that is gone needs no answer.
        let _ = self.frames.send(frames).await;
        Ok(Outcome::Done)
    }

    async fn survey(&self, tsid: Tsid, streams: Streams) -> Result<Arc<Survey>, Failure> {
        let shelf = self.shelf.clone();
        let directory = self.at_gate(move |gate| gate.play(tsid)).await?;
        blocking(move || shelf.survey(tsid, streams, directory)).await
    }

    async fn read_on(&self, survey: &Arc<Survey>) -> Result<bool, Failure> {
        let _worker = self.shelf.worker().await;
        let survey = Arc::clone(survey);
        blocking(move || survey.read_on(SLICE_BYTES)).await
    }
}

/// KEYFRAME and EVENT frames from a place on.
fn frames(place: &Place, wanted: Wanted, stream: u32) -> Bytes {
    let (mut screen, mut elapsed) = (place.keyframe.to_screen(), place.keyframe.elapsed);
    let mut events = place.events();
    let mut out = BytesMut::new();
    let mut shown = false;
    let mut left = u64::from(wanted.bytes.min(LOOK_BYTES_MAX));
    // What cannot be read ends it: the outline says why.
    while left > 0 || !shown {
        let next = events.next_event().ok().flatten();
        let beyond = next.as_ref().is_none_or(|event| event.seq() > wanted.seq);
        if beyond && !shown {
            shown = true;
            if wanted.screen {
                let dump = screen.to_wire(wanted.seq, elapsed);
                Message::Keyframe(dump).encode(stream, &mut out);
            }
        }
        let Some(event) = next else { break };
        if beyond {
            left = left.saturating_sub(event.data().len() as u64 + 1);
            Message::Event(event).encode(stream, &mut out);
        } else if wanted.screen && event.seq() > place.keyframe.seq {
            elapsed = elapsed.saturating_add(Duration::from_nanos(event.delay_ns()));
            match wanted.streams.shown(&event) {
                Some(shown) => screen.apply(&shown),
                None => screen.pass(event.delay_ns()),
            }
        }
    }
    out.freeze()
}

/// What is surveyed at once: 10 to 20 ms.
const SLICE_BYTES: usize = 1024 * 1024;

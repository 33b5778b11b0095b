//! Playing from afar: the outline of a recording, and any moment of it without what lies before.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use sudolog_core::limits::{LOOK_BYTES_MAX, LOOK_TIME, OUTLINE_PIECE_TIME};
use sudolog_core::session::Tsid;
use sudolog_core::term::{SafeScreen, Streams};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Failure, Outcome, OutlineKnown};
use tokio::time::Instant;

use super::request::{Asked, blocking, failure};
use crate::shelf::{Place, Survey};
use crate::store::{Files, Numbered};

/// What is wanted of a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The event.
    pub(super) seq: u64,
    /// The screen after it.
    pub(super) screen: bool,
    /// What is put on it.
    pub(super) streams: Streams,
    /// How much of the events that follow, about.
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
        let _place = self.place_at_work().await;
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

    /// The screen after an event and some that follow. Of a long recording that nobody has asked the
    /// outline of, it may have to be asked more than once: others get their turn in between.
    pub(super) async fn look(
        &self,
        id: u32,
        tsid: Tsid,
        wanted: Wanted,
    ) -> Result<Outcome, Failure> {
        let _place = self.place_at_work().await;
        let survey = self.survey(tsid, wanted.streams).await?;
        let until = Instant::now() + LOOK_TIME;
        while survey.seq() < wanted.seq && self.read_on(&survey).await? {
            if Instant::now() >= until {
                let read = survey.seq();
                let text = format!("the recording is read up to event {read}; try again");
                return Err(failure(Cause::Other, &text));
            }
        }
        let wanted = Wanted { seq: wanted.seq.min(survey.seq()), ..wanted };
        let begin =
            move || Some(Box::new(Look::new(&survey.place_before(wanted.seq)?, wanted, id)));
        let Some(mut look) = blocking(begin).await? else {
            return Err(failure(Cause::Other, "the recording has no beginning"));
        };
        while !look.done && !self.frames.is_closed() {
            look = self.at_work(move || look.slice()).await?;
        }
        // A console that is gone needs no answer.
        let _ = self.frames.send(look.out.freeze()).await;
        Ok(Outcome::Done)
    }

    async fn survey(&self, tsid: Tsid, streams: Streams) -> Result<Arc<Survey>, Failure> {
        let shelf = self.shelf.clone();
        let directory = self.at_gate(move |gate| gate.play(tsid)).await?;
        let survey = blocking(move || shelf.survey(tsid, streams, directory)).await?;
        let full = "the server plays as much as it can hold; try again in a moment";
        survey.ok_or_else(|| failure(Cause::Other, full))
    }

    async fn read_on(&self, survey: &Arc<Survey>) -> Result<bool, Failure> {
        let survey = Arc::clone(survey);
        self.at_work(move || survey.read_on(SLICE_BYTES)).await
    }
}

/// A look on its way: KEYFRAME and EVENT frames from a place on.
struct Look {
    wanted: Wanted,
    stream: u32,
    screen: SafeScreen,
    /// The last event on the screen.
    seq: u64,
    elapsed: Duration,
    events: Numbered<Files>,
    /// What is to be sent. It ends with a whole frame.
    out: BytesMut,
    /// Set when the wanted event is passed: where the events begin in what is sent, behind its screen.
    events_from: Option<usize>,
    done: bool,
}

impl Look {
    fn new(place: &Place, wanted: Wanted, stream: u32) -> Self {
        Self {
            wanted,
            stream,
            screen: place.keyframe.to_screen(),
            seq: place.keyframe.seq,
            elapsed: place.keyframe.elapsed,
            events: place.events(),
            out: BytesMut::new(),
            events_from: None,
            done: false,
        }
    }

    /// Works on for some 20 ms. What cannot be read ends it: the outline says why.
    fn slice(mut self: Box<Self>) -> Box<Self> {
        let begun = Instant::now();
        let room = usize::try_from(self.wanted.bytes.min(LOOK_BYTES_MAX)).unwrap_or_default();
        while !self.done && begun.elapsed() < SLICE_TIME {
            let next = self.events.next_event().ok().flatten();
            let beyond = next.as_ref().is_none_or(|event| event.seq() > self.wanted.seq);
            if beyond && self.events_from.is_none() {
                self.pass();
            }
            match next {
                Some(event) if !beyond => {
                    if self.wanted.screen && event.seq() > self.seq {
                        let delay = Duration::from_nanos(event.delay_ns());
                        self.seq = event.seq();
                        self.elapsed = self.elapsed.saturating_add(delay);
                        self.screen.show(&event, self.wanted.streams);
                    }
                }
                Some(event) if room > 0 => {
                    Message::Event(event).encode(self.stream, &mut self.out);
                    self.done = self.out.len() >= room + self.events_from.unwrap_or_default();
                }
                Some(_) | None => self.done = true,
            }
        }
        self
    }

    fn pass(&mut self) {
        if self.wanted.screen {
            let dump = self.screen.to_wire(self.wanted.seq, self.elapsed);
            Message::Keyframe(dump).encode(self.stream, &mut self.out);
        }
        self.events_from = Some(self.out.len());
    }
}

/// What is surveyed at once: 10 to 20 ms.
const SLICE_BYTES: usize = 1024 * 1024;
/// However expensive the output is, others get their turn.
const SLICE_TIME: Duration = Duration::from_millis(20);

//! A recording on a server, played without fetching it.

use sudolog_core::session::{Event, Tsid};
use sudolog_core::term::{Keyframe, Moment, OutlineError, Outlined, Streams, Typing};
use sudolog_core::wire::message::{Detail, Outline};

use super::recording::about;
use super::{Client, ClientError, Item, Stream};
use crate::source::{Looker, Outliner, RecordingError, Standing, Told};

/// Asks for the outline.
pub(super) struct RemoteOutliner {
    client: Client,
    detail: Detail,
    outlined: Outlined,
    damage: Option<String>,
    /// As it was told last.
    typing: Typing,
    told: Option<(Detail, Option<Standing>)>,
}

impl RemoteOutliner {
    pub(super) fn new(client: Client, detail: Detail) -> Self {
        let (outlined, typing) = (Outlined::default(), Typing::default());
        Self { client, detail, outlined, damage: None, typing, told: None }
    }

    fn piece(&mut self) -> Result<(Vec<Moment>, Outline), ClientError> {
        let tsid = self.detail.row.tsid;
        let mut stream = self.client.outline_blocking(tsid, self.outlined.known())?;
        let mut new = Vec::new();
        while let Some(item) = stream.next_blocking()? {
            match item {
                Item::Moments(moments) => match self.outlined.take_moments(&moments) {
                    Ok(moments) => new.extend(moments),
                    Err(error) => return Err(self.protocol(&error)),
                },
                Item::Outline(outline) => return Ok((new, *outline)),
                Item::Keyframe(_) | Item::Event(_) | Item::Hits(_) => {}
            }
        }
        let reason = "it ended an outline without one".to_owned();
        Err(ClientError::Protocol { server: self.client.server().to_owned(), reason })
    }

    /// How the session stands, at the end of what is stored.
    fn standing(&mut self, brought: bool) -> Result<Standing, ClientError> {
        self.detail = self.client.show_blocking(self.detail.row.tsid)?;
        if let Some(damage) = &self.damage {
            return Ok(Standing::Damaged(damage.clone()));
        }
        // More may have come between the two answers.
        let behind = brought && self.detail.row.events > self.outlined.known().seq;
        if self.detail.row.state.is_open() || behind {
            return Ok(Standing::Growing);
        }
        let flaw = self.detail.incomplete.as_ref().map(|text| text.escaped().to_string());
        Ok(flaw.map_or(Standing::Whole, Standing::Unfinished))
    }

    fn protocol(&self, error: &OutlineError) -> ClientError {
        ClientError::Protocol { server: self.client.server().to_owned(), reason: error.to_string() }
    }
}

impl Outliner for RemoteOutliner {
    fn next(&mut self) -> Result<Option<Told>, RecordingError> {
        let (moments, piece) = self.piece()?;
        self.damage = piece.damage.as_ref().map(|text| text.escaped().to_string());
        self.outlined.take(&piece);
        let end = if piece.caught_up { Some(self.standing(!moments.is_empty())?) } else { None };
        let now = (self.detail.clone(), end.clone());
        let retyped = self.typing.revision() != self.outlined.typing().revision();
        let marked = !piece.marks.is_empty();
        if moments.is_empty() && !retyped && !marked && self.told.as_ref() == Some(&now) {
            return Ok(None);
        }
        self.told = Some(now);
        if retyped {
            self.typing = self.outlined.typing().clone();
        }
        let told = self.outlined.known().seq;
        Ok(Some(Told {
            about: about(&self.detail),
            moments,
            timeline: self.outlined.timeline().clone(),
            typing: self.typing.clone(),
            incidents: self.detail.incidents.clone(),
            progress: (told, self.detail.row.events.max(told)),
            end,
        }))
    }
}

/// Asks for moments.
pub(super) struct RemoteLooker {
    client: Client,
    tsid: Tsid,
    /// What still comes of the last answer, and the last event that came.
    coming: Option<(Stream, u64)>,
}

impl RemoteLooker {
    pub(super) fn new(client: Client, tsid: Tsid) -> Self {
        Self { client, tsid, coming: None }
    }

    fn broken(&self, reason: &str) -> ClientError {
        ClientError::Protocol { server: self.client.server().to_owned(), reason: reason.to_owned() }
    }

    /// The rest of an answer: it is small and on its way.
    fn rest(&self, mut stream: Stream, after: u64) -> Result<Vec<Event>, ClientError> {
        let mut events = Vec::new();
        let mut last = after;
        while let Some(item) = stream.next_blocking()? {
            let Item::Event(event) = item else { continue };
            if event.seq() != last + 1 {
                return Err(self.broken("its events do not follow one another"));
            }
            last = event.seq();
            events.push(event);
        }
        Ok(events)
    }
}

impl Looker for RemoteLooker {
    fn screen(&mut self, seq: u64, streams: Streams) -> Result<Keyframe, RecordingError> {
        // Whatever was still to come is not wanted any more.
        self.coming = None;
        let mut stream = self.client.look_blocking(self.tsid, seq, Some(streams))?;
        let item = stream.next_blocking()?;
        let Some(Item::Keyframe(dump)) = item else {
            return Err(self.broken("it gave no screen").into());
        };
        let keyframe = Keyframe::from_wire(dump);
        let keyframe = keyframe.map_err(|error| self.broken(&error.to_string()))?;
        self.coming = Some((stream, keyframe.seq));
        Ok(keyframe)
    }

    fn events(&mut self, after: u64) -> Result<Vec<Event>, RecordingError> {
        if let Some((stream, _)) = self.coming.take_if(|(_, last)| *last == after) {
            let events = self.rest(stream, after)?;
            if !events.is_empty() {
                return Ok(events);
            }
        }
        let stream = self.client.look_blocking(self.tsid, after, None)?;
        Ok(self.rest(stream, after)?)
    }
}

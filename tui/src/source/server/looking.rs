//! A recording on a server, played without fetching it.

use std::time::{Duration, Instant};

use sudolog_core::limits::{LOOK_BYTES, LOOK_BYTES_MAX, REPLAY_EVENTS_MAX};
use sudolog_core::session::{Event, Tsid};
use sudolog_core::term::{Keyframe, Moment, Outlined, Streams, Typing};
use sudolog_core::wire::message::{Detail, Outline};

use super::commands::SubCommands;
use super::recording::about;
use super::{Client, ClientError, Item};
use crate::source::{Looker, Outliner, RecordingError, Standing, Told};

/// Asks for the outline.
pub(super) struct RemoteOutliner {
    client: Client,
    detail: Detail,
    outlined: Outlined,
    damage: Option<String>,
    commands: SubCommands,
    /// As it was told last.
    typing: Typing,
    told: Option<(Detail, Option<Standing>, usize)>,
    /// How it stood at the end of what was stored, and when that was.
    stood: Option<(Standing, Instant)>,
}

impl RemoteOutliner {
    pub(super) fn new(client: Client, detail: Detail) -> Self {
        let (outlined, typing) = (Outlined::default(), Typing::default());
        let commands = SubCommands::default();
        Self { client, detail, outlined, damage: None, commands, typing, told: None, stood: None }
    }

    fn piece(&mut self) -> Result<(Vec<Moment>, Outline), ClientError> {
        let tsid = self.detail.row.tsid;
        let mut stream = self.client.outline_blocking(tsid, self.outlined.known())?;
        let (mut new, mut bytes) = (Vec::new(), 0);
        while let Some(item) = stream.next_blocking()? {
            match item {
                Item::Moments(moments) => {
                    bytes += moments.packed.len();
                    if bytes > ANSWER_BYTES_MAX {
                        return Err(self.client.protocol("it told more than was asked for"));
                    }
                    let taken = self.outlined.take_moments(&moments);
                    new.extend(taken.map_err(|error| self.client.protocol(&error.to_string()))?);
                }
                Item::Outline(outline) => return Ok((new, *outline)),
                Item::Keyframe(_) | Item::Event(_) | Item::Hits(_) | Item::Change(_) => {}
            }
        }
        Err(self.client.protocol("it ended an outline without one"))
    }

    /// How the session stands, at the end of what is stored. While nothing happens in it, it is asked
    /// now and then only: each time stands in the access log.
    fn standing(&mut self, brought: bool) -> Result<Standing, ClientError> {
        let lately = |at: &Instant| at.elapsed() < STANDING_INTERVAL;
        if let Some((stood, _)) = self.stood.as_ref().filter(|(_, at)| !brought && lately(at)) {
            return Ok(stood.clone());
        }
        // What comes last may come between the two answers: only of a session that had ended before
        // it was asked is this all.
        let had_ended = !self.detail.row.state.is_open();
        self.detail = self.client.show_blocking(self.detail.row.tsid)?;
        self.commands.ask(&self.client, &self.detail);
        let flaw = self.detail.incomplete.as_ref().map(|text| text.escaped().to_string());
        let standing = match (&self.damage, self.outlined.known().seq) {
            (Some(damage), _) => Standing::Damaged(damage.clone()),
            (None, REPLAY_EVENTS_MAX..) => {
                Standing::Damaged(format!("only the first {REPLAY_EVENTS_MAX} events are shown"))
            }
            (None, _) if self.detail.row.state.is_open() || !had_ended => Standing::Growing,
            (None, _) => flaw.map_or(Standing::Whole, Standing::Unfinished),
        };
        self.stood = Some((standing.clone(), Instant::now()));
        Ok(standing)
    }
}

impl Outliner for RemoteOutliner {
    fn next(&mut self) -> Result<Option<Told>, RecordingError> {
        let (moments, piece) = self.piece()?;
        self.damage = piece.damage.as_ref().map(|text| text.escaped().to_string());
        self.outlined.take(&piece);
        let is_full = self.outlined.known().seq >= REPLAY_EVENTS_MAX;
        let end = if piece.caught_up || is_full {
            Some(self.standing(!moments.is_empty())?)
        } else {
            None
        };
        let now = (self.detail.clone(), end.clone(), self.commands.known().len());
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
            commands: self.commands.known().to_vec(),
            progress: (told, self.detail.row.events.max(told)),
            end,
        }))
    }
}

/// Asks for moments. Every answer is taken whole at once: what stays in a stream keeps everything else
/// of the connection waiting.
pub(super) struct RemoteLooker {
    client: Client,
    tsid: Tsid,
}

impl RemoteLooker {
    pub(super) fn new(client: Client, tsid: Tsid) -> Self {
        Self { client, tsid }
    }
}

impl Looker for RemoteLooker {
    fn screen(&mut self, seq: u64, streams: Streams) -> Result<Keyframe, RecordingError> {
        let mut stream = self.client.look_blocking(self.tsid, seq, Some(streams), 0)?;
        let Some(Item::Keyframe(dump)) = stream.next_blocking()? else {
            return Err(self.client.protocol("it gave no screen").into());
        };
        // Nothing but the end follows.
        while stream.next_blocking()?.is_some() {}
        let keyframe = Keyframe::from_wire(dump);
        Ok(keyframe.map_err(|error| self.client.protocol(&error.to_string()))?)
    }

    fn events(&mut self, after: u64) -> Result<Vec<Event>, RecordingError> {
        let mut stream = self.client.look_blocking(self.tsid, after, None, LOOK_BYTES)?;
        let (mut events, mut bytes) = (Vec::new(), 0);
        let mut last = after;
        while let Some(item) = stream.next_blocking()? {
            let Item::Event(event) = item else { continue };
            bytes += event.data().len() + EVENT_BYTES;
            if event.seq() != last + 1 || bytes > ANSWER_BYTES_MAX {
                return Err(self
                    .client
                    .protocol("it gave other events than were asked for")
                    .into());
            }
            last = event.seq();
            events.push(event);
        }
        Ok(events)
    }
}

/// What an event takes beside its data, about.
const EVENT_BYTES: usize = 26;
/// More than any server gives that keeps to the protocol.
const ANSWER_BYTES_MAX: usize = 4 * LOOK_BYTES_MAX as usize;
/// How often a session is asked how it stands while nothing happens in it.
const STANDING_INTERVAL: Duration = Duration::from_secs(2);

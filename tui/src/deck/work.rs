//! The deck's thread: first what the operator wants to see, then what he searches for, then the index,
//! then sleep.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::limits::REPLAY_FOLLOW_INTERVAL;
use sudolog_core::session::Incident;
use sudolog_core::term::{Index, Moment, Streams, Typing};
use tokio::sync::mpsc;

use super::gone::{self, Span};
use super::orders::{Order, Orders};
use super::search::Search;
use super::stage::Stage;
use super::{News, Read};
use crate::source::{About, Recording, RecordingError, Standing};

/// Everything that the thread owns.
pub(super) struct Work {
    recording: Box<dyn Recording>,
    orders: Arc<Orders>,
    news: mpsc::Sender<News>,
    stage: Stage,
    index: Index,
    size: (u16, u16),
    /// The last event whose moment is among those that were told, or will be.
    known: u64,
    /// What was read since it was last told.
    moments: Vec<Moment>,
    told: Option<Instant>,
    /// The session and what happened to it, as it was last told.
    about_told: Option<About>,
    incidents: Incidents,
    search: Search,
    /// Where was last looked for what is gone.
    gone: Option<Span>,
    typing: Arc<Typing>,
    /// Set while nothing more is there to be read.
    end: Option<Standing>,
    end_told: Option<Standing>,
}

/// What is known of incidents, or why nothing is.
type Incidents = Result<Arc<[Incident]>, String>;

/// Why a piece of work was not done.
enum Stop {
    /// The console is gone.
    Gone,
    /// The recording cannot be read now.
    Trouble(RecordingError),
}

impl From<RecordingError> for Stop {
    fn from(error: RecordingError) -> Self {
        Self::Trouble(error)
    }
}

impl Work {
    pub(super) fn new(
        recording: Box<dyn Recording>,
        orders: Arc<Orders>,
        news: mpsc::Sender<News>,
        size: (u16, u16),
        stage: Stage,
    ) -> Self {
        Self {
            recording,
            orders,
            news,
            stage,
            index: Index::new(size.0, size.1).with_text(),
            size,
            known: 0,
            moments: Vec::new(),
            told: None,
            about_told: None,
            incidents: Ok(Arc::from([])),
            search: Search::default(),
            gone: None,
            typing: Arc::default(),
            end: None,
            end_told: None,
        }
    }

    pub(super) fn run(mut self) {
        self.stage.publish();
        loop {
            let order = self.orders.present();
            if order.ended {
                return;
            }
            match self.work(order) {
                Ok(()) => {}
                Err(Stop::Gone) => return,
                Err(Stop::Trouble(error)) => {
                    if self.news.blocking_send(News::Trouble(error.to_string())).is_err() {
                        return;
                    }
                    self.orders.wait(order, Some(RETRY_INTERVAL));
                }
            }
        }
    }

    /// Does the most urgent piece of work, or waits for there to be some.
    fn work(&mut self, order: Order) -> Result<(), Stop> {
        if order.streams != self.stage.streams() {
            self.begin_anew(order.streams);
        }
        let wanted = order.seq.min(self.index.seq());
        if wanted != self.stage.shown() {
            return self.show(wanted);
        }
        if let Some(span) = order.gone.filter(|span| self.gone != Some(*span)) {
            self.gone = Some(span);
            return self.look_for_gone(span);
        }
        if order.search != self.search.number() {
            self.search = Search::new(self.orders.sought());
        }
        if self.search.is_due() {
            return self.search_on();
        }
        match self.end {
            None => return self.read_on(),
            Some(Standing::Growing | Standing::Silent(_)) => {
                self.orders.wait(order, Some(REPLAY_FOLLOW_INTERVAL));
                self.end = None;
            }
            Some(_) => self.orders.wait(order, None),
        }
        Ok(())
    }

    /// With other streams on the screen all of it is another one: it is indexed again.
    fn begin_anew(&mut self, streams: Streams) {
        let index = Index::new(self.size.0, self.size.1).with_text();
        self.index = index.with_streams(streams);
        self.stage.put_on(streams, self.index.screen().clone());
        self.search = Search::default();
        self.end = None;
    }

    /// Comes nearer to the wanted event, by one reading at most.
    fn show(&mut self, wanted: u64) -> Result<(), Stop> {
        let shown = self.stage.shown();
        // From a keyframe when the event lies behind, or when one lies between.
        if let Some(keyframe) = self.index.keyframe_before(wanted)
            && (wanted < shown || keyframe.seq > shown)
        {
            self.stage.jump(keyframe);
        }
        let shown = self.stage.shown();
        if self.stage.last() == shown && shown < wanted {
            self.stage.go_on(self.recording.read(shown + 1)?);
        }
        self.stage.play(wanted);
        Ok(())
    }

    /// Reads and indexes the next piece.
    fn read_on(&mut self) -> Result<(), Stop> {
        let events = self.recording.read(self.index.seq() + 1)?;
        for event in &events {
            self.index.push(event);
            if self.index.seq() > self.known {
                self.known = self.index.seq();
                self.moments.push(Moment::new(self.index.elapsed(), event));
            }
        }
        self.search.read_on();
        if events.is_empty() {
            self.index.settle();
            self.end = Some(self.recording.standing().clone());
        }
        // What is read again is not told again.
        if self.index.seq() < self.known && self.end.is_none() {
            return Ok(());
        }
        let due = self.told.is_none_or(|at| at.elapsed() >= TELL_INTERVAL);
        if due || self.end.is_some() { self.tell() } else { Ok(()) }
    }

    /// Looks for what is gone from the screen.
    fn look_for_gone(&mut self, span: Span) -> Result<(), Stop> {
        let Some(keyframe) = self.index.keyframe_before(span.from).cloned() else { return Ok(()) };
        let gone = gone::look(&keyframe, span, |last| self.recording.read(last + 1))?;
        self.news.blocking_send(News::Gone(Box::new(gone))).map_err(|_| Stop::Gone)
    }

    /// Searches the next slice.
    fn search_on(&mut self) -> Result<(), Stop> {
        let at_end = self.end.is_some();
        let found = self.search.go_on(&self.index, self.recording.as_mut(), at_end)?;
        let Some(found) = found else { return Ok(()) };
        self.news.blocking_send(News::Found(Box::new(found))).map_err(|_| Stop::Gone)
    }

    fn tell(&mut self) -> Result<(), Stop> {
        let incidents = self.look_at_incidents();
        let about = self.recording.about();
        let same = self.end == self.end_told && self.about_told.as_ref() == Some(about);
        if self.moments.is_empty() && self.end.is_some() && same && incidents == self.incidents {
            return Ok(());
        }
        self.about_told = Some(about.clone());
        self.incidents = incidents;
        self.told = Some(Instant::now());
        self.end_told = self.end.clone();
        if self.typing.revision() != self.index.typing().revision() {
            self.typing = Arc::new(self.index.typing().clone());
        }
        let read = Read {
            about: self.recording.about().clone(),
            moments: std::mem::take(&mut self.moments),
            timeline: Arc::new(self.index.timeline().clone()),
            typing: self.typing.clone(),
            incidents: self.incidents.clone(),
            commands: None,
            progress: self.recording.progress(),
            end: self.end.clone(),
        };
        self.news.blocking_send(News::Read(Box::new(read))).map_err(|_| Stop::Gone)
    }

    /// The incidents as they are now: at the beginning, and whenever the end is looked at again.
    fn look_at_incidents(&mut self) -> Incidents {
        if self.told.is_some() && self.end.is_none() {
            return self.incidents.clone();
        }
        match self.recording.incidents() {
            Ok(now) if self.incidents.as_ref().is_ok_and(|known| **known == *now) => {
                self.incidents.clone()
            }
            Ok(now) => Ok(Arc::from(now)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What was read is told this often: the first piece at once.
const TELL_INTERVAL: Duration = Duration::from_millis(50);
pub(super) const RETRY_INTERVAL: Duration = Duration::from_secs(1);

//! What the replay screen knows: of the recording, by news from the deck, and of how it is played. Time comes in
//! as an argument. What changes it has rooms of its own: `steering` by the operator, `reading` by the deck.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::Incident;
use sudolog_core::term::{
    Command, Keystroke, Playhead, Speed, Streams, Timeline, Track as _, Typing,
};

use super::beside::Beside;
use super::comparison::Comparison;
use super::edge::Rewind;
use super::framing::Framing;
use super::goal::Goal;
use super::lens::Lens;
use super::marks::Marks;
use super::proof::Checked;
use super::search::Search;
use super::tape::Tape;
use crate::deck::{Frame, Gone, News, Sought};
use crate::source::{About, Standing};

/// The replay screen.
pub struct Replay {
    pub(super) about: About,
    pub(super) tape: Tape,
    pub(super) playhead: Playhead,
    pub(super) timeline: Option<Arc<Timeline>>,
    pub(super) typing: Arc<Typing>,
    pub(super) framing: Framing,
    /// What was typed is shown.
    pub(super) shows_keys: bool,
    /// It begins again when it is over.
    pub(super) loops: bool,
    pub(super) streams: Streams,
    pub(super) incidents: Arc<[Incident]>,
    pub(super) incidents_flaw: Option<String>,
    pub(super) beside: Beside,
    pub(super) marks: Marks,
    pub(super) frame: Option<Arc<Frame>>,
    pub(super) progress: Option<(u64, u64)>,
    /// Set once the end was read, for now or for good.
    pub(super) end: Option<Standing>,
    pub(super) trouble: Option<String>,
    /// It plays faster until it is at the edge.
    pub(super) catching: bool,
    /// Where to go as soon as it is known where that is.
    pub(super) goal: Option<Goal>,
    pub(super) search: Search,
    pub(super) lens: Lens,
    pub(super) comparison: Option<Comparison>,
    /// What is gone from a screen that was looked at last.
    pub(super) gone: Option<Gone>,
    pub(super) checked: Option<Checked>,
}

/// How a replay begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start {
    /// `--speed`.
    pub speed: Option<Speed>,
    /// `--max-wait`.
    pub max_wait: Option<Duration>,
    /// `--from`.
    pub from: Option<Duration>,
    /// At the edge of a running session instead.
    pub rewind: Option<Rewind>,
}

impl Replay {
    /// Plays from the start, or from where it shall.
    pub fn new(about: About, start: Start) -> Self {
        let mut playhead = Playhead::new(start.speed.unwrap_or(Speed::NORMAL), start.max_wait);
        let goal = start.from.map(|at| Goal::At(at, true));
        let goal = start.rewind.map(Rewind::goal).or(goal);
        if goal.is_none() {
            playhead.command(Duration::ZERO, Command::Play, &Tape::default());
        }
        Self {
            about,
            tape: Tape::default(),
            playhead,
            timeline: None,
            typing: Arc::default(),
            framing: Framing::default(),
            shows_keys: false,
            loops: false,
            streams: Streams::default(),
            incidents: Arc::from([]),
            incidents_flaw: None,
            beside: Beside::default(),
            marks: Marks::default(),
            frame: None,
            progress: None,
            end: None,
            trouble: None,
            catching: false,
            goal,
            search: Search::default(),
            lens: Lens::default(),
            comparison: None,
            gone: None,
            checked: None,
        }
    }

    /// Takes news from the deck.
    pub fn learn(&mut self, now: Duration, news: News) {
        match news {
            News::Read(read) => self.learn_read(now, *read),
            News::Frame(frame) => self.frame = Some(frame),
            News::Gone(gone) => self.learn_gone(*gone),
            News::Found(finding) => self.learn_found(now, *finding),
            News::Trouble(reason) => self.trouble = Some(reason),
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Duration) {
        let played = self.is_playing();
        self.playhead.advance(now, &self.tape);
        self.look_for_the_edge(now);
        if self.loops && played && self.is_over() {
            self.playhead.command(now, Command::Toggle, &self.tape);
        }
    }

    /// The event that the deck shall show.
    pub fn wanted(&self) -> u64 {
        self.playhead.seq()
    }

    /// What the deck shall search for.
    pub fn sought(&self) -> &Sought {
        self.search.sought()
    }

    /// When something changes by itself next: an event is due, or the clock goes on.
    pub fn deadline(&self, now: Duration) -> Option<Duration> {
        let due = self.playhead.deadline(&self.tape)?;
        Some(due.min(now.saturating_add(CLOCK_INTERVAL)))
    }

    /// How busy the recording is, in so many equal parts of it.
    pub(super) fn activity(&self, columns: u16) -> Vec<u64> {
        self.timeline.as_deref().map(|timeline| timeline.activity(columns)).unwrap_or_default()
    }

    /// The session.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The newest screen, once there is one.
    pub fn frame(&self) -> Option<&Frame> {
        self.frame.as_deref()
    }

    /// Time since the start of the recording.
    pub fn position(&self, now: Duration) -> Duration {
        self.playhead.position(now, &self.tape)
    }

    /// When its events happened, as far as it was read.
    pub(super) fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Length of the recording as far as it was read.
    pub fn total(&self) -> Duration {
        self.tape.total()
    }

    /// The keys that were pressed lately, when they are to be shown.
    pub(super) fn keys(&self, now: Duration) -> Option<impl Iterator<Item = &Keystroke>> {
        let here = self.position(now);
        let since = here.saturating_sub(self.playhead.speed().recorded(KEYS_LINGER));
        self.shows_keys.then(|| self.typing.keys(since, here))
    }

    /// Which part of a large screen is shown.
    pub(super) fn framing(&self) -> Framing {
        self.framing
    }

    /// What is on the recording's screen.
    pub fn streams(&self) -> Streams {
        self.streams
    }

    /// True when it begins again at its end.
    pub(super) fn loops(&self) -> bool {
        self.loops
    }

    /// The marks, as far as the recording was read.
    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    /// For how long of the recording a mark is spoken of once it is passed.
    pub(super) fn linger(&self) -> Duration {
        self.playhead.speed().recorded(LINGER)
    }

    /// The speed.
    pub fn speed(&self) -> Speed {
        self.playhead.speed()
    }

    /// What pauses are cut down to.
    pub fn max_wait(&self) -> Option<Duration> {
        self.playhead.max_wait()
    }

    /// The pause that is being cut down at present.
    pub fn skipped_gap(&self) -> Option<Duration> {
        self.playhead.skipped_gap(&self.tape)
    }

    /// True while it plays.
    pub fn is_playing(&self) -> bool {
        self.playhead.is_playing()
    }

    /// True when the last event of a recording that does not grow is shown.
    pub fn is_over(&self) -> bool {
        self.tape.is_complete() && self.playhead.at_end(&self.tape)
    }
}

const LINGER: Duration = Duration::from_secs(2);
/// Keys are shown this long.
const KEYS_LINGER: Duration = Duration::from_secs(4);
/// The position is shown to the tenth of a second at most.
const CLOCK_INTERVAL: Duration = Duration::from_millis(100);

//! What the replay screen knows and how it changes: by news from the deck, by the operator, and by
//! time, which comes in as an argument.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::Incident;
use sudolog_core::term::{
    Command, Keystroke, MarkKind, Playhead, Speed, Streams, Timeline, Track as _, Typing,
};
use sudolog_core::time::Position;
use sudolog_core::wire::message::{Review, SessionRow};

use super::action::ReplayAction;
use super::beside::Beside;
use super::framing::Framing;
use super::lens::Lens;
use super::marks::{Marks, Reach, is_command};
use super::proof::Checked;
use super::search::Search;
use super::tape::Tape;
use crate::deck::{Frame, News, Read, Sought};
use crate::screens::chooser::{Item, Pick};
use crate::source::{About, Standing};

/// The replay screen.
pub struct Replay {
    about: About,
    tape: Tape,
    playhead: Playhead,
    timeline: Option<Arc<Timeline>>,
    typing: Arc<Typing>,
    framing: Framing,
    /// What was typed is shown.
    shows_keys: bool,
    /// It begins again when it is over.
    loops: bool,
    streams: Streams,
    incidents: Arc<[Incident]>,
    incidents_flaw: Option<String>,
    beside: Beside,
    marks: Marks,
    frame: Option<Arc<Frame>>,
    progress: Option<(u64, u64)>,
    /// Set once the end was read, for now or for good.
    end: Option<Standing>,
    trouble: Option<String>,
    /// Where to go as soon as it is known where that is.
    goal: Option<Goal>,
    pub(super) search: Search,
    pub(super) lens: Lens,
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
}

/// A place in a recording that is not wholly read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// This time, and whether to play from there.
    At(Duration, bool),
    Tenth(u8),
    /// After this event, and pause.
    Event(u64),
    End,
    /// The end, and on as it happens.
    Edge,
}

impl Replay {
    /// Plays from the start, or from where it shall.
    pub fn new(about: About, start: Start) -> Self {
        let mut playhead = Playhead::new(start.speed.unwrap_or(Speed::NORMAL), start.max_wait);
        let goal = start.from.map(|at| Goal::At(at, true));
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
            goal,
            search: Search::default(),
            lens: Lens::default(),
            checked: None,
        }
    }

    /// Takes news from the deck.
    pub fn learn(&mut self, now: Duration, news: News) {
        match news {
            News::Read(read) => self.learn_read(now, *read),
            News::Frame(frame) => self.frame = Some(frame),
            News::Found(finding) => self.learn_found(now, *finding),
            News::Trouble(reason) => self.trouble = Some(reason),
        }
    }

    /// Does what the operator wants.
    pub fn act(&mut self, now: Duration, action: ReplayAction) {
        let command = match action {
            ReplayAction::TogglePlay => Command::Toggle,
            ReplayAction::Back => Command::Back(SEEK_STEP),
            ReplayAction::Forward => Command::Forward(SEEK_STEP),
            ReplayAction::BackMinute => Command::Back(SEEK_LEAP),
            ReplayAction::ForwardMinute => Command::Forward(SEEK_LEAP),
            ReplayAction::BackTenth => Command::Back(self.total() / 10),
            ReplayAction::ForwardTenth => Command::Forward(self.total() / 10),
            ReplayAction::Seek(at) => return self.aim(now, Goal::At(at, self.is_playing())),
            ReplayAction::LiveEdge => return self.aim(now, Goal::Edge),
            ReplayAction::ToggleLoop => return self.loops = !self.loops,
            ReplayAction::ToggleKeys => return self.shows_keys = !self.shows_keys,
            ReplayAction::ToggleStream(stream) => {
                self.streams = self.streams.toggled(stream);
                return self.search.begin_anew();
            }
            ReplayAction::Reveal => return self.lens.toggle_reveal(),
            ReplayAction::Difference => {
                return self.lens.toggle_difference(self.frame.as_ref());
            }
            ReplayAction::Zoom => return self.framing.zoom(),
            ReplayAction::Pan(rows, columns) => return self.framing.pan(rows, columns),
            ReplayAction::StepBack => Command::StepBack,
            ReplayAction::StepForward => Command::StepForward,
            ReplayAction::Slower => Command::Slower,
            ReplayAction::Faster => Command::Faster,
            ReplayAction::NormalSpeed => Command::SetSpeed(Speed::NORMAL),
            ReplayAction::Restart => Command::Restart,
            ReplayAction::IdleLimit => Command::SetMaxWait(self.next_idle_limit()),
            ReplayAction::Tenth(tenth) => return self.aim(now, Goal::Tenth(tenth)),
            ReplayAction::End => return self.aim(now, Goal::End),
            ReplayAction::ToggleMark => {
                self.beside.toggle(self.position(now));
                return self.put_marks();
            }
            ReplayAction::PreviousMark
            | ReplayAction::NextMark
            | ReplayAction::PreviousCommand
            | ReplayAction::NextCommand
            | ReplayAction::OwnMark => match self.jump(now, action) {
                Some(at) => Command::Seek(at),
                None => return,
            },
        };
        if action.moves() {
            self.goal = None;
            self.search.forget_goal();
            self.lens.leave(self.frame.as_ref());
        }
        self.playhead.command(now, command, &self.tape);
    }

    /// Pauses after this event, and searches for nothing meanwhile.
    pub fn go_to_event(&mut self, now: Duration, seq: u64) {
        self.search.forget_goal();
        self.stop_at(now, seq);
    }

    /// Pauses after this event, as soon as it is read.
    pub(super) fn stop_at(&mut self, now: Duration, seq: u64) {
        self.playhead.command(now, Command::Pause, &self.tape);
        self.aim(now, Goal::Event(seq));
    }

    /// Pauses while something else is looked at; at the edge of a running session it goes on.
    pub fn rest(&mut self, now: Duration) {
        if !self.is_growing() {
            self.playhead.command(now, Command::Pause, &self.tape);
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Duration) {
        let played = self.is_playing();
        self.playhead.advance(now, &self.tape);
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

    /// True once the recording is read to its end, for now or for good.
    pub(super) fn is_read(&self) -> bool {
        self.end.is_some()
    }

    /// When something changes by itself next: an event is due, or the clock goes on.
    pub fn deadline(&self, now: Duration) -> Option<Duration> {
        let due = self.playhead.deadline(&self.tape)?;
        Some(due.min(now.saturating_add(CLOCK_INTERVAL)))
    }

    /// Takes how its session stands now, when it is this one.
    pub fn renew(&mut self, row: &SessionRow) {
        if self.about.tsid == Some(row.tsid) {
            self.about.risk = row.risk;
            self.about.anomalies.clone_from(&row.anomalies);
            self.about.standing = row.standing.clone();
        }
    }

    /// Takes what the rules found in its session and operators said of it, when it is this one.
    pub fn learn_review(&mut self, review: &Review) {
        if self.about.tsid == Some(review.row.tsid) {
            self.renew(&review.row);
            self.beside.learn_review(review);
            self.put_marks();
        }
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

    /// The lines that the user entered and the commands that sudo told of, as far as the recording was
    /// read.
    pub fn lines(&self) -> Vec<Item> {
        let item = |text: String, at: Duration, also| Item {
            label: text,
            detail: Position(at).to_string(),
            also,
            pick: Pick::Seek(at),
        };
        let entered = self.typing.lines().iter();
        let entered = entered.map(|line| (line.elapsed, item(line.text.clone(), line.elapsed, "")));
        let told = self.marks.all().iter().filter_map(|mark| match &mark.kind {
            MarkKind::SubCommand(command) => {
                let text = command.escaped().to_string();
                Some((mark.elapsed, item(text, mark.elapsed, "run by it")))
            }
            _ => None,
        });
        let mut lines: Vec<(Duration, Item)> = entered.chain(told).collect();
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().map(|(_, item)| item).collect()
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

    /// True while the recording may still grow.
    pub fn is_growing(&self) -> bool {
        self.end == Some(Standing::Growing)
    }

    /// Hundredths of the recording that are read, while it is not read to its end.
    pub fn percent_read(&self) -> Option<u64> {
        let (read, total) = self.progress.filter(|_| self.end.is_none())?;
        Some(read.saturating_mul(100) / total.max(1))
    }

    /// Where one goes as soon as that is read, in words.
    pub(super) fn awaited(&self) -> Option<String> {
        Some(match self.goal? {
            Goal::At(at, _) => Position(at).to_string(),
            Goal::Tenth(tenth) => format!("{tenth}0%"),
            Goal::Event(seq) => format!("event {seq}"),
            Goal::End | Goal::Edge => "the end".to_owned(),
        })
    }

    /// What the operator must know of the recording, in one sentence.
    pub fn warning(&self) -> Option<String> {
        match (&self.trouble, &self.end) {
            (Some(reason), _) => Some(format!("trying again: {reason}")),
            (None, Some(Standing::Unfinished(reason))) => Some(format!("unfinished: {reason}")),
            (None, Some(Standing::Damaged(reason))) => Some(format!("damaged: {reason}")),
            _ => {
                let flaw = self.incidents_flaw.as_ref();
                flaw.map(|reason| format!("what happened to it is not known: {reason}"))
            }
        }
    }

    fn learn_read(&mut self, now: Duration, read: Read) {
        let complete = read.end.as_ref().is_some_and(|end| *end != Standing::Growing);
        // What was waited for counts from now on.
        self.playhead.advance(now, &self.tape);
        self.tape.append(read.moments, complete);
        self.about = read.about;
        self.timeline = Some(read.timeline);
        self.typing = read.typing;
        self.progress = read.progress;
        self.end = read.end.or(self.end.take().filter(|end| *end == Standing::Growing));
        self.trouble = None;
        match read.incidents {
            Ok(incidents) => (self.incidents, self.incidents_flaw) = (incidents, None),
            Err(reason) => self.incidents_flaw = Some(reason),
        }
        if let Some(commands) = read.commands {
            self.beside.learn_commands(&commands, self.about.start);
        }
        self.put_marks();
        if let Some(goal) = self.goal {
            self.aim(now, goal);
        }
        self.playhead.advance(now, &self.tape);
    }

    /// Puts all marks where they belong, as far as that is known.
    fn put_marks(&mut self) {
        let recorded = self.timeline.as_deref().map(Timeline::marks).unwrap_or_default();
        let reach = match &self.end {
            None => Reach::Reading,
            Some(Standing::Growing) => Reach::Growing,
            Some(_) => Reach::Ended,
        };
        self.marks = Marks::new(recorded, &self.incidents, &self.tape, reach);
        self.marks.add(self.beside.marks(), self.tape.total(), reach);
    }

    /// Goes to a place, or remembers it until it is read.
    fn aim(&mut self, now: Duration, goal: Goal) {
        let known = match goal {
            Goal::At(at, _) => self.end.is_some() || self.tape.total() >= at,
            Goal::Event(seq) => self.end.is_some() || self.tape.last_seq() >= seq,
            Goal::Tenth(0) => true,
            Goal::Tenth(_) | Goal::End | Goal::Edge => self.end.is_some(),
        };
        if !known {
            self.goal = Some(goal);
            return;
        }
        self.goal = None;
        let command = match goal {
            Goal::At(at, _) => Command::Seek(at),
            Goal::Tenth(tenth) => Command::Seek(self.tape.total() / 10 * u32::from(tenth)),
            Goal::Event(seq) => Command::StopAt(seq),
            Goal::End | Goal::Edge => Command::End,
        };
        self.playhead.command(now, command, &self.tape);
        let edge = goal == Goal::Edge && self.is_growing();
        if edge || matches!(goal, Goal::At(_, true)) {
            self.playhead.command(now, Command::Play, &self.tape);
        }
    }

    /// Where the next mark or command is, or the one before.
    fn jump(&mut self, now: Duration, action: ReplayAction) -> Option<Duration> {
        let here = self.position(now);
        // While it plays, one would never get behind what was just jumped to.
        let grace = if self.is_playing() { self.linger() } else { Duration::ZERO };
        let before = here.saturating_sub(grace);
        match action {
            ReplayAction::NextMark => self.marks.next(here),
            ReplayAction::PreviousMark => {
                self.marks.previous(before).or_else(|| self.marks.previous(here))
            }
            ReplayAction::NextCommand => self.commands().into_iter().find(|at| *at > here),
            ReplayAction::PreviousCommand => {
                let commands = self.commands();
                let last = |moment| commands.iter().rfind(|at| **at < moment).copied();
                last(before).or_else(|| last(here))
            }
            ReplayAction::OwnMark => self.beside.swap(here),
            _ => None,
        }
    }

    /// When commands began, in order: lines that were entered, and what told of itself.
    fn commands(&self) -> Vec<Duration> {
        let entered = self.typing.lines().iter().map(|line| line.elapsed);
        let begun = self.marks.all().iter().filter(|mark| is_command(&mark.kind));
        let mut commands: Vec<Duration> = entered.chain(begun.map(|mark| mark.elapsed)).collect();
        commands.sort();
        commands
    }

    fn next_idle_limit(&self) -> Option<Duration> {
        let present = self.playhead.max_wait();
        match present {
            None => IDLE_LIMITS.first().copied(),
            Some(present) => IDLE_LIMITS.into_iter().find(|limit| *limit > present),
        }
    }
}

const LINGER: Duration = Duration::from_secs(2);
const SEEK_STEP: Duration = Duration::from_secs(5);
const SEEK_LEAP: Duration = Duration::from_secs(60);
/// Keys are shown this long.
const KEYS_LINGER: Duration = Duration::from_secs(4);
/// The position is shown to the tenth of a second at most.
const CLOCK_INTERVAL: Duration = Duration::from_millis(100);
const IDLE_LIMITS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

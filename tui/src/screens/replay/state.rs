//! What the replay screen knows and how it changes: by news from the deck, by the operator, and by
//! time, which comes in as an argument.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::Incident;
use sudolog_core::term::{Command, Playhead, Speed, Timeline, Track as _};

use super::marks::{Marks, Reach};
use super::search::Search;
use super::tape::Tape;
use crate::deck::{Frame, News, Read, Sought};
use crate::source::{About, Standing};

/// The replay screen.
pub struct Replay {
    about: About,
    tape: Tape,
    playhead: Playhead,
    timeline: Option<Arc<Timeline>>,
    incidents: Arc<[Incident]>,
    incidents_flaw: Option<String>,
    marks: Marks,
    frame: Option<Arc<Frame>>,
    progress: Option<(u64, u64)>,
    /// Set once the end was read, for now or for good.
    end: Option<Standing>,
    trouble: Option<String>,
    /// Where to go as soon as it is known where that is.
    goal: Option<Goal>,
    pub(super) search: Search,
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
    At(Duration),
    Tenth(u8),
    End,
}

/// What the operator does on this screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplayAction {
    /// Plays or pauses.
    TogglePlay,
    /// A few seconds back.
    Back,
    /// A few seconds forward.
    Forward,
    /// One event back.
    StepBack,
    /// One event forward.
    StepForward,
    /// A lower speed.
    Slower,
    /// A higher speed.
    Faster,
    /// As fast as it was recorded.
    NormalSpeed,
    /// To so many tenths of the recording, 0 to 9.
    Tenth(u8),
    /// To the beginning.
    Restart,
    /// To the end.
    End,
    /// To the mark before.
    PreviousMark,
    /// To the next mark.
    NextMark,
    /// The next choice of how long pauses may be.
    IdleLimit,
}

impl Replay {
    /// Plays from the start, or from where it shall.
    pub fn new(about: About, start: Start) -> Self {
        let mut playhead = Playhead::new(start.speed.unwrap_or(Speed::NORMAL), start.max_wait);
        let goal = start.from.map(Goal::At);
        if goal.is_none() {
            playhead.command(Duration::ZERO, Command::Play, &Tape::default());
        }
        Self {
            about,
            tape: Tape::default(),
            playhead,
            timeline: None,
            incidents: Arc::from([]),
            incidents_flaw: None,
            marks: Marks::default(),
            frame: None,
            progress: None,
            end: None,
            trouble: None,
            goal,
            search: Search::default(),
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
            ReplayAction::StepBack => Command::StepBack,
            ReplayAction::StepForward => Command::StepForward,
            ReplayAction::Slower => Command::Slower,
            ReplayAction::Faster => Command::Faster,
            ReplayAction::NormalSpeed => Command::SetSpeed(Speed::NORMAL),
            ReplayAction::Restart => Command::Restart,
            ReplayAction::IdleLimit => Command::SetMaxWait(self.next_idle_limit()),
            ReplayAction::Tenth(tenth) => return self.aim(now, Goal::Tenth(tenth)),
            ReplayAction::End => return self.aim(now, Goal::End),
            ReplayAction::PreviousMark | ReplayAction::NextMark => match self.mark(now, action) {
                Some(at) => Command::Seek(at),
                None => return,
            },
        };
        if moves(action) {
            self.goal = None;
            self.search.forget_goal();
        }
        self.playhead.command(now, command, &self.tape);
    }

    /// Pauses after this event.
    pub(super) fn stop_at(&mut self, now: Duration, seq: u64) {
        self.goal = None;
        self.playhead.command(now, Command::StopAt(seq), &self.tape);
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Duration) {
        self.playhead.advance(now, &self.tape);
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

    /// Length of the recording as far as it was read.
    pub fn total(&self) -> Duration {
        self.tape.total()
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
        self.progress = read.progress;
        self.end = read.end.or(self.end.take().filter(|end| *end == Standing::Growing));
        self.trouble = None;
        match read.incidents {
            Ok(incidents) => (self.incidents, self.incidents_flaw) = (incidents, None),
            Err(reason) => self.incidents_flaw = Some(reason),
        }
        let marks = self.timeline.as_deref().map(Timeline::marks).unwrap_or_default();
        let reach = match &self.end {
            None => Reach::Reading,
            Some(Standing::Growing) => Reach::Growing,
            Some(_) => Reach::Ended,
        };
        self.marks = Marks::new(marks, &self.incidents, &self.tape, reach);
        if let Some(goal) = self.goal {
            self.aim(now, goal);
        }
        self.playhead.advance(now, &self.tape);
    }

    /// Goes to a place, or remembers it until it is read.
    fn aim(&mut self, now: Duration, goal: Goal) {
        let known = match goal {
            Goal::At(at) => self.end.is_some() || self.tape.total() >= at,
            Goal::Tenth(0) => true,
            Goal::Tenth(_) | Goal::End => self.end.is_some(),
        };
        if !known {
            self.goal = Some(goal);
            return;
        }
        self.goal = None;
        let command = match goal {
            Goal::At(at) => Command::Seek(at),
            Goal::Tenth(tenth) => Command::Seek(self.tape.total() / 10 * u32::from(tenth)),
            Goal::End => Command::End,
        };
        self.playhead.command(now, command, &self.tape);
        if let Goal::At(_) = goal {
            self.playhead.command(now, Command::Play, &self.tape);
        }
    }

    /// Where the next mark is, or the one before.
    fn mark(&self, now: Duration, action: ReplayAction) -> Option<Duration> {
        let here = self.position(now);
        if action == ReplayAction::NextMark {
            return self.marks.next(here);
        }
        // While it plays, one would never get behind the mark that was just jumped to.
        let grace = if self.is_playing() { self.linger() } else { Duration::ZERO };
        self.marks.previous(here.saturating_sub(grace)).or_else(|| self.marks.previous(here))
    }

    fn next_idle_limit(&self) -> Option<Duration> {
        let present = self.playhead.max_wait();
        match present {
            None => IDLE_LIMITS.first().copied(),
            Some(present) => IDLE_LIMITS.into_iter().find(|limit| *limit > present),
        }
    }
}

/// True for what goes somewhere else than where one was going.
fn moves(action: ReplayAction) -> bool {
    matches!(
        action,
        ReplayAction::Back
            | ReplayAction::Forward
            | ReplayAction::StepBack
            | ReplayAction::StepForward
            | ReplayAction::Restart
            | ReplayAction::PreviousMark
            | ReplayAction::NextMark
    )
}

const LINGER: Duration = Duration::from_secs(2);
const SEEK_STEP: Duration = Duration::from_secs(5);
/// The position is shown to the tenth of a second at most.
const CLOCK_INTERVAL: Duration = Duration::from_millis(100);
const IDLE_LIMITS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

#[cfg(test)]
mod tests {
    use super::super::sample::{about, read};
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn whole(seconds: &[u64]) -> Replay {
        let mut replay = Replay::new(about(), Start::default());
        replay.learn(s(0), read(1, seconds, Some(Standing::Whole)));
        replay
    }

    #[test]
    fn plays_at_once_and_stays_at_the_end() {
        let mut replay = whole(&[1, 2, 10]);
        assert!(replay.is_playing());
        replay.tick(s(2));
        assert_eq!((replay.wanted(), replay.position(s(2))), (2, s(2)));
        replay.tick(s(60));
        assert!(replay.is_over() && !replay.is_playing());
        assert_eq!((replay.wanted(), replay.deadline(s(60))), (3, None));
    }

    #[test]
    fn keys_seek_and_change_speed() {
        let mut replay = whole(&[1, 4, 8, 20]);
        replay.act(s(0), ReplayAction::TogglePlay);
        replay.act(s(0), ReplayAction::Forward);
        assert_eq!((replay.position(s(9)), replay.wanted()), (s(5), 2));
        replay.act(s(0), ReplayAction::Back);
        assert_eq!(replay.wanted(), 0);
        replay.act(s(0), ReplayAction::Tenth(5));
        assert_eq!((replay.position(s(0)), replay.wanted()), (s(10), 3));
        replay.act(s(0), ReplayAction::StepForward);
        assert_eq!(replay.wanted(), 4);
        replay.act(s(0), ReplayAction::Restart);
        assert_eq!(replay.wanted(), 0);
        replay.act(s(0), ReplayAction::Faster);
        assert_eq!(replay.speed().to_string(), "2x");
        replay.act(s(0), ReplayAction::NormalSpeed);
        replay.act(s(0), ReplayAction::Slower);
        assert_eq!(replay.speed().to_string(), "0.5x");
    }

    #[test]
    fn idle_limits_go_round() {
        let mut replay = whole(&[1]);
        let mut seen = Vec::new();
        for _ in 0..4 {
            replay.act(s(0), ReplayAction::IdleLimit);
            seen.push(replay.max_wait().map(|wait| wait.as_secs()));
        }
        assert_eq!(seen, [Some(1), Some(2), Some(5), None]);
    }

    #[test]
    fn a_start_in_the_middle_waits_until_it_is_read() {
        let from = Some(s(30));
        let mut replay = Replay::new(about(), Start { from, ..Start::default() });
        replay.learn(s(0), read(1, &[1, 2], None));
        replay.tick(s(9));
        assert_eq!((replay.wanted(), replay.is_playing()), (0, false));
        replay.learn(s(9), read(3, &[29, 31], None));
        assert_eq!((replay.wanted(), replay.is_playing()), (3, true));
    }

    #[test]
    fn a_tenth_of_what_is_not_read_yet_is_found_later_unless_one_goes_elsewhere() {
        let mut replay = Replay::new(about(), Start::default());
        replay.learn(s(0), read(1, &[1, 2], None));
        replay.act(s(0), ReplayAction::Tenth(9));
        assert_eq!((replay.wanted(), replay.percent_read()), (0, Some(50)));
        replay.learn(s(0), read(3, &[90, 100], Some(Standing::Whole)));
        assert_eq!((replay.wanted(), replay.percent_read()), (3, None));

        let mut replay = Replay::new(about(), Start::default());
        replay.act(s(0), ReplayAction::End);
        replay.act(s(0), ReplayAction::Restart);
        replay.learn(s(0), read(1, &[50, 100], Some(Standing::Whole)));
        assert_eq!(replay.wanted(), 0);
    }

    #[test]
    fn a_recording_that_grows_is_waited_for() {
        let mut replay = Replay::new(about(), Start::default());
        replay.learn(s(0), read(1, &[1, 2], Some(Standing::Growing)));
        replay.tick(s(30));
        assert!(replay.is_playing() && replay.is_growing() && !replay.is_over());
        replay.learn(s(40), read(3, &[35], None));
        replay.tick(s(40));
        assert_eq!(replay.wanted(), 2, "the pause is played, from where it was waited");
        replay.tick(s(73));
        assert_eq!(replay.wanted(), 3);
    }

    #[test]
    fn what_is_wrong_is_said_until_it_is_mended() {
        let mut replay = Replay::new(about(), Start::default());
        replay.learn(s(0), News::Trouble("the disk is gone".to_owned()));
        assert_eq!(replay.warning().unwrap(), "trying again: the disk is gone");
        replay.learn(s(0), read(1, &[1], Some(Standing::Damaged("torn".to_owned()))));
        assert_eq!(replay.warning().unwrap(), "damaged: torn");
    }
}

//! The player's clockwork: which event is due when. It owns no events, reads no clock and draws
//! nothing; times come in, numbers of events go out.
//!
//! `now` is the caller's monotonic time since any fixed point; positions are times since the
//! start of the recording.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// What the playhead must know of a recording. Events are numbered from 1 without gaps.
pub trait Track {
    /// The number of the last event there is; 0 for none.
    fn last_seq(&self) -> u64;
    /// Time of an event since the start; that of the last one for numbers above, zero for 0.
    fn elapsed(&self, seq: u64) -> Duration;
    /// The last event that is not later than a moment; 0 for none.
    fn seq_at(&self, elapsed: Duration) -> u64 {
        let (mut low, mut high) = (0, self.last_seq());
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.elapsed(middle) <= elapsed { low = middle } else { high = middle - 1 }
        }
        low
    }
    /// False while more events may come.
    fn is_complete(&self) -> bool;
    /// False for events at which single steps do not stop because nothing is to be seen.
    fn is_step(&self, seq: u64) -> bool {
        let _ = seq;
        true
    }
}

/// The position in a recording and how it moves.
#[derive(Clone, Debug)]
pub struct Playhead {
    playing: bool,
    speed: Speed,
    max_wait: Option<Duration>,
    /// The last event that was given out.
    seq: u64,
    /// Position at `anchor_now`: that of the last event, or of a command since.
    anchor: Duration,
    anchor_now: Duration,
}

/// What an operator can ask of a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Plays, or pauses; at the end, plays from the start.
    Toggle,
    /// Plays.
    Play,
    /// Pauses.
    Pause,
    /// The next higher of [`Speed::STEPS`].
    Faster,
    /// The next lower of [`Speed::STEPS`].
    Slower,
    /// This speed.
    SetSpeed(Speed),
    /// To this position, or the end.
    Seek(Duration),
    /// Forward by this much.
    Forward(Duration),
    /// Back by this much.
    Back(Duration),
    /// To the first event, playing or not as before.
    Restart,
    /// To the last event.
    End,
    /// Pauses and shows the next event.
    StepForward,
    /// Pauses and takes the last event back.
    StepBack,
    /// Cuts longer pauses down to this much of the viewer's time; `None` leaves them.
    SetMaxWait(Option<Duration>),
}

/// What has to be done to the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// Nothing.
    Same,
    /// Feed these events to the screen.
    Feed(RangeInclusive<u64>),
    /// Make the screen new: the keyframe before this event, then all events up to it; a blank
    /// screen for 0.
    Rebuild(u64),
}

impl Playhead {
    /// At the start, paused.
    pub fn new(speed: Speed, max_wait: Option<Duration>) -> Self {
        let (anchor, anchor_now) = (Duration::ZERO, Duration::ZERO);
        Self { playing: false, speed, max_wait, seq: 0, anchor, anchor_now }
    }

    /// Carries out a command.
    pub fn command(&mut self, now: Duration, command: Command, track: &impl Track) -> Show {
        self.anchor = self.position(now, track);
        self.anchor_now = now;
        match command {
            Command::Toggle if !self.playing && self.at_end(track) => {
                self.playing = true;
                return self.seek(Duration::ZERO, track);
            }
            Command::Toggle => self.playing = !self.playing,
            Command::Play => self.playing = true,
            Command::Pause => self.playing = false,
            Command::Faster => self.speed = self.speed.faster(),
            Command::Slower => self.speed = self.speed.slower(),
            Command::SetSpeed(speed) => self.speed = speed,
            Command::SetMaxWait(wait) => self.max_wait = wait,
            Command::Seek(to) => return self.seek(to, track),
            Command::Forward(by) => return self.seek(self.anchor.saturating_add(by), track),
            Command::Back(by) => return self.seek(self.anchor.saturating_sub(by), track),
            Command::Restart => return self.restart(),
            Command::End => return self.seek(Duration::MAX, track),
            Command::StepForward => return self.step_forward(track),
            Command::StepBack => return self.step_back(track),
        }
        Show::Same
    }

    /// Gives out the events that are due. Call it at [`deadline`](Self::deadline) or at any time.
    pub fn advance(&mut self, now: Duration, track: &impl Track) -> Show {
        let first = self.seq.saturating_add(1);
        while self.playing && self.seq < track.last_seq() {
            let due = self.anchor_now.saturating_add(self.wait(track));
            if due > now {
                break;
            }
            self.seq += 1;
            self.anchor = track.elapsed(self.seq);
            self.anchor_now = due;
        }
        if self.playing && self.at_end(track) {
            // A live recording goes on from when its next event is there.
            self.anchor_now = now;
            self.playing = !track.is_complete();
        }
        if self.seq < first { Show::Same } else { Show::Feed(first..=self.seq) }
    }

    /// When the next event is due, in the caller's time; `None` while nothing is to come.
    pub fn deadline(&self, track: &impl Track) -> Option<Duration> {
        let moving = self.playing && self.seq < track.last_seq();
        moving.then(|| self.anchor_now.saturating_add(self.wait(track)))
    }

    /// The position, which moves on between events; faster through a pause that is cut down.
    pub fn position(&self, now: Duration, track: &impl Track) -> Duration {
        if !self.playing || self.at_end(track) {
            return self.anchor;
        }
        let passed = now.saturating_sub(self.anchor_now);
        let (gap, wait) = (self.gap(track), self.wait(track));
        if wait.is_zero() || passed >= wait {
            return self.anchor.saturating_add(gap);
        }
        self.anchor.saturating_add(gap.mul_f64(passed.as_secs_f64() / wait.as_secs_f64()))
    }

    /// The last event shown; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// True while it plays, also while it waits for a live recording to go on.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// True when the last event there is has been shown.
    pub fn at_end(&self, track: &impl Track) -> bool {
        self.seq >= track.last_seq()
    }

    /// The speed.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// What pauses are cut down to.
    pub fn max_wait(&self) -> Option<Duration> {
        self.max_wait
    }

    /// The pause that is being cut down at present, as it was recorded.
    pub fn skipped_gap(&self, track: &impl Track) -> Option<Duration> {
        let gap = self.gap(track);
        (self.playing && self.speed.scale(gap) > self.wait(track)).then_some(gap)
    }

    /// Recorded time from here to the next event.
    fn gap(&self, track: &impl Track) -> Duration {
        track.elapsed(self.seq.saturating_add(1)).saturating_sub(self.anchor)
    }

    /// The viewer's time for it.
    fn wait(&self, track: &impl Track) -> Duration {
        let wait = self.speed.scale(self.gap(track));
        self.max_wait.map_or(wait, |max| wait.min(max))
    }

    fn seek(&mut self, to: Duration, track: &impl Track) -> Show {
        let to = to.min(track.elapsed(track.last_seq()));
        self.anchor = to;
        self.show(track.seq_at(to))
    }

    fn restart(&mut self) -> Show {
        self.anchor = Duration::ZERO;
        self.show(0)
    }

    fn step_forward(&mut self, track: &impl Track) -> Show {
        self.playing = false;
        let last = track.last_seq();
        let next = (self.seq.saturating_add(1)..=last).find(|seq| track.is_step(*seq));
        self.stop_at(next.unwrap_or(last), track)
    }

    fn step_back(&mut self, track: &impl Track) -> Show {
        self.playing = false;
        // Taking back the last event that was seen shows the screen before it.
        let seen = (1..=self.seq).rev().find(|seq| track.is_step(*seq));
        self.stop_at(seen.map_or(0, |seq| seq - 1), track)
    }

    fn stop_at(&mut self, seq: u64, track: &impl Track) -> Show {
        self.anchor = track.elapsed(seq);
        self.show(seq)
    }

    fn show(&mut self, seq: u64) -> Show {
        let before = std::mem::replace(&mut self.seq, seq);
        match seq.cmp(&before) {
            std::cmp::Ordering::Equal => Show::Same,
            std::cmp::Ordering::Greater if seq - before <= FEED_EVENTS_MAX => {
                Show::Feed(before + 1..=seq)
            }
            _ => Show::Rebuild(seq),
        }
    }
}

/// How fast: 0.25 to 16 times, kept in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u32);

/// A speed that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a speed is a number from 0.25 to 16, not {0:?}")]
pub struct SpeedError(String);

impl Speed {
    /// As recorded.
    pub const NORMAL: Self = Self(100);
    /// What the faster and slower keys go through.
    pub const STEPS: [Self; 7] =
        [Self(25), Self(50), Self::NORMAL, Self(200), Self(400), Self(800), Self(1600)];

    /// The next higher step, or the same at the top.
    pub fn faster(self) -> Self {
        Self::STEPS.into_iter().find(|step| *step > self).unwrap_or(self)
    }

    /// The next lower step, or the same at the bottom.
    pub fn slower(self) -> Self {
        Self::STEPS.into_iter().rev().find(|step| *step < self).unwrap_or(self)
    }

    /// Recorded time in the viewer's time.
    fn scale(self, recorded: Duration) -> Duration {
        let nanos = recorded.as_nanos().saturating_mul(100) / u128::from(self.0.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl FromStr for Speed {
    type Err = SpeedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let factor: Option<f64> = text.trim_end_matches('x').parse().ok();
        match factor.filter(|factor| (0.25..=16.0).contains(factor)) {
            // In range by the check above.
            Some(factor) => Ok(Self((factor * 100.0).round() as u32)),
            None => Err(SpeedError(text.to_owned())),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x", f64::from(self.0) / 100.0)
    }
}

/// Times of events since the start: event `n` stands at `n - 1`; complete.
impl Track for [Duration] {
    fn last_seq(&self) -> u64 {
        self.len() as u64
    }

    fn elapsed(&self, seq: u64) -> Duration {
        let at = usize::try_from(seq.min(self.last_seq())).unwrap_or(usize::MAX);
        at.checked_sub(1).and_then(|at| self.get(at)).copied().unwrap_or_default()
    }

    fn is_complete(&self) -> bool {
        true
    }
}

/// Beyond this many events ahead a keyframe is likely nearer.
const FEED_EVENTS_MAX: u64 = 64;

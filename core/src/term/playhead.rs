//! The player's clockwork: which event is due when. It owns no events, reads no clock and draws
//! nothing; times come in, numbers of events go out.
//!
//! `now` is the caller's monotonic time since any fixed point; positions are times since the
//! start of the recording.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::command::Command;
use super::speed::Speed;
use super::track::Track;

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
    pub fn command(
        &mut self,
        now: Duration,
        command: Command,
        track: &(impl Track + ?Sized),
    ) -> Show {
        self.anchor = self.position(now, track);
        self.anchor_now = now;
        match command {
            // At the edge of a live recording it goes on with what comes.
            Command::Toggle if !self.playing && self.at_end(track) && track.is_complete() => {
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
            Command::StopAt(seq) => {
                self.playing = false;
                return self.stop_at(seq.min(track.last_seq()), track);
            }
        }
        Show::Same
    }

    /// Gives out the events that are due. Call it at [`deadline`](Self::deadline) or at any time.
    pub fn advance(&mut self, now: Duration, track: &(impl Track + ?Sized)) -> Show {
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
    pub fn deadline(&self, track: &(impl Track + ?Sized)) -> Option<Duration> {
        let moving = self.playing && self.seq < track.last_seq();
        moving.then(|| self.anchor_now.saturating_add(self.wait(track)))
    }

    /// The position, which moves on between events; faster through a pause that is cut down.
    pub fn position(&self, now: Duration, track: &(impl Track + ?Sized)) -> Duration {
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
    pub fn at_end(&self, track: &(impl Track + ?Sized)) -> bool {
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
    pub fn skipped_gap(&self, track: &(impl Track + ?Sized)) -> Option<Duration> {
        let gap = self.gap(track);
        (self.playing && self.speed.scale(gap) > self.wait(track)).then_some(gap)
    }

    /// True when a pause of this length is cut down.
    pub fn cuts(&self, gap: Duration) -> bool {
        self.max_wait.is_some_and(|max| self.speed.scale(gap) > max)
    }

    /// Recorded time from here to the next event.
    fn gap(&self, track: &(impl Track + ?Sized)) -> Duration {
        track.elapsed(self.seq.saturating_add(1)).saturating_sub(self.anchor)
    }

    /// The viewer's time for it.
    fn wait(&self, track: &(impl Track + ?Sized)) -> Duration {
        let wait = self.speed.scale(self.gap(track));
        self.max_wait.map_or(wait, |max| wait.min(max))
    }

    fn seek(&mut self, to: Duration, track: &(impl Track + ?Sized)) -> Show {
        let to = to.min(track.elapsed(track.last_seq()));
        self.anchor = to;
        self.show(track.seq_at(to))
    }

    fn restart(&mut self) -> Show {
        self.anchor = Duration::ZERO;
        self.show(0)
    }

    fn step_forward(&mut self, track: &(impl Track + ?Sized)) -> Show {
        self.playing = false;
        let last = track.last_seq();
        let next = (self.seq.saturating_add(1)..=last).find(|seq| track.is_step(*seq));
        self.stop_at(next.unwrap_or(last), track)
    }

    fn step_back(&mut self, track: &(impl Track + ?Sized)) -> Show {
        self.playing = false;
        // Taking back the last event that was seen shows the screen before it.
        let seen = (1..=self.seq).rev().find(|seq| track.is_step(*seq));
        self.stop_at(seen.map_or(0, |seq| seq - 1), track)
    }

    fn stop_at(&mut self, seq: u64, track: &(impl Track + ?Sized)) -> Show {
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

/// Beyond this many events ahead a keyframe is likely nearer.
const FEED_EVENTS_MAX: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn track(times_ms: &[u64]) -> Vec<Duration> {
        times_ms.iter().copied().map(ms).collect()
    }

    /// A recording that still grows.
    struct Growing(Vec<Duration>);

    impl Track for Growing {
        fn last_seq(&self) -> u64 {
            self.0.last_seq()
        }

        fn elapsed(&self, seq: u64) -> Duration {
            self.0.elapsed(seq)
        }

        fn is_complete(&self) -> bool {
            false
        }

        fn is_step(&self, seq: u64) -> bool {
            seq.is_multiple_of(2)
        }
    }

    fn playing(track: &[Duration], speed: &str, max_wait: Option<Duration>) -> Playhead {
        let mut head = Playhead::new(speed.parse().unwrap(), max_wait);
        assert_eq!(head.command(ms(1000), Command::Play, track), Show::Same);
        head
    }

    #[test]
    fn events_come_when_they_are_due() {
        let track = track(&[100, 100, 250, 1000]);
        let mut head = playing(&track, "1", None);
        assert_eq!(head.deadline(&*track), Some(ms(1100)));
        assert_eq!(head.advance(ms(1099), &*track), Show::Same);
        assert_eq!(head.position(ms(1050), &*track), ms(50));
        assert_eq!(head.advance(ms(1100), &*track), Show::Feed(1..=2));
        assert_eq!(head.advance(ms(1300), &*track), Show::Feed(3..=3));
        assert_eq!(head.deadline(&*track), Some(ms(2000)), "being late does not add up");
        assert_eq!(head.advance(ms(9000), &*track), Show::Feed(4..=4));
        assert!(head.at_end(&*track) && !head.is_playing());
        assert_eq!((head.deadline(&*track), head.position(ms(9999), &*track)), (None, ms(1000)));
        assert_eq!(head.command(ms(10_000), Command::Toggle, &*track), Show::Rebuild(0));
        assert!(head.is_playing());
    }

    #[test]
    fn speed_stretches_and_pausing_holds() {
        let track = track(&[1000, 2000]);
        let mut head = playing(&track, "4", None);
        assert_eq!(head.deadline(&*track), Some(ms(1250)));
        head.command(ms(1125), Command::Slower, &*track);
        assert_eq!(
            (head.position(ms(1125), &*track), head.speed().to_string()),
            (ms(500), "2x".into())
        );
        assert_eq!(head.deadline(&*track), Some(ms(1375)));
        head.command(ms(1250), Command::Pause, &*track);
        assert_eq!(head.position(ms(99_000), &*track), ms(750));
        assert_eq!((head.deadline(&*track), head.advance(ms(99_000), &*track)), (None, Show::Same));
        head.command(ms(100_000), Command::Play, &*track);
        assert_eq!(head.deadline(&*track), Some(ms(100_125)));
    }

    #[test]
    fn long_pauses_are_cut_and_told() {
        let track = track(&[100, 60_100, 60_200]);
        let mut head = playing(&track, "1", Some(ms(2000)));
        assert_eq!(head.skipped_gap(&*track), None);
        head.advance(ms(1100), &*track);
        assert_eq!(head.skipped_gap(&*track), Some(ms(60_000)));
        assert!(head.cuts(ms(2001)) && !head.cuts(ms(2000)));
        assert_eq!(head.deadline(&*track), Some(ms(3100)));
        assert_eq!(head.position(ms(2100), &*track), ms(30_100), "half of it");
        assert_eq!(head.advance(ms(3100), &*track), Show::Feed(2..=2));
        head.command(ms(3100), Command::SetMaxWait(None), &*track);
        assert_eq!(head.deadline(&*track), Some(ms(3200)));
    }

    #[test]
    fn seeking_goes_where_it_should() {
        let track = track(&[1000, 2000, 2000, 8000]);
        let mut head = Playhead::new(Speed::NORMAL, None);
        let mut go = |command| head.command(Duration::ZERO, command, &*track);
        assert_eq!(go(Command::Seek(ms(2000))), Show::Feed(1..=3));
        assert_eq!(go(Command::Forward(ms(5000))), Show::Same);
        assert_eq!(go(Command::Forward(ms(5000))), Show::Feed(4..=4));
        assert_eq!(go(Command::Back(ms(6500))), Show::Rebuild(1));
        assert_eq!(go(Command::Back(ms(6500))), Show::Rebuild(0));
        assert_eq!(go(Command::End), Show::Feed(1..=4));
        assert_eq!(go(Command::Restart), Show::Rebuild(0));
        assert_eq!(head.position(Duration::ZERO, &*track), Duration::ZERO);
    }

    #[test]
    fn far_ahead_a_keyframe_is_asked_for() {
        let times: Vec<Duration> = (1..=1000).map(ms).collect();
        let mut head = Playhead::new(Speed::NORMAL, None);
        assert_eq!(head.command(ms(0), Command::Seek(ms(900)), &*times), Show::Rebuild(900));
    }

    #[test]
    fn steps_stop_where_something_is_seen() {
        let track = Growing(track(&[10, 20, 30, 40, 50]));
        let mut head = Playhead::new(Speed::NORMAL, None);
        let mut go = |command| head.command(Duration::ZERO, command, &track);
        assert_eq!(go(Command::StepForward), Show::Feed(1..=2));
        assert_eq!(go(Command::StepForward), Show::Feed(3..=4));
        assert_eq!(go(Command::StepForward), Show::Feed(5..=5));
        assert_eq!(go(Command::StepForward), Show::Same);
        assert_eq!(go(Command::StepBack), Show::Rebuild(3));
        assert_eq!(go(Command::StepBack), Show::Rebuild(1));
        assert_eq!(go(Command::StepBack), Show::Rebuild(0));
        assert_eq!(go(Command::StepBack), Show::Same);
    }

    #[test]
    fn a_live_recording_is_followed() {
        let mut track = Growing(track(&[10]));
        let mut head = Playhead::new(Speed::NORMAL, None);
        head.command(ms(0), Command::Play, &track);
        assert_eq!(head.advance(ms(500), &track), Show::Feed(1..=1));
        assert!(head.is_playing() && head.deadline(&track).is_none());
        head.command(ms(550), Command::Toggle, &track);
        assert_eq!(
            head.command(ms(560), Command::Toggle, &track),
            Show::Same,
            "not from the start"
        );
        assert!(head.is_playing() && head.seq() == 1);
        track.0.push(ms(600));
        assert_eq!(head.deadline(&track), Some(ms(1150)));
        assert_eq!(head.advance(ms(1150), &track), Show::Feed(2..=2));
    }

    fn command() -> impl Strategy<Value = Command> {
        let time = (0..20_000_u64).prop_map(ms);
        prop_oneof![
            Just(Command::Toggle),
            Just(Command::Faster),
            Just(Command::Slower),
            Just(Command::Restart),
            Just(Command::End),
            Just(Command::StepForward),
            Just(Command::StepBack),
            time.clone().prop_map(Command::Seek),
            time.clone().prop_map(Command::Forward),
            time.clone().prop_map(Command::Back),
            prop::option::of(time).prop_map(Command::SetMaxWait),
        ]
    }

    proptest! {
        /// Whatever is pressed, the screen that follows the orders has seen exactly the events up
        /// to the playhead, each once and in order.
        #[test]
        fn no_event_is_lost_or_shown_twice(
            delays in prop::collection::vec(0..3000_u64, 0..200),
            presses in prop::collection::vec((command(), 0..500_u64), 0..40),
        ) {
            let times: Vec<Duration> = delays
                .iter()
                .scan(0, |sum, delay| { *sum += delay; Some(ms(*sum)) })
                .collect();
            let mut head = Playhead::new(Speed::NORMAL, None);
            let (mut seen, mut now) = (0, Duration::ZERO);
            for (command, pause) in presses {
                for act in 0..2 {
                    now += ms(pause);
                    let show = match act {
                        0 => head.command(now, command, &*times),
                        _ => head.advance(now, &*times),
                    };
                    match show {
                        Show::Same => {}
                        Show::Feed(events) => {
                            prop_assert_eq!(*events.start(), seen + 1);
                            seen = *events.end();
                        }
                        Show::Rebuild(seq) => seen = seq,
                    }
                    prop_assert_eq!(seen, head.seq());
                    let position = head.position(now, &*times);
                    prop_assert!(position >= times.elapsed(seen));
                    prop_assert!(head.at_end(&*times) || position <= times.elapsed(seen + 1));
                    prop_assert!(head.deadline(&*times).is_none_or(|due| due >= head.anchor_now));
                }
            }
        }
    }
}

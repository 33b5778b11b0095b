//! The live edge of a recording that grows: how far it is ahead, and how one comes back to it.

use std::time::Duration;

use sudolog_core::term::{Command, Speed};

use super::Replay;
use super::goal::Goal;

/// How a player begins at the edge of a running session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewind {
    /// There, and pauses.
    Pause,
    /// A few seconds before it, and plays.
    Back,
}

impl Rewind {
    pub(super) fn goal(self) -> Goal {
        match self {
            Self::Pause => Goal::End,
            Self::Back => Goal::BeforeEnd(STEP_BACK),
        }
    }
}

impl Replay {
    /// How far what is shown is behind what has happened.
    pub(super) fn behind(&self, now: Duration) -> Duration {
        self.total().saturating_sub(self.position(now))
    }

    /// True where nobody sees that it is behind.
    pub(super) fn is_at_the_edge(&self, now: Duration) -> bool {
        self.behind(now) < AT_THE_EDGE
    }

    /// True while it plays faster until it is at the edge.
    pub(super) fn is_catching_up(&self) -> bool {
        self.catching
    }

    /// Plays at twice the speed until the edge, and from there as it happens; or does not any more.
    pub(super) fn catch_up(&mut self, now: Duration) {
        if self.end_catching(now) || !self.is_growing() {
            return;
        }
        let fast = self.speed().max(Speed::TWICE);
        (self.catching, self.goal) = (true, None);
        self.playhead.command(now, Command::SetSpeed(fast), &self.tape);
        self.playhead.command(now, Command::Play, &self.tape);
    }

    /// True while it plays what happens as it happens: what comes then is shown at once, not after the pause
    /// before it once more.
    pub(super) fn follows_the_edge(&self) -> bool {
        self.is_playing() && self.is_growing() && self.playhead.at_end(&self.tape)
    }

    /// Looks whether the edge is reached; there is none where nothing more comes.
    pub(super) fn look_for_the_edge(&mut self, now: Duration) {
        if self.is_at_the_edge(now) || !self.is_growing() {
            self.end_catching(now);
        }
    }

    /// The operator wants another speed than the one that it was caught up with.
    pub(super) fn forget_catching(&mut self) {
        self.catching = false;
    }

    fn end_catching(&mut self, now: Duration) -> bool {
        let caught = std::mem::take(&mut self.catching);
        if caught {
            self.playhead.command(now, Command::SetSpeed(Speed::NORMAL), &self.tape);
        }
        caught
    }
}

/// Nearer to the newest event nobody sees the difference.
const AT_THE_EDGE: Duration = Duration::from_secs(1);
/// As far as one step back goes.
const STEP_BACK: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::super::sample::{about, read};
    use super::super::{ReplayAction, Start};
    use super::*;
    use crate::source::Standing;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn begun(start: Start, seconds: &[u64]) -> Replay {
        let mut replay = Replay::new(about(), start);
        replay.learn(s(0), read(1, seconds, Some(Standing::Growing)));
        replay
    }

    #[test]
    fn at_the_edge_what_happens_is_shown_at_once_and_before_it_in_its_time() {
        let mut replay = begun(Start::default(), &[1, 2]);
        replay.act(s(0), ReplayAction::LiveEdge);
        replay.learn(s(40), read(3, &[35], None));
        assert_eq!((replay.wanted(), replay.position(s(40))), (3, s(35)));
        assert!(replay.is_playing() && replay.is_at_the_edge(s(40)));
        replay.act(s(40), ReplayAction::Back);
        replay.learn(s(41), read(4, &[36], None));
        assert_eq!((replay.wanted(), replay.position(s(41))), (2, s(31)));
        replay.act(s(41), ReplayAction::LiveEdge);
        replay.act(s(41), ReplayAction::TogglePlay);
        replay.learn(s(42), read(5, &[37], None));
        assert_eq!(replay.wanted(), 4, "what is paused stays");
    }

    /// Every second one event, for so long.
    fn steady(length_s: u64) -> Vec<u64> {
        (1..=length_s).collect()
    }

    #[test]
    fn what_is_behind_is_caught_up_with_at_twice_the_speed_and_then_goes_on_as_before() {
        let mut replay = begun(Start::default(), &steady(60));
        replay.act(s(0), ReplayAction::Seek(s(20)));
        replay.act(s(0), ReplayAction::TogglePlay);
        replay.act(s(0), ReplayAction::CatchUp);
        assert!(replay.is_playing() && replay.is_catching_up());
        assert_eq!(replay.speed().to_string(), "2x");
        replay.tick(s(10));
        assert_eq!((replay.position(s(10)), replay.behind(s(10))), (s(40), s(20)));
        replay.learn(s(10), read(61, &[61, 62, 63, 64, 65, 66, 67, 68, 69, 70], None));
        replay.tick(s(20));
        assert!(replay.is_catching_up(), "the edge has gone on meanwhile");
        replay.tick(s(25));
        assert!(!replay.is_catching_up() && replay.is_playing());
        assert_eq!(replay.speed().to_string(), "1x");
    }

    #[test]
    fn the_operators_own_speed_counts_more_and_the_key_ends_it() {
        let mut replay = begun(Start::default(), &steady(60));
        replay.act(s(0), ReplayAction::CatchUp);
        replay.act(s(0), ReplayAction::Faster);
        assert_eq!((replay.speed().to_string().as_str(), replay.is_catching_up()), ("4x", false));
        replay.act(s(0), ReplayAction::CatchUp);
        assert_eq!((replay.speed().to_string().as_str(), replay.is_catching_up()), ("4x", true));
        replay.act(s(0), ReplayAction::CatchUp);
        assert_eq!((replay.speed().to_string().as_str(), replay.is_catching_up()), ("1x", false));
    }

    #[test]
    fn where_nothing_more_comes_there_is_no_edge() {
        let mut replay = begun(Start::default(), &steady(60));
        replay.act(s(0), ReplayAction::CatchUp);
        replay.learn(s(1), read(61, &[61], Some(Standing::Whole)));
        replay.tick(s(1));
        assert_eq!((replay.speed().to_string().as_str(), replay.is_catching_up()), ("1x", false));
        replay.act(s(1), ReplayAction::CatchUp);
        assert!(!replay.is_catching_up());
    }

    #[test]
    fn a_player_begins_at_the_edge_paused_or_a_little_before_it() {
        let start = |rewind| Start { rewind: Some(rewind), ..Start::default() };
        let paused = begun(start(Rewind::Pause), &steady(60));
        assert_eq!((paused.wanted(), paused.is_playing()), (60, false));
        let back = begun(start(Rewind::Back), &steady(60));
        assert_eq!((back.position(s(0)), back.is_playing()), (s(55), true));
        let mut short = begun(start(Rewind::Back), &steady(2));
        assert_eq!((short.wanted(), short.is_playing()), (0, true));
        short.act(s(0), ReplayAction::TogglePlay);
        short.act(s(0), ReplayAction::End);
        short.act(s(0), ReplayAction::TogglePlay);
        assert_eq!((short.wanted(), short.is_playing()), (2, true), "on from the edge");
    }
}

//! How the operator goes through a recording: what is pressed, and where that leads.

use std::time::Duration;

use sudolog_core::term::{Command, Speed};

use super::Replay;
use super::action::ReplayAction;
use super::goal::Goal;

impl Replay {
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
            ReplayAction::CatchUp => return self.catch_up(now),
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
            ReplayAction::Compare => return self.toggle_comparison(),
            ReplayAction::Flip => return self.flip(),
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
        if matches!(command, Command::Slower | Command::Faster | Command::SetSpeed(_)) {
            self.forget_catching();
        }
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

    fn next_idle_limit(&self) -> Option<Duration> {
        let present = self.playhead.max_wait();
        match present {
            None => IDLE_LIMITS.first().copied(),
            Some(present) => IDLE_LIMITS.into_iter().find(|limit| *limit > present),
        }
    }
}

const SEEK_STEP: Duration = Duration::from_secs(5);
const SEEK_LEAP: Duration = Duration::from_secs(60);
const IDLE_LIMITS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

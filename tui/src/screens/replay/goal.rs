//! A place in a recording that may not be read yet: it is gone to as soon as it is.

use std::time::Duration;

use sudolog_core::term::{Command, Track as _};
use sudolog_core::time::Position;

use super::Replay;

/// A place in a recording that is not wholly read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// This time, and whether to play from there.
    At(Duration, bool),
    Tenth(u8),
    /// After this event, and pause.
    Event(u64),
    End,
    /// So long before the end, and to play from there.
    BeforeEnd(Duration),
    /// The end, and on as it happens.
    Edge,
}

impl Replay {
    /// Where one goes as soon as that is read, in words.
    pub(super) fn awaited(&self) -> Option<String> {
        Some(match self.goal? {
            Goal::At(at, _) => Position(at).to_string(),
            Goal::Tenth(tenth) => format!("{tenth}0%"),
            Goal::Event(seq) => format!("event {seq}"),
            Goal::End | Goal::BeforeEnd(_) | Goal::Edge => "the end".to_owned(),
        })
    }

    /// Goes to a place, or remembers it until it is read.
    pub(super) fn aim(&mut self, now: Duration, goal: Goal) {
        let known = match goal {
            Goal::At(at, _) => self.end.is_some() || self.tape.total() >= at,
            Goal::Event(seq) => self.end.is_some() || self.tape.last_seq() >= seq,
            Goal::Tenth(0) => true,
            Goal::Tenth(_) | Goal::End | Goal::BeforeEnd(_) | Goal::Edge => self.end.is_some(),
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
            Goal::BeforeEnd(by) => Command::Seek(self.tape.total().saturating_sub(by)),
            Goal::End | Goal::Edge => Command::End,
        };
        self.playhead.command(now, command, &self.tape);
        let edge = goal == Goal::Edge && self.is_growing();
        if edge || matches!(goal, Goal::At(_, true) | Goal::BeforeEnd(_)) {
            self.playhead.command(now, Command::Play, &self.tape);
        }
    }
}

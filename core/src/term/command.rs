//! What an operator can ask of a player.

use std::time::Duration;

use super::speed::Speed;

/// An order to the [`Playhead`](super::Playhead).
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
    /// Pauses and shows the screen after this event.
    StopAt(u64),
    /// Cuts longer pauses down to this much of the viewer's time; `None` leaves them.
    SetMaxWait(Option<Duration>),
}

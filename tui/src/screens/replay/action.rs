//! What the operator does in the player.

use std::time::Duration;

use sudolog_core::session::EventKind;

/// What the operator does on this screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplayAction {
    /// Plays or pauses.
    TogglePlay,
    /// A few seconds back.
    Back,
    /// A few seconds forward.
    Forward,
    /// A minute back.
    BackMinute,
    /// A minute forward.
    ForwardMinute,
    /// To this time since the start.
    Seek(Duration),
    /// One event back.
    StepBack,
    /// One event forward.
    StepForward,
    /// A tenth of it back.
    BackTenth,
    /// A tenth of it forward.
    ForwardTenth,
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
    /// To the command before, or the line that was entered.
    PreviousCommand,
    /// To the next one.
    NextCommand,
    /// Puts a mark of one's own here, or takes it away.
    ToggleMark,
    /// To one's own mark, and back.
    OwnMark,
    /// The next choice of how long pauses may be.
    IdleLimit,
    /// To the end of a recording that grows, and on with it.
    LiveEdge,
    /// Plays faster until it is at that end.
    CatchUp,
    /// Begins again at the end, or does not any more.
    ToggleLoop,
    /// Shows what was typed, or does not any more.
    ToggleKeys,
    /// All of a screen that is larger than the space for it, or the part with the cursor.
    Zoom,
    /// So many rows down and columns to the right of such a screen.
    Pan(i16, i16),
    /// Shows text that nobody could see, or does not any more.
    Reveal,
    /// Shows what changes, or does not any more.
    Difference,
    /// Keeps this moment, to compare others with it; or compares nothing any more.
    Compare,
    /// Shows the other one of the two moments that are compared.
    Flip,
    /// Puts a stream on the screen, or takes it off.
    ToggleStream(EventKind),
}

impl ReplayAction {
    /// True for what goes somewhere else than where one was going.
    pub(super) fn moves(self) -> bool {
        matches!(
            self,
            Self::Back
                | Self::Forward
                | Self::BackMinute
                | Self::ForwardMinute
                | Self::BackTenth
                | Self::ForwardTenth
                | Self::StepBack
                | Self::StepForward
                | Self::Restart
                | Self::PreviousMark
                | Self::NextMark
                | Self::PreviousCommand
                | Self::NextCommand
                | Self::OwnMark
        )
    }
}

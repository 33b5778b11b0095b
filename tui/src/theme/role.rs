//! What things are, for themes to give them a look.

use sudolog_core::risk::Level;
use sudolog_core::session::SessionState;

/// What a piece of text or a line on a screen stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Text that may be overlooked.
    Faint,
    /// The name of what is shown.
    Title,
    /// A key in the hint bar and in the help.
    Key,
    /// Something failed.
    Error,
    /// Something to be careful about.
    Warn,
    /// Something is as it should be.
    Ok,
    /// The chosen row.
    Selected,
    /// Lines around things.
    Border,
    /// Space around a recorded screen.
    Backdrop,
    /// The played part of a time bar.
    BarDone,
    /// The rest of a time bar.
    BarRest,
    /// A mark on a time bar.
    BarMark,
    /// State of a session: live.
    StateLive,
    /// State of a session: frozen.
    StateFrozen,
    /// State of a session: lagging.
    StateLagging,
    /// State of a session: complete.
    StateComplete,
    /// State of a session: incomplete.
    StateIncomplete,
    /// A low risk.
    RiskLow,
    /// A medium risk.
    RiskMedium,
    /// A high risk.
    RiskHigh,
    /// A critical risk.
    RiskCritical,
}

impl Role {
    /// All roles, each at its own number.
    pub const ALL: [Self; 22] = [
        Self::Text,
        Self::Faint,
        Self::Title,
        Self::Key,
        Self::Error,
        Self::Warn,
        Self::Ok,
        Self::Selected,
        Self::Border,
        Self::Backdrop,
        Self::BarDone,
        Self::BarRest,
        Self::BarMark,
        Self::StateLive,
        Self::StateFrozen,
        Self::StateLagging,
        Self::StateComplete,
        Self::StateIncomplete,
        Self::RiskLow,
        Self::RiskMedium,
        Self::RiskHigh,
        Self::RiskCritical,
    ];

    /// The role of a risk's level.
    pub fn of_level(level: Level) -> Self {
        match level {
            Level::Low => Self::RiskLow,
            Level::Medium => Self::RiskMedium,
            Level::High => Self::RiskHigh,
            Level::Critical => Self::RiskCritical,
        }
    }

    /// The role of a session's state.
    pub fn of_state(state: SessionState) -> Self {
        match state {
            SessionState::Live => Self::StateLive,
            SessionState::Frozen => Self::StateFrozen,
            SessionState::Lagging => Self::StateLagging,
            SessionState::Complete => Self::StateComplete,
            SessionState::Incomplete => Self::StateIncomplete,
        }
    }

    /// Its name in a theme file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Faint => "faint",
            Self::Title => "title",
            Self::Key => "key",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Ok => "ok",
            Self::Selected => "selected",
            Self::Border => "border",
            Self::Backdrop => "backdrop",
            Self::BarDone => "bar.done",
            Self::BarRest => "bar.rest",
            Self::BarMark => "bar.mark",
            Self::StateLive => "state.live",
            Self::StateFrozen => "state.frozen",
            Self::StateLagging => "state.lagging",
            Self::StateComplete => "state.complete",
            Self::StateIncomplete => "state.incomplete",
            Self::RiskLow => "risk.low",
            Self::RiskMedium => "risk.medium",
            Self::RiskHigh => "risk.high",
            Self::RiskCritical => "risk.critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_stands_at_its_own_number() {
        for (at, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, at, "{role:?}");
        }
    }
}

//! How the program ends: the exit codes that scripts rely on.

use std::process::ExitCode;

/// The outcome of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Done,
    /// Something failed.
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
    /// No such session or recording.
    NotFound,
    /// The server and the operator do not trust each other.
    Authentication,
    /// The recording is not what was acknowledged.
    NotVerified,
    /// The recording is not whole.
    Incomplete,
    /// Ended by this signal, or by Ctrl-C (2).
    Signal(u8),
}

impl Exit {
    /// The number, as `sudolog-tui(1)` documents it.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Authentication => 4,
            Self::NotVerified => 5,
            Self::Incomplete => 6,
            Self::Signal(number) => number.saturating_add(128),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

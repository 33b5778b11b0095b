//! Why a command failed, and with which exit code.

use std::io;

use sudolog_core::redact::{RedactError, RulesError};

use crate::config::{ConfigError, NoServer};
use crate::exit::Exit;
use crate::source::RecordingError;
use crate::source::archive::ArchiveError;
use crate::source::server::ClientError;
use crate::theme::ThemeError;
use crate::verification::KeyFileError;

/// A command that could not be carried out. Its text is safe to show.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command cannot be meant like this.
    #[error("{0}")]
    Usage(String),
    /// The configuration file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No such theme.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// No server to ask.
    #[error(transparent)]
    NoServer(#[from] NoServer),
    /// There is no first look.
    #[cfg(feature = "embedded")]
    #[error(transparent)]
    Embedded(#[from] crate::embedded::EmbeddedError),
    /// No public keys to check with.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The server or the directory cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Too much is to be hidden.
    #[error(transparent)]
    Redact(#[from] RedactError),
    /// Another program is needed and not there.
    #[error("{0}")]
    Program(String),
    /// The system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What was to be done.
        what: String,
        /// The system's words.
        source: io::Error,
    },
}

impl Failure {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::Theme(_) | Self::NoServer(_) => Exit::Usage,
            Self::Keys(KeyFileError::Io { .. }) => Exit::Failed,
            Self::Keys(_) => Exit::Usage,
            Self::Recording(RecordingError::Server(error)) => of_server(error),
            Self::Recording(RecordingError::Archive(error)) if error.is_not_found() => {
                Exit::NotFound
            }
            #[cfg(feature = "embedded")]
            Self::Embedded(error) => error.exit(),
            Self::Recording(RecordingError::Archive(_))
            | Self::Redact(_)
            | Self::Program(_)
            | Self::Io { .. } => Exit::Failed,
        }
    }
}

fn of_server(error: &ClientError) -> Exit {
    match error {
        error if error.is_not_found() => Exit::NotFound,
        error if error.is_authentication() => Exit::Authentication,
        _ => Exit::Failed,
    }
}

impl From<RulesError> for Failure {
    fn from(error: RulesError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        RecordingError::from(error).into()
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        RecordingError::from(error).into()
    }
}

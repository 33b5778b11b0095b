//! Why a command failed, and with which exit code.

use std::io;

use crate::config::{ConfigError, NoServer};
use crate::exit::Exit;
use crate::source::server::ClientError;
use crate::theme::ThemeError;

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
    /// The server could not be asked, or refused.
    #[error(transparent)]
    Server(#[from] ClientError),
    /// There is no first look.
    #[cfg(feature = "embedded")]
    #[error(transparent)]
    Embedded(#[from] crate::embedded::EmbeddedError),
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
            Self::Server(error) if error.is_not_found() => Exit::NotFound,
            Self::Server(error) if error.is_authentication() => Exit::Authentication,
            #[cfg(feature = "embedded")]
            Self::Embedded(error) => error.exit(),
            Self::Server(_) | Self::Io { .. } => Exit::Failed,
        }
    }
}

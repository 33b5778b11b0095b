//! Why there is no first look.

use std::io;
use std::path::PathBuf;

use crate::exit::Exit;

/// The embedded parts cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No private directory.
    #[error("cannot make a private directory in {}: {source}; set TMPDIR to a place that you may write to", .path.display())]
    Directory {
        /// Where.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// No thread, or no runtime on it.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The throwaway keys.
    #[error("throwaway keys: {0}")]
    Pki(#[from] sudolog_server::pki::PkiError),
    /// The server.
    #[error("the embedded server does not start: {0:#}")]
    Server(anyhow::Error),
    /// The shipper.
    #[error("the embedded shipper does not start: {0}")]
    Shipper(#[from] sudolog_shipper::StartError),
    /// A setting that the parts do not take; would be a fault of this program.
    #[error("a setting made up for the embedded parts is refused: {0}")]
    Setting(String),
    /// A signal came while it was being started.
    #[error("ended by a signal while starting")]
    Interrupted(Exit),
    /// The thread ended without a word.
    #[error("the embedded parts failed while starting")]
    Panicked,
}

impl EmbeddedError {
    /// The exit code of a console that ends with this.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Interrupted(exit) => *exit,
            _ => Exit::Failed,
        }
    }
}

//! Where sessions and recordings are, on every command line that names some.

use std::path::PathBuf;

use clap::Args;

use crate::config::ServerChoice;
use crate::source::server::TcpAddress;

/// One recording.
#[derive(Clone, Debug, Args)]
pub struct RecordingArgs {
    /// Session of the server, or of --dir; or any iolog directory
    #[arg(value_name = "TSID|PATH")]
    pub recording: PathBuf,
    /// Where a TSID is looked for.
    #[command(flatten)]
    pub place: Place,
}

/// Where sessions are: a directory or a server.
#[derive(Clone, Debug, Default, Args)]
pub struct Place {
    /// Log directory with recordings of sudo, sudo_logsrvd or sudolog-server
    #[arg(long, value_name = "DIR", conflicts_with_all = ["server", "socket"])]
    pub dir: Option<PathBuf>,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Which server.
#[derive(Clone, Debug, Default, Args)]
pub struct ServerArgs {
    /// Server to ask
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "socket")]
    pub server: Option<TcpAddress>,
    /// Socket of the server on this machine
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
}

impl From<ServerArgs> for ServerChoice {
    fn from(args: ServerArgs) -> Self {
        Self { server: args.server, socket: args.socket }
    }
}

//! The command line. These names and exit codes are a contract with scripts.

use std::path::PathBuf;

use crate::config::ServerChoice;
use crate::source::server::TcpAddress;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Watch, replay and verify recorded sudo sessions.
#[derive(Debug, Parser)]
#[command(name = "sudolog-tui", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub general: General,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// True for the first look, which leaves nothing behind, not even a log.
    pub fn is_first_look(&self) -> bool {
        match &self.command {
            #[cfg(feature = "embedded")]
            Command::Live(live) => live.embedded,
            #[cfg(not(feature = "embedded"))]
            Command::Live(_) => false,
        }
    }
}

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
pub struct General {
    /// Configuration file [default: ~/.config/sudolog/tui.toml, then /etc/sudolog/tui.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Theme of the screens: terminal-16, dark, light or mono
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// When to use colours; `auto` heeds NO_COLOR, COLORTERM and TERM
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// As the terminal and the environment say.
    #[default]
    Auto,
    /// Even with NO_COLOR set.
    Always,
    /// Not at all.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch running sessions
    Live(Live),
}

/// Arguments of `live`.
#[derive(Debug, Args)]
pub struct Live {
    /// Start a server, a shipper and scripted sessions inside this program, for a first look
    #[cfg(feature = "embedded")]
    #[arg(long, conflicts_with_all = ["server", "socket"])]
    pub embedded: bool,
    /// Where the server is.
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

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failure, 2 usage, 3 not found, 4 authentication or TLS,
5 verification failed, 6 incomplete recording, 128 + n ended by signal n.";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_documented_form_is_understood() {
        for line in ["x live --server logs:9876", "x live --socket /run/sudolog/console.sock"] {
            assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
        }
    }

    #[test]
    fn contradictions_are_usage_errors() {
        for line in ["x", "x live --server", "x live --server a --socket b"] {
            assert!(parse(line).unwrap_err().use_stderr(), "{line}");
        }
    }
}

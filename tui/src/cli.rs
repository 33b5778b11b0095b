//! The command line. These names and exit codes are a contract with scripts.

mod finding;
mod logs;
mod place;
mod recording;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sudolog_core::filter::Filter;

pub use finding::{Browse, List, QueryArgs, Search, Triage};
pub use logs::{Alerts, Events, Views};
pub use place::{Place, RecordingArgs, ServerArgs};
pub use recording::{Export, ExportFormat, Replay, Screen, ScreenFormat, Verify};

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
    /// Understands a command line, the program's own name first. `-command:vim` is a part of a query
    /// and no heap of options.
    ///
    /// # Errors
    /// What is wrong with it, or what it asks to be printed.
    pub fn understand(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let spelt = |arg: OsString| match arg.to_str().filter(|arg| Filter::is_negated_field(arg)) {
            Some(field) => field.replacen('-', "!", 1).into(),
            None => arg,
        };
        Self::try_parse_from(args.into_iter().map(spelt))
    }

    /// True for the first look, which leaves nothing behind, not even a log.
    pub fn is_first_look(&self) -> bool {
        match &self.command {
            #[cfg(feature = "embedded")]
            Command::Live(live) => live.embedded,
            _ => false,
        }
    }
}

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
pub struct General {
    /// Configuration file [default: ~/.config/sudolog/tui.toml, then /etc/sudolog/tui.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Theme of the screens: terminal-16, dark, light, catppuccin-mocha, catppuccin-latte, gruvbox, nord,
    /// solarized-light, high-contrast, colour-blind-safe, mono, or one of ~/.config/sudolog/themes
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// When to use colours; `auto` heeds NO_COLOR, COLORTERM and TERM
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Draw with ASCII alone; otherwise `borders` of the configuration and the locale say
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Draw at most four frames a second, for a slow line
    #[arg(long, global = true)]
    pub low_bandwidth: bool,
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
    /// Play a recording
    Replay(Replay),
    /// Browse all sessions in a table
    Browse(Browse),
    /// List sessions
    List(List),
    /// Look at the sessions that somebody should look at, the riskiest first, and judge them
    Triage(Triage),
    /// Search what the screens of sessions showed
    Search(Search),
    /// Write a recording in another form
    Export(Export),
    /// Print the screen at one moment of a recording
    Screen(Screen),
    /// Check a recording against the server's signatures
    Verify(Verify),
    /// List who looked at what and did what, the newest first; for auditors and admins
    Views(Views),
    /// Print the event log, the newest first: what happened on the hosts and on the server, recorded or not
    Events(Events),
    /// Print the targets of alerts and what became of messages to them; for auditors and admins
    Alerts(Alerts),
    /// Look at the configuration
    Config(Config),
    /// Print the completions of a shell
    Completions(Completions),
    /// Write the manual's pages
    #[command(hide = true)]
    Man(Man),
}

/// Arguments of `live`.
#[derive(Debug, Args)]
pub struct Live {
    /// Start a server, a shipper and scripted sessions inside this program, for a first look
    #[cfg(feature = "embedded")]
    #[arg(long, conflicts_with_all = ["server", "socket"])]
    pub embedded: bool,
    /// Begin with several sessions side by side
    #[arg(long)]
    pub wall: bool,
    /// Print lines in place of a screen: one for each running session, and one for whatever changes
    #[arg(long, conflicts_with = "wall")]
    pub no_tui: bool,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct Config {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What can be done with the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Say what is wrong with the configuration file, its keys and the themes
    Check,
    /// Print all that is in force, as a configuration file
    Dump,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Directory for the pages; it is made when it is not there
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failure, 2 usage, 3 not found (also: no hit), 4 authentication or TLS,
5 verification failed, 6 incomplete recording, 128 + n ended by signal n.";

#[cfg(test)]
mod tests;

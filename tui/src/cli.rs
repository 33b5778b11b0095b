//! The command line. These names and exit codes are a contract with scripts.

mod logs;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sudolog_core::filter::{Filter, SortBy};
use sudolog_core::risk::Score;
use sudolog_core::session::Tsid;
use sudolog_core::term::Speed;
use sudolog_core::time::Position;

use crate::config::ServerChoice;
use crate::source::server::TcpAddress;

pub use logs::{Alerts, Events};

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
    /// Theme of the screens: terminal-16, dark, light, high-contrast, colour-blind-safe, mono, or one
    /// of ~/.config/sudolog/themes
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// When to use colours; `auto` heeds NO_COLOR, COLORTERM and TERM
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
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
    #[command(hide = true)]
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
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Speed at the start, 0.25 to 16
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    pub speed: Speed,
    /// Cut pauses down to so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_wait)]
    pub max_wait: Option<Position>,
    /// Start at this time: SS.mmm, MM:SS or HH:MM:SS
    #[arg(long, value_name = "TIME")]
    pub from: Option<Position>,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct List {
    /// What to find, all of it.
    #[command(flatten)]
    pub query: QueryArgs,
    /// No more than so many
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// Only sessions with this risk, 0 to 100, or a higher one
    #[arg(long, value_name = "N", value_parser = parse_score)]
    pub min_risk: Option<Score>,
    /// Where the sessions are.
    #[command(flatten)]
    pub place: Place,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Which sessions, in which order.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = FILTER_HELP)]
pub struct QueryArgs {
    /// Words that must all occur in user, run user, host, command or TSID, and fields such as
    /// user:alice, host:web*, -command:vim, state:incomplete, exit:!0, after:2h
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Order: start, risk, state, tsid, user, host, run, command, duration, exit or tty
    #[arg(long, value_name = "FIELD", default_value = "start")]
    pub sort: SortBy,
    /// The other way round
    #[arg(long)]
    pub reverse: bool,
}

/// Arguments of `browse`.
#[derive(Debug, Args)]
pub struct Browse {
    /// What to begin with.
    #[command(flatten)]
    pub query: QueryArgs,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `triage`.
#[derive(Debug, Args)]
#[command(after_help = FILTER_HELP)]
pub struct Triage {
    /// Which of them: words and fields as for `list`; without verdict: those that nobody has settled
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Only sessions with this risk, 0 to 100, or a higher one
    #[arg(long, value_name = "N", value_parser = parse_score)]
    pub min_risk: Option<Score>,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `search`.
#[derive(Debug, Args)]
pub struct Search {
    /// What to search for; upper and lower case count only when it has an upper-case letter
    #[arg(value_name = "TEXT")]
    pub text: String,
    /// As for `list`, words and fields; one with a `/` that is a directory is the recording or log
    /// directory to search
    #[arg(value_name = "QUERY|PATH")]
    pub query: Vec<String>,
    /// TEXT is a regular expression
    #[arg(long)]
    pub regex: bool,
    /// Where the sessions are.
    #[command(flatten)]
    pub place: Place,
    /// One JSON object a hit: tsid, session_id, at_s, at, seq, row, line, match
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `views`.
#[derive(Debug, Args)]
pub struct Views {
    /// Only of this session
    #[arg(value_name = "TSID")]
    pub tsid: Option<Tsid>,
    /// No more than so many, 1,000 at most
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
    /// One JSON object a line: at, operator, role, from, action, tsid, detail
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// cast and cast3: asciicast 2 and 3; txt: what the screen showed; raw: the recorded bytes,
    /// not made harmless; json: one event a line; svg: a picture of one moment; bundle: everything
    /// that proves the recording
    #[arg(long, value_name = "FORMAT")]
    pub format: ExportFormat,
    /// Write to this file, or for a bundle to this directory or FILE.tar; it must not exist yet
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the file of --output
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Leave out what happened up to this time: SS.mmm, MM:SS or HH:MM:SS
    #[arg(long, value_name = "TIME")]
    pub from: Option<Position>,
    /// Leave out what happened after this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<Position>,
    /// The moment that a picture shows [default: the end]
    #[arg(long, value_name = "TIME")]
    pub at: Option<Position>,
    /// The server's public keys, ack-verify.pub, for a bundle
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
}

/// Forms of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// asciicast version 2.
    Cast,
    /// asciicast version 3.
    Cast3,
    /// Transcript of the screen.
    Txt,
    /// Terminal output, stdout and stderr as they were.
    Raw,
    /// One event a line.
    Json,
    /// A picture of one moment.
    Svg,
    /// Everything that proves the recording, in one directory or archive.
    Bundle,
}

/// Arguments of `screen`.
#[derive(Debug, Args)]
pub struct Screen {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// The moment: SS.mmm, MM:SS or HH:MM:SS; after the end, the last screen
    #[arg(long, value_name = "TIME")]
    pub at: Position,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "txt")]
    pub format: ScreenFormat,
}

/// Forms of a printed screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScreenFormat {
    /// Its lines.
    Txt,
    /// One object: rows, cols, cursor, lines.
    Json,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// The server's public keys, ack-verify.pub
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// One JSON object: ok, events, last_seq, first_bad_seq, reason
    #[arg(long)]
    pub json: bool,
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

fn parse_wait(text: &str) -> Result<Position, String> {
    text.parse().map_err(|_| format!("a number of seconds such as 2 or 0.5, not {text:?}"))
}

fn parse_score(text: &str) -> Result<Score, String> {
    let score = text.parse::<u8>().ok().and_then(|points| Score::try_from(points).ok());
    score.ok_or_else(|| format!("a risk from 0 to 100, not {text:?}"))
}

const FILTER_HELP: &str = "\
Fields: user, host, run, tty, signal (all of it, * for any run of characters, a,b for either),
command and any (a part), state (live, frozen, lagging, complete, incomplete, open), exit (1, 1,2,
!0, *), after and before (2026-11-20, 2026-11-20T14:05, 14:05, yesterday, 2h), risk (50, 25-74, high),
anomaly (root_shell, escape, *), verdict (benign, suspicious, incident, false_positive, none,
awaiting, *), assigned and tag (as user). -FIELD:VALUE is all others. Quotes, within those of the shell, hold blanks together.";
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failure, 2 usage, 3 not found (also: no hit), 4 authentication or TLS,
5 verification failed, 6 incomplete recording, 128 + n ended by signal n.";

#[cfg(test)]
mod tests;

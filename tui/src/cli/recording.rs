//! Arguments of the commands that are about one recording.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sudolog_core::term::Speed;
use sudolog_core::time::Position;

use super::place::RecordingArgs;

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
    /// Print lines in place of a screen, without a keyboard: each when it was written
    #[arg(long)]
    pub no_tui: bool,
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

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Which recording.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// cast and cast3: asciicast 2 and 3; txt: what the screen showed; raw: the recorded bytes,
    /// not made harmless; json: one event a line; svg: a picture of one moment; html: a page that
    /// plays in a browser; gif: an animation, made by `agg`; bundle: everything that proves the
    /// recording
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
    /// Hide what this regular expression matches, on every screen, in every line and in the names of
    /// the session; of an expression with groups, what the groups match. Can be given several times;
    /// typed input is left out as well
    #[arg(long, value_name = "RULE")]
    pub redact: Vec<String>,
    /// Leave out what was typed and what came from standard input
    #[arg(long)]
    pub redact_input: bool,
    /// The program `agg` that makes an animation [default: the one on the PATH]
    #[arg(long, value_name = "PATH")]
    pub agg: Option<PathBuf>,
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
    /// A page that plays the recording.
    Html,
    /// An animation.
    Gif,
    /// Everything that proves the recording, in one directory or archive.
    Bundle,
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

fn parse_wait(text: &str) -> Result<Position, String> {
    text.parse().map_err(|_| format!("a number of seconds such as 2 or 0.5, not {text:?}"))
}

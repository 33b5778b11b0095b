//! Arguments of the commands that find sessions.

use clap::Args;
use sudolog_core::filter::SortBy;
use sudolog_core::risk::Score;

use super::place::{Place, ServerArgs};

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
    /// Print lines in place of a screen, without a keyboard, as `list` does
    #[arg(long)]
    pub no_tui: bool,
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
    /// Print lines in place of a screen, without a keyboard
    #[arg(long)]
    pub no_tui: bool,
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

fn parse_score(text: &str) -> Result<Score, String> {
    let score = text.parse::<u8>().ok().and_then(|points| Score::try_from(points).ok());
    score.ok_or_else(|| format!("a risk from 0 to 100, not {text:?}"))
}

const FILTER_HELP: &str = "\
Fields: user, host, run, tty, signal (all of it, * for any run of characters, a,b for either),
command and any (a part), state (live, frozen, lagging, complete, incomplete, open), exit (1, 1,2,
!0, *), after and before (2026-11-20, 2026-11-20T14:05, 14:05, yesterday, 2h), risk (50, 25-74, high),
anomaly (root_shell, escape, *), verdict (benign, suspicious, incident, false_positive, none,
awaiting, *), assigned and tag (as user), tsid (00001A). -FIELD:VALUE is all others. Quotes, within those of the shell, hold blanks together.";

//! Arguments of what prints the server's logs.

use clap::Args;
use sudolog_core::session::Tsid;

use super::ServerArgs;

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

/// Arguments of `events`.
#[derive(Debug, Args)]
#[command(after_help = EVENTS_HELP)]
pub struct Events {
    /// What to find, all of it: words, and FIELD:VALUE
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Go on with what happens, in its order, until this program is ended
    #[arg(short, long)]
    pub follow: bool,
    /// No more than so many; with --follow so many to begin with [default: 10]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
    /// One JSON object an entry: number, id, time, stored, source, kind, severity, host, user, …
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `alerts`.
#[derive(Debug, Args)]
#[command(after_help = ALERTS_HELP)]
pub struct Alerts {
    /// Which messages, all of it: words, target:NAME, and
    /// state:waiting,retrying,sent,dead,dropped
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// No more than so many messages, 500 at most; of one alone the whole text
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// Where the server is.
    #[command(flatten)]
    pub server: ServerArgs,
    /// One JSON object a line: what (outbox, target, message), and what is known of it
    #[arg(long)]
    pub json: bool,
}

const EVENTS_HELP: &str = "\
Fields: kind (start, request, accept, reject, error, exit, finding, unrecorded, … or several of them:
reject,error), source (sudo, kernel, shipper, server), severity (info, notice, warning, high, critical:
that or worse), host, user, session (a TSID), after and before (2026-11-20, 2026-11-20T14:05, 14:05, yesterday, 2h).
Exit code 3: there is none.";
const ALERTS_HELP: &str = "\
Exit code 1 also: a target is failing or broken, or something is wrong with the outbox.";

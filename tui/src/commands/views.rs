//! `views`: who looked at what and did what, as the server's access log says.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde::Serialize;
use sudolog_core::limits::VIEWS_MAX;
use sudolog_core::wire::message::{Role, View, ViewsQuery};

use super::json::{text, write_line};
use super::row::instant;
use super::{Asked, Failure, run_to_end};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::source::server::Client;

pub(super) fn run(asked: &Asked, arguments: cli::Views) -> Result<Exit, Failure> {
    let query = ViewsQuery { tsid: arguments.tsid, limit: arguments.limit.unwrap_or(VIEWS_MAX) };
    let address = ServerChoice::from(arguments.server).address(&asked.config)?;
    let views = run_to_end(async { Ok(Client::connect(address).await?.views(query).await?) })?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = views.entries.iter().try_for_each(|view| match arguments.json {
        true => write_line(&mut out, &Row::from(view)),
        false => write_text(&mut out, view),
    });
    super::written(written.and_then(|()| out.flush()))
}

/// `2026-11-20 14:05:07  olga (admin) from 192.0.2.7:5  play 000001  words`
fn write_text(out: &mut impl Write, view: &View) -> io::Result<()> {
    let at = instant(view.at).to_zoned(TimeZone::system());
    let at = at.strftime("%Y-%m-%d %H:%M:%S");
    let (who, from) = (view.operator.escaped(), view.from.escaped());
    write!(out, "{at}  {who} ({}) from {from}  {}", view.role.name(), view.action.escaped())?;
    if let Some(tsid) = view.tsid {
        write!(out, " {tsid}")?;
    }
    if !view.detail.is_empty() {
        write!(out, "  {}", view.detail.escaped())?;
    }
    writeln!(out)
}

/// One line. New fields may be added; these stay.
#[derive(Serialize)]
struct Row {
    at: String,
    operator: String,
    role: Role,
    from: String,
    action: String,
    tsid: Option<String>,
    detail: String,
}

impl From<&View> for Row {
    fn from(view: &View) -> Self {
        Self {
            at: instant(view.at).to_string(),
            operator: text(&view.operator),
            role: view.role,
            from: text(&view.from),
            action: text(&view.action),
            tsid: view.tsid.map(|tsid| tsid.to_string()),
            detail: text(&view.detail),
        }
    }
}

//! `alerts`: the targets of alerts, and what became of the messages to them.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde::Serialize;
use sudolog_core::eventlog::Severity;
use sudolog_core::limits::ALERTS_MAX;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{
    Alerts, AlertsQuery, Delivery, DeliveryState, TargetHealth, TargetStatus,
};

use super::json::{text, write_line};
use super::row::instant;
use super::{Asked, Failure, run_to_end, wall_clock};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::query_line::QueryLine as _;
use crate::screens::alerts::{health, state};
use crate::source::server::Client;

pub(super) fn run(asked: &Asked, arguments: cli::Alerts) -> Result<Exit, Failure> {
    let read = AlertsQuery::read(&arguments.query.join(" "), wall_clock());
    let query = read.map_err(|reason| Failure::Usage(format!("query: {reason}")))?;
    let query = AlertsQuery { limit: arguments.limit.unwrap_or(ALERTS_MAX), ..query };
    let address = ServerChoice::from(arguments.server).address(&asked.config)?;
    let alerts = run_to_end(async { Ok(Client::connect(address).await?.alerts(query).await?) })?;
    if alerts.targets.is_empty() && alerts.deliveries.is_empty() && !arguments.json {
        super::complain(NONE);
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let printed = match arguments.json {
        true => write_json(&mut out, &alerts),
        false => write_text(&mut out, &alerts),
    };
    match super::written(printed.and_then(|()| out.flush()))? {
        Exit::Done if !is_well(&alerts) => Ok(Exit::Failed),
        exit => Ok(exit),
    }
}

/// What an empty list would not say.
const NONE: &str = "nobody is told anything: [alerts] of server.toml names no file with targets \
                    (docs/alerts.md), or the query fits none";

/// True when every target takes what it is given and nothing is wrong with the outbox.
fn is_well(alerts: &Alerts) -> bool {
    let takes =
        |target: &TargetStatus| matches!(target.health, TargetHealth::Ok | TargetHealth::Limited);
    alerts.trouble.is_empty() && alerts.targets.iter().all(takes)
}

fn write_json(out: &mut impl Write, alerts: &Alerts) -> io::Result<()> {
    write_line(out, &Line::Outbox { trouble: text(&alerts.trouble), collapsed: alerts.collapsed })?;
    alerts.targets.iter().try_for_each(|target| write_line(out, &Line::from(target)))?;
    alerts.deliveries.iter().try_for_each(|delivery| write_line(out, &Line::from(delivery)))
}

fn write_text(out: &mut impl Write, alerts: &Alerts) -> io::Result<()> {
    if !alerts.trouble.is_empty() {
        writeln!(out, "! the outbox: {}", alerts.trouble.escaped())?;
    }
    if alerts.collapsed > 0 {
        let collapsed = alerts.collapsed;
        writeln!(
            out,
            "! {collapsed} alerts were left out for want of room since the server started"
        )?;
    }
    for target in &alerts.targets {
        let (word, _) = health(target.health);
        let TargetStatus { waiting, sent, dead, .. } = target;
        let (name, kind) = (escaped(&target.name), escaped(&target.kind));
        let error = target.error.escaped();
        writeln!(
            out,
            "{word:<10}  {name} ({kind})  {waiting} waiting, {sent} sent, {dead} dead  {error}"
        )?;
    }
    alerts.deliveries.iter().try_for_each(|delivery| {
        let (word, _) = state(delivery.state);
        let made = instant(delivery.made).to_zoned(TimeZone::system());
        let Delivery { number, tries, title, error, .. } = delivery;
        let (target, title, error) = (escaped(&delivery.target), title.escaped(), error.escaped());
        let made = made.strftime("%Y-%m-%d %H:%M:%S");
        writeln!(out, "{made}  {word:<10}  {number}  {target}  {title}  tried {tries}  {error}")
    })
}

fn escaped(name: &str) -> String {
    Untrusted::from(name).escaped().to_string()
}

/// One line; `what` says of what. New fields may be added; these stay.
#[derive(Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum Line {
    Outbox {
        trouble: String,
        collapsed: u64,
    },
    Target {
        name: String,
        kind: String,
        place: String,
        health: TargetHealth,
        waiting: u64,
        sent: u64,
        dead: u64,
        last_sent: Option<String>,
        not_before: Option<String>,
        error: String,
    },
    Message {
        number: u64,
        target: String,
        state: DeliveryState,
        severity: Severity,
        title: String,
        body: String,
        body_left: u64,
        entries: Vec<u64>,
        count: u64,
        made: String,
        tries: u32,
        tried: Option<String>,
        next: Option<String>,
        error: String,
    },
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| instant(at).to_string())
}

impl From<&TargetStatus> for Line {
    fn from(target: &TargetStatus) -> Self {
        Self::Target {
            name: target.name.clone(),
            kind: target.kind.clone(),
            place: text(&target.place),
            health: target.health,
            waiting: target.waiting,
            sent: target.sent,
            dead: target.dead,
            last_sent: time(target.last_sent),
            not_before: time(target.not_before),
            error: text(&target.error),
        }
    }
}

impl From<&Delivery> for Line {
    fn from(delivery: &Delivery) -> Self {
        Self::Message {
            number: delivery.number,
            target: delivery.target.clone(),
            state: delivery.state,
            severity: delivery.severity,
            title: text(&delivery.title),
            body: text(&delivery.body),
            body_left: delivery.body_left,
            entries: delivery.entries.clone(),
            count: delivery.count,
            made: instant(delivery.made).to_string(),
            tries: delivery.tries,
            tried: time(delivery.tried),
            next: time(delivery.next),
            error: text(&delivery.error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::alerts::sample::{delivery, hostile, targets};

    fn alerts() -> Alerts {
        let deliveries = vec![hostile(2), delivery(1, DeliveryState::Sent)];
        Alerts { targets: targets(), deliveries, collapsed: 3, ..Alerts::default() }
    }

    #[test]
    fn nothing_printed_acts_in_a_terminal_and_each_thing_has_its_line() {
        let (mut plain, mut json) = (Vec::new(), Vec::new());
        write_text(&mut plain, &alerts()).unwrap();
        write_json(&mut json, &alerts()).unwrap();
        for printed in [plain, json.clone()] {
            let text = String::from_utf8(printed).unwrap();
            assert_eq!(text.lines().count(), 1 + 4 + 2, "{text}");
            assert!(!text.contains(['\x1b', '\u{202e}', '\r']), "{text:?}");
        }
        let json = String::from_utf8(json).unwrap();
        let lines: Vec<serde_json::Value> =
            json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&lines[0]["what"], &lines[0]["collapsed"]), (&"outbox".into(), &3.into()));
        assert_eq!((&lines[2]["what"], &lines[2]["health"]), (&"target".into(), &"broken".into()));
        assert_eq!((&lines[6]["what"], &lines[6]["state"]), (&"message".into(), &"sent".into()));
    }

    #[test]
    fn what_needs_an_eye_has_an_exit_code() {
        let mut alerts = alerts();
        assert!(!is_well(&alerts));
        alerts
            .targets
            .retain(|target| matches!(target.health, TargetHealth::Ok | TargetHealth::Limited));
        assert!(is_well(&alerts));
        alerts.trouble = "no space left".into();
        assert!(!is_well(&alerts));
    }
}

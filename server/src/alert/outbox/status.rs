//! The outbox as an operator sees it.

use sudolog_core::alert::{Apprise, Letter, Plan, Proto, Target, TargetKind, Unit, UrlFrom};
use sudolog_core::limits::{ALERTS_MAX, FRAME_PAYLOAD_BYTES_MAX};
use sudolog_core::wire::message::{Alerts, AlertsQuery, Delivery, DeliveryState, TargetStatus};

use super::Outbox;
use super::record::Mark;
use super::shelf::{Shelf, Standing};

impl Outbox {
    /// Targets of the plan, and letters as they stand.
    pub fn status(&self, plan: &Plan, query: &AlertsQuery) -> Alerts {
        let shelf = self.shelf();
        let trouble = [&shelf.trouble, &shelf.disk_trouble].map(String::as_str);
        let mut alerts = Alerts {
            targets: plan.targets().iter().map(|target| of_target(&shelf, target)).collect(),
            collapsed: shelf.collapsed,
            trouble: trouble.join(" ").trim().to_owned().into(),
            ..Alerts::default()
        };
        let most = match query.limit {
            0 => ALERTS_MAX,
            limit => limit.min(ALERTS_MAX),
        };
        let mut room = ROOM_BYTES;
        let wanted = shelf.before(query.before).filter(|(letter, mark)| fits(query, letter, mark));
        for (letter, mark) in wanted {
            let delivery =
                delivery(letter, mark, if most == 1 { BODY_BYTES } else { BODY_LISTED_BYTES });
            let bytes = serde_json::to_vec(&delivery).map_or(ROOM_BYTES, |json| json.len() + 1);
            if alerts.deliveries.len() as u64 >= u64::from(most) || bytes > room {
                alerts.more = true;
                break;
            }
            room -= bytes;
            alerts.deliveries.push(delivery);
        }
        alerts
    }
}

fn of_target(shelf: &Shelf, target: &Target) -> TargetStatus {
    let name = target.name.as_str();
    let unknown = Standing::default();
    let standing = shelf.targets.get(name).unwrap_or(&unknown);
    TargetStatus {
        name: name.to_owned(),
        kind: target.kind.name().to_owned(),
        place: place(&target.kind).into(),
        health: standing.health,
        waiting: shelf.waiting(name) as u64,
        sent: shelf.sent(name),
        dead: shelf.dead(name),
        last_sent: standing.last_sent,
        not_before: standing.not_before.map(|(_, at)| at),
        error: standing.error.as_str().into(),
    }
}

/// Where a target leads, without secrets.
pub(in crate::alert) fn place(kind: &TargetKind) -> String {
    let url = |from: &UrlFrom| match from {
        UrlFrom::Given(url) => masked(url),
        UrlFrom::File(path) => format!("as {} says", path.display()),
    };
    if let Some(service) = kind.service() {
        return url(&service.url);
    }
    match kind {
        TargetKind::Smtp(relay) => {
            format!("{} by {}:{}", relay.mail.to.join(", "), relay.host, relay.port)
        }
        TargetKind::Sendmail(sendmail) => {
            format!("{} by {}", sendmail.mail.to.join(", "), sendmail.path.display())
        }
        TargetKind::Syslog(syslog) => {
            let proto = match syslog.proto {
                Proto::Udp => "udp",
                Proto::Tcp => "tcp",
                Proto::Tls => "tls",
            };
            format!("{}:{} ({proto})", syslog.host, syslog.port)
        }
        TargetKind::Journal { socket } => socket.display().to_string(),
        TargetKind::Apprise(Apprise::Cli { config, tag, .. }) => {
            format!("{tag} of {}", config.display())
        }
        _ => String::new(),
    }
}

/// Scheme and host of an address: what follows may be a secret.
pub(in crate::alert) fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "…".to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}/…")
}

fn fits(query: &AlertsQuery, letter: &Letter, mark: &Mark) -> bool {
    let of_target = query.target.is_empty() || query.target == letter.target;
    let in_state = query.states.is_empty() || query.states.contains(&mark.state);
    let all = format!("{} {} {} {:?}", letter.target, letter.title, mark.error, mark.state);
    let all = all.to_lowercase();
    let words = query.text.to_lowercase();
    of_target && in_state && words.split_whitespace().all(|word| all.contains(word))
}

fn delivery(letter: &Letter, mark: &Mark, most: usize) -> Delivery {
    let text = letter.text();
    let (body, rest) = Unit::Bytes.split(&text, most);
    let is_done = matches!(mark.state, DeliveryState::Sent | DeliveryState::Dropped);
    Delivery {
        number: mark.number,
        target: letter.target.clone(),
        state: mark.state,
        severity: letter.severity,
        title: letter.title.as_str().into(),
        body: body.into(),
        body_left: rest.len() as u64,
        entries: letter.entries.iter().take(ENTRIES_LISTED).copied().collect(),
        count: letter.count,
        made: letter.made,
        tries: mark.tries,
        tried: mark.tried,
        next: mark.next.filter(|_| !is_done),
        error: mark.error.as_str().into(),
    }
}

const ENTRIES_LISTED: usize = 20;
const BODY_LISTED_BYTES: usize = 2048;
/// Of a message that is asked for by itself; more than any target takes.
const BODY_BYTES: usize = 128 * 1024;
/// Targets and a few fields are around the list.
const ROOM_BYTES: usize = FRAME_PAYLOAD_BYTES_MAX - 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        assert_eq!(masked("https://user:pw@x.example:8/api/secret?t=1"), "https://x.example:8/…");
        assert_eq!(masked("secret"), "…");
    }
}

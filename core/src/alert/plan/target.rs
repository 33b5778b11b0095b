//! Whom alerts can be sent to.

use std::path::PathBuf;
use std::time::Duration;

use super::words::Words;
use crate::alert::split::Unit;
use crate::limits::ALERT_TITLE_BYTES_MAX;

/// One receiver. Secrets are in files of their own; here are only their names.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// What routes call it.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// How often it is spoken to.
    pub rate: Rate,
    /// How entries are collected for it; none for a message each.
    pub batch: Option<Batch>,
    /// What happens to entries while it cannot keep up.
    pub surplus: Surplus,
}

/// One message each `per`, after `burst` at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Between two messages, in the long run.
    pub per: Duration,
    /// Messages at once, from 1.
    pub burst: u32,
}

/// Entries are collected for so long, or until there are so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// From the first one.
    pub max_wait: Duration,
    /// Entries in a message.
    pub max_items: usize,
}

/// What happens to entries for a target that has messages waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surplus {
    /// Messages wait.
    #[default]
    Wait,
    /// Entries are collected until it has taken what waits.
    Collect,
    /// What is less than high is counted instead.
    Important,
}

/// What a target is.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetKind {
    /// Any HTTP service.
    Webhook(Box<Webhook>),
    /// A chat's incoming webhook.
    Chat(Chat),
    /// ntfy.
    Ntfy(Ntfy),
    /// A mail server.
    Smtp(Relay),
    /// The machine's own mail program.
    Sendmail(Sendmail),
    /// A syslog server, RFC 5424.
    Syslog(Syslog),
    /// The machine's own log.
    Journal {
        /// The socket: that of journald, or `/dev/log`.
        socket: PathBuf,
    },
    /// Apprise, for all other services.
    Apprise(Apprise),
}

/// Where an HTTP service is: in the plan, or in a file when the address is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlFrom {
    /// Here.
    Given(String),
    /// There.
    File(PathBuf),
}

/// What every HTTP target has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Where.
    pub url: UrlFrom,
    /// Who vouches for it; those whom the system trusts when absent.
    pub ca: Option<PathBuf>,
    /// May be spoken to without TLS although it is not on this machine.
    pub insecure: bool,
    /// How we say who we are.
    pub auth: Auth,
}

/// How we say who we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// We do not.
    #[default]
    None,
    /// `Authorization: Bearer` and what that file holds.
    Bearer(PathBuf),
}

/// Any HTTP service.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// Where.
    pub service: Service,
    /// `POST` or `PUT`.
    pub method: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// What we call ourselves.
    pub user_agent: Option<String>,
    /// What is sent.
    pub body: WebhookBody,
}

/// What a webhook gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum WebhookBody {
    /// The letter as a JSON object.
    #[default]
    Whole,
    /// A JSON object with these fields.
    Fields(Vec<(String, Words)>),
    /// Plain text.
    Text(Words),
}

/// A chat's incoming webhook.
#[derive(Clone, Debug, PartialEq)]
pub enum Chat {
    /// Discord.
    Discord(Service),
    /// Slack.
    Slack(Service),
    /// Mattermost.
    Mattermost(Service),
    /// Teams, by a workflow.
    Teams(Service),
}

/// ntfy.
#[derive(Clone, Debug, PartialEq)]
pub struct Ntfy {
    /// The server, without the topic.
    pub service: Service,
    /// The topic.
    pub topic: String,
}

/// From whom to whom mail goes: plain addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Sender.
    pub from: String,
    /// Receivers.
    pub to: Vec<String>,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq)]
pub struct Relay {
    /// Its name, as its certificate has it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: TlsUse,
    /// Who vouches for it; those whom the system trusts when absent.
    pub ca: Option<PathBuf>,
    /// User name and the file with the password.
    pub login: Option<(String, PathBuf)>,
    /// The mail.
    pub mail: Mail,
}

/// How a mail connection is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsUse {
    /// By STARTTLS, or nothing is sent.
    Required,
    /// TLS from the first byte.
    Wrapped,
    /// Not at all; on this machine only, unless told otherwise.
    None,
}

/// The machine's own mail program.
#[derive(Clone, Debug, PartialEq)]
pub struct Sendmail {
    /// Its path.
    pub path: PathBuf,
    /// The mail.
    pub mail: Mail,
}

/// A syslog server.
#[derive(Clone, Debug, PartialEq)]
pub struct Syslog {
    /// How it is reached.
    pub proto: Proto,
    /// Name or address, and port.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Who vouches for it; those whom the system trusts when absent.
    pub ca: Option<PathBuf>,
    /// Our own certificate and key, if it wants to see one.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// RFC 5424 section 6.2.1, table 1.
    pub facility: u8,
    /// Bytes of a message by UDP.
    pub udp_bytes_max: usize,
}

/// How a syslog server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proto {
    /// RFC 5426.
    Udp,
    /// RFC 6587, octet counting.
    Tcp,
    /// RFC 5425.
    Tls,
}

/// Apprise.
#[derive(Clone, Debug, PartialEq)]
pub enum Apprise {
    /// The program.
    Cli {
        /// Its path.
        path: PathBuf,
        /// Its configuration, which holds the secrets.
        config: PathBuf,
        /// Which services of it. One, or it cannot be known who got a message and who did not.
        tag: String,
    },
    /// The server.
    Api {
        /// `…/notify/KEY`.
        service: Service,
        /// Which services of it; all without.
        tag: Option<String>,
    },
}

impl TargetKind {
    /// Its word in the file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Chat(Chat::Discord(_)) => "discord",
            Self::Chat(Chat::Slack(_)) => "slack",
            Self::Chat(Chat::Mattermost(_)) => "mattermost",
            Self::Chat(Chat::Teams(_)) => "teams",
            Self::Ntfy(_) => "ntfy",
            Self::Smtp(_) => "smtp",
            Self::Sendmail(_) => "sendmail",
            Self::Syslog(_) => "syslog",
            Self::Journal { .. } => "journal",
            Self::Apprise(_) => "apprise",
        }
    }

    /// How much text one message may have.
    pub fn most(&self) -> (usize, Unit) {
        match self {
            // A line in front names the subject.
            Self::Chat(Chat::Discord(_)) => (2000 - TITLE_ROOM, Unit::Characters),
            Self::Chat(Chat::Slack(_)) => (35_000, Unit::JsonBytes),
            Self::Chat(Chat::Mattermost(_)) => (4000 - TITLE_ROOM, Unit::Characters),
            // 28 KB with markup; some were refused at 14 KB.
            Self::Chat(Chat::Teams(_)) => (12_000, Unit::JsonBytes),
            Self::Ntfy(_) => (4096, Unit::Bytes),
            Self::Apprise(_) => (32_000, Unit::Bytes),
            Self::Smtp(_) | Self::Sendmail(_) | Self::Webhook(_) => (64 * 1024, Unit::Bytes),
            // An entry is a message of its own there, and cut if need be.
            Self::Syslog(_) | Self::Journal { .. } => (usize::MAX / 32, Unit::Bytes),
        }
    }

    /// The HTTP service, where it is one.
    pub fn service(&self) -> Option<&Service> {
        match self {
            Self::Webhook(webhook) => Some(&webhook.service),
            Self::Chat(
                Chat::Discord(service)
                | Chat::Slack(service)
                | Chat::Mattermost(service)
                | Chat::Teams(service),
            ) => Some(service),
            Self::Ntfy(ntfy) => Some(&ntfy.service),
            Self::Apprise(Apprise::Api { service, .. }) => Some(service),
            _ => None,
        }
    }

    /// True where an entry's own fields are sent, and not only text.
    pub fn wants_items(&self) -> bool {
        matches!(self, Self::Webhook(_) | Self::Syslog(_) | Self::Journal { .. })
    }
}

/// What is wrong with the address of an HTTP service; it is not repeated, because it may be a secret.
///
/// # Errors
/// A sentence.
pub fn check_url(url: &str, insecure: bool) -> Result<(), String> {
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("an address has no blanks in it".to_owned());
    }
    if url.strip_prefix("https://").is_some_and(|rest| !host_of(rest).is_empty()) {
        return Ok(());
    }
    let Some(rest) = url.strip_prefix("http://") else {
        return Err("an address begins with https:// (or http://)".to_owned());
    };
    let host = host_of(rest);
    if host.is_empty() {
        return Err("the address names no host".to_owned());
    }
    if insecure || is_here(host) {
        return Ok(());
    }
    Err("http:// would show alerts to the network; use https://, or say `insecure: true`"
        .to_owned())
}

/// True for this machine's own names.
pub(super) fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<core::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The host of what follows the scheme.
fn host_of(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.find(']') {
        Some(end) => host.get(..=end).unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// What the line with the subject takes at most.
const TITLE_ROOM: usize = 2 * ALERT_TITLE_BYTES_MAX + 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in
            ["https://x.example/a", "http://127.0.0.1:8000/", "http://localhost", "http://[::1]:8/"]
        {
            assert_eq!(check_url(good, false), Ok(()), "{good}");
        }
        for bad in [
            "http://x.example/",
            "http://localhost.x.example/",
            "http://127.0.0.1@x.example/",
            "http://",
            "https://",
            "ftp://x",
            "x.example",
            "https://a b",
            "http://localhost\r\nX: y",
        ] {
            assert!(check_url(bad, false).is_err(), "{bad}");
        }
        assert_eq!(check_url("http://x.example/", true), Ok(()));
    }
}

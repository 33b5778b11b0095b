//! Reads what a file says of one target.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::span::span;
use super::target::{
    Apprise, Auth, Batch, Chat, Mail, Ntfy, Proto, Rate, Relay, Sendmail, Service, Surplus, Syslog,
    Target, TargetKind, TlsUse, UrlFrom, Webhook, WebhookBody, check_url, is_here,
};
use super::words::Words;
use crate::alert::format::Told;
use crate::document::{DocumentError, Fields, Spot};
use crate::limits::ALERT_BATCH_ITEMS_MAX;

pub(super) fn target(name: String, spot: Spot) -> Result<Target, DocumentError> {
    let of_some = READERS.iter().flat_map(|(_, keys, ..)| *keys).copied();
    let known: BTreeSet<&str> = ALL_HAVE.into_iter().chain(of_some).collect();
    let known: Vec<&str> = known.into_iter().collect();
    let mut fields = spot.fields(&known)?;
    let kind = fields.need("kind")?.word(READERS.iter().map(|reader| (reader.0, *reader)))?;
    let (_, keys, read, rate, batch) = kind;
    for key in known.iter().filter(|key| !ALL_HAVE.contains(key) && !keys.contains(key)) {
        if let Some(spot) = fields.take(key) {
            let all = [ALL_HAVE.as_slice(), keys].concat().join(", ");
            return spot.mark.refuse(format!("no such key for a {}; there are {all}", kind.0));
        }
    }
    let rate = fields.optional("rate", rate_of)?.unwrap_or(rate);
    let batch = fields.optional("batch", batch_of)?.unwrap_or(batch);
    let words =
        [("wait", Surplus::Wait), ("collect", Surplus::Collect), ("important", Surplus::Important)];
    let surplus = fields.optional("surplus", |spot| spot.word(words.into_iter()))?;
    let kind = read(&mut fields)?;
    Ok(Target { name, kind, rate, batch, surplus: surplus.unwrap_or_default() })
}

fn rate_of(spot: Spot) -> Result<Rate, DocumentError> {
    let mut fields = spot.fields(&["per", "burst"])?;
    let burst = fields.optional("burst", |spot| spot.number(1, 10_000))?.unwrap_or(1);
    Ok(Rate { per: span(fields.need("per")?)?, burst: u32::try_from(burst).unwrap_or(1) })
}

fn batch_of(spot: Spot) -> Result<Option<Batch>, DocumentError> {
    if !spot.is_mapping() {
        let mark = spot.mark.clone();
        return match spot.yes_or_no()? {
            false => Ok(None),
            true => mark.refuse("`no`, or max_wait and max_items"),
        };
    }
    let mut fields = spot.fields(&["max_wait", "max_items"])?;
    let items = |spot: Spot| spot.number(1, ALERT_BATCH_ITEMS_MAX as u64);
    let max_items = fields.optional("max_items", items)?.unwrap_or(20);
    let max_items = usize::try_from(max_items).unwrap_or(1);
    Ok(Some(Batch { max_wait: span(fields.need("max_wait")?)?, max_items }))
}

fn service(fields: &mut Fields) -> Result<Service, DocumentError> {
    let insecure = fields.optional("insecure", Spot::yes_or_no)?.unwrap_or(false);
    let mark = fields.mark().clone();
    let url = match (fields.take("url"), fields.optional("url_file", path)?) {
        (Some(spot), None) => {
            let mark = spot.mark.clone();
            let url = spot.text()?;
            check_url(&url, insecure).or_else(|what| mark.refuse(what))?;
            UrlFrom::Given(url)
        }
        (None, Some(file)) => UrlFrom::File(file),
        _ => return mark.refuse("one of `url_file` (when the address is a secret) and `url`"),
    };
    let auth = fields.optional("token_file", path)?.map_or(Auth::None, Auth::Bearer);
    Ok(Service { url, ca: fields.optional("ca", path)?, insecure, auth })
}

/// Who knows the address of a chat's webhook may write to it: it is a secret.
fn chat(fields: &mut Fields) -> Result<Service, DocumentError> {
    let mark = fields.mark().clone();
    let service = service(fields)?;
    match service.url {
        UrlFrom::File(_) => Ok(service),
        UrlFrom::Given(_) => mark.refuse("the address is a secret: put it into a file, `url_file`"),
    }
}

fn discord(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    Ok(TargetKind::Chat(Chat::Discord(chat(fields)?)))
}

fn slack(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    Ok(TargetKind::Chat(Chat::Slack(chat(fields)?)))
}

fn mattermost(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    Ok(TargetKind::Chat(Chat::Mattermost(chat(fields)?)))
}

fn teams(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    Ok(TargetKind::Chat(Chat::Teams(chat(fields)?)))
}

fn ntfy(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    let topic = fields.need("topic")?.text()?;
    Ok(TargetKind::Ntfy(Ntfy { service: service(fields)?, topic }))
}

fn webhook(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    let methods = ["POST", "PUT"].map(|method| (method, method));
    let method = fields.optional("method", |spot| spot.word(methods.into_iter()))?;
    let mut headers = Vec::new();
    for (name, spot) in fields.optional("headers", Spot::named)?.unwrap_or_default() {
        let mark = spot.mark.clone();
        let value = spot.text()?;
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_ours = OUR_HEADERS.iter().any(|ours| ours.eq_ignore_ascii_case(&name));
        let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if name.is_empty() || !name.bytes().all(is_token) || is_ours || !is_plain {
            return mark.refuse(format!(
                "a header of letters, digits and '-' with plain text, and none of {}",
                OUR_HEADERS.join(", ")
            ));
        }
        headers.push((name, value));
    }
    let mark = fields.mark().clone();
    let body = match (fields.take("body"), fields.take("text")) {
        (None, None) => WebhookBody::Whole,
        (Some(spot), None) => {
            let named = spot.named()?.into_iter().map(|(name, spot)| Ok((name, words(spot)?)));
            WebhookBody::Fields(named.collect::<Result<_, _>>()?)
        }
        (None, Some(spot)) => WebhookBody::Text(words(spot)?),
        _ => return mark.refuse("`body` or `text`, not both"),
    };
    Ok(TargetKind::Webhook(Box::new(Webhook {
        method: method.unwrap_or("POST").to_owned(),
        headers,
        user_agent: fields.optional("user_agent", header_text)?,
        body,
        service: service(fields)?,
    })))
}

fn words(spot: Spot) -> Result<Words, DocumentError> {
    let mark = spot.mark.clone();
    Words::parse(&spot.text()?, &Told::sample()).or_else(|what| mark.refuse(what))
}

fn header_text(spot: Spot) -> Result<String, DocumentError> {
    let mark = spot.mark.clone();
    let text = spot.text()?;
    if text.is_empty() || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return mark.refuse("plain text is wanted");
    }
    Ok(text)
}

fn mail(fields: &mut Fields) -> Result<Mail, DocumentError> {
    let from = address(fields.need("from")?)?;
    let spot = fields.need("to")?;
    let mark = spot.mark.clone();
    let to: Vec<_> = spot.one_or_more()?.into_iter().map(address).collect::<Result<_, _>>()?;
    if to.is_empty() || to.len() > RECEIVERS_MAX {
        return mark.refuse(format!("1 to {RECEIVERS_MAX} addresses"));
    }
    Ok(Mail { from, to })
}

/// Goes into a header and to a mail server as it is, so it is nothing but an address.
fn address(spot: Spot) -> Result<String, DocumentError> {
    let mark = spot.mark.clone();
    let text = spot.text()?;
    let is_legal =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.@".contains(&byte);
    let is_option = text.starts_with('-');
    if text.is_empty() || text.len() > 254 || is_option || !text.bytes().all(is_legal) {
        return mark.refuse(format!("an address like soc@example.test, not {text:?}"));
    }
    Ok(text)
}

fn smtp(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    let host = fields.need("host")?.text()?;
    let insecure = fields.optional("insecure", Spot::yes_or_no)?.unwrap_or(false);
    let uses =
        [("required", TlsUse::Required), ("wrapped", TlsUse::Wrapped), ("none", TlsUse::None)];
    let mark = fields.mark().clone();
    let tls = fields.optional("tls", |spot| spot.word(uses.into_iter()))?;
    let tls = tls.unwrap_or(TlsUse::Required);
    if tls == TlsUse::None && !insecure && !is_here(&host) {
        return mark.refuse(
            "`tls: none` would show alerts to the network; use `required`, or say `insecure: true`",
        );
    }
    let usual = match tls {
        TlsUse::Required => 587,
        TlsUse::Wrapped => 465,
        TlsUse::None => 25,
    };
    let login =
        match (fields.optional("user", Spot::text)?, fields.optional("password_file", path)?) {
            (Some(user), Some(file)) => Some((user, file)),
            (None, None) => None,
            _ => return mark.refuse("`user` and `password_file` go together"),
        };
    Ok(TargetKind::Smtp(Relay {
        host,
        port: fields.optional("port", port)?.unwrap_or(usual),
        tls,
        ca: fields.optional("ca", path)?,
        login,
        mail: mail(fields)?,
    }))
}

fn sendmail(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    let program = fields.optional("path", path)?.unwrap_or_else(|| "/usr/sbin/sendmail".into());
    let from = fields.optional("from", address)?.unwrap_or_else(|| "root".to_owned());
    let to = fields.need("to")?.one_or_more()?;
    let to = to.into_iter().map(address).collect::<Result<_, _>>()?;
    Ok(TargetKind::Sendmail(Sendmail { path: program, mail: Mail { from, to } }))
}

fn syslog(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    let protos = [("udp", Proto::Udp), ("tcp", Proto::Tcp), ("tls", Proto::Tls)];
    let proto = fields.need("proto")?.word(protos.into_iter())?;
    let formats = [("rfc5424", ())];
    fields.optional("format", |spot| spot.word(formats.into_iter()))?;
    let spot = fields.need("addr")?;
    let mark = spot.mark.clone();
    let addr = spot.text()?;
    let parts = addr.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let Some((host, port)) = parts else {
        return mark
            .refuse(format!("a name or an address and a port, like siem:6514, not {addr:?}"));
    };
    let mark = fields.mark().clone();
    let identity = match (fields.optional("cert", path)?, fields.optional("key_file", path)?) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        _ => return mark.refuse("`cert` and `key_file` go together"),
    };
    let facilities = FACILITIES.iter().zip(0_u8..).map(|(name, number)| (*name, number));
    let facility = fields.optional("facility", |spot| spot.word(facilities))?;
    let bytes = fields.optional("max_bytes", |spot| spot.number(480, 2048))?.unwrap_or(1024);
    Ok(TargetKind::Syslog(Syslog {
        proto,
        host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
        port,
        ca: fields.optional("ca", path)?,
        identity,
        facility: facility.unwrap_or(AUTHPRIV),
        udp_bytes_max: usize::try_from(bytes).unwrap_or(1024),
    }))
}

fn journal(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    let socket = fields.optional("socket", path)?;
    Ok(TargetKind::Journal { socket: socket.unwrap_or_else(|| JOURNALD.into()) })
}

fn apprise(fields: &mut Fields) -> Result<TargetKind, DocumentError> {
    let mode = fields.need("mode")?.word([("cli", false), ("api", true)].into_iter())?;
    let spot = fields.take("tags");
    let mark = spot.as_ref().map_or_else(|| fields.mark().clone(), |spot| spot.mark.clone());
    let tags = spot.map(Spot::one_or_more).transpose()?.unwrap_or_default();
    let tags: Vec<_> = tags.into_iter().map(Spot::text).collect::<Result<_, _>>()?;
    let is_tag = |tag: &String| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !tag.is_empty() && !tag.starts_with('-') && tag.bytes().all(legal)
    };
    if tags.len() > 1 || !tags.iter().all(is_tag) {
        return mark.refuse(
            "one tag of letters, digits, - and _: of several nobody could say who got a message and \
             who did not; make a target for each",
        );
    }
    let tag = tags.into_iter().next();
    if mode {
        return Ok(TargetKind::Apprise(Apprise::Api { service: service(fields)?, tag }));
    }
    let Some(tag) = tag else { return mark.refuse("`tags` names the service of `config`") };
    let program = fields.optional("path", path)?.unwrap_or_else(|| "/usr/bin/apprise".into());
    let config = path(fields.need("config")?)?;
    Ok(TargetKind::Apprise(Apprise::Cli { path: program, config, tag }))
}

/// A path from the root: nothing depends on where the server was started.
fn path(spot: Spot) -> Result<PathBuf, DocumentError> {
    let mark = spot.mark.clone();
    let path = PathBuf::from(spot.text()?);
    if path.is_absolute() {
        return Ok(path);
    }
    mark.refuse(format!("a path that begins with /, not {:?}", path.display().to_string()))
}

fn port(spot: Spot) -> Result<u16, DocumentError> {
    Ok(u16::try_from(spot.number(1, u64::from(u16::MAX))?).unwrap_or(u16::MAX))
}

type Read = fn(&mut Fields) -> Result<TargetKind, DocumentError>;
/// Word, keys of its own, how it is read, how often it may be spoken to, and how entries are collected.
type Reader = (&'static str, &'static [&'static str], Read, Rate, Option<Batch>);

const SERVICE: [&str; 5] = ["url", "url_file", "token_file", "ca", "insecure"];
const READERS: [Reader; 11] = [
    ("webhook", &WEBHOOK, webhook, rate(50, 50), None),
    ("discord", &SERVICE, discord, rate(1000, 1), CHAT),
    ("slack", &SERVICE, slack, rate(1000, 3), CHAT),
    ("mattermost", &SERVICE, mattermost, rate(1000, 5), CHAT),
    ("teams", &SERVICE, teams, rate(500, 4), CHAT),
    ("ntfy", &NTFY, ntfy, rate(5000, 30), CHAT),
    ("smtp", &SMTP, smtp, rate(2000, 30), MAIL),
    ("sendmail", &["path", "from", "to"], sendmail, rate(2000, 30), MAIL),
    ("syslog", &SYSLOG, syslog, rate(5, 200), None),
    ("journal", &["socket"], journal, rate(1, 1000), None),
    ("apprise", &APPRISE, apprise, rate(1000, 2), CHAT),
];
const WEBHOOK: [&str; 10] = [
    "url",
    "url_file",
    "token_file",
    "ca",
    "insecure",
    "method",
    "headers",
    "user_agent",
    "body",
    "text",
];
const NTFY: [&str; 6] = ["url", "url_file", "token_file", "ca", "insecure", "topic"];
const SMTP: [&str; 9] =
    ["host", "port", "tls", "ca", "insecure", "user", "password_file", "from", "to"];
const SYSLOG: [&str; 8] =
    ["proto", "addr", "format", "ca", "cert", "key_file", "facility", "max_bytes"];
const APPRISE: [&str; 9] =
    ["mode", "path", "config", "tags", "url", "url_file", "token_file", "ca", "insecure"];
const ALL_HAVE: [&str; 4] = ["kind", "rate", "batch", "surplus"];
const CHAT: Option<Batch> = Some(Batch { max_wait: Duration::from_secs(2), max_items: 20 });
const MAIL: Option<Batch> = Some(Batch { max_wait: Duration::from_secs(10), max_items: 50 });
const OUR_HEADERS: [&str; 7] = [
    "Host",
    "Content-Type",
    "Content-Length",
    "Transfer-Encoding",
    "Authorization",
    "User-Agent",
    "Idempotency-Key",
];
const RECEIVERS_MAX: usize = 32;
const JOURNALD: &str = "/run/systemd/journal/socket";
/// RFC 5424 section 6.2.1, table 1.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];
const AUTHPRIV: u8 = 10;

const fn rate(per_ms: u64, burst: u32) -> Rate {
    Rate { per: Duration::from_millis(per_ms), burst }
}

//! A letter for syslog: RFC 5424, its framing on a stream, and what this machine's own log takes.

use crate::alert::item::{Item, beginning, cut};
use crate::alert::letter::Letter;
use crate::eventlog::Severity;

/// What a log of this machine takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Local {
    /// journald's own socket: a field a line.
    Journald,
    /// `/dev/log`, RFC 3164.
    Classic,
}

/// A message for each entry of a letter, and for each line of one that has none, of `most` bytes at most.
pub fn rfc5424(letter: &Letter, facility: u8, host: &str, most: usize) -> Vec<Vec<u8>> {
    let time = letter.made_at();
    if letter.items.is_empty() {
        let text = letter.lines.join(" ");
        let head = head(facility, letter.severity, (&time, host), "alert");
        let data = format!("[{SD_ID} id=\"{}\"]", param(&letter.id));
        return vec![cut_to(&head, &data, &text, most)];
    }
    let message = |item: &Item| {
        let host = if item.host.is_empty() { host } else { &item.host };
        let head = head(facility, item.severity, (&item.time, host), &item.kind);
        cut_to(&head, &data(item), &item.line(), most)
    };
    letter.items.iter().map(message).collect()
}

/// RFC 6587 section 3.4.1 and RFC 5425 section 4.3: the length goes first, so that no message can be
/// taken for two.
pub fn octet_counted(message: &[u8]) -> Vec<u8> {
    [format!("{} ", message.len()).as_bytes(), message].concat()
}

/// Datagrams for this machine's log.
pub fn local(letter: &Letter, form: Local) -> Vec<Vec<u8>> {
    let say = |severity: Severity, item: Option<&Item>, text: &str| match form {
        Local::Classic => {
            let priority = u32::from(AUTHPRIV) * 8 + u32::from(severity.syslog());
            cut(&format!("<{priority}>sudolog: {text}"), CLASSIC_BYTES_MAX).into_bytes()
        }
        Local::Journald => {
            let mut fields = format!(
                "PRIORITY={}\nSYSLOG_FACILITY={AUTHPRIV}\nSYSLOG_IDENTIFIER=sudolog\nSUDOLOG_ID={}\n\
                 MESSAGE={}\n",
                severity.syslog(),
                letter.id,
                text.replace('\n', " ")
            );
            for (name, value) in item.map(named).into_iter().flatten() {
                let name = name.to_uppercase();
                fields.push_str(&format!("SUDOLOG_{name}={}\n", value.replace('\n', " ")));
            }
            fields.into_bytes()
        }
    };
    if letter.items.is_empty() {
        return vec![say(letter.severity, None, &letter.lines.join(" "))];
    }
    letter.items.iter().map(|item| say(item.severity, Some(item), &item.line())).collect()
}

fn head(facility: u8, severity: Severity, (time, host): (&str, &str), kind: &str) -> String {
    let priority = u32::from(facility) * 8 + u32::from(severity.syslog());
    let host = printable(host, 255);
    format!("<{priority}>1 {time} {host} sudolog - {}", printable(kind, 32))
}

/// PRINTUSASCII of RFC 5424 section 6: everything else, blanks too, becomes `?`.
fn printable(text: &str, most: usize) -> String {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    let text: String = text.chars().map(plain).take(most).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

/// STRUCTURED-DATA, RFC 5424 section 6.3.
fn data(item: &Item) -> String {
    let mut data = format!("[{SD_ID}");
    for (name, value) in named(item) {
        data.push_str(&format!(" {name}=\"{}\"", param(&value)));
    }
    data.push(']');
    data
}

fn named(item: &Item) -> Vec<(&'static str, String)> {
    let risk = item.risk.map(|risk| risk.to_string()).unwrap_or_default();
    let uid = item.uid.map(|uid| uid.to_string()).unwrap_or_default();
    let mut named = vec![
        ("id", item.id.clone()),
        ("entry", item.number.to_string()),
        ("source", item.source.clone()),
        ("user", item.user.clone()),
        ("uid", uid),
        ("runUser", item.run_user.clone()),
        ("rule", item.rule.clone()),
        ("risk", risk),
        ("session", item.session.clone()),
    ];
    named.retain(|(_, value)| !value.is_empty());
    named
}

/// A PARAM-VALUE, RFC 5424 section 6.3.3.
fn param(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]")
}

/// MSG is UTF-8 with a byte order mark in front (RFC 5424 section 6.4), and what is cut of it.
fn cut_to(head: &str, data: &str, text: &str, most: usize) -> Vec<u8> {
    let room = most.saturating_sub(head.len() + data.len() + 2 + BOM.len());
    let text = cut(&text.replace('\n', " "), room.max(ROOM_MIN));
    let message = format!("{head} {data} {BOM}{text}");
    beginning(&message, most).as_bytes().to_vec()
}

const BOM: &str = "\u{feff}";
/// The number is the one for examples and documentation, RFC 5612.
const SD_ID: &str = "sudolog@32473";
const ROOM_MIN: usize = 16;
const AUTHPRIV: u8 = 10;
const CLASSIC_BYTES_MAX: usize = 2048;

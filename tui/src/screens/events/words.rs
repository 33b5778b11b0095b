//! Entries of the event log in words, escaped.

use sudolog_core::eventlog::{Entry, Kind, Severity, Source};
use sudolog_core::untrusted::Untrusted;

use crate::screens::words::cell;
use crate::theme::Role;

/// A sign and a word, so that colour only underlines it: what needs an eye is written large.
pub(crate) fn severity(severity: Severity) -> (&'static str, Role) {
    match severity {
        Severity::Info => ("  info", Role::Faint),
        Severity::Notice => ("· notice", Role::Text),
        Severity::Warning => ("! warning", Role::Warn),
        Severity::High => ("▲ HIGH", Role::RiskHigh),
        Severity::Critical => ("■ CRITICAL", Role::RiskCritical),
        Severity::Other => ("? other", Role::Text),
    }
}

/// The same where there is room for this many columns: the sign alone, if need be.
pub(crate) fn severity_in(of: Severity, columns: usize) -> (String, Role) {
    let (word, role) = severity(of);
    let sign = || word.chars().take(1).chain(" ".chars()).collect();
    (if columns > SIGN { cell(word, columns) } else { sign() }, role)
}

/// The command and what is said of it, in one line of which no more than a table shows is made.
pub(crate) fn what(entry: &Entry) -> String {
    let mut command = Vec::new();
    // Of a session often only the joined line is known.
    let joined = entry.argv.is_empty().then(|| entry.command());
    for word in entry.argv.iter().chain(&joined) {
        if command.len() >= BYTES_MAX {
            break;
        }
        if !command.is_empty() {
            command.push(b' ');
        }
        command.extend(word.as_bytes().iter().take(BYTES_MAX));
    }
    let command = Untrusted::new(command).escaped().to_string();
    let text = match (entry.kind, shortened(&entry.text)) {
        // What did the finding says more than what was found.
        (Kind::Finding, text) if !entry.by.is_empty() => {
            let rule = shortened(&entry.by);
            if text.is_empty() { rule } else { format!("{rule}: {text}") }
        }
        (_, text) => text,
    };
    match (command.is_empty(), text.is_empty()) {
        (true, _) => text,
        (false, true) => command,
        // The server has something to say of a command that is known by its session.
        (false, false) if entry.source != Source::Server => format!("{command}  {text}"),
        (false, false) => format!("{text}  {command}"),
    }
}

/// The beginning of a text.
pub(super) fn shortened(text: &Untrusted) -> String {
    let bytes = text.as_bytes();
    Untrusted::new(bytes.get(..BYTES_MAX).unwrap_or(bytes)).escaped().to_string()
}

/// Columns of the sign and a blank.
pub(crate) const SIGN: usize = 2;
/// No terminal has as many columns.
const BYTES_MAX: usize = 512;

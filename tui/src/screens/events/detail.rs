//! All that is known of the chosen entry, field by field and escaped.

use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::text::{Line, Span};
use sudolog_core::eventlog::{COMMAND_DETAIL, Entry, Kind, Stored};
use sudolog_core::time::Position;
use sudolog_core::untrusted::Untrusted;

use super::severity;
use crate::screens::badges;
use crate::screens::words::local;
use crate::theme::{Role, Theme};
use crate::widgets::wrap;

/// Its fields as lines of so many columns; what is not known is left out.
pub(super) fn lines(
    stored: &Stored,
    zone: &TimeZone,
    theme: &Theme,
    columns: usize,
) -> Vec<Line<'static>> {
    let Entry { host, run_user, argv, tty, text, details, .. } = &stored.entry;
    let mut page = Page { theme, columns, lines: Vec::new() };
    page.heading(stored, zone);
    page.field("Host", host);
    page.plain("User", &user(&stored.entry));
    page.field("Runs as", run_user);
    match stored.entry.argv.as_slice() {
        [] => page.field("Command", &stored.entry.command()),
        argv => page.plain("Command", &command(argv)),
    }
    page.field("Says", text);
    let by = if stored.entry.kind == Kind::Finding { "Rule" } else { "By" };
    page.field(by, &stored.entry.by);
    page.plain("Session", &session(&stored.entry));
    page.field("Terminal", tty);
    if let Some(pid) = stored.entry.pid {
        page.plain("Process", &pid.to_string());
    }
    if let Some(risk) = stored.entry.risk {
        page.plain("Risk", &badges::risk(risk));
    }
    let is_shown = |name: &str| argv.is_empty() && name == COMMAND_DETAIL;
    for (name, value) in details.iter().filter(|(name, _)| !is_shown(name)) {
        page.fact(name, value);
    }
    page.plain("Id", &stored.entry.id.to_string());
    page.lines
}

struct Page<'a> {
    theme: &'a Theme,
    columns: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_> {
    /// When what happened, by whose clock.
    fn heading(&mut self, stored: &Stored, zone: &TimeZone) {
        let (word, role) = severity(stored.entry.severity);
        let Entry { source, kind, time, .. } = &stored.entry;
        let (kind, number) = (kind.name(), stored.number);
        self.lines.push(Line::from(vec![
            Span::styled(word.trim().to_owned(), self.theme.style(role)),
            Span::styled(format!("  {kind}"), self.theme.style(Role::Title)),
            Span::styled(format!("  told by {source}, #{number}"), self.theme.style(Role::Faint)),
        ]));
        self.plain("Happened", &local(*time, zone, TIME_FORMAT));
        self.plain("Stored", &local(stored.stored, zone, TIME_FORMAT));
    }

    /// A recorded value with its name before it.
    fn field(&mut self, name: &str, value: &Untrusted) {
        self.plain(name, &bounded(value.as_bytes()));
    }

    /// A detail: those of ours in words.
    fn fact(&mut self, name: &str, value: &Untrusted) {
        let shown = bounded(value.as_bytes());
        let number = shown.parse::<u64>().ok();
        match (name, number) {
            ("elapsed_ns", Some(elapsed)) => {
                self.plain("Moment", &Position(Duration::from_nanos(elapsed)).to_string());
            }
            ("seq", Some(0)) => self.plain("Event", "none yet: the command itself"),
            ("seq", Some(_)) => self.plain("Event", &shown),
            ("category", _) => self.plain("Category", &shown),
            ("points", Some(_)) => self.plain("Points", &shown),
            _ => self.plain(&bounded(name.as_bytes()), &shown),
        }
    }

    /// The same of one that is safe to show.
    fn plain(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        // The name of a detail may be long.
        let name: String = name.chars().take(NAME_COLUMNS_MAX).collect();
        let label = format!("{name:<LABEL_COLUMNS$} ");
        let width = Span::raw(label.as_str()).width();
        let texts = wrap(value, self.columns.saturating_sub(width).max(1), LINES_MAX);
        let blank = " ".repeat(width);
        let labels = std::iter::once(label).chain(std::iter::repeat(blank));
        for (text, label) in texts.into_iter().zip(labels) {
            self.lines.push(Line::from(vec![
                Span::styled(label, self.theme.style(Role::Faint)),
                Span::styled(text, self.theme.style(Role::Text)),
            ]));
        }
    }
}

fn user(entry: &Entry) -> String {
    let name = bounded(entry.user.as_bytes());
    match entry.uid {
        Some(uid) if name.is_empty() => format!("uid {uid}"),
        Some(uid) => format!("{name} (uid {uid})"),
        None => name,
    }
}

/// Each argument is told from its neighbours.
fn command(argv: &[Untrusted]) -> String {
    let mut words = String::new();
    for (at, word) in argv.iter().enumerate() {
        if words.len() > VALUE_BYTES_MAX {
            words.push_str(&format!(" … and {} more", argv.len() - at));
            break;
        }
        let word = bounded(word.as_bytes());
        let gap = if at == 0 { "" } else { " " };
        let is_plain = !word.is_empty() && !word.contains([' ', '\'', '"']);
        words.push_str(&if is_plain { format!("{gap}{word}") } else { format!("{gap}'{word}'") });
    }
    words
}

fn session(entry: &Entry) -> String {
    let tsid = entry.tsid.map(|tsid| tsid.to_string());
    let id = entry.session_id.map(|id| id.to_string());
    tsid.into_iter().chain(id).collect::<Vec<_>>().join("  ")
}

/// Escaped; of what is very long the beginning, and how much is left out.
fn bounded(bytes: &[u8]) -> String {
    match bytes.split_at_checked(VALUE_BYTES_MAX) {
        Some((shown, rest)) if !rest.is_empty() => {
            format!("{} … and {} bytes more", Untrusted::new(shown).escaped(), rest.len())
        }
        _ => Untrusted::new(bytes).escaped().to_string(),
    }
}

const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S%.3f %Z";
const LABEL_COLUMNS: usize = 10;
const NAME_COLUMNS_MAX: usize = 24;
const VALUE_BYTES_MAX: usize = 8 * 1024;
/// The operator can scroll.
const LINES_MAX: usize = 1000;

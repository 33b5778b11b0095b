//! All that is known of the chosen message or target, escaped.

use ratatui::text::{Line, Span};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Delivery, TargetStatus};

use super::{Board, health, state};
use crate::screens::events::severity;
use crate::screens::words::local;
use crate::theme::{Role, Theme};
use crate::widgets::wrap;

/// What stands beside the lists, as lines of so many columns.
pub(super) fn lines(board: &Board, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let mut page = Page { board, theme, columns, lines: Vec::new() };
    if board.is_in_targets() {
        board.targets().get(board.target()).into_iter().for_each(|target| page.target(target));
    } else {
        board.trail().chosen().into_iter().for_each(|delivery| page.delivery(delivery));
    }
    page.lines
}

struct Page<'a> {
    board: &'a Board,
    theme: &'a Theme,
    columns: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_> {
    fn target(&mut self, target: &TargetStatus) {
        let (word, role) = health(target.health);
        self.heading(word, role, &escaped(&target.name));
        self.field("Kind", &escaped(&target.kind));
        self.field("Leads to", &target.place.escaped().to_string());
        let counts =
            format!("{} waiting, {} sent, {} dead", target.waiting, target.sent, target.dead);
        self.field("Messages", &counts);
        self.time("Last sent", target.last_sent);
        self.time("Not before", target.not_before);
        self.field("Last error", &target.error.escaped().to_string());
    }

    fn delivery(&mut self, delivery: &Delivery) {
        let (word, role) = state(delivery.state);
        self.heading(word, role, &format!("message {}", delivery.number));
        self.field("Subject", &delivery.title.escaped().to_string());
        self.field("Target", &escaped(&delivery.target));
        self.field("Severity", severity(delivery.severity).0.trim_start());
        self.time("Made", Some(delivery.made));
        let tries = match delivery.tries {
            0 => "not yet".to_owned(),
            1 => "once".to_owned(),
            tries => format!("{tries} times"),
        };
        self.field("Tried", &tries);
        self.time("Last try", delivery.tried);
        self.time("Next try", delivery.next);
        self.field("Last error", &delivery.error.escaped().to_string());
        self.field("Stands for", &entries(delivery));
        self.lines.push(Line::default());
        for line in self.board.body(delivery).as_bytes().split(|byte| *byte == b'\n') {
            let text = Untrusted::new(line).escaped().to_string();
            let texts = wrap(&text, self.columns, LINES_MAX);
            if texts.is_empty() {
                self.lines.push(Line::default());
            }
            let style = self.theme.style(Role::Text);
            self.lines.extend(texts.into_iter().map(|text| Line::styled(text, style)));
        }
    }

    fn heading(&mut self, word: &str, role: Role, name: &str) {
        self.lines.push(Line::from(vec![
            Span::styled(word.trim().to_owned(), self.theme.style(role)),
            Span::styled(format!("  {name}"), self.theme.style(Role::Title)),
        ]));
    }

    fn time(&mut self, name: &str, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.field(name, &local(time, &self.board.zone, "%Y-%m-%d %H:%M:%S %Z"));
        }
    }

    /// A value that is safe to show, with its name before it; nothing of one that is empty.
    fn field(&mut self, name: &str, value: &str) {
        let texts = wrap(value, self.columns.saturating_sub(LABEL_COLUMNS).max(1), LINES_MAX);
        let labels = std::iter::once(name).chain(std::iter::repeat(""));
        for (text, label) in texts.into_iter().zip(labels) {
            let label = format!("{label:<LABEL_COLUMNS$}");
            self.lines.push(Line::from(vec![
                Span::styled(label, self.theme.style(Role::Faint)),
                Span::styled(text, self.theme.style(Role::Text)),
            ]));
        }
    }
}

/// `12 entries of the log: 7, 8, 9, …`
fn entries(delivery: &Delivery) -> String {
    let numbers: Vec<String> =
        delivery.entries.iter().take(ENTRIES_SHOWN).map(u64::to_string).collect();
    let more = if (numbers.len() as u64) < delivery.count { ", …" } else { "" };
    let entries =
        if delivery.count == 1 { "1 entry" } else { &format!("{} entries", delivery.count) };
    match numbers.is_empty() {
        true => format!("{entries} of the log"),
        false => format!("{entries} of the log: {}{more}", numbers.join(", ")),
    }
}

fn escaped(text: &str) -> String {
    Untrusted::from(text).escaped().to_string()
}

const LABEL_COLUMNS: usize = 11;
const ENTRIES_SHOWN: usize = 20;
/// The operator can scroll.
const LINES_MAX: usize = 1000;

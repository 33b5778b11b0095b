//! Draws the review of the chosen session: why it has its score, line by line, and the chosen line in
//! full.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::risk::{Finding, Score};
use sudolog_core::time::{Position, Timestamp};
use sudolog_core::triage::{Remark, RemarkKind};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Assessment, Review, SessionRow};

use super::Triage;
use super::reasons::{Entry, entries};
use crate::screens::live::words::who;
use crate::screens::words::{cell, fit, local};
use crate::screens::{badges, remark};
use crate::theme::{Role, Theme};
use crate::widgets::wrap;

/// What the review is drawn with.
pub(super) struct ReviewView<'a> {
    pub(super) triage: &'a Triage,
    pub(super) theme: &'a Theme,
}

impl ReviewView<'_> {
    /// Draws it, or why it is not here.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let Some(row) = self.triage.pages().chosen() else { return };
        let full = if area.height >= FULL_FROM { FULL_LINES } else { 0 };
        let [top, body, below] = Layout::vertical([
            Constraint::Length(2.min(area.height)),
            Constraint::Min(0),
            Constraint::Length(full),
        ])
        .areas(area);
        self.draw_heading(row, top, buffer);
        match (self.triage.review(), self.triage.review_trouble()) {
            (Some(review), _) => self.draw_entries(review, body, below, buffer),
            (None, Some(reason)) => {
                let lines = wrap(&format!("no review: {reason}"), self.columns(body), 3);
                self.draw_lines(&lines, Role::Error, body, buffer);
            }
            (None, None) => self.draw_lines(&["Asking …".to_owned()], Role::Faint, body, buffer),
        }
    }

    /// Who, and what is out of the ordinary or was said.
    fn draw_heading(&self, row: &SessionRow, area: Rect, buffer: &mut Buffer) {
        let mut rows = area.rows();
        if let Some(line) = rows.next() {
            let name = format!(" {}  {} ", who(row), row.command.escaped());
            Line::from(vec![
                Span::raw(" "),
                badges::risk_span(row.risk, self.theme),
                Span::styled(format!(" {}", row.tsid), self.theme.style(Role::Faint)),
                Span::styled(name, self.theme.style(Role::Title)),
            ])
            .render(line, buffer);
        }
        if let Some(line) = rows.next() {
            let said = badges::told(row);
            let said = if said.is_empty() { "nothing said".to_owned() } else { said };
            let said = fit(&said, self.columns(line));
            Line::styled(format!(" {said}"), self.theme.style(Role::Text)).render(line, buffer);
        }
    }

    /// The lines around the chosen one, and that one in full.
    fn draw_entries(&self, review: &Review, area: Rect, below: Rect, buffer: &mut Buffer) {
        let entries = entries(review);
        let shown = usize::from(area.height);
        let chosen = self.triage.line();
        let last = entries.len().saturating_sub(shown);
        let first = chosen.saturating_sub(shown / 2).min(last);
        for ((at, entry), line) in entries.iter().enumerate().skip(first).zip(area.rows()) {
            let is_chosen = at == chosen && entry.is_choice();
            let text = fit(&self.line(review, entry, area.width.into()), self.columns(line));
            let sign = if is_chosen { ">" } else { " " };
            let style = self.theme.style(self.role(entry));
            Line::styled(format!("{sign}{text}"), style).render(line, buffer);
            if is_chosen && self.triage.reads() {
                buffer.set_style(line, self.theme.style(Role::Selected));
            }
        }
        let Some(entry) = entries.get(chosen).filter(|entry| entry.is_choice()) else { return };
        let room = usize::from(below.height.saturating_sub(1));
        let mut rows = below.rows();
        if let Some(rule) = rows.next() {
            let dashes = "─".repeat(rule.width.into());
            Line::styled(dashes, self.theme.style(Role::Border)).render(rule, buffer);
        }
        let lines = wrap(&self.in_full(review, entry), self.columns(below), room);
        for (text, line) in lines.into_iter().zip(rows) {
            Line::raw(format!(" {text}")).render(line, buffer);
        }
    }

    fn role(&self, entry: &Entry<'_>) -> Role {
        match entry {
            Entry::Heading(_) => Role::Title,
            Entry::Nothing(_) | Entry::LeftOut(_) | Entry::Earlier(_) => Role::Faint,
            Entry::Reason(finding) => Role::of_level(Score::capped(finding.points.into()).level()),
            Entry::Said(_) | Entry::Watcher(_) => Role::Text,
        }
    }

    /// A line, escaped: what comes first tells most.
    fn line(&self, review: &Review, entry: &Entry<'_>, width: usize) -> String {
        match entry {
            Entry::Heading(text) => (*text).to_owned(),
            Entry::Nothing(text) => format!("  {text}"),
            Entry::LeftOut(left_out) => format!("  and {left_out} more"),
            Entry::Reason(finding) => reason(finding, width),
            Entry::Earlier(assessment) => self.earlier(assessment),
            Entry::Said(remark) => format!("{} {}", self.clock(remark.at), said(remark)),
            Entry::Watcher(at) => format!("  {}", watcher(review, *at)),
        }
    }

    /// The same with everything.
    fn in_full(&self, review: &Review, entry: &Entry<'_>) -> String {
        match entry {
            Entry::Reason(finding) => format!(
                "{} {}, {} points, {} at {}: {}",
                finding.category.name(),
                shown(&finding.rule),
                finding.points,
                finding.source.name(),
                at(finding.elapsed_ns),
                finding.text.escaped()
            ),
            Entry::Earlier(assessment) => {
                let findings = assessment.findings.len();
                format!("{}, {findings} findings", self.earlier(assessment))
            }
            other => self.line(review, other, usize::MAX),
        }
    }

    fn earlier(&self, assessment: &Assessment) -> String {
        let Assessment { rules, at, seq, risk, .. } = assessment;
        let rules: String = shown(rules).chars().take(HASH_CHARACTERS).collect();
        format!("{} {} by rules {rules}, event {seq}", self.clock(*at), badges::risk(*risk))
    }

    fn clock(&self, time: Timestamp) -> String {
        local(time, &self.triage.zone, "%m-%d %H:%M")
    }

    fn draw_lines(&self, lines: &[String], role: Role, area: Rect, buffer: &mut Buffer) {
        for (text, line) in lines.iter().zip(area.rows()) {
            Line::styled(format!(" {text}"), self.theme.style(role)).render(line, buffer);
        }
    }

    fn columns(&self, area: Rect) -> usize {
        usize::from(area.width).saturating_sub(1)
    }
}

/// ` 40 00:12 log-delete   tamper  typed  rm -rf /var/log`.
fn reason(finding: &Finding, width: usize) -> String {
    let wide = width >= WIDE;
    let about = match wide {
        true => cell(finding.category.name(), 12) + &cell(finding.source.name(), 8),
        false => String::new(),
    };
    let rule = cell(&shown(&finding.rule), if wide { 24 } else { 15 });
    let time = at(finding.elapsed_ns);
    format!("{:>3} {time:>7} {rule}{about}{}", finding.points, finding.text.escaped())
}

/// `olga: incident, exfiltration`, escaped.
fn said(remark: &Remark) -> String {
    let what = match &remark.kind {
        RemarkKind::Verdict { why, .. } if !why.is_empty() => {
            format!("{}: {}", remark::in_words(&remark.kind), why.escaped())
        }
        RemarkKind::Note { elapsed_ns, text } => {
            format!("at {}: {}", at(*elapsed_ns), text.escaped())
        }
        RemarkKind::TakeBack { .. } => "took something back".to_owned(),
        kind => remark::in_words(kind),
    };
    format!("{}: {what}", remark.who.escaped())
}

fn watcher(review: &Review, at: usize) -> String {
    review.watchers.get(at).map(|name| name.escaped().to_string()).unwrap_or_default()
}

/// What a server calls something, safe to show.
fn shown(name: &str) -> String {
    Untrusted::from(name).escaped().to_string()
}

fn at(elapsed_ns: u64) -> String {
    Position(std::time::Duration::from_nanos(elapsed_ns)).to_string()
}

/// From this width on a reason has its category and its source.
const WIDE: usize = 80;
const HASH_CHARACTERS: usize = 12;
/// From this height on the chosen line stands below in full.
const FULL_FROM: u16 = 9;
/// A rule and two lines.
const FULL_LINES: u16 = 3;

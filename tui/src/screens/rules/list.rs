//! The list of the rules: what each is called, what it counts, where it looks and what it does.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::risk::{Rule, Rules};
use sudolog_core::untrusted::Untrusted;

use super::{Book, Rulebook};
use crate::screens::words::cell;
use crate::screens::{Hit, Hits};
use crate::theme::{Role, Theme};

/// Draws the names of the columns, then rules, the chosen one in the middle as far as the ends allow.
pub(super) fn draw(
    book: &Rulebook,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let name = usize::from(area.width).saturating_sub(FIXED).clamp(ID_MIN, ID_MAX);
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        Line::styled(head(name), theme.style(Role::Faint)).render(line, buffer);
    }
    let shown = usize::from(area.height.saturating_sub(1));
    let total = book.rules().map_or(0, Rules::len);
    let first = book.chosen().saturating_sub(shown / 2).min(total.saturating_sub(shown));
    let rules = book.rules().into_iter().flat_map(Rules::iter).enumerate().skip(first);
    for ((at, rule), line) in rules.zip(lines) {
        let differs = book.book().is_some_and(|book: &Book| book.differs(rule));
        row(rule, differs, name, theme).render(line, buffer);
        hits.add(line, Hit::Row(u32::try_from(at).unwrap_or(u32::MAX)));
        if at == book.chosen() {
            buffer.set_style(line, theme.style(Role::Selected));
        }
    }
}

fn head(name: usize) -> String {
    [
        cell("", MARKS),
        cell("RULE", name),
        cell("CATEGORY", CATEGORY),
        cell("PTS", POINTS),
        cell("LOOKS AT", LOOKS),
        cell("DOES", ACT),
    ]
    .concat()
}

fn row(rule: &Rule, differs: bool, name: usize, theme: &Theme) -> Line<'static> {
    let off = if rule.enabled() { "   " } else { "off" };
    let id = Untrusted::from(rule.id()).escaped().to_string();
    let role = if rule.enabled() { Role::Text } else { Role::Faint };
    let changed = if differs { "*" } else { " " };
    let text = [
        cell(&id, name),
        cell(rule.category().name(), CATEGORY),
        cell(&format!("{:>3}", rule.points()), POINTS),
        cell(rule.on().name(), LOOKS),
        cell(rule.act().name(), ACT),
    ];
    Line::from(vec![
        Span::styled(format!("{changed}{off} "), theme.style(Role::Key)),
        Span::styled(text.concat(), theme.style(role)),
    ])
}

/// `*`, `off` and a blank.
const MARKS: usize = 5;
const CATEGORY: usize = 12;
const POINTS: usize = 4;
const LOOKS: usize = 9;
const ACT: usize = 7;
const FIXED: usize = MARKS + CATEGORY + POINTS + LOOKS + ACT;
const ID_MIN: usize = 8;
const ID_MAX: usize = 40;

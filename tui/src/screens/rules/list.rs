//! The list of the rules: what each is called, what it counts, where it looks and what it does.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::risk::{Rule, Rules};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::RuleTally;

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
    let width = usize::from(area.width);
    let tells = width >= FIXED + TALLY + ID_TOLD_MIN;
    let rest = width.saturating_sub(FIXED + if tells { TALLY } else { 0 });
    let name = rest.clamp(ID_MIN, ID_MAX);
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        Line::styled(head(name, tells), theme.style(Role::Faint)).render(line, buffer);
    }
    let shown = usize::from(area.height.saturating_sub(1));
    let total = book.rules().map_or(0, Rules::len);
    let first = book.chosen().saturating_sub(shown / 2).min(total.saturating_sub(shown));
    let rules = book.rules().into_iter().flat_map(Rules::iter).enumerate().skip(first);
    for ((at, rule), line) in rules.zip(lines) {
        let differs = book.book().is_some_and(|book: &Book| book.differs(rule));
        let tally = book.tally(rule).filter(|_| tells);
        row(rule, differs, name, tally, theme).render(line, buffer);
        hits.add(line, Hit::Row(u32::try_from(at).unwrap_or(u32::MAX)));
        if at == book.chosen() {
            buffer.set_style(line, theme.style(Role::Selected));
        }
    }
}

fn head(name: usize, tells: bool) -> String {
    let tally = ["HITS", "AGREED"].map(|head| format!("{head:>8}")).concat();
    let cells = [
        cell("", MARKS),
        cell("RULE", name),
        cell("CATEGORY", CATEGORY),
        cell("PTS", POINTS),
        cell("LOOKS AT", LOOKS),
        cell("DOES", ACT),
        if tells { tally } else { String::new() },
    ];
    cells.concat()
}

fn row(
    rule: &Rule,
    differs: bool,
    name: usize,
    tally: Option<&RuleTally>,
    theme: &Theme,
) -> Line<'static> {
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
        tally.map(counts).unwrap_or_default(),
    ];
    Line::from(vec![
        Span::styled(format!("{changed}{off} "), theme.style(Role::Key)),
        Span::styled(text.concat(), theme.style(role)),
    ])
}

/// In how many sessions it found something, and with how many of a hundred judged ones people agreed.
fn counts(tally: &RuleTally) -> String {
    let agreed = tally.agreement().map(|percent| format!("{percent} %")).unwrap_or_default();
    format!("{:>8}{agreed:>8}", tally.sessions)
}

/// `*`, `off` and a blank.
const MARKS: usize = 5;
const CATEGORY: usize = 12;
const POINTS: usize = 4;
const LOOKS: usize = 9;
const ACT: usize = 7;
/// What people made of what it found.
const TALLY: usize = 16;
const FIXED: usize = MARKS + CATEGORY + POINTS + LOOKS + ACT;
const ID_MIN: usize = 8;
const ID_MAX: usize = 40;
/// With less room for names the tallies stand beside the list only.
const ID_TOLD_MIN: usize = 20;

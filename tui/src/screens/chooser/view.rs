//! Draws the list over the middle of the screen, with the line that is typed on top.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::{Chooser, ChooserAction, Item};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::{Hit, Hits, words};
use crate::theme::{Role, Theme};
use crate::widgets::{Modal, Window};

/// Draws the list.
pub(in crate::screens) fn view(
    chooser: &Chooser,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let theme = &app.theme;
    let width = area.width.saturating_sub(2).min(COLUMNS_MAX);
    let lines =
        u16::try_from(chooser.choices().max(chooser.len()) + 1).unwrap_or(u16::MAX).max(LINES_MIN);
    let height = area.height.saturating_sub(2).min(lines).min(LINES_MAX);
    let (len, total) = (chooser.len(), chooser.total());
    let title = match total > len as u64 {
        true => format!("{} ({len} of {})", chooser.title(), words::grouped(total)),
        false => format!("{} ({len})", chooser.title()),
    };
    let inside = Modal { title: &title, width, height }.draw(theme, area, buffer);
    let [line, list] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inside);
    draw_input(chooser, theme, line, buffer);
    if chooser.is_empty() {
        let clock = chooser.input().text().starts_with('@');
        let text = match chooser.takes_moments() {
            true if clock => CLOCK.to_owned(),
            true => NOTHING_OR_MOMENT.to_owned(),
            false if chooser.is_asking() => "   asking the server …".to_owned(),
            false => NOTHING.to_owned(),
        };
        let cancel = Intent::Choose(ChooserAction::Cancel);
        let back = app.keymap.says(Scope::Chooser, cancel, "goes back");
        if let (Some(back), Some(row)) = (back, list.rows().nth(1)) {
            Line::styled(format!("   {back}"), theme.style(Role::Faint)).render(row, buffer);
        }
        return Line::styled(text, theme.style(Role::Faint)).render(list, buffer);
    }
    let shown = usize::from(list.height);
    let first = (chooser.chosen() + 1).saturating_sub(shown);
    for ((at, item), row) in chooser.answers().enumerate().skip(first).zip(list.rows()) {
        draw_item(item, at == chooser.chosen(), theme, row, buffer);
        hits.add(row, Hit::Choice(at));
    }
}

fn draw_input(chooser: &Chooser, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let Window { before, under, after } =
        chooser.input().window(usize::from(area.width).saturating_sub(3));
    let under = if under.is_empty() { " " } else { under };
    Line::from(vec![
        Span::styled(" : ", theme.style(Role::Key)),
        Span::raw(before),
        Span::styled(under, theme.style(Role::Selected)),
        Span::raw(after),
    ])
    .render(area, buffer);
}

fn draw_item(item: &Item, chosen: bool, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let detail = Span::raw(&item.detail).width();
    let room = usize::from(area.width).saturating_sub(detail + 4);
    let text = format!(
        "{} {} {} ",
        if chosen { ">" } else { " " },
        words::fit(&item.label, room),
        item.detail
    );
    let role = if chosen { Role::Selected } else { Role::Text };
    Line::styled(text, theme.style(role)).render(area, buffer);
}

const COLUMNS_MAX: u16 = 74;
const LINES_MIN: u16 = 3;
const LINES_MAX: u16 = 24;
const CLOCK: &str = "   a time of day: @14:05 or @14:05:09; a moment: @2026-11-21T14:05:09Z";
const NOTHING: &str = "   nothing is called so";
const NOTHING_OR_MOMENT: &str = "   nothing is called so; a time is 12:30, a clock @14:05:09";

//! The help: every key of the screen it lies over, under headings.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use crate::app::App;
use crate::keymap::{Entry, Group, Intent, Keymap, Scope};
use crate::theme::Role;
use crate::widgets::Modal;

/// Draws the help over the middle of the console, from line `scrolled` on where not all of it fits.
pub(super) fn view(app: &App, scrolled: usize, area: Rect, buffer: &mut Buffer) {
    let columns = usize::from(area.width.saturating_sub(2) / COLUMN_WIDTH).max(1);
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let columns = laid_out(&rows(app), columns, room);
    let lines = columns.iter().map(Vec::len).max().unwrap_or(0);
    let width = COLUMN_WIDTH.saturating_mul(u16::try_from(columns.len()).unwrap_or(u16::MAX));
    let height = u16::try_from(lines).unwrap_or(u16::MAX);
    let more = app.keymap.says(Scope::Help, Intent::ScrollHelp(1), "shows more");
    let title = match more.filter(|_| lines > room) {
        Some(more) => format!("Keys: {more}"),
        None => "Keys".to_owned(),
    };
    let inside = Modal { title: &title, width, height }.draw(&app.theme, area, buffer);
    let first = scrolled.min(lines.saturating_sub(inside.height.into()));
    for (at, column) in columns.into_iter().enumerate() {
        let x = inside.x + COLUMN_WIDTH * u16::try_from(at).unwrap_or(0);
        for (row, place) in column.into_iter().skip(first).zip(inside.rows()) {
            let place = Rect { x, width: COLUMN_WIDTH, ..place };
            line(app, &row).render(place.intersection(inside), buffer);
        }
    }
}

/// One line of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Row {
    Heading(&'static str),
    /// Keys, and what they do.
    Keys(String, &'static str),
    Blank,
}

/// All of it, group by group.
fn rows(app: &App) -> Vec<Row> {
    let scope = app.scope_under_help();
    let shown = |entry: &'static Entry| (entry, app.keymap.keys_shown(scope, entry).join(" "));
    let mut entries: Vec<(&Entry, String)> =
        Keymap::entries(scope).map(shown).filter(|(_, keys)| !keys.is_empty()).collect();
    entries.sort_by_key(|(entry, _)| entry.group());
    let mut rows = Vec::new();
    let mut last: Option<Group> = None;
    for (entry, keys) in entries {
        let group = entry.group();
        if last.replace(group) != Some(group) {
            rows.extend((!rows.is_empty()).then_some(Row::Blank));
            rows.push(Row::Heading(group.title()));
        }
        rows.push(Row::Keys(keys, entry.title));
    }
    rows
}

/// In as few columns as suffice, with blank lines between the groups where those fit too.
fn laid_out(rows: &[Row], columns_max: usize, room: usize) -> Vec<Vec<Row>> {
    let dense: Vec<Row> = rows.iter().filter(|row| **row != Row::Blank).cloned().collect();
    for rows in [rows, &dense] {
        for columns in 1..=columns_max {
            let split = split(rows, columns);
            if split.iter().all(|column| column.len() <= room) {
                return split;
            }
        }
    }
    split(&dense, columns_max)
}

/// In columns that are about as long as one another; no heading is the last of its column, and no column begins
/// with a blank line.
fn split(rows: &[Row], columns: usize) -> Vec<Vec<Row>> {
    let mut length = rows.len().div_ceil(columns.max(1)).max(2);
    loop {
        let mut split: Vec<Vec<Row>> = vec![Vec::new()];
        for (at, row) in rows.iter().enumerate() {
            let Some(column) = split.last_mut() else { break };
            let is_alone = matches!(row, Row::Heading(_)) && column.len() + 1 == length;
            let is_full = column.len() >= length || is_alone && at > 0;
            match (is_full, row) {
                (true, Row::Blank) => {}
                (true, row) => split.push(vec![row.clone()]),
                (false, Row::Blank) if column.is_empty() => {}
                (false, row) => column.push(row.clone()),
            }
        }
        if split.len() <= columns.max(1) {
            for column in &mut split {
                column.pop_if(|row| *row == Row::Blank);
            }
            return split;
        }
        length += 1;
    }
}

fn line<'a>(app: &App, row: &Row) -> Line<'a> {
    match row {
        Row::Heading(title) => Line::styled(format!(" {title}"), app.theme.style(Role::Title)),
        Row::Keys(keys, title) => Line::from(vec![
            Span::styled(format!(" {keys:<KEYS_WIDTH$} "), app.theme.style(Role::Key)),
            Span::raw(*title),
        ]),
        Row::Blank => Line::default(),
    }
}

const KEYS_WIDTH: usize = 11;
const COLUMN_WIDTH: u16 = 39;

#[cfg(test)]
mod tests {
    use super::*;

    fn group(keys: usize) -> Vec<Row> {
        let rows = std::iter::repeat_n(Row::Keys("k".to_owned(), "does it"), keys);
        std::iter::once(Row::Heading("Group")).chain(rows).collect()
    }

    #[test]
    fn no_heading_ends_a_column_and_no_row_is_lost() {
        let rows = [group(3), vec![Row::Blank], group(4), vec![Row::Blank], group(1)].concat();
        for columns in 1..5 {
            let split = split(&rows, columns);
            assert!(split.len() <= columns, "{split:?}");
            let kept: usize = split.iter().flatten().filter(|row| **row != Row::Blank).count();
            assert_eq!(kept, 11);
            for column in &split {
                assert!(matches!(column.last(), Some(Row::Keys(..))), "{columns}: {column:?}");
                assert_ne!(column.first(), Some(&Row::Blank));
            }
        }
    }

    #[test]
    fn blank_lines_go_before_anything_has_to_be_scrolled() {
        let rows = [group(3), vec![Row::Blank], group(3)].concat();
        assert_eq!(laid_out(&rows, 2, 20).len(), 1);
        assert_eq!(laid_out(&rows, 1, 8).concat().len(), 8);
        assert_eq!(laid_out(&rows, 2, 4).len(), 2);
        assert_eq!(laid_out(&rows, 1, 4).concat().len(), 8, "the rest is scrolled to");
    }
}

//! Draws plain text: nothing beside it but one line at the bottom that says how to get back.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthChar as _;

use super::state::{Plain, PlainAction};
use crate::app::App;
use crate::keymap::{Intent, Scope};

/// Draws the lines of the recorded screen; `false` where there is none, and the screens are to be drawn.
pub(in crate::screens) fn view(plain: &Plain, app: &App, area: Rect, buffer: &mut Buffer) -> bool {
    let Some(lines) = plain.lines() else { return false };
    let [body, bottom] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(area);
    let mut rows = body.rows();
    let mut all = true;
    'lines: for line in lines {
        for piece in pieces(line, body.width) {
            let Some(row) = rows.next() else {
                all = false;
                break 'lines;
            };
            buffer.set_string(row.x, row.y, piece, Style::reset());
        }
    }
    let says = |intent, what| app.keymap.says(Scope::Plain, Intent::Plain(intent), what);
    let more = says(PlainAction::Scroll(1), "shows more").filter(|_| !all);
    let back = says(PlainAction::Scroll(-1), "what is above").filter(|_| plain.is_scrolled());
    let alarm = app.alarms.shown().map(|_| "! an alarm waits".to_owned());
    let leave = says(PlainAction::Toggle, "leaves plain text");
    let hints: Vec<String> = [alarm, leave, more, back].into_iter().flatten().collect();
    buffer.set_stringn(
        bottom.x,
        bottom.y,
        hints.join(", "),
        usize::from(bottom.width),
        Style::reset(),
    );
    true
}

/// Takes colours and frames away from what is drawn.
pub(in crate::screens) fn strip(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        cell.set_style(Style::reset());
        let frame = |c: char| matches!(c, '\u{2500}'..='\u{257f}');
        if !cell.symbol().is_empty() && cell.symbol().chars().all(frame) {
            cell.set_symbol(" ");
        }
    }
}

/// A line in pieces of that width at most, one at least.
fn pieces(line: &str, columns: u16) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), line);
    loop {
        let mut used = 0;
        let fits = |(_, c): &(usize, char)| {
            used += c.width().unwrap_or(0);
            used <= usize::from(columns)
        };
        let end =
            rest.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
        let (piece, next) = rest.split_at_checked(end).unwrap_or((rest, ""));
        pieces.push(piece);
        if next.is_empty() || piece.is_empty() {
            return pieces;
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_below() {
        assert_eq!(pieces("", 4), [""]);
        assert_eq!(pieces("abcdefghi", 4), ["abcd", "efgh", "i"]);
        assert_eq!(pieces("日本語", 5), ["日本", "語"]);
        assert_eq!(pieces("日", 1), [""], "what does not fit at all is not shown");
    }
}

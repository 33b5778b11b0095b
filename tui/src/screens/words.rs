//! Words that several screens use, escaped and cut to their place.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget as _;
use sudolog_core::session::SessionState;
use sudolog_core::time::Timestamp;
use unicode_width::UnicodeWidthChar as _;

use crate::source::server::LinkState;
use crate::theme::{Role, Theme};
use crate::widgets::wrap;

/// A sign and a word for where a session stands, so that colour only underlines it: what needs an
/// eye is written large.
pub(super) fn state(state: SessionState) -> &'static str {
    match state {
        SessionState::Live => "● live",
        SessionState::Frozen => "■ FROZEN",
        SessionState::Lagging => "◐ LAGGING",
        SessionState::Complete => "✓ complete",
        SessionState::Incomplete => "! INCOMPLETE",
    }
}

/// Exactly `width` columns: cut with `…`, or filled with blanks. The text must be escaped already.
pub(super) fn fit(text: &str, width: usize) -> String {
    let wide = |c: char| c.width().unwrap_or(0);
    let total: usize = text.chars().map(wide).sum();
    let room = if total > width { width.saturating_sub(1) } else { width };
    let mut fitted = String::with_capacity(text.len().min(width * 4));
    let mut used = 0;
    for c in text.chars() {
        if used + wide(c) > room {
            break;
        }
        fitted.push(c);
        used += wide(c);
    }
    if total > width && width > 0 {
        fitted.push('…');
        used += 1;
    }
    let _ = write!(fitted, "{:1$}", "", width - used);
    fitted
}

/// A text and at least a blank behind it, where there is room for anything: a cell of a table.
pub(super) fn cell(text: &str, width: usize) -> String {
    match width {
        0 => String::new(),
        width => fit(text, width - 1) + " ",
    }
}

/// A recorded time on the clock of a zone; one that no calendar has becomes the epoch.
pub(super) fn local(time: Timestamp, zone: &TimeZone, format: &str) -> String {
    let nanos = i32::try_from(time.nanoseconds).unwrap_or(0);
    let time = jiff::Timestamp::new(time.seconds, nanos).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.to_zoned(zone.clone()).strftime(format).to_string()
}

/// `100,000`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether the server can be asked, and why there is nothing new: at the right of a screen's first line.
/// In a narrow terminal only what is wrong is worth its place.
pub(super) fn link(
    link: &LinkState,
    trouble: Option<&str>,
    missing: &str,
    columns: u16,
) -> (String, Role) {
    match (link, trouble) {
        (LinkState::Down { reason }, _) => {
            (format!("○ not connected, trying again: {reason}"), Role::Error)
        }
        (LinkState::Up { .. }, Some(trouble)) => (format!("{missing}: {trouble}"), Role::Error),
        (LinkState::Up { server_id, warning, .. }, None) if warning.is_empty() => {
            let shown = if columns < ROOMY_COLUMNS { "" } else { server_id };
            (shown.to_owned(), Role::Faint)
        }
        (LinkState::Up { warning, .. }, None) => (format!("! {warning}"), Role::Error),
    }
}

/// Words in place of a table that is empty: each line wrapped, below the names of the columns.
pub(super) fn draw_instead(text: &str, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(2));
    let lines = text.lines().flat_map(|line| wrap(line, room, INSTEAD_LINES));
    for (text, line) in lines.zip(area.rows().skip(1)) {
        Line::styled(format!(" {text}"), theme.style(Role::Faint)).render(line, buffer);
    }
}

/// From this width on there is room for the server's name.
const ROOMY_COLUMNS: u16 = 60;
/// A filter may be long, and stands above as well.
const INSTEAD_LINES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_text_is_cut_at_whole_characters() {
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(fit("ab", 0), "");
    }

    proptest! {
        #[test]
        fn fitted_text_has_its_width(text in "\\PC{0,30}", width in 0usize..20) {
            let columns: usize = fit(&text, width).chars().map(|c| c.width().unwrap_or(0)).sum();
            prop_assert_eq!(columns, width);
        }
    }
}

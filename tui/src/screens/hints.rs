//! The bottom line: the keys one needs most on this screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use crate::app::App;
use crate::keymap::Keymap;
use crate::theme::Role;

/// Draws as many hints as fit, whole ones only; the one for help always.
pub(super) fn view(app: &App, area: Rect, buffer: &mut Buffer) {
    if let Some(notice) = &app.notice {
        let notice = Line::styled(format!(" {notice}"), app.theme.style(Role::Error));
        return notice.render(area, buffer);
    }
    let key_style = app.theme.style(Role::Key);
    let text_style = app.theme.style(Role::Faint);
    let hints: Vec<(String, &str)> = Keymap::entries(app.scope())
        .filter_map(|entry| Some((entry.keys_shown().into_iter().next()?, entry.hint?)))
        .collect();
    let width = |(key, hint): &(String, &str)| Span::raw(key).width() + hint.len() + GAP;
    let always = |hint: &(String, &str)| hint.1 == "help";
    let mut room = usize::from(area.width);
    room = room.saturating_sub(hints.iter().filter(|hint| always(hint)).map(width).sum());
    let mut spans = Vec::new();
    for hint in &hints {
        if !always(hint) {
            match room.checked_sub(width(hint)) {
                Some(left) => room = left,
                None => continue,
            }
        }
        let (key, text) = hint;
        spans.push(Span::styled(format!(" {key}"), key_style));
        spans.push(Span::styled(format!(" {text} "), text_style));
    }
    Line::from(spans).render(area, buffer);
}

/// Blanks around a hint and between its key and its text.
const GAP: usize = 3;

//! That an order is not taken, said before a reason is typed for it. It lies over the screen until it is put
//! away, so that a reason that is typed all the same is not taken for keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget as _;

use super::{DialogAction, Order};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::theme::Role;
use crate::widgets::{Modal, wrap};

/// An order that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub order: Order,
    /// Why, safe to show.
    pub reason: String,
}

/// Draws it over the middle of the screen.
pub(in crate::screens) fn view(refused: &Refused, app: &App, area: Rect, buffer: &mut Buffer) {
    let width = area.width.saturating_sub(2).min(COLUMNS_MAX);
    let columns = usize::from(width.saturating_sub(2));
    let cancel = Intent::Dialog(DialogAction::Cancel);
    let back = app.keymap.says(Scope::Dialog, cancel, "goes back; nothing was ordered.");
    let reason = wrap(&format!("! {}", refused.reason), columns, REASON_LINES);
    let reason = reason.into_iter().map(|line| (line, Role::Error));
    let back = back.into_iter().flat_map(|back| wrap(&back, columns, REASON_LINES));
    let lines: Vec<(String, Role)> = reason.chain(back.map(|line| (line, Role::Faint))).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let title = refused.order.refused();
    let inside = Modal { title, width, height }.draw(&app.theme, area, buffer);
    for ((text, role), row) in lines.into_iter().zip(inside.rows()) {
        Line::styled(format!(" {text}"), app.theme.style(role)).render(row, buffer);
    }
}

const COLUMNS_MAX: u16 = 68;
const REASON_LINES: usize = 3;

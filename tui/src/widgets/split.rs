//! A table and what is known of the chosen row: side by side where there is room, else one over the other.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget as _;

/// How an area is shared between them, and the line between.
pub struct Split {
    /// The table has so many lines at least.
    pub table_lines_min: u16,
    /// Of the line between.
    pub border: Style,
}

impl Split {
    /// Draws the line; gives the places of the table and of the other.
    pub fn draw(self, area: Rect, buffer: &mut Buffer) -> (Rect, Rect) {
        if area.width >= BESIDE_COLUMNS_MIN {
            let [table, border, rest] = Layout::horizontal([
                Constraint::Fill(3),
                Constraint::Length(1),
                Constraint::Fill(2),
            ])
            .areas(area);
            for row in border.rows() {
                Line::styled("│", self.border).render(row, buffer);
            }
            return (table, rest);
        }
        let [table, rule, rest] = Layout::vertical([
            Constraint::Length((area.height / 2).max(self.table_lines_min)),
            Constraint::Length(1),
            Constraint::Min(0),
        ])
        .areas(area);
        Line::styled("─".repeat(rule.width.into()), self.border).render(rule, buffer);
        (table, rest)
    }
}

/// From so many columns on they stand side by side.
const BESIDE_COLUMNS_MIN: u16 = 120;

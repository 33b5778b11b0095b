//! Draws the wall: a tile for each session, with its state in words and its screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Widget as _};
use sudolog_core::risk::Score;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::SessionRow;

use super::state::Live;
use super::view::{end_note, ended_note};
use super::words::{command, short, standing, who};
use crate::keymap::Keymap;
use crate::screens::{Hit, Hits, badges, words};
use crate::theme::{Role, Theme};
use crate::widgets::{Crop, Miniature, ScreenView, wrap};

/// The page of the wall with the chosen session.
pub(super) struct WallView<'a> {
    pub(super) live: &'a Live,
    pub(super) theme: &'a Theme,
    pub(super) keymap: &'a Keymap,
    pub(super) now: Timestamp,
}

impl WallView<'_> {
    /// Draws it.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
        let tiles = self.live.tiles();
        let columns = self.live.wall().columns(tiles.len());
        let rows = tiles.len().div_ceil(columns).max(1);
        let lines = Layout::vertical(vec![Constraint::Fill(1); rows]).split(area);
        for (chunk, line) in tiles.chunks(columns).zip(lines.iter()) {
            let places = Layout::horizontal(vec![Constraint::Fill(1); columns]).split(*line);
            for (row, place) in chunk.iter().zip(places.iter()) {
                self.draw_tile(row, *place, buffer);
                hits.add(*place, Hit::Session(row.tsid));
            }
        }
    }

    fn draw_tile(&self, row: &SessionRow, area: Rect, buffer: &mut Buffer) {
        let chosen = self.live.sessions().chosen().is_some_and(|it| it.tsid == row.tsid);
        let (kind, border) = match chosen {
            true => (BorderType::Double, self.theme.style(Role::Title)),
            false => (BorderType::Plain, self.theme.style(Role::Border)),
        };
        let block = Block::bordered().border_type(kind).border_style(border);
        let inside = block.inner(area);
        block.render(area, buffer);
        self.draw_title(row, chosen, area, buffer);
        match self.live.picture(row.tsid) {
            Some(picture) if self.live.wall().whole => {
                Miniature(&picture.screen).render(inside, buffer);
            }
            Some(picture) => {
                let crop = Crop::around_cursor(&picture.screen, inside);
                ScreenView::new(&picture.screen, crop).render(inside, buffer);
            }
            None => {
                let text = match end_note(self.live, row, self.keymap) {
                    Some(note) => note,
                    None if !row.state.is_open() => ended_note(row, self.keymap),
                    None => "joining …".to_owned(),
                };
                let room = usize::from(inside.width.saturating_sub(1));
                for (text, line) in
                    wrap(&text, room, inside.height.into()).iter().zip(inside.rows())
                {
                    Line::styled(format!(" {text}"), self.theme.style(Role::Faint))
                        .render(line, buffer);
                }
                return;
            }
        }
        let ended = || (!row.state.is_open()).then(|| ended_note(row, self.keymap));
        let note = end_note(self.live, row, self.keymap).or_else(ended);
        if let (Some(note), Some(last)) = (note, inside.rows().next_back()) {
            let text = words::fit(&format!(" {note}"), last.width.into());
            Line::styled(text, self.theme.style(Role::Warn)).render(last, buffer);
        }
    }

    /// On the upper edge: the choice, the pin, the state, who and what.
    fn draw_title(&self, row: &SessionRow, chosen: bool, area: Rect, buffer: &mut Buffer) {
        let Some(edge) = area.rows().next().filter(|edge| edge.width > 4) else { return };
        let edge = Rect { x: edge.x + 1, width: edge.width - 2, ..edge };
        let (words, role) = standing(self.live, row, self.now);
        let mut state = self.theme.style(role);
        if chosen {
            state = state.add_modifier(Modifier::REVERSED);
        }
        let pinned = if self.live.wall().is_pinned(row.tsid) { "^" } else { "" };
        let doubtful = self.live.picture(row.tsid).is_some_and(|picture| {
            let screen = &picture.screen;
            screen.resets() > 0 || screen.is_inexact() || screen.is_approximate()
        });
        let sign = if chosen { ">" } else { " " };
        let narrow = edge.width < ROOMY_COLUMNS;
        let words = if narrow { short(&words) } else { words };
        let badge = format!("{sign}{pinned}{words} ");
        let doubt = if doubtful { "! " } else { "" };
        let number = if narrow { doubt.to_owned() } else { format!("{doubt}{} ", row.tsid) };
        let risk = match row.risk {
            Score::NONE => String::new(),
            risk => format!("{} ", badges::risk(risk)),
        };
        let name = match narrow {
            true => format!("{}@{} {} ", row.user.escaped(), row.host.escaped(), command(row)),
            false => format!("{}  {} ", who(row), command(row)),
        };
        let used = [&badge, &number, &risk].map(|text| Span::raw(text).width());
        let room = usize::from(edge.width).saturating_sub(used.into_iter().sum());
        let name = if Span::raw(&name).width() > room { words::fit(&name, room) } else { name };
        let text = self.theme.style(Role::Text);
        let level = self.theme.style(Role::of_level(row.risk.level()));
        Line::from(vec![
            Span::styled(badge, state),
            Span::styled(number, text),
            Span::styled(risk, level),
            Span::styled(name, text),
        ])
        .render(edge, buffer);
    }
}

/// A tile with so many columns has room for whole words.
const ROOMY_COLUMNS: u16 = 36;

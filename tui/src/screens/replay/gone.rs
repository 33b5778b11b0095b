//! What is gone from the screen that is shown: overwritten, wiped, or left behind on the alternate screen. It is
//! looked for while hidden text is to be shown and the player pauses.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span as Piece};
use ratatui::widgets::{Block, Borders, Widget as _};
use sudolog_core::limits::{VANISHED_EVENTS_MAX, VANISHED_SPAN};
use sudolog_core::term::Track as _;
use sudolog_core::time::Position;

use super::Replay;
use crate::deck::{Gone, Span};
use crate::theme::{Role, Theme};

impl Replay {
    /// Where the deck shall look for what is gone.
    pub fn wanted_gone(&self) -> Option<Span> {
        if !self.lens.reveals() || self.is_playing() {
            return None;
        }
        let (tape, to) = (self.tape(), self.wanted());
        let since = tape.elapsed(to).saturating_sub(VANISHED_SPAN);
        let from = tape.seq_at(since).max(to.saturating_sub(VANISHED_EVENTS_MAX)).min(to);
        Some(Span { from, to, streams: self.streams() })
    }

    /// Takes what the deck has found, if that is still of interest.
    pub(super) fn learn_gone(&mut self, gone: Gone) {
        if self.wanted_gone() == Some(gone.span) {
            self.gone = Some(gone);
        }
    }

    /// What is known to be gone from the screen that is shown.
    fn gone(&self) -> Option<&Gone> {
        self.gone.as_ref().filter(|gone| self.wanted_gone() == Some(gone.span))
    }
}

/// The place for the recorded screen, and the one below it for what is gone.
pub(super) fn split(replay: &Replay, area: Rect) -> [Rect; 2] {
    let lines = match replay.gone() {
        _ if !replay.lens.reveals() || area.height < LINES_MIN => 0,
        None => 1,
        Some(gone) => gone.lines.len().saturating_add(1).min(usize::from(area.height / 3)),
    };
    let lines = u16::try_from(lines).unwrap_or(area.height);
    Layout::vertical([Constraint::Min(0), Constraint::Length(lines)]).areas(area)
}

/// Draws it, the newest last.
pub(super) fn draw(replay: &Replay, theme: &Theme, place: Rect, buffer: &mut Buffer) {
    if place.is_empty() {
        return;
    }
    let title = match (replay.gone(), replay.is_playing()) {
        (_, true) => " gone text is shown in a pause ".to_owned(),
        (None, false) => " looking for what is gone … ".to_owned(),
        (Some(gone), false) => {
            let since = Position(Duration::from_secs(gone.since.as_secs()));
            match gone.lines.len() {
                0 => format!(" nothing is gone that was shown since {since} "),
                1 => format!(" 1 line was shown since {since} and is gone "),
                count => format!(" {count} lines were shown since {since} and are gone "),
            }
        }
    };
    let lines = replay.gone().map(|gone| gone.lines.as_slice()).unwrap_or_default();
    let most = usize::from(place.height).saturating_sub(1);
    let shown = lines.get(lines.len().saturating_sub(most)..).unwrap_or_default();
    let block = Block::new()
        .borders(Borders::TOP)
        .border_style(theme.style(Role::Border))
        .title(Piece::styled(title, theme.style(Role::Warn)));
    let inner = block.inner(place);
    block.render(place, buffer);
    for (row, line) in inner.rows().zip(shown) {
        let tenths = line.elapsed.subsec_millis() / 100;
        let at = format!(" {}.{tenths} ", Position(Duration::from_secs(line.elapsed.as_secs())));
        let text = Piece::styled(line.text.as_str(), theme.style(Role::Text));
        Line::from(vec![Piece::styled(at, theme.style(Role::Faint)), text]).render(row, buffer);
    }
}

/// In a lower place the recorded screen needs every line.
const LINES_MIN: u16 = 6;

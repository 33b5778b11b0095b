//! Draws the live screen from its state: the list above the chosen session's screen, or beside it
//! where there is room, or that screen alone.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Widget as _, Wrap};
use sudolog_core::session::SessionState;
use sudolog_core::time::{Position, Timestamp};
use sudolog_core::wire::message::SessionRow;

use super::Scope;
use super::list::ListView;
use super::sessions::Order;
use super::state::{End, Focus, Live, LiveAction};
use super::wall::Follow;
use super::wall_view::WallView;
use super::words::{command, place_or_end, standing, who};
use crate::keymap::{self, Keymap};
use crate::screens::copy::{self, CopyMode, Spot};
use crate::screens::search::SearchAction;
use crate::screens::words::link;
use crate::screens::{Hit, Hits};
use crate::source::server::{LinkState, Picture};
use crate::theme::{Role, Theme};
use crate::widgets::{Crop, ScreenView};

/// What the screen is drawn with beside its state.
#[derive(Clone, Copy)]
pub struct LiveView<'a> {
    /// How things look.
    pub theme: &'a Theme,
    /// Which key does what.
    pub keymap: &'a Keymap,
    /// Now, for ages.
    pub now: Timestamp,
    /// The chosen session's screen, while it is held to copy of it.
    pub copying: Option<&'a CopyMode>,
    /// What the operator should know about where he is: the embedded mode says it here.
    pub banner: Option<&'a str>,
}

impl LiveView<'_> {
    /// Draws everything but the line of hints.
    pub fn draw(&self, live: &Live, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
        let warning = live.link().warning();
        let [top, wrong, banner, body] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length((!warning.is_empty()).into()),
            Constraint::Length(self.banner.is_some().into()),
            Constraint::Min(0),
        ])
        .areas(area);
        self.draw_status(live, top, buffer);
        Line::styled(format!(" ! {warning}"), self.style(Role::Error)).render(wrong, buffer);
        if let Some(text) = self.banner {
            Line::styled(format!(" {text}"), self.style(Role::Warn)).render(banner, buffer);
        }
        match (live.focus(), live.sessions().chosen()) {
            (Focus::Screen, Some(row)) => self.draw_session(live, row, body, buffer, hits),
            (Focus::Wall, Some(_)) => {
                WallView { live, theme: self.theme, keymap: self.keymap, now: self.now }
                    .draw(body, buffer, hits);
            }
            _ => self.draw_both(live, body, buffer, hits),
        }
    }

    fn draw_both(&self, live: &Live, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
        let two_lines = area.width >= BESIDE_COLUMNS_MIN;
        let sessions = live.sessions();
        let list = ListView { live, theme: self.theme, now: self.now, two_lines };
        let [list_area, rest] = if two_lines {
            let room = area.width.saturating_sub(SCREEN_COLUMNS);
            let width = room.clamp(LIST_COLUMNS.0, LIST_COLUMNS.1);
            Layout::horizontal([Constraint::Length(width), Constraint::Min(0)]).areas(area)
        } else {
            let lines = list.lines().clamp(LIST_LINES.0, LIST_LINES.1).min(area.height / 2);
            Layout::vertical([Constraint::Length(lines), Constraint::Min(0)]).areas(area)
        };
        if sessions.rows().is_empty() {
            self.draw_empty(live, list_area, buffer);
        } else {
            list.draw(list_area, buffer, hits);
        }
        let screen = if two_lines { self.draw_border(rest, buffer) } else { rest };
        if let Some(row) = sessions.chosen() {
            self.draw_session(live, row, screen, buffer, hits);
        }
    }

    /// How many sessions, and whether the server is there.
    fn draw_status(&self, live: &Live, area: Rect, buffer: &mut Buffer) {
        let sessions = live.sessions();
        let running = sessions.running();
        let known = if live.stale_for().is_some() { " when last seen" } else { "" };
        let mut counts = format!("  {running} running{known}");
        if sessions.scope() == Scope::All {
            counts.push_str(&format!(", {} finished", sessions.rows().len() - running));
        }
        if sessions.order() == Order::Attention {
            counts.push_str(", riskiest first");
        }
        counts.push_str(match live.wall().follows {
            Follow::Nothing => "",
            Follow::Newest => ", with the newest",
            Follow::Riskiest => ", with the riskiest",
        });
        let shown = sessions.rows().len() as u64;
        if sessions.total() > shown {
            counts.push_str(&format!(" (the first {shown} of {})", sessions.total()));
        }
        let name = Span::styled(" Sudolog live ", self.style(Role::Title));
        let (text, role) = link(live.link(), live.list_trouble(), "no list", area.width);
        let right = Span::styled(text, self.style(role));
        draw_spread(vec![name, Span::raw(counts)], right, area, buffer);
    }

    fn draw_empty(&self, live: &Live, area: Rect, buffer: &mut Buffer) {
        let text = match (live.sessions().is_known(), live.sessions().scope()) {
            (false, _) => " Asking the server …".to_owned(),
            (true, Scope::Running) => {
                let all = keymap::Intent::Live(LiveAction::ToggleScope);
                let hints =
                    [(all, "lists finished ones too"), (OPEN_BROWSE, "opens the table of all")];
                let says = |(intent, what)| self.keymap.says(keymap::Scope::Live, intent, what);
                let hints: Vec<String> = hints.into_iter().filter_map(says).collect();
                let end = if hints.is_empty() { "" } else { "." };
                format!(" No session is running. {}{end}", hints.join(", "))
            }
            (true, Scope::All) => " There are no recordings yet.".to_owned(),
        };
        let paragraph = Paragraph::new(text).style(self.style(Role::Faint));
        paragraph.wrap(Wrap { trim: false }).render(area, buffer);
    }

    /// One session: a line that names it, and its screen or why there is none.
    fn draw_session(
        &self,
        live: &Live,
        row: &SessionRow,
        area: Rect,
        buffer: &mut Buffer,
        hits: &mut Hits,
    ) {
        let [title, body] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
        let picture = live.picture(row.tsid).map(|picture| {
            let crop = Crop::around_cursor(&picture.screen, body);
            (picture, crop)
        });
        self.draw_title(live, row, picture, title, buffer);
        if let Some(copying) = self.copying {
            buffer.set_style(body, self.style(Role::Backdrop));
            return copy::draw(copying, self.theme, body, buffer, hits);
        }
        match picture {
            Some((picture, crop)) => {
                buffer.set_style(body, self.style(Role::Backdrop));
                ScreenView::new(&picture.screen, crop).render(body, buffer);
                hits.add(body, Hit::Picture(Spot { row: crop.row, column: crop.column }));
                self.draw_note(live, row, body, buffer);
            }
            None => self.draw_card(live, row, body, buffer),
        }
    }

    /// A rule with the session's name on it.
    fn draw_title(
        &self,
        live: &Live,
        row: &SessionRow,
        picture: Option<(&Picture, Crop)>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let rule = "─".repeat(area.width.into());
        Line::styled(rule, self.style(Role::Border)).render(area, buffer);
        let (state, role) = standing(live, row, self.now);
        let name = vec![
            Span::styled("─", self.style(Role::Border)),
            Span::styled(format!(" {state} "), self.badge(role)),
            Span::styled(format!("{} ", row.tsid), self.style(Role::Faint)),
            Span::styled(format!(" {}  {} ", who(row), command(row)), self.style(Role::Title)),
        ];
        let measures = match picture {
            Some((picture, _)) if area.width < ROOMY_COLUMNS => {
                format!(" {} ", Position(picture.elapsed))
            }
            Some((picture, crop)) => measures(picture, crop),
            None => String::new(),
        };
        draw_spread(name, Span::styled(measures, self.style(Role::Faint)), area, buffer);
    }

    /// Over the last line of a picture that does not grow any more: why.
    fn draw_note(&self, live: &Live, row: &SessionRow, area: Rect, buffer: &mut Buffer) {
        let (Some(mut note), Some(last)) =
            (end_note(live, row, self.keymap), area.rows().next_back())
        else {
            return;
        };
        if live.focus() == Focus::Screen && live.end(row.tsid) == Some(&End::Ended) {
            note.push_str(&self.ways_on(live));
        }
        Clear.render(last, buffer);
        buffer.set_style(last, self.style(Role::Text));
        Line::styled(format!(" {note}"), self.style(Role::Warn)).render(last, buffer);
    }

    /// Where to go from a session that fills the screen and has ended.
    fn ways_on(&self, live: &Live) -> String {
        let back = match live.behind() {
            Focus::Wall => "brings the wall back",
            Focus::List | Focus::Screen => "brings the list back",
        };
        let next = keymap::Intent::Live(LiveAction::Move(1));
        let out = keymap::Intent::Search(SearchAction::End);
        let ways = [(out, back), (next, "goes to the next")];
        let says = |(intent, what)| self.keymap.says(keymap::Scope::Whole, intent, what);
        ways.into_iter().filter_map(says).map(|way| format!(", {way}")).collect()
    }

    /// In place of a picture that is not there (yet).
    fn draw_card(&self, live: &Live, row: &SessionRow, area: Rect, buffer: &mut Buffer) {
        let ended = !row.state.is_open() || live.end(row.tsid) == Some(&End::Ended);
        let first = match end_note(live, row, self.keymap) {
            Some(note) => note,
            None if ended => ended_note(row, self.keymap),
            None => "joining …".to_owned(),
        };
        let line = |text: String, style: Style| Line::styled(format!("  {text}"), style);
        let text = self.style(Role::Text);
        let lines = vec![
            Line::default(),
            line(first, self.style(Role::Warn)),
            Line::default(),
            line(who(row), text),
            line(row.command.escaped().to_string(), text),
            line(format!("{} events, {:.1} s", row.events, row.duration_s), text),
        ];
        Paragraph::new(lines).wrap(Wrap { trim: false }).render(area, buffer);
    }

    /// Draws the border left of the screen and gives what is left.
    fn draw_border(&self, area: Rect, buffer: &mut Buffer) -> Rect {
        let [border, rest] =
            Layout::horizontal([Constraint::Length(1), Constraint::Min(0)]).areas(area);
        for row in border.rows() {
            Line::styled("│", self.style(Role::Border)).render(row, buffer);
        }
        rest
    }

    /// A state in a title: what needs an eye stands out from it, also without colours.
    fn badge(&self, role: Role) -> Style {
        let style = self.style(role);
        match role {
            Role::StateLive | Role::StateComplete => style,
            _ => style.add_modifier(Modifier::REVERSED),
        }
    }

    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }
}

/// One line: `right` near the right edge, up to three quarters of it, and `left` in what is left.
fn draw_spread(left: Vec<Span<'_>>, right: Span<'_>, area: Rect, buffer: &mut Buffer) {
    let width = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width / 4 * 3);
    let [left_area, _, right_area, _] = Layout::horizontal([
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(width),
        Constraint::Length(1),
    ])
    .areas(area);
    Line::from(left).render(left_area, buffer);
    right.render(right_area, buffer);
}

/// ` 100x28 rows 5-18  01:05 `, and what makes the picture doubtful.
fn measures(picture: &Picture, crop: Crop) -> String {
    let screen = &picture.screen;
    let mut text = format!(" {}x{}", screen.columns(), screen.lines());
    if crop.is_partial(screen) {
        text.push_str(&format!(" rows {}-{}", crop.row + 1, crop.row + crop.lines));
    }
    text.push_str(&format!("  {} ", Position(picture.elapsed)));
    if !picture.behind.is_zero() {
        text.push_str(&format!(" ! {} s behind ", picture.behind.as_millis().div_ceil(1000)));
    }
    if screen.resets() > 0 || screen.is_inexact() || screen.is_approximate() {
        text.push_str(" ! may differ from what the user saw ");
    }
    text
}

/// `ended exit 0: Enter replays it`.
pub(super) fn ended_note(row: &SessionRow, keymap: &Keymap) -> String {
    let how = if row.state.is_open() { String::new() } else { place_or_end(row) };
    let how = if how.is_empty() { how } else { format!(" {how}") };
    format!("ended{how}{}", replays(keymap, ": ", "replays it"))
}

/// Which key replays a session that has ended, behind a sign.
fn replays(keymap: &Keymap, sign: &str, what: &str) -> String {
    let open = keymap::Intent::Live(LiveAction::Open);
    let says = keymap.says(keymap::Scope::Live, open, what);
    says.map_or_else(String::new, |says| format!("{sign}{says}"))
}

/// Why a picture does not grow any more, when that is so.
pub(super) fn end_note(live: &Live, row: &SessionRow, keymap: &Keymap) -> Option<String> {
    match live.end(row.tsid) {
        Some(End::Refused(reason)) => Some(format!("not shown: {reason}")),
        Some(End::Ended) => Some(ended_note(row, keymap)),
        None if row.state == SessionState::Incomplete => {
            Some(format!("{HOST_LOST}{}", replays(keymap, "; ", "replays what came")))
        }
        None if matches!(live.link(), LinkState::Down { .. }) => {
            Some("the connection is lost: this is the last that was seen".to_owned())
        }
        None => None,
    }
}

const HOST_LOST: &str = "INCOMPLETE: its host is lost, or was before it ended";
const OPEN_BROWSE: keymap::Intent = keymap::Intent::OpenBrowse;
/// From this width on there is room for sizes in the title.
const ROOMY_COLUMNS: u16 = 60;
/// From this width on the list stands beside the screen.
const BESIDE_COLUMNS_MIN: u16 = 124;
/// What a screen of the usual size and its border need.
const SCREEN_COLUMNS: u16 = 81;
/// Fewest and most columns of a list beside the screen.
const LIST_COLUMNS: (u16, u16) = (42, 64);
/// Fewest and most lines of a list above the screen.
const LIST_LINES: (u16, u16) = (2, 7);

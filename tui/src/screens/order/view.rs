//! Draws the dialog over the middle of the screen, as much of it as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::{Dialog, DialogAction, Order, Step};
use crate::app::App;
use crate::keymap::{Intent, Keymap, Scope};
use crate::screens::words;
use crate::theme::{Role, Theme};
use crate::widgets::{Input, Modal, Window, wrap};

/// Draws the dialog.
pub(in crate::screens) fn view(dialog: &Dialog, app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let width = area.width.saturating_sub(2).min(COLUMNS_MAX);
    let page = Page { dialog, theme, keymap: &app.keymap, columns: width.saturating_sub(2).into() };
    let room = usize::from(area.height.saturating_sub(2));
    let lines = page.lines(room);
    let title = format!("{} {}", dialog.order().title(), dialog.target().tsid);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = Modal { title: &title, width, height }.draw(theme, area, buffer);
    for (line, row) in lines.into_iter().zip(inside.rows()) {
        let row = Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row };
        line.render(row.intersection(inside), buffer);
    }
}

struct Page<'a> {
    dialog: &'a Dialog,
    theme: &'a Theme,
    keymap: &'a Keymap,
    columns: usize,
}

impl Page<'_> {
    /// What fits into so many lines: first what explains goes, then blank lines, then the rest of a
    /// long command.
    fn lines(&self, room: usize) -> Vec<Line<'static>> {
        let pages = [(COMMAND_LINES, true, true), (1, true, false), (1, false, false)];
        let mut lines = Vec::new();
        for (command_lines, explains, airy) in pages {
            lines = self.page(command_lines, explains, airy);
            if lines.len() <= room {
                break;
            }
        }
        lines
    }

    fn page(&self, command_lines: usize, explains: bool, airy: bool) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        let gap = |lines: &mut Vec<Line<'static>>| {
            if airy {
                lines.push(Line::default());
            }
        };
        lines.push(self.who());
        lines.extend(self.text(&self.command(), command_lines, Role::Title));
        gap(&mut lines);
        if explains {
            let role = if self.dialog.order().is_final() { Role::Warn } else { Role::Faint };
            let consequence = self.dialog.order().consequence(self.dialog.target().state);
            lines.extend(self.text(consequence, EXPLANATION_LINES, role));
            gap(&mut lines);
        }
        let asks = format!("{}: ", self.dialog.order().asks_for());
        match self.dialog.step() {
            Step::Reason => lines.push(self.input(&asks, self.dialog.reason())),
            Step::Answer => lines.extend(self.said(&asks)),
            Step::Proof => {
                lines.extend(self.said(&asks));
                gap(&mut lines);
                let asks = format!("Type {} to end it: ", self.dialog.target().tsid);
                lines.push(self.input(&asks, self.dialog.proof()));
            }
        }
        gap(&mut lines);
        lines.extend(self.below());
        lines
    }

    /// `● live  alice@web1 → root`.
    fn who(&self) -> Line<'static> {
        let target = self.dialog.target();
        let state = words::state(target.state);
        let (user, host) = (target.user.escaped(), target.host.escaped());
        let who = format!("{user}@{host} → {}", target.run_user.escaped());
        let room = self.columns.saturating_sub(Span::raw(state).width() + 2);
        Line::from(vec![
            Span::styled(state, self.theme.style(Role::of_state(target.state))),
            Span::raw("  "),
            Span::raw(words::fit(&who, room).trim_end().to_owned()),
        ])
    }

    fn command(&self) -> String {
        self.dialog.target().command.escaped().to_string()
    }

    fn input(&self, label: &str, input: &Input) -> Line<'static> {
        let room = self.columns.saturating_sub(Span::raw(label).width());
        let Window { before, under, after } = input.window(room);
        let under = if under.is_empty() { " " } else { under };
        Line::from(vec![
            Span::styled(label.to_owned(), self.theme.style(Role::Key)),
            Span::raw(before.to_owned()),
            Span::styled(under.to_owned(), self.theme.style(Role::Selected)),
            Span::raw(after.to_owned()),
        ])
    }

    /// The reason once it is not changed any more.
    fn said(&self, label: &str) -> Vec<Line<'static>> {
        let text = format!("{label}{}", self.dialog.reason().text().trim());
        self.text(&text, 1, Role::Text)
    }

    /// What stands in the way, or what is being done.
    fn below(&self) -> Vec<Line<'static>> {
        match (self.dialog.step(), self.dialog.trouble()) {
            (Step::Answer, _) => self.text("… ordering", 1, Role::Title),
            (_, Some(trouble)) => self.text(&format!("! {trouble}"), TROUBLE_LINES, Role::Error),
            (Step::Reason, None) => {
                let next = match self.dialog.order() {
                    Order::Terminate => "goes on; nothing is ordered yet.",
                    Order::Message => "sends it.",
                    Order::Freeze | Order::Thaw => "orders it.",
                };
                self.next(next)
            }
            (Step::Proof, None) => self.next("ends it."),
        }
    }

    /// What the key does that goes on.
    fn next(&self, what: &str) -> Vec<Line<'static>> {
        let send = Intent::Dialog(DialogAction::Send);
        let says = self.keymap.says(Scope::Dialog, send, what);
        self.text(&says.unwrap_or_default(), 1, Role::Faint)
    }

    fn text(&self, text: &str, lines_max: usize, role: Role) -> Vec<Line<'static>> {
        let style = self.theme.style(role);
        let lines = wrap(text, self.columns, lines_max);
        lines.into_iter().map(|line| Line::styled(line, style)).collect()
    }
}

const COLUMNS_MAX: u16 = 68;
/// Of a command that is longer, the beginning must do.
const COMMAND_LINES: usize = 3;
const EXPLANATION_LINES: usize = 3;
/// A server may have much to say.
const TROUBLE_LINES: usize = 4;

//! Draws the dialog over the middle of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::time::Position;

use super::kind::{LETTERS, verdict_in_words};
use super::{RemarkAction, Remarking, Say, Stage};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::words::fit;
use crate::theme::{Role, Theme};
use crate::widgets::{Modal, Window, wrap};

/// Draws the dialog.
pub(in crate::screens) fn view(remarking: &Remarking, app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let width = area.width.saturating_sub(2).min(COLUMNS_MAX);
    let columns = usize::from(width.saturating_sub(2));
    let lines = lines(remarking, app, columns);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let title = format!("{} {}", remarking.say().title(), subjects(remarking));
    let inside = Modal { title: &title, width, height }.draw(theme, area, buffer);
    for (line, row) in lines.into_iter().zip(inside.rows()) {
        let row = Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row };
        line.render(row.intersection(inside), buffer);
    }
}

/// `00001A`, or how many: what is said of many is said of all of them.
fn subjects(remarking: &Remarking) -> String {
    match remarking.subjects().tsids.as_slice() {
        [one] => one.to_string(),
        many => format!("{} marked sessions", many.len()),
    }
}

fn lines(remarking: &Remarking, app: &App, columns: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let subjects = remarking.subjects();
    let more = match subjects.tsids.len() {
        0 | 1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    let mut lines = vec![
        Line::styled(fit(&format!("{}{more}", subjects.first), columns), theme.style(Role::Title)),
        Line::default(),
    ];
    match remarking.say() {
        Say::Note => lines.push(Line::raw(format!("At {}", Position(subjects.moment)))),
        Say::Tag if !subjects.tags.is_empty() => {
            lines.push(Line::raw(fit(&format!("It has {}", subjects.tags.join(", ")), columns)));
        }
        _ => {}
    }
    if remarking.stage() == Stage::Letter {
        lines.extend(letters(theme));
    } else {
        if remarking.say() == Say::Verdict {
            let chosen = format!("Verdict: {}", verdict_in_words(remarking.verdict()));
            lines.push(Line::raw(chosen));
        }
        let explained = wrap(remarking.say().explains(), columns, EXPLANATION_LINES);
        lines.extend(explained.into_iter().map(|t| Line::styled(t, theme.style(Role::Faint))));
        lines.push(input(remarking, theme, columns));
    }
    lines.push(Line::default());
    lines.extend(below(remarking, app, columns));
    lines
}

fn letters(theme: &Theme) -> Vec<Line<'static>> {
    let line = |(letter, verdict)| {
        Line::from(vec![
            Span::styled(format!(" {letter} "), theme.style(Role::Key)),
            Span::raw(verdict_in_words(verdict)),
        ])
    };
    LETTERS.into_iter().map(line).collect()
}

fn input(remarking: &Remarking, theme: &Theme, columns: usize) -> Line<'static> {
    let label = format!("{}: ", remarking.say().asks_for());
    let room = columns.saturating_sub(Span::raw(&label).width());
    let Window { before, under, after } = remarking.input().window(room);
    let under = if under.is_empty() { " " } else { under };
    Line::from(vec![
        Span::styled(label, theme.style(Role::Key)),
        Span::raw(before.to_owned()),
        Span::styled(under.to_owned(), theme.style(Role::Selected)),
        Span::raw(after.to_owned()),
    ])
}

/// What stands in the way, what is being done, or what the key does that goes on.
fn below(remarking: &Remarking, app: &App, columns: usize) -> Vec<Line<'static>> {
    let (text, role) = match (remarking.stage(), remarking.trouble()) {
        (Stage::Answer, _) => ("… recording".to_owned(), Role::Title),
        (_, Some(trouble)) => (format!("! {trouble}"), Role::Error),
        (Stage::Letter, None) => ("A letter chooses.".to_owned(), Role::Faint),
        (Stage::Words, None) => {
            let what = match remarking.subjects().tsids.len() {
                0 | 1 => "records it.".to_owned(),
                many => format!("records it for all {many}."),
            };
            let send = Intent::Remark(RemarkAction::Send);
            let says = app.keymap.says(Scope::Remark, send, &what);
            (says.unwrap_or_default(), Role::Faint)
        }
    };
    let lines = wrap(&text, columns, TROUBLE_LINES);
    lines.into_iter().map(|line| Line::styled(line, app.theme.style(role))).collect()
}

const COLUMNS_MAX: u16 = 60;
const EXPLANATION_LINES: usize = 2;
/// A server may have much to say.
const TROUBLE_LINES: usize = 3;

//! Draws the dialog over the middle of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::time::Position;

use super::{ExportAction, Exporting, Field};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::words::fit;
use crate::theme::{Role, Theme};
use crate::widgets::{Input, Modal, Window, wrap};

/// Draws the dialog.
pub(in crate::screens) fn view(exporting: &Exporting, app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let width = area.width.saturating_sub(2).min(COLUMNS_MAX);
    let columns = usize::from(width.saturating_sub(2));
    let lines = lines(exporting, app, columns);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = Modal { title: "Export", width, height }.draw(theme, area, buffer);
    for (line, row) in lines.into_iter().zip(inside.rows()) {
        let row = Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row };
        line.render(row.intersection(inside), buffer);
    }
}

fn lines(exporting: &Exporting, app: &App, columns: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let faint = |text: &str| {
        let lines = wrap(text, columns, EXPLANATION_LINES).into_iter();
        lines.map(|line| Line::styled(line, theme.style(Role::Faint))).collect::<Vec<_>>()
    };
    let mut lines = vec![
        Line::styled(fit(exporting.title(), columns), theme.style(Role::Title)),
        Line::default(),
        form(exporting, theme),
        field("File: ", exporting.file(), exporting.field() == Field::File, theme, columns),
        field("Hide: ", exporting.rule(), exporting.field() == Field::Rule, theme, columns),
    ];
    match exporting.field() {
        Field::Form => lines.extend(faint("← and → choose.")),
        Field::File => lines.extend(faint("A file that exists is kept.")),
        Field::Rule => lines.extend(faint(
            "A regular expression: what it matches stands nowhere in the file. Nothing: all is in it.",
        )),
    }
    lines.push(Line::default());
    let (text, role) = match exporting.trouble() {
        Some(trouble) => (format!("! {trouble}"), Role::Error),
        None => {
            let says = |action, what| app.keymap.says(Scope::Export, Intent::Export(action), what);
            let says =
                [says(ExportAction::Next, "goes on"), says(ExportAction::Write, "writes it")];
            let says: Vec<String> = says.into_iter().flatten().collect();
            (says.join(", "), Role::Faint)
        }
    };
    let below = wrap(&text, columns, TROUBLE_LINES).into_iter();
    lines.extend(below.map(|line| Line::styled(line, theme.style(role))));
    lines
}

fn form(exporting: &Exporting, theme: &Theme) -> Line<'static> {
    let (name, words) = exporting.form();
    let role = if exporting.field() == Field::Form { Role::Selected } else { Role::Text };
    let moment = exporting.moment().map(|at| format!(", {}", Position(at))).unwrap_or_default();
    Line::from(vec![
        Span::styled("As:   ", theme.style(Role::Key)),
        Span::styled(format!("‹ {name} ›"), theme.style(role)),
        Span::raw(format!("  {words}{moment}")),
    ])
}

fn field(
    label: &'static str,
    input: &Input,
    chosen: bool,
    theme: &Theme,
    columns: usize,
) -> Line<'static> {
    let room = columns.saturating_sub(label.len());
    let Window { before, under, after } = input.window(room);
    let under = if under.is_empty() { " " } else { under };
    let role = if chosen { Role::Selected } else { Role::Text };
    Line::from(vec![
        Span::styled(label, theme.style(Role::Key)),
        Span::raw(before.to_owned()),
        Span::styled(under.to_owned(), theme.style(role)),
        Span::raw(after.to_owned()),
    ])
}

const COLUMNS_MAX: u16 = 64;
const EXPLANATION_LINES: usize = 2;
const TROUBLE_LINES: usize = 2;

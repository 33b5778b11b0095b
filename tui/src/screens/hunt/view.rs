//! Draws the search through all sessions from its state.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::Hunt;
use crate::app::App;
use crate::hunt::moment;
use crate::keymap::{Intent, Scope};
use crate::screens::Hits;
use crate::screens::search::{HitRow, SearchAction, draw_hits, shown};
use crate::screens::words::fit;
use crate::source::About;
use crate::theme::{Role, Theme};
use crate::widgets::{Spread, wrap};

/// Draws everything but the bottom line.
pub(in crate::screens) fn view(
    hunt: &Hunt,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let theme = &app.theme;
    let trouble = hunt.trouble();
    let [top, note, body] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(trouble.is_some().into()),
        Constraint::Min(0),
    ])
    .areas(area);
    draw_heading(hunt, theme, top, buffer);
    if let Some(trouble) = trouble {
        Line::styled(format!(" ! {trouble}"), theme.style(Role::Warn)).render(note, buffer);
    }
    if hunt.hits().is_empty() {
        let said = match (hunt.pattern().is_some(), hunt.is_done()) {
            (false, _) => {
                "Type what to search for: what the screens of all sessions showed.".to_owned()
            }
            (true, false) => "Nothing yet.".to_owned(),
            (true, true) => nothing(hunt, app),
        };
        let lines = wrap(&said, body.width.saturating_sub(2).into(), body.height.into());
        for (text, line) in lines.into_iter().zip(body.rows()) {
            Line::styled(format!(" {text}"), theme.style(Role::Faint)).render(line, buffer);
        }
        return;
    }
    let row = |at: usize| {
        let (about, hit) = hunt.hits().get(at)?;
        let place = format!("{}  {:>11}", who(about, area.width), moment(hit.elapsed));
        Some(HitRow { place, line: &hit.line, range: hit.range.clone(), gone: hit.row.is_none() })
    };
    draw_hits(hunt.hits().len(), hunt.chosen(), row, theme, body, (buffer, hits));
}

/// That nothing was found, and what to do now.
fn nothing(hunt: &Hunt, app: &App) -> String {
    let sought = hunt.pattern().map(|pattern| shown(pattern)).unwrap_or_default();
    let hints = [
        app.keymap.says(Scope::Hits, Intent::Search(SearchAction::Ask), "searches something else"),
        app.keymap.says(Scope::Hits, Intent::Search(SearchAction::List), "goes back"),
    ];
    let hints: Vec<String> = hints.into_iter().flatten().collect();
    format!("No screen showed {sought}  {}", hints.join(", "))
}

fn draw_heading(hunt: &Hunt, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut left = vec![Span::styled(" Search all sessions ", theme.style(Role::Title))];
    if let Some(pattern) = hunt.pattern() {
        left.push(Span::styled(format!(" {} ", shown(pattern)), theme.style(Role::Key)));
        let more = if hunt.is_full() { "+" } else { "" };
        let count = hunt.hits().len();
        let plural = if count == 1 { "" } else { "s" };
        left.push(Span::styled(format!(" {count}{more} hit{plural}"), theme.style(Role::Text)));
    }
    let (searched, sessions) = hunt.progress();
    let right = match (sessions, hunt.is_done()) {
        _ if hunt.pattern().is_none() => String::new(),
        (None, false) => "asking the server … ".to_owned(),
        (Some(all), false) => format!("{searched} of {all} sessions searched … "),
        (_, true) => format!("{searched} sessions searched "),
    };
    let (left, right) = (Line::from(left), Line::styled(right, theme.style(Role::Faint)));
    Spread { left, right }.render(area, buffer);
}

/// Which session, and whose where there is room for it.
fn who(about: &About, width: u16) -> String {
    let name = about.name.escaped();
    if width < ROOMY_COLUMNS {
        return name.to_string();
    }
    let who = format!("{}@{}", about.user.escaped(), about.host.escaped());
    format!("{name}  {}", fit(&who, WHO_COLUMNS))
}

const ROOMY_COLUMNS: u16 = 70;
const WHO_COLUMNS: usize = 16;

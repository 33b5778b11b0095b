//! The bottom line: the keys one needs most on this screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::remark::{RemarkAction, Stage};
use super::replay;
use super::rules::RulesAction;
use super::search::SearchAction;
use super::verify::VerifyAction;
use crate::app::{App, Route};
use crate::keymap::{Entry, Intent, Keymap, Scope};
use crate::theme::Role;

/// Draws as many hints as fit, whole ones only; those that lead on or out always.
pub(super) fn view(app: &App, area: Rect, buffer: &mut Buffer) {
    if let Some(notice) = &app.notice {
        let notice = Line::styled(format!(" {notice}"), app.theme.style(notice.role()));
        return notice.render(area, buffer);
    }
    let key_style = app.theme.style(Role::Key);
    let text_style = app.theme.style(Role::Faint);
    let mut spans = match app.route() {
        Some(Route::Replay(replay)) => replay::search_status(replay, &app.theme),
        _ => Vec::new(),
    };
    let hints = hints(app, !spans.is_empty());
    let width = |(keys, hint): &(String, &str)| Span::raw(keys).width() + hint.len() + GAP;
    let always = |hint: &(String, &str)| ALWAYS.contains(&hint.1);
    let mut room = usize::from(area.width);
    room = room.saturating_sub(spans.iter().map(Span::width).sum());
    room = room.saturating_sub(hints.iter().filter(|hint| always(hint)).map(width).sum());
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

/// The first key of each thing that has a hint; neighbours with the same hint in one.
fn hints(app: &App, searches: bool) -> Vec<(String, &'static str)> {
    let mut hints: Vec<(String, &str)> = Vec::new();
    let useful = |entry: &&Entry| match entry.intent {
        Intent::Order(_) => app.takes_orders(),
        Intent::Say(_) | Intent::TakeBack => app.takes_remarks(),
        Intent::OpenRules => app.reads_rules(),
        Intent::OpenAlerts => app.reads_alerts(),
        Intent::Alerts(_) if entry.intent.is_about_alerts() => app.acts_on_alerts(),
        Intent::Rules(RulesAction::Enforce) => app.changes_rules(),
        // A verdict is chosen by its letter first.
        Intent::Remark(RemarkAction::Send) => app
            .remarking
            .as_ref()
            .is_none_or(|remarking| matches!(remarking.stage(), Stage::Words | Stage::Answer)),
        // Without a search there is nothing to go to.
        Intent::Search(SearchAction::Next | SearchAction::Previous | SearchAction::End) => searches,
        Intent::Search(SearchAction::List) if app.scope() == Scope::Replay => searches,
        Intent::Verify(VerifyAction::GoTo) => match app.route() {
            Some(Route::Verify(verify)) => verify.leads_on(),
            _ => false,
        },
        _ => true,
    };
    let mut entries: Vec<&Entry> = Keymap::entries(app.scope()).filter(useful).collect();
    if searches {
        entries.sort_by_key(|entry| !matches!(entry.intent, Intent::Search(_)));
    }
    for entry in entries {
        let keys = app.keymap.keys_shown(app.scope(), entry);
        let (Some(key), Some(hint)) = (keys.into_iter().next(), entry.hint) else {
            continue;
        };
        match hints.last_mut() {
            Some((keys, last)) if *last == hint => keys.push_str(&format!("/{key}")),
            _ => hints.push((key, hint)),
        }
    }
    hints
}

/// What an operator must find even in a small terminal.
const ALWAYS: [&str; 5] = ["help", "back", "order", "record", "cancel"];
/// Blanks around a hint and between its key and its text.
const GAP: usize = 3;

//! The bottom line: the keys one needs most on this screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::live::LiveAction;
use super::order::DialogAction;
use super::remark::{RemarkAction, Stage};
use super::replay;
use super::rules::RulesAction;
use super::search::SearchAction;
use super::verify::VerifyAction;
use super::{Hit, Hits};
use crate::app::{App, Peek, Route};
use crate::keymap::{Entry, Intent, Keymap, Scope};
use crate::theme::Role;

/// Draws as many hints as fit, whole ones only; those that lead on or out always.
pub(super) fn view(app: &App, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
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
    let always = |hint: &Hint| ALWAYS.contains(&hint.text);
    let said: usize = spans.iter().map(Span::width).sum();
    let mut room = usize::from(area.width).saturating_sub(said);
    room = room.saturating_sub(hints.iter().filter(|hint| always(hint)).map(Hint::width).sum());
    let mut x = area.x.saturating_add(u16::try_from(said).unwrap_or(u16::MAX));
    for hint in &hints {
        if !always(hint) {
            match room.checked_sub(hint.width()) {
                Some(left) => room = left,
                None => continue,
            }
        }
        spans.push(Span::styled(format!(" {}", hint.keys), key_style));
        spans.push(Span::styled(format!(" {} ", hint.text), text_style));
        let width = u16::try_from(hint.width()).unwrap_or(u16::MAX);
        if let Some(intent) = hint.intent {
            hits.add(Rect { x, width, ..area }.intersection(area), Hit::Hint(intent));
        }
        x = x.saturating_add(width);
    }
    Line::from(spans).render(area, buffer);
}

/// One thing that can be done.
struct Hint {
    /// The first key of it, or of each of several.
    keys: String,
    text: &'static str,
    /// What it is, when it is one thing.
    intent: Option<Intent>,
}

impl Hint {
    fn width(&self) -> usize {
        Span::raw(&self.keys).width() + self.text.len() + GAP
    }
}

/// The first key of each thing that has a hint; neighbours with the same hint in one.
fn hints(app: &App, searches: bool) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    let useful = |entry: &&Entry| is_useful(app, entry, searches);
    let mut entries: Vec<&Entry> = Keymap::entries(app.scope()).filter(useful).collect();
    if searches {
        entries.sort_by_key(|entry| !matches!(entry.intent, Intent::Search(_)));
    }
    for entry in entries {
        let keys = app.keymap.keys_shown(app.scope(), entry);
        let (Some(keys), Some(text)) = (keys.into_iter().next(), entry.hint) else {
            continue;
        };
        match hints.last_mut() {
            Some(last) if last.text == text => {
                last.keys.push_str(&format!("/{keys}"));
                last.intent = None;
            }
            _ => hints.push(Hint { keys, text, intent: Some(entry.intent) }),
        }
    }
    hints
}

/// True for what can be done here and now by whom is here.
fn is_useful(app: &App, entry: &Entry, searches: bool) -> bool {
    match entry.intent {
        Intent::Order(_) => app.takes_orders(),
        Intent::Dialog(DialogAction::Send) => app.refused.is_none(),
        Intent::Say(_) | Intent::TakeBack => app.takes_remarks(),
        Intent::OpenRules => app.reads_rules(),
        Intent::OpenAlerts => app.reads_alerts(),
        Intent::Alerts(_) if entry.intent.is_about_alerts() => app.acts_on_alerts(),
        Intent::Rules(RulesAction::Enforce) => app.changes_rules(),
        Intent::Peek(Peek::Whole | Peek::Reason(_)) => app.is_peeking(),
        // The list says itself what is new and what is risky.
        Intent::Live(LiveAction::FollowNewest | LiveAction::FollowRiskiest) => {
            app.scope() == Scope::Wall
        }
        Intent::Search(SearchAction::End) if entry.scope != Scope::Screen => true,
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
    }
}

/// What an operator must find even in a small terminal.
const ALWAYS: [&str; 6] = ["help", "back", "list", "order", "record", "cancel"];
/// Blanks around a hint and between its key and its text.
const GAP: usize = 3;

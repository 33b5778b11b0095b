//! How the console changes on the rules screen: what is asked, what is answered, what an operator's role
//! allows.

use sudolog_core::wire::message::Role;

use super::{App, Effect, Notice, Route};
use crate::screens::chooser::{Chooser, Item, Pick};
use crate::screens::rules::{Reason, ReasonAction, Rulebook, RulesAction, RulesIntent};
use crate::source::server::{LinkState, RulesAnswer, RulesAsk};

/// Lays the rules over the screen that is shown.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    if let Err(reason) = may_read(app) {
        app.notice = Some(Notice::Trouble(reason));
        return Vec::new();
    }
    let link = match app.route() {
        Some(Route::Live(live)) => live.link().clone(),
        Some(Route::Triage(triage)) => triage.link().clone(),
        _ => return Vec::new(),
    };
    app.routes.push(Route::Rules(Box::new(Rulebook::new(link))));
    vec![Effect::Rule(RulesAsk::Look)]
}

/// Does what the operator wants.
pub(super) fn act(app: &mut App, action: RulesAction) -> Vec<Effect> {
    let allowed = if action == RulesAction::Enforce { may_change(app) } else { Ok(()) };
    let Some(Route::Rules(book)) = app.routes.last_mut() else { return Vec::new() };
    let intent = match allowed {
        Ok(()) => book.act(action),
        Err(reason) => Some(RulesIntent::Say(reason)),
    };
    match intent {
        Some(RulesIntent::Ask(ask)) => vec![Effect::Rule(ask)],
        Some(RulesIntent::Write(text)) => vec![Effect::Write(text)],
        Some(RulesIntent::Say(reason)) => {
            app.notice = Some(Notice::Trouble(reason));
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Does what the operator wants in the dialog.
pub(super) fn act_reason(app: &mut App, action: ReasonAction) -> Vec<Effect> {
    let Some(Route::Rules(book)) = app.routes.last_mut() else { return Vec::new() };
    match action {
        ReasonAction::Send => book.send().map(Effect::Rule).into_iter().collect(),
        ReasonAction::Cancel => {
            if book.reason().is_some_and(Reason::is_sent) {
                // What was sent cannot be stopped, only not be waited for.
                let text = "the rules may come into force all the same".to_owned();
                app.notice = Some(Notice::Trouble(text));
            }
            book.cancel();
            Vec::new()
        }
    }
}

/// The reason that is being typed.
pub(super) fn reason(app: &mut App) -> Option<&mut Reason> {
    match app.routes.last_mut() {
        Some(Route::Rules(book)) => book.reason_mut(),
        _ => None,
    }
}

/// Takes what the server has answered, also while something lies over the screen.
pub(super) fn learn(app: &mut App, answer: RulesAnswer) -> Vec<Effect> {
    if matches!(answer, RulesAnswer::Set(_, Ok(()))) {
        app.notice = Some(Notice::Done("the rules are changed, recorded".to_owned()));
    }
    let Some(book) = screen(app) else {
        if let RulesAnswer::Set(_, Err(refusal)) = answer {
            app.notice = Some(Notice::Trouble(refusal.reason));
        }
        return Vec::new();
    };
    book.learn(answer).map(Effect::Rule).into_iter().collect()
}

/// Takes whether the server can be asked.
pub(super) fn learn_link(app: &mut App, link: &LinkState) -> Vec<Effect> {
    let asked = screen(app).and_then(|book| book.learn_link(link.clone()));
    asked.map(Effect::Rule).into_iter().collect()
}

/// Takes what comes back from the editor.
pub(super) fn written(app: &mut App, written: Result<String, String>) {
    match (written, screen(app)) {
        (Ok(text), Some(book)) => book.write(text),
        (Err(reason), _) => app.notice = Some(Notice::Trouble(reason)),
        (Ok(_), None) => {}
    }
}

/// True when the screen may be left; else the operator is told what would be lost.
pub(super) fn may_leave(app: &mut App) -> bool {
    let Some(Route::Rules(book)) = app.routes.last_mut() else { return true };
    if book.back() {
        return false;
    }
    let may = book.may_leave();
    if !may {
        let text = "the draft is not in force and would be lost: once more leaves all the same";
        app.notice = Some(Notice::Trouble(text.to_owned()));
    }
    may
}

/// The rules to choose from.
pub(super) fn items(book: &Rulebook) -> Vec<Item> {
    let item = |(at, rule): (u32, &sudolog_core::risk::Rule)| Item {
        label: sudolog_core::untrusted::Untrusted::from(rule.id()).escaped().to_string(),
        detail: format!("{} {}", rule.category().name(), rule.points()),
        also: rule.category().name(),
        pick: Pick::Row(at),
    };
    book.rules().map(|rules| (0..).zip(rules.iter()).map(item).collect()).unwrap_or_default()
}

/// Lists the rules to choose from by a few letters.
pub(super) fn narrow(app: &mut App) {
    let Some(Route::Rules(book)) = app.route() else { return };
    let items = items(book);
    if items.is_empty() {
        app.notice = Some(Notice::Trouble("no rule is here to find".to_owned()));
        return;
    }
    app.chooser = Some(Box::new(Chooser::new("Rules", items, None, "")));
}

/// What the operator's role allows.
///
/// # Errors
/// Why not.
pub(super) fn may_read(app: &App) -> Result<(), String> {
    match app.role {
        Some(Role::Viewer) => Err("a viewer may not read the rules: that takes an auditor".into()),
        Some(Role::Auditor | Role::Admin) | None => Ok(()),
    }
}

/// The same of putting others into force.
///
/// # Errors
/// Why not.
pub(super) fn may_change(app: &App) -> Result<(), String> {
    may_read(app)?;
    match app.role {
        Some(Role::Auditor) => Err("only an admin may change the rules".into()),
        _ => Ok(()),
    }
}

fn screen(app: &mut App) -> Option<&mut Rulebook> {
    app.routes.iter_mut().rev().find_map(|route| match route {
        Route::Rules(book) => Some(book.as_mut()),
        _ => None,
    })
}

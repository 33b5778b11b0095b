//! How the console changes on the alerts screen: what is asked, what is answered, what an operator's role
//! allows.

use sudolog_core::wire::message::{AlertAct, Role};

use super::{App, Effect, Notice, Route, logging};
use crate::screens::alerts::{AlertsAction, AlertsIntent, Board, QuestionAction, done};
use crate::screens::order::Refusal;

/// Lays the alerts over the screen that is shown.
pub(super) fn open(app: &mut App) {
    if let Err(reason) = may_look(app) {
        app.notice = Some(Notice::Trouble(reason));
        return;
    }
    let Some(link) = logging::link(app) else { return };
    app.routes.retain(|route| !matches!(route, Route::Alerts(_)));
    app.routes.push(Route::Alerts(Box::new(Board::new(link))));
}

/// Does what the operator wants.
pub(super) fn act(app: &mut App, action: AlertsAction) -> Vec<Effect> {
    let tells = matches!(action, AlertsAction::Retry | AlertsAction::Discard | AlertsAction::Test);
    let allowed = if tells { may_act(app) } else { Ok(()) };
    let Some(Route::Alerts(board)) = app.routes.last_mut() else { return Vec::new() };
    let intent = match allowed {
        Ok(()) => board.act(action),
        Err(reason) => Some(AlertsIntent::Say(reason)),
    };
    match intent {
        Some(AlertsIntent::Tell(act)) => return vec![Effect::Alert(act)],
        Some(AlertsIntent::Log(number)) => logging::open(app, Some(number)),
        Some(AlertsIntent::Say(reason)) => app.notice = Some(Notice::Trouble(reason)),
        None => {}
    }
    Vec::new()
}

/// Takes the answer to the question.
pub(super) fn answer(app: &mut App, action: QuestionAction) -> Vec<Effect> {
    let Some(Route::Alerts(board)) = app.routes.last_mut() else { return Vec::new() };
    match action {
        QuestionAction::Do => board.send().map(Effect::Alert).into_iter().collect(),
        QuestionAction::Cancel => {
            if board.cancel() {
                // What was sent cannot be stopped, only not be waited for.
                let text = "it may be done all the same".to_owned();
                app.notice = Some(Notice::Trouble(text));
            }
            Vec::new()
        }
    }
}

/// Takes what the server says of an act, also while something lies over the screen.
pub(super) fn answered(app: &mut App, act: &AlertAct, answer: Result<(), Refusal>) -> Vec<Effect> {
    let was_done = answer.is_ok();
    let answer = answer.map_err(|refusal| refusal.reason);
    let board = app.routes.iter_mut().rev().find_map(|route| match route {
        Route::Alerts(board) => Some(board),
        _ => None,
    });
    let told = match board {
        Some(board) => board.answered(act, answer),
        None => answer,
    };
    match told {
        Ok(()) if was_done => app.notice = Some(Notice::Done(done(act))),
        Ok(()) => {}
        Err(reason) => app.notice = Some(Notice::Trouble(reason)),
    }
    Vec::new()
}

/// What the operator's role allows.
///
/// # Errors
/// Why not.
pub(super) fn may_look(app: &App) -> Result<(), String> {
    match app.role {
        Some(Role::Viewer) => Err("a viewer may not see alerts: that takes an auditor".to_owned()),
        Some(Role::Auditor | Role::Admin) | None => Ok(()),
    }
}

/// The same of doing something about them.
///
/// # Errors
/// Why not.
pub(super) fn may_act(app: &App) -> Result<(), String> {
    may_look(app)?;
    match app.role {
        Some(Role::Auditor) => Err("only an admin may do something about alerts".to_owned()),
        _ => Ok(()),
    }
}

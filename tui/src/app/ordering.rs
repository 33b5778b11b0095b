//! How the console changes when an order is given: from the key to the server's answer, and to the
//! state that shows that it was carried out.

use sudolog_core::session::{SessionState, Tsid};
use sudolog_core::wire::message::Role;

use super::{App, Effect, Notice, Route};
use crate::screens::live::Live;
use crate::screens::order::{
    Dialog, DialogAction, Order, OrderRequest, Refusal, Refused, Step, Target,
};
use crate::screens::replay::Replay;

/// Opens the dialog for the session that is shown.
pub(super) fn begin(app: &mut App, order: Order) {
    match allowed(app).and_then(|()| target(app.route())) {
        Ok(target) => {
            let dialog = Dialog::new(order, target).warned(app.forbidden.as_deref());
            app.dialog = Some(Box::new(dialog));
        }
        Err(reason) => app.refused = Some(Refused { order, reason }),
    }
}

/// Does what the operator wants in the dialog.
pub(super) fn act(app: &mut App, action: DialogAction) -> Vec<Effect> {
    if app.refused.take().is_some() {
        return Vec::new();
    }
    let Some(dialog) = &mut app.dialog else { return Vec::new() };
    match action {
        DialogAction::Send => dialog.send().map(Effect::Order).into_iter().collect(),
        DialogAction::Cancel => {
            // What was sent cannot be taken back, only not be waited for.
            let sent = dialog.step() == Step::Answer;
            let notice = Notice::Ordering(dialog.target().tsid, dialog.order());
            app.notice = sent.then_some(notice);
            app.dialog = None;
            Vec::new()
        }
    }
}

/// The server has answered: the dialog that waits for it is told, or, when it is gone, the operator.
pub(super) fn answered(app: &mut App, request: &OrderRequest, answer: Result<(), Refusal>) {
    match &answer {
        Ok(()) => app.forbidden = None,
        Err(refusal) if refusal.forbidden => app.forbidden = Some(refusal.reason.clone()),
        Err(_) => {}
    }
    let answer = answer.map_err(|refusal| refusal.reason);
    let waits = |dialog: &&mut Box<Dialog>| {
        dialog.step() == Step::Answer
            && (dialog.target().tsid, dialog.order()) == (request.tsid, request.order)
    };
    let dialog = app.dialog.as_mut().filter(waits);
    match (answer, dialog) {
        (Ok(()), dialog) => {
            if dialog.is_some() {
                app.dialog = None;
            }
            app.notice = Some(Notice::Ordered(request.tsid, request.order));
            look(app);
        }
        (Err(reason), Some(dialog)) => dialog.refused(reason),
        (Err(reason), None) => {
            app.notice = Some(Notice::Trouble(format!("{}: {reason}", request.tsid)));
        }
    }
}

/// Looks whether the order that was recorded last has been carried out by now.
pub(super) fn look(app: &mut App) {
    let Some(Notice::Ordered(tsid, order)) = app.notice else { return };
    let state = app.routes.iter().rev().find_map(|route| state_of(route, tsid));
    if let Some(words) = state.and_then(|state| order.carried_out(state)) {
        app.notice = Some(Notice::CarriedOut(tsid, words));
    }
}

/// True when something can be ordered of the session that is shown, and the operator may order it.
pub(super) fn is_offered(app: &App) -> bool {
    allowed(app).is_ok() && target(app.route()).is_ok()
}

/// What the server will say of it.
fn allowed(app: &App) -> Result<(), String> {
    let role = match app.role {
        Some(Role::Admin) | None => return Ok(()),
        Some(Role::Auditor) => "an auditor",
        Some(Role::Viewer) => "a viewer",
    };
    Err(format!("only an admin may give orders, and you are {role} on this server"))
}

/// The session that is shown, when something can be ordered of it.
fn target(route: Option<&Route>) -> Result<Target, String> {
    let target = match route {
        Some(Route::Live(live)) => {
            let sessions = live.sessions();
            match sessions.chosen() {
                Some(row) if sessions.is_gone(row.tsid) => Err("it has ended: nothing to order"),
                chosen => chosen.map(Target::from).ok_or("there is no session to choose"),
            }
        }
        Some(Route::Replay(replay)) => Target::of_replay(replay.about())
            .ok_or("this recording is read from a directory: a server takes orders, see --server"),
        _ => Err("no session is shown"),
    }?;
    match target.state {
        SessionState::Complete => Err(format!("{} has ended: nothing to order", target.tsid)),
        _ => Ok(target),
    }
}

fn state_of(route: &Route, tsid: Tsid) -> Option<SessionState> {
    match route {
        Route::Live(live) => state_in_list(live, tsid),
        Route::Replay(replay) => state_of_replay(replay, tsid),
        _ => None,
    }
}

fn state_in_list(live: &Live, tsid: Tsid) -> Option<SessionState> {
    live.sessions().rows().iter().find(|row| row.tsid == tsid).map(|row| row.state)
}

fn state_of_replay(replay: &Replay, tsid: Tsid) -> Option<SessionState> {
    (replay.about().tsid == Some(tsid)).then_some(replay.about().state)
}

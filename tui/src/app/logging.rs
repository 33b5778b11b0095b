//! How the console changes on the events screen.

use super::{App, Effect, Notice, Route};
use crate::screens::events::{EventsAction, Log};
use crate::screens::triage::Goal;
use crate::source::About;
use crate::source::server::LinkState;

/// Lays the event log over the screen that is shown; from this entry on, where there is one.
pub(super) fn open(app: &mut App, from: Option<u64>) {
    let Some(link) = link(app) else { return };
    // One of each is enough: going from one to the other and back would never end.
    app.routes.retain(|route| !matches!(route, Route::Events(_)));
    let log = Log::new(link);
    let log = match from {
        Some(number) => log.from_entry(number),
        None => log,
    };
    app.routes.push(Route::Events(Box::new(log)));
}

/// Does what the operator wants.
pub(super) fn act(app: &mut App, action: EventsAction) -> Vec<Effect> {
    let Some(Route::Events(log)) = app.routes.last_mut() else { return Vec::new() };
    match log.act(action) {
        Ok(Some(tsid)) => {
            app.notice = Some(Notice::Opening(tsid));
            vec![Effect::Open(tsid)]
        }
        Ok(None) => Vec::new(),
        Err(reason) => {
            app.notice = Some(Notice::Trouble(reason.to_owned()));
            Vec::new()
        }
    }
}

/// The moment that was to be looked at, when this is the session.
pub(super) fn take_goal(app: &mut App, about: &About) -> Option<Goal> {
    match app.routes.last_mut() {
        Some(Route::Events(log)) => log.take_goal(about).map(Goal::At),
        _ => None,
    }
}

/// Whether the server can be asked, as the screen that is shown knows it.
pub(super) fn link(app: &App) -> Option<LinkState> {
    match app.route()? {
        Route::Live(live) => Some(live.link().clone()),
        Route::Browse(browse) => Some(browse.link().clone()),
        Route::Triage(triage) => Some(triage.link().clone()),
        Route::Events(log) => Some(log.link().clone()),
        Route::Alerts(board) => Some(board.link().clone()),
        _ => None,
    }
}

//! How the console changes in the table of all sessions.

use sudolog_core::wire::message::Query;

use super::{App, Effect, Notice, Route};
use crate::screens::browse::{Browse, BrowseAction};

/// Lays the table over the live screen.
pub(super) fn open(app: &mut App) {
    if let Some(Route::Live(live)) = app.route() {
        let browse = Browse::new(live.link().clone(), Query::default(), "");
        app.routes.push(Route::Browse(Box::new(browse)));
    }
}

/// Does what the operator wants in the table.
pub(super) fn act(app: &mut App, action: BrowseAction) -> Vec<Effect> {
    let Some(Route::Browse(browse)) = app.routes.last_mut() else { return Vec::new() };
    match browse.act(action) {
        Some(tsid) => {
            app.notice = Some(Notice::Opening(tsid));
            vec![Effect::Open(tsid)]
        }
        None => Vec::new(),
    }
}

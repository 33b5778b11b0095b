//! How the console changes on the summary screen.

use sudolog_core::wire::message::Query;

use super::{App, Notice, Route};
use crate::calendar;
use crate::screens::browse::Browse;
use crate::screens::summary::{SummaryAction, Sums};

/// Lays the summary over the screen that is shown.
pub(super) fn open(app: &mut App) {
    let link = match app.route() {
        Some(Route::Live(live)) => live.link().clone(),
        Some(Route::Triage(triage)) => triage.link().clone(),
        _ => return,
    };
    app.routes.push(Route::Summary(Box::new(Sums::new(link))));
}

/// Does what the operator wants.
pub(super) fn act(app: &mut App, action: SummaryAction) {
    let Some(Route::Summary(sums)) = app.routes.last_mut() else { return };
    let link = sums.link().clone();
    if let Some(filter) = sums.act(action) {
        browse(app, link, &filter);
    }
}

/// Lays the table of all sessions over it, with a filter.
fn browse(app: &mut App, link: crate::source::server::LinkState, filter: &str) {
    match calendar::filter(filter, app.wall_clock()) {
        Ok(understood) => {
            let (text, conditions) = (understood.text, understood.conditions);
            let query = Query { text, conditions, ..Query::default() };
            app.routes.push(Route::Browse(Box::new(Browse::new(link, query, filter))));
        }
        Err(error) => app.notice = Some(Notice::Trouble(error.to_string())),
    }
}

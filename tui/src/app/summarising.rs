//! How the console changes on the summary screen, which also groups the triage queue.

use sudolog_core::wire::message::Query;

use super::{App, Notice, Route, triaging};
use crate::calendar;
use crate::screens::browse::Browse;
use crate::screens::summary::{SummaryAction, Sums};

/// Lays the summary over the screen that is shown.
pub(super) fn open(app: &mut App) {
    let sums = match app.route() {
        Some(Route::Live(live)) => Sums::new(live.link().clone()),
        Some(Route::Triage(triage)) => {
            let (link, filter) = (triage.link().clone(), triage.filter().text());
            Sums::of_queue(link, triage.among(), filter)
        }
        _ => return,
    };
    app.routes.push(Route::Summary(Box::new(sums)));
}

/// Does what the operator wants.
pub(super) fn act(app: &mut App, action: SummaryAction) {
    let Some(Route::Summary(sums)) = app.routes.last_mut() else { return };
    let (link, narrows) = (sums.link().clone(), sums.is_of_queue());
    let Some(filter) = sums.act(action) else { return };
    if narrows {
        // Back to the queue, with less in it.
        app.routes.pop();
        triaging::open_with(app, &filter);
    } else {
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

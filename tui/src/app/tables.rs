//! How the console changes in every table: going through the rows, filtering, finding among those that
//! are here.

use sudolog_core::eventlog::Stored;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Delivery, SummaryRow};

use super::{App, Notice, Route, finding, ruling};
use crate::keymap::Scope;
use crate::screens::chooser::{Beyond, Chooser, Item, Pick};
use crate::screens::events::what;
use crate::screens::{FilterAction, FilterLine, Pages, Step, Trail};
use crate::source::server::{Ask, PageNews};
use crate::widgets::Input;

/// The pages that are looked at: none while something else is shown.
pub(super) fn wanted(app: &App) -> Vec<Ask> {
    // A queue beside a player goes on.
    let shown = match app.routes.as_slice() {
        [.., under, _] if app.is_peeking() => Some(under),
        _ => app.route(),
    };
    let pages = match shown {
        Some(Route::Browse(browse)) => {
            let pages = browse.wanted().into_iter().map(Ask::List);
            browse.sought().into_iter().chain(pages).collect()
        }
        Some(Route::Triage(triage)) => triage.wanted(),
        Some(Route::Summary(sums)) => sums.wanted(),
        Some(Route::Events(log)) => log.wanted(),
        Some(Route::Alerts(board)) => board.wanted(),
        _ => Vec::new(),
    };
    finding::wanted(app).into_iter().chain(pages).collect()
}

/// Takes what the server says, also while something lies over the table.
pub(super) fn learn(app: &mut App, news: PageNews) {
    let Some(news) = finding::learn(app, news) else { return };
    let table = app.routes.iter_mut().rev().find(is_table);
    match table {
        Some(Route::Browse(browse)) => browse.learn(news),
        Some(Route::Triage(triage)) => triage.learn(news),
        Some(Route::Summary(sums)) => sums.learn(news),
        Some(Route::Events(log)) => log.learn(news),
        Some(Route::Alerts(board)) => board.learn(news),
        _ => {}
    }
}

/// Goes through the rows.
pub(super) fn step(app: &mut App, step: Step) {
    let shown = app.hits.rows();
    match app.routes.last_mut() {
        Some(Route::Browse(browse)) => browse.step(step, shown),
        Some(Route::Triage(triage)) => triage.step(step, shown),
        Some(Route::Summary(sums)) => sums.step(step, shown),
        Some(Route::Events(log)) => log.step(step, shown),
        Some(Route::Alerts(board)) => board.step(step, shown),
        _ => {}
    }
}

/// Does what the operator wants with the filter.
pub(super) fn filter(app: &mut App, action: FilterAction) {
    let now = app.wall_clock();
    match app.routes.last_mut() {
        Some(Route::Browse(browse)) => browse.filter_by(action, now),
        Some(Route::Triage(triage)) => triage.filter_by(action, now),
        Some(Route::Summary(sums)) => sums.filter_by(action, now),
        Some(Route::Events(log)) => log.filter_by(action, now),
        Some(Route::Alerts(board)) => board.filter_by(action, now),
        _ => {}
    }
}

/// Changes the filter that is being typed; `false` when none is.
pub(super) fn type_filter(app: &mut App, change: impl FnOnce(&mut Input)) -> bool {
    let (now, typing) = (app.wall_clock(), app.scope() == Scope::Filter);
    let route = app.routes.last_mut().filter(|_| typing);
    match route {
        Some(Route::Events(log)) => log.filter_mut().edit(now, change),
        Some(Route::Alerts(board)) => board.filter_mut().edit(now, change),
        route => {
            if let Some(filter) = route.and_then(filter_of) {
                filter.edit(now, change);
            }
        }
    }
    typing
}

fn is_table(route: &&mut Route) -> bool {
    matches!(
        route,
        Route::Browse(_)
            | Route::Triage(_)
            | Route::Summary(_)
            | Route::Events(_)
            | Route::Alerts(_)
    )
}

fn filter_of(route: &mut Route) -> Option<&mut FilterLine> {
    match route {
        Route::Browse(browse) => Some(browse.filter_mut()),
        Route::Triage(triage) => Some(triage.filter_mut()),
        Route::Summary(sums) => Some(sums.filter_mut()),
        _ => None,
    }
}

/// Opens the list of the rows that are here, to choose from by a few letters.
pub(super) fn narrow(app: &mut App) {
    let sessions = match app.route() {
        Some(Route::Browse(browse)) => {
            Some(finding::sessions(browse.pages(), Beyond::Sessions(browse.among())))
        }
        Some(Route::Triage(triage)) => {
            Some(finding::sessions(triage.pages(), Beyond::Sessions(triage.among())))
        }
        _ => None,
    };
    if let Some(chooser) = sessions {
        app.chooser = Some(Box::new(chooser));
        return;
    }
    let items = match app.route() {
        Some(Route::Summary(sums)) => names(sums.pages()),
        Some(Route::Events(log)) => entries(log.trail()),
        Some(Route::Alerts(board)) => messages(board.trail()),
        Some(Route::Rules(_)) => return ruling::narrow(app),
        _ => return,
    };
    if items.is_empty() {
        app.notice = Some(Notice::Trouble("nothing is here to find".to_owned()));
        return;
    }
    let title = match app.route() {
        Some(Route::Summary(_)) => "Rows here",
        Some(Route::Events(_)) => "Events here",
        _ => "Messages here",
    };
    app.chooser = Some(Box::new(Chooser::new(title, items, None, "")));
}

fn entries(trail: &Trail<Stored>) -> Vec<Item> {
    let item = |stored: &Stored| Item {
        label: format!("{}  {}", stored.entry.kind, what(&stored.entry)),
        detail: format!("#{}", stored.number),
        also: "",
        pick: Pick::Number(stored.number),
    };
    trail.rows().map(item).collect()
}

fn messages(trail: &Trail<Delivery>) -> Vec<Item> {
    let item = |delivery: &Delivery| Item {
        label: delivery.title.escaped().to_string(),
        detail: format!(
            "{} {}",
            Untrusted::from(delivery.target.as_str()).escaped(),
            delivery.number
        ),
        also: "",
        pick: Pick::Number(delivery.number),
    };
    trail.rows().map(item).collect()
}

fn names(pages: &Pages<SummaryRow>) -> Vec<Item> {
    let item = |(at, row): (u32, &SummaryRow)| Item {
        label: row.name.escaped().to_string(),
        detail: format!("{} sessions", row.sessions),
        also: "",
        pick: Pick::Row(at),
    };
    pages.rows().map(item).collect()
}

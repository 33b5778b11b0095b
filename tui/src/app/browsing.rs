//! How the console changes in the table of all sessions.

use sudolog_core::wire::message::Query;

use super::{App, Effect, Notice, Route};
use crate::keymap::Scope;
use crate::screens::browse::{Asked, Browse, BrowseAction};
use crate::screens::chooser::{Chooser, Item, Pick};
use crate::screens::row_in_words;
use crate::source::server::PageNews;
use crate::widgets::Input;

/// Lays the table over the live screen.
pub(super) fn open(app: &mut App) {
    if let Some(Route::Live(live)) = app.route() {
        let browse = Browse::new(live.link().clone(), Query::default(), "");
        app.routes.push(Route::Browse(Box::new(browse)));
    }
}

/// The pages that are looked at: none while something else is shown.
pub(super) fn wanted(app: &App) -> Vec<Query> {
    match app.route() {
        Some(Route::Browse(browse)) => browse.wanted(),
        _ => Vec::new(),
    }
}

/// Does what the operator wants in the table.
pub(super) fn act(app: &mut App, action: BrowseAction) -> Vec<Effect> {
    let (now, shown) = (app.wall_clock(), app.hits.sessions());
    let Some(Route::Browse(browse)) = app.routes.last_mut() else { return Vec::new() };
    match browse.act(action, shown, now) {
        Some(Asked::Replay(tsid)) => {
            app.notice = Some(Notice::Opening(tsid));
            return vec![Effect::Open(tsid)];
        }
        Some(Asked::Narrow) => narrow(app),
        None => {}
    }
    Vec::new()
}

/// Takes what the server says, also while a replay lies over the table.
pub(super) fn learn(app: &mut App, news: PageNews) {
    let table = app.routes.iter_mut().rev().find_map(|route| match route {
        Route::Browse(browse) => Some(browse),
        _ => None,
    });
    if let Some(browse) = table {
        browse.learn(news);
    }
}

/// Changes the filter that is being typed; `false` when none is.
pub(super) fn type_filter(app: &mut App, change: impl FnOnce(&mut Input)) -> bool {
    let (now, typing) = (app.wall_clock(), app.scope() == Scope::Filter);
    if let Some(Route::Browse(browse)) = app.routes.last_mut().filter(|_| typing) {
        browse.type_filter(now, change);
    }
    typing
}

/// Opens the list of the rows that are here, to choose from by a few letters.
fn narrow(app: &mut App) {
    let Some(Route::Browse(browse)) = app.route() else { return };
    let item = |(_, row)| {
        let (label, detail) = row_in_words(row);
        Item { label, detail, also: "", pick: Pick::Session(row.tsid) }
    };
    let items: Vec<Item> = browse.pages().rows().map(item).collect();
    if items.is_empty() {
        app.notice = Some(Notice::Trouble("no session is here to find".to_owned()));
        return;
    }
    app.chooser = Some(Box::new(Chooser::new("Sessions here", items, None, "")));
}

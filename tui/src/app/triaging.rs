//! How the console changes on the triage screen, and when a session is told to stand differently.

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Change, Query};

use super::{App, Effect, Notice, Route, alarming, finding, judging, logging};
use crate::calendar;
use crate::screens::chooser::{Chooser, Item, Pick};
use crate::screens::triage::{Facet, Goal, Triage, TriageAction, UNSETTLED};
use crate::source::About;
use crate::source::server::{Glimpse, Moment, ReviewNews};

/// Lays the triage screen over the one that is shown.
pub(super) fn open(app: &mut App) {
    open_with(app, UNSETTLED);
}

/// The same with this filter; where it is shown already it takes it.
pub(super) fn open_with(app: &mut App, text: &str) {
    if let Some(Route::Triage(_)) = app.route() {
        return set_filter(app, text);
    }
    let Some(link) = logging::link(app) else { return };
    // The words are this program's own: they are understood.
    let filter = calendar::filter(text, app.wall_clock()).unwrap_or_default();
    let query = Query { text: filter.text, conditions: filter.conditions, ..Query::default() };
    app.routes.retain(|route| !matches!(route, Route::Triage(_)));
    app.routes.push(Route::Triage(Box::new(Triage::new(link, query, text))));
}

/// The session whose review is looked at: none while something else is shown.
pub(super) fn reviewed(app: &App) -> Option<Tsid> {
    match app.route() {
        Some(Route::Triage(triage)) => triage.reviewed(),
        Some(Route::Replay(replay)) => replay.about().tsid,
        _ => None,
    }
}

/// The moment that is shown beside the queue, while it is.
pub(super) fn glimpsed(app: &App) -> Option<Moment> {
    match app.route() {
        Some(Route::Triage(triage)) => triage.glimpsed(),
        _ => None,
    }
}

/// Takes a moment that was to be shown beside the queue.
pub(super) fn learn_glimpse(app: &mut App, glimpse: Glimpse) {
    if let Some(triage) = screen(app) {
        triage.learn_glimpse(glimpse);
    }
}

/// Does what the operator wants.
pub(super) fn act(app: &mut App, action: TriageAction) -> Vec<Effect> {
    let Some(Route::Triage(triage)) = app.routes.last_mut() else { return Vec::new() };
    match triage.act(action) {
        Some(tsid) => {
            app.notice = Some(Notice::Opening(tsid));
            vec![Effect::Open(tsid)]
        }
        None => Vec::new(),
    }
}

/// Takes a review, also while a player lies over the screen.
pub(super) fn learn_review(app: &mut App, news: ReviewNews) {
    if let ReviewNews::Review(review) = &news {
        review.remarks.iter().for_each(|remark| judging::learn_name(app, remark));
        for route in &mut app.routes {
            if let Route::Replay(replay) = route {
                replay.learn_review(review);
            }
        }
    }
    if let Some(triage) = screen(app) {
        triage.learn_review(news);
    }
}

/// Takes a session that stands differently.
pub(super) fn changed(app: &mut App, change: &Change) -> Vec<Effect> {
    let mut effects = alarming::consider(app, change);
    if let Some(remark) = &change.remark {
        judging::learn_name(app, remark);
    }
    for route in &mut app.routes {
        match route {
            Route::Live(live) => live.renew(&change.row),
            Route::Browse(browse) => browse.renew(&change.row),
            Route::Triage(triage) => triage.renew(&change.row),
            Route::Replay(replay) => replay.renew(&change.row),
            _ => {}
        }
    }
    if reviewed(app) == Some(change.row.tsid) {
        effects.push(Effect::Review(reviewed(app)));
    }
    effects
}

/// The moment that was to be looked at, when this is the session.
pub(super) fn take_goal(app: &mut App, about: &About) -> Option<Goal> {
    match app.routes.last_mut() {
        Some(Route::Triage(triage)) => triage.take_goal(about),
        _ => None,
    }
}

/// True when this session was to be played beside its reasons; only once.
pub(super) fn take_peek(app: &mut App, about: &About) -> bool {
    match app.routes.last_mut() {
        Some(Route::Triage(triage)) => triage.take_peek(about),
        _ => false,
    }
}

/// Lists what the sessions that the filter keeps have in common, with how many of them.
pub(super) fn open_facets(app: &mut App) {
    let Some(Route::Triage(triage)) = app.route() else { return };
    app.chooser = Some(Box::new(finding::facets(triage)));
}

/// Puts a facet into the filter, or takes it out.
pub(super) fn toggle_facet(app: &mut App, facet: &Facet) {
    let Some(Route::Triage(triage)) = app.route() else { return };
    let text = facet.toggled_in(triage.filter().text());
    set_filter(app, &text);
}

/// Lists the saved filters.
pub(super) fn open_saved(app: &mut App) {
    let item = |(at, (name, query)): (usize, &(String, String))| Item {
        label: name.clone(),
        detail: query.clone(),
        also: "",
        pick: Pick::Saved(at),
    };
    let first = ("what nobody has settled".to_owned(), UNSETTLED.to_owned());
    let items = std::iter::once(&first).chain(&app.saved_filters).enumerate().map(item).collect();
    app.chooser = Some(Box::new(Chooser::new("Saved filters", items, None, "")));
}

/// Puts a saved filter in force; the first one is built in.
pub(super) fn take_saved(app: &mut App, at: usize) {
    let saved = at.checked_sub(1).map(|at| app.saved_filters.get(at).map(|(_, text)| text.clone()));
    let text = saved.unwrap_or_else(|| Some(UNSETTLED.to_owned()));
    text.into_iter().for_each(|text| set_filter(app, &text));
}

fn set_filter(app: &mut App, text: &str) {
    let now = app.wall_clock();
    if let Some(Route::Triage(triage)) = app.routes.last_mut()
        && let Err(reason) = triage.set_filter(text, now)
    {
        app.notice = Some(Notice::Trouble(reason));
    }
}

fn screen(app: &mut App) -> Option<&mut Triage> {
    app.routes.iter_mut().rev().find_map(|route| match route {
        Route::Triage(triage) => Some(triage.as_mut()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use sudolog_core::session::Tsid;
    use sudolog_core::time::Timestamp;

    use crate::app::{App, Effect, Route, begin};
    use crate::screens::replay::{Replay, Start, sample};
    use crate::source::About;
    use crate::theme::{Depth, Theme};

    #[test]
    fn what_was_said_of_a_session_is_asked_for_also_where_the_console_begins_with_it() {
        let starting = |tsid: Option<Tsid>| {
            let replay = Replay::new(About { tsid, ..sample::about() }, Start::default());
            let theme = Theme::named(Theme::DEFAULT).unwrap();
            let route = Route::Replay(Box::new(replay));
            begin(&App::new(route, theme, Depth::True, Timestamp::default()))
        };
        let tsid = Tsid::from_seq(7);
        assert_eq!(starting(tsid), [Effect::Review(tsid)]);
        assert_eq!(starting(None), [], "nobody says anything of a directory");
    }
}

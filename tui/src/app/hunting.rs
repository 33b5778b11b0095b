//! How the console changes while something is searched for: in one recording, or in all sessions.

use super::update::{leave, on_replay};
use super::{App, Effect, Notice, Route, alarming, logging, triaging, verifying};
use crate::hunt::News;
use crate::keymap::{Intent, Scope};
use crate::screens::hunt::{Hunt, HuntIntent};
use crate::screens::replay::{Replay, Start};
use crate::screens::search::SearchAction;
use crate::screens::triage::Goal;
use crate::source::About;

/// Where there is no search to end, one goes back instead; from a list of hits to what lies under it.
pub(super) fn or_back(app: &App, intent: Intent) -> Intent {
    let searches = match app.route() {
        Some(Route::Replay(replay)) => replay.sought().pattern.is_some() && app.help.is_none(),
        _ => false,
    };
    match intent {
        Intent::Search(SearchAction::End) | Intent::Back if lists_hits(app) => {
            Intent::Search(SearchAction::List)
        }
        Intent::Search(SearchAction::End) if !searches => Intent::Back,
        intent => intent,
    }
}

/// True while the hits of one recording lie over it: they are what one goes back from.
fn lists_hits(app: &App) -> bool {
    let lists = |replay: &Replay| replay.scope() == Scope::Hits;
    matches!(app.route(), Some(Route::Replay(replay)) if lists(replay) && app.help.is_none())
}

/// Does what the operator wants about the search of the screen that is shown.
pub(super) fn act(app: &mut App, action: SearchAction) -> Vec<Effect> {
    match app.routes.last_mut() {
        Some(Route::Replay(_)) => on_replay(app, |replay, now| replay.search(now, action)),
        Some(Route::Hunt(hunt)) => match hunt.act(action) {
            Some(HuntIntent::Search(pattern)) => vec![Effect::Hunt(Some(pattern))],
            Some(HuntIntent::Open(tsid)) => {
                app.notice = Some(Notice::Opening(tsid));
                vec![Effect::Open(tsid)]
            }
            Some(HuntIntent::Leave) => leave(app),
            None => Vec::new(),
        },
        Some(Route::Live(_)) => {
            app.routes.push(Route::Hunt(Box::default()));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Takes what the search through all sessions has found.
pub(super) fn learn(app: &mut App, news: News) {
    let hunt = app.routes.iter_mut().rev().find_map(|route| match route {
        Route::Hunt(hunt) => Some(hunt),
        _ => None,
    });
    if let Some(hunt) = hunt {
        hunt.learn(news);
    }
}

/// A recording can be played: from its beginning, at the hit that was chosen, or where its proof ends.
pub(super) fn opened(app: &mut App, about: About) -> Vec<Effect> {
    let event = verifying::take_goal(app, &about);
    let goal = match app.routes.last_mut() {
        Some(Route::Hunt(hunt)) => Hunt::take_goal(hunt, &about),
        _ => None,
    };
    let alarm = alarming::take_goal(app, about.tsid);
    let reason = alarm
        .or_else(|| triaging::take_goal(app, &about))
        .or_else(|| logging::take_goal(app, &about));
    let (event, time) = match reason {
        Some(Goal::Event(seq)) => (Some(seq), None),
        Some(Goal::At(at)) => (event, Some(at)),
        None => (event, None),
    };
    let from = goal.as_ref().map(|(.., at)| *at).or(time);
    let rewinding = app.rewinding.take().filter(|(tsid, _)| about.tsid == Some(*tsid));
    let rewind = rewinding.map(|(_, rewind)| rewind).filter(|_| from.is_none() && event.is_none());
    let start = Start { from, rewind, ..Start::default() };
    app.peeks = triaging::take_peek(app, &about);
    (app.notice, app.copying) = (None, None);
    app.routes.push(Route::Replay(Box::new(Replay::new(about, start))));
    match (goal, event) {
        (Some((pattern, seq, _)), _) => {
            on_replay(app, |replay, now| replay.go_to(now, pattern, seq))
        }
        (None, Some(seq)) => {
            let mut effects = vec![Effect::EndVerify];
            effects.extend(on_replay(app, |replay, now| replay.go_to_event(now, seq)));
            effects
        }
        (None, None) => Vec::new(),
    }
}

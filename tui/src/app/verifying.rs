//! How the console changes while a recording is checked against the server's signatures.

use sudolog_core::session::Tsid;

use super::update::{leave, on_replay};
use super::{App, Effect, Notice, Route};
use crate::screens::verify::{Verify, VerifyAction, VerifyIntent};
use crate::source::About;
use crate::verification::News;

/// Does what the operator wants about it.
pub(super) fn act(app: &mut App, action: VerifyAction) -> Vec<Effect> {
    if action == VerifyAction::Open {
        return open(app);
    }
    let Some(Route::Verify(verify)) = app.routes.last_mut() else { return Vec::new() };
    let tsid = verify.tsid();
    match verify.act(action) {
        Some(VerifyIntent::Check) => vec![Effect::Verify(tsid)],
        Some(VerifyIntent::GoTo(seq)) => go_to(app, tsid, seq),
        Some(VerifyIntent::Nowhere(reason)) => {
            app.notice = Some(Notice::Trouble(reason.to_owned()));
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Takes what the check tells.
pub(super) fn learn(app: &mut App, news: News) {
    if let News::Done(report, _) = &news {
        for route in &mut app.routes {
            if let Route::Replay(replay) = route {
                replay.learn_proof(report);
            }
        }
    }
    let verify = app.routes.iter_mut().rev().find_map(|route| match route {
        Route::Verify(verify) => Some(verify),
        _ => None,
    });
    if let Some(verify) = verify {
        verify.learn(news);
    }
}

/// The event that was to be looked at, when this is the session; the check makes room for the player.
pub(super) fn take_goal(app: &mut App, about: &About) -> Option<u64> {
    let Some(Route::Verify(verify)) = app.routes.last_mut() else { return None };
    let goal = verify.take_goal(about)?;
    app.routes.pop();
    Some(goal)
}

/// Checks the session that is shown or chosen.
fn open(app: &mut App) -> Vec<Effect> {
    let Some(about) = shown(app.route()) else {
        app.notice = Some(Notice::Trouble("there is no session to check".to_owned()));
        return Vec::new();
    };
    let tsid = about.tsid;
    // There is one check at a time: an older one, under the player, is over.
    app.routes.retain(|route| !matches!(route, Route::Verify(_)));
    let effects = on_replay(app, |replay, now| replay.rest(now));
    app.routes.push(Route::Verify(Box::new(Verify::new(about))));
    effects.into_iter().chain([Effect::Verify(tsid)]).collect()
}

/// Shows an event: in the player under the check, or in one that is opened for it.
fn go_to(app: &mut App, tsid: Option<Tsid>, seq: u64) -> Vec<Effect> {
    let below = app.routes.iter().rev().nth(1);
    match (below, tsid) {
        (Some(Route::Replay(replay)), _) if replay.about().tsid == tsid => {
            let mut effects = leave(app);
            effects.extend(on_replay(app, |replay, now| replay.go_to_event(now, seq)));
            effects
        }
        (_, Some(tsid)) => {
            app.notice = Some(Notice::Opening(tsid));
            vec![Effect::Open(tsid)]
        }
        (_, None) => Vec::new(),
    }
}

fn shown(route: Option<&Route>) -> Option<About> {
    match route? {
        Route::Live(live) => live.sessions().chosen().cloned().map(About::from),
        Route::Triage(triage) => triage.pages().chosen().cloned().map(About::from),
        Route::Browse(browse) => browse.pages().chosen().cloned().map(About::from),
        Route::Replay(replay) => Some(replay.about().clone()),
        Route::Summary(_)
        | Route::Rules(_)
        | Route::Events(_)
        | Route::Alerts(_)
        | Route::Hunt(_)
        | Route::Verify(_) => None,
    }
}

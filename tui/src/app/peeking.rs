//! How the console changes while a recording is played in a part of the triage screen: beside the reasons,
//! without leaving them.

use super::update::on_replay;
use super::{App, Effect, Notice, Route};
use crate::screens::triage::Goal;

/// What the operator does with the player beside the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peek {
    /// Plays the chosen session there, at the chosen reason.
    Open,
    /// The player takes the whole screen.
    Whole,
    /// To the moment of the reason so many lines down.
    Reason(isize),
}

/// True while the player is a part of the triage screen.
pub(super) fn is_peeking(app: &App) -> bool {
    let [.., Route::Triage(_), Route::Replay(_)] = app.routes.as_slice() else { return false };
    app.peeks
}

/// Does what the operator wants.
pub(super) fn act(app: &mut App, peek: Peek) -> Vec<Effect> {
    match peek {
        Peek::Open => return open(app),
        Peek::Whole if is_peeking(app) => app.peeks = false,
        Peek::Reason(by) if is_peeking(app) => return go(app, by),
        Peek::Whole | Peek::Reason(_) => {
            let text = "the player has the whole screen; in triage it can be beside the reasons";
            app.notice = Some(Notice::Trouble(text.to_owned()));
        }
    }
    Vec::new()
}

fn open(app: &mut App) -> Vec<Effect> {
    let Some(Route::Triage(triage)) = app.routes.last_mut() else { return Vec::new() };
    let Some(tsid) = triage.peek() else { return Vec::new() };
    app.notice = Some(Notice::Opening(tsid));
    vec![Effect::Open(tsid)]
}

fn go(app: &mut App, by: isize) -> Vec<Effect> {
    let triage = app.routes.iter_mut().rev().find_map(|route| match route {
        Route::Triage(triage) => Some(triage),
        _ => None,
    });
    match triage.and_then(|triage| triage.go_to_reason(by)) {
        Some(Goal::Event(seq)) => on_replay(app, |replay, now| replay.go_to_event(now, seq)),
        Some(Goal::At(at)) => {
            let seek = crate::screens::replay::ReplayAction::Seek(at);
            on_replay(app, |replay, now| replay.act(now, seek))
        }
        None => Vec::new(),
    }
}

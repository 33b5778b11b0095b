//! How the console changes when something is wanted of the player: what cannot be done is told.

use super::update::on_replay;
use super::{App, Effect, Notice, Route};
use crate::keymap::{Intent, Scope};
use crate::screens::replay::ReplayAction;

/// Does what the operator wants in the player.
pub(super) fn act(app: &mut App, action: ReplayAction) -> Vec<Effect> {
    app.notice = hint(app, action).or(app.notice.take());
    on_replay(app, |replay, now| replay.act(now, action))
}

/// What to do first.
fn hint(app: &App, action: ReplayAction) -> Option<Notice> {
    let Some(Route::Replay(replay)) = app.route() else { return None };
    let text = match action {
        ReplayAction::CatchUp if !replay.is_growing() => {
            "nothing more comes: there is no edge to catch up with".to_owned()
        }
        ReplayAction::Flip if !replay.compares() => {
            let keep = Intent::Replay(ReplayAction::Compare);
            let what = "keeps this moment, to compare others with it";
            app.keymap.says(Scope::Replay, keep, what)?
        }
        _ => return None,
    };
    Some(Notice::Hint(text))
}

/// Compares nothing any more; `false` when nothing was compared.
pub(super) fn end_comparison(app: &mut App) -> bool {
    match app.routes.last_mut() {
        Some(Route::Replay(replay)) if replay.compares() => {
            replay.end_comparison();
            true
        }
        _ => false,
    }
}

//! How the console changes between its screens and plain text.

use super::copying::shown;
use super::update::on_replay;
use super::{App, Effect};
use crate::screens::plain::{Plain, PlainAction};

/// Does what the operator wants about plain text.
pub(super) fn act(app: &mut App, action: PlainAction) -> Vec<Effect> {
    match (action, app.plain.take()) {
        (PlainAction::Toggle, None) => begin(app),
        (PlainAction::Toggle, Some(_)) => end(app),
        (PlainAction::Scroll(by), Some(mut plain)) => {
            plain.scroll(by);
            app.plain = Some(plain);
            Vec::new()
        }
        (PlainAction::Scroll(_), None) => Vec::new(),
    }
}

/// What is shown is held, and the mouse is the terminal's, to select with.
fn begin(app: &mut App) -> Vec<Effect> {
    let screen = match &app.copying {
        Some(copying) => Some(copying.screen().clone()),
        None => shown(app.route()).map(|(screen, _)| screen),
    };
    app.plain = Some(Plain::of(screen.as_ref()));
    let mut effects = on_replay(app, |replay, now| replay.rest(now));
    effects.extend(app.mouse.then_some(Effect::Mouse(false)));
    effects.push(Effect::Redraw);
    effects
}

fn end(app: &mut App) -> Vec<Effect> {
    app.mouse.then_some(Effect::Mouse(true)).into_iter().chain([Effect::Redraw]).collect()
}

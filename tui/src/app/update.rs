//! How the console changes.

use super::{Action, App, Effect, Route};
use crate::exit::Exit;
use crate::keymap::Intent;
use crate::screens::live;

/// Takes one action; gives back what has to be done.
pub fn update(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Tick(now) => app.now = now,
        Action::Resized => {}
        Action::Stop(exit) => return vec![Effect::Quit(exit)],
        Action::Press(key) => {
            if let Some(intent) = app.keymap.intent(app.scope(), key) {
                return intend(app, intent);
            }
        }
        Action::Do(intent) => return intend(app, intent),
        Action::Banner(text) => app.banner = Some(text),
        Action::Live(news) => return on_live(app, |live| live.learn(news)),
    }
    Vec::new()
}

fn intend(app: &mut App, intent: Intent) -> Vec<Effect> {
    match intent {
        Intent::Quit => return vec![Effect::Quit(Exit::Signal(SIGINT))],
        Intent::Suspend => return vec![Effect::Suspend],
        Intent::Help => app.help = !app.help,
        // The help lies on top: it is what one goes back from, and hides what other keys do.
        Intent::Back if app.help => app.help = false,
        _ if app.help => {}
        Intent::Back => return back(app),
        Intent::Live(action) => return act_live(app, action),
        _ => {}
    }
    Vec::new()
}

fn back(app: &mut App) -> Vec<Effect> {
    if let Some(Route::Live(_)) = app.route() {
        return act_live(app, live::LiveAction::Back);
    }
    leave(app)
}

/// Leaves the screen that is shown.
fn leave(app: &mut App) -> Vec<Effect> {
    app.routes.pop();
    if app.routes.is_empty() { vec![Effect::Quit(Exit::Done)] } else { Vec::new() }
}

fn act_live(app: &mut App, action: live::LiveAction) -> Vec<Effect> {
    let mut asked = None;
    let effects = on_live(app, |live| asked = live.act(action));
    match asked {
        Some(live::Intent::Leave) => leave(app),
        Some(live::Intent::Replay(_)) | None => effects,
    }
}

/// Changes the live screen, shown or not, and tells the feed when it looks at something else.
fn on_live(app: &mut App, change: impl FnOnce(&mut live::Live)) -> Vec<Effect> {
    let Some(Route::Live(live)) = app.routes.first_mut() else { return Vec::new() };
    let before = live.wanted();
    change(live);
    let wanted = live.wanted();
    if wanted == before { Vec::new() } else { vec![Effect::Want(wanted)] }
}

const SIGINT: u8 = 2;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::keymap::Key;
    use crate::screens::live::Live;
    use crate::source::server::LinkState;
    use crate::theme::{Depth, Theme};
    use sudolog_core::time::Timestamp;

    fn app() -> App {
        let live = Live::new(LinkState::Up { server_id: "logs.test".to_owned() });
        let theme = Theme::named(Theme::DEFAULT).unwrap();
        App::new(Route::Live(Box::new(live)), theme, Depth::True, Timestamp::default())
    }

    fn press(app: &mut App, key: &str) -> Vec<Effect> {
        update(app, Action::Press(key.parse::<Key>().unwrap()))
    }

    #[test]
    fn back_leaves_the_help_first_then_the_console() {
        let mut app = app();
        assert!(press(&mut app, "?").is_empty() && app.help);
        assert!(press(&mut app, "a").is_empty(), "keys under the help do nothing");
        assert!(press(&mut app, "Esc").is_empty() && !app.help);
        assert_eq!(press(&mut app, "q"), [Effect::Quit(Exit::Done)]);
    }

    #[test]
    fn ctrl_c_always_leaves() {
        let mut app = app();
        press(&mut app, "?");
        assert_eq!(press(&mut app, "Ctrl-c"), [Effect::Quit(Exit::Signal(2))]);
    }

    #[test]
    fn the_feed_is_told_when_the_live_screen_looks_elsewhere() {
        let mut app = app();
        let effects = press(&mut app, "a");
        assert!(matches!(effects.as_slice(), [Effect::Want(wanted)] if !wanted.query.open_only));
        assert!(press(&mut app, "Up").is_empty());
    }

    #[test]
    fn time_comes_with_ticks() {
        let mut app = app();
        update(&mut app, Action::Tick(Duration::from_secs(3)));
        assert_eq!(app.wall_clock().seconds, 3);
    }
}

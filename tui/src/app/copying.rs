//! How what a recorded screen shows gets to the clipboard, or into a file: copy mode, what is chosen in it, and a
//! notice that says how much it was.

use sudolog_core::limits::CLIPBOARD_BYTES_MAX;
use sudolog_core::term::SafeScreen;

use super::update::on_replay;
use super::{App, Effect, Notice, Route};
use crate::screens::copy::{Copied, CopyAction, CopyMode, Spot, screen_text};
use crate::screens::live::Focus;

/// Holds the recorded screen that is shown, to choose what to copy of it. The wall shows several: there the
/// chosen one is copied as a whole.
pub(super) fn begin(app: &mut App) -> Vec<Effect> {
    let Some((screen, name)) = shown(app.route()) else {
        app.notice = Some(Notice::Trouble(EMPTY.to_owned()));
        return Vec::new();
    };
    if matches!(app.route(), Some(Route::Live(live)) if live.focus() == Focus::Wall) {
        let copied = screen_text(&screen);
        return deliver(app, copied, &name, false);
    }
    let origin = app.hits.picture().map(|(_, origin)| origin).unwrap_or_default();
    app.copying = Some(Box::new(CopyMode::new(screen, name, origin)));
    on_replay(app, |replay, now| replay.rest(now))
}

/// Does what the operator wants in copy mode.
pub(super) fn act(app: &mut App, action: CopyAction) -> Vec<Effect> {
    let Some(copying) = &mut app.copying else { return Vec::new() };
    let copied = match action {
        CopyAction::Move(_) | CopyAction::Select(_) | CopyAction::OtherEnd => {
            copying.act(action);
            return Vec::new();
        }
        CopyAction::Leave => {
            app.copying = None;
            return Vec::new();
        }
        CopyAction::YankLine => copying.copy_line(),
        CopyAction::Yank | CopyAction::ToFile => copying.copy(),
    };
    let name = copying.name().to_owned();
    let effects = deliver(app, copied, &name, action == CopyAction::ToFile);
    if !effects.is_empty() {
        app.copying = None;
    }
    effects
}

/// The mouse was pressed on a recorded screen: what is dragged from there on is selected.
pub(super) fn press(app: &mut App, spot: Spot) {
    match &mut app.copying {
        Some(copying) => copying.point(spot),
        None => app.pressed = Some(spot),
    }
}

/// The mouse was moved over it.
pub(super) fn drag(app: &mut App, spot: Spot) -> Vec<Effect> {
    let mut effects = Vec::new();
    if app.copying.is_none()
        && let Some(pressed) = app.pressed.take().filter(|pressed| *pressed != spot)
    {
        effects = begin(app);
        if let Some(copying) = &mut app.copying {
            copying.point(pressed);
        }
    }
    if let Some(copying) = &mut app.copying {
        copying.drag(spot);
    }
    effects
}

/// Takes where the text was written, or why it was not.
pub(super) fn kept(app: &mut App, written: Result<String, String>) {
    app.notice = Some(match written {
        Ok(place) => Notice::Done(format!("written to {place}")),
        Err(reason) => Notice::Trouble(format!("nothing was copied: {reason}")),
    });
}

/// To the clipboard; into a file where the operator or the size wants that.
fn deliver(app: &mut App, copied: Copied, name: &str, to_file: bool) -> Vec<Effect> {
    let Copied { text, misleading } = copied;
    if text.is_empty() {
        app.notice = Some(Notice::Trouble(EMPTY.to_owned()));
        return Vec::new();
    }
    let (lines, bytes) = (text.lines().count(), text.len());
    let too_long = bytes > CLIPBOARD_BYTES_MAX;
    if to_file || too_long || app.copies_to_file {
        let why = if too_long { ", too long for a clipboard" } else { "" };
        let what = format!("{}{why}{}", amount(lines, bytes), misled(misleading));
        app.notice = Some(Notice::Hint(format!("… writing {what}")));
        return vec![Effect::Keep { text, name: name.to_owned(), what }];
    }
    app.notice = Some(Notice::Done(format!(
        "copied {}{}, if the terminal allows it",
        amount(lines, bytes),
        misled(misleading)
    )));
    vec![Effect::Copy(text)]
}

/// `3 lines (40 bytes)`.
fn amount(lines: usize, bytes: usize) -> String {
    let s = |count| if count == 1 { "" } else { "s" };
    format!("{lines} line{} ({bytes} byte{})", s(lines), s(bytes))
}

fn misled(characters: usize) -> String {
    match characters {
        0 => String::new(),
        1 => ", 1 character that misleads left out".to_owned(),
        count => format!(", {count} characters that mislead left out"),
    }
}

/// The recorded screen, and what it is the screen of.
pub(super) fn shown(route: Option<&Route>) -> Option<(SafeScreen, String)> {
    match route? {
        Route::Replay(replay) => {
            let name = replay.about().name.escaped().to_string();
            replay.frame().map(|frame| (frame.screen.clone(), name))
        }
        Route::Live(live) => {
            let chosen = live.sessions().chosen()?.tsid;
            live.picture(chosen).map(|picture| (picture.screen.clone(), chosen.to_string()))
        }
        _ => None,
    }
}

const EMPTY: &str = "nothing to copy: the screen is empty";

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sudolog_core::session::SessionState;
    use sudolog_core::time::Timestamp;
    use sudolog_core::wire::message::Listing;

    use super::*;
    use crate::app::{Action, update};
    use crate::deck::{Frame, News};
    use crate::screens::live::Live;
    use crate::screens::live::sample::{picture, row};
    use crate::screens::replay::sample::about;
    use crate::screens::replay::{Replay, Start};
    use crate::source::server::{LinkState, News as Told};
    use crate::theme::{Depth, Theme};

    /// In copy mode of this screen.
    fn pressed(lines: u16, columns: u16, output: &str, keys: &[&str]) -> (Vec<Effect>, String) {
        let replay = Replay::new(about(), Start::default());
        let theme = Theme::named(Theme::DEFAULT).unwrap();
        let route = Route::Replay(Box::new(replay));
        let mut app = App::new(route, theme, Depth::True, Timestamp::default());
        let mut screen = SafeScreen::new(lines, columns);
        screen.feed(output.as_bytes());
        update(&mut app, Action::Deck(News::Frame(Arc::new(Frame { seq: 1, screen }))));
        update(&mut app, Action::Press("y".parse().unwrap()));
        let effects = keys.iter().fold(Vec::new(), |mut effects, key| {
            effects.extend(update(&mut app, Action::Press(key.parse().unwrap())));
            effects
        });
        (effects, app.notice.map(|notice| notice.to_string()).unwrap_or_default())
    }

    #[test]
    fn the_whole_screen_is_copied_and_the_notice_says_so() {
        let (effects, notice) = pressed(5, 10, "one\r\n\x1b[31mred\x1b[m and long", &["y"]);
        assert_eq!(effects, [Effect::Copy("one\nred and long\n".to_owned())]);
        assert_eq!(notice, "✓ copied 2 lines (17 bytes), if the terminal allows it");
    }

    #[test]
    fn the_live_screen_copies_the_session_that_it_shows() {
        let mut live = Live::new(LinkState::Up {
            server_id: "logs.test".to_owned(),
            role: None,
            warning: String::new(),
        });
        let rows = vec![row(46, SessionState::Live)];
        live.learn(Told::Listed(live.wanted().query, Listing { total: 1, rows }));
        live.learn(Told::Picture(picture(46, "$ id\r\nuid=0(root)")));
        let theme = Theme::named(Theme::DEFAULT).unwrap();
        let route = Route::Live(Box::new(live));
        let mut app = App::new(route, theme, Depth::True, Timestamp::default());
        let mut press = |key: &str| update(&mut app, Action::Press(key.parse().unwrap()));
        assert!(press("y").is_empty());
        assert_eq!(press("Enter"), [Effect::Copy("$ id\nuid=0(root)\n".to_owned())]);
        press("y");
        assert_eq!(press("Y"), [Effect::Copy("uid=0(root)\n".to_owned())]);
        assert!(app.copying.is_none());
    }

    #[test]
    fn an_empty_screen_leaves_the_clipboard_alone() {
        let (effects, notice) = pressed(5, 10, "\r\n  ", &["y"]);
        assert_eq!(effects, []);
        assert!(notice.contains("nothing to copy"), "{notice}");
    }

    #[test]
    fn what_is_selected_is_copied_and_nothing_else() {
        let output = "alpha beta\r\ngamma delta\r\n\x1b[H";
        let copy = |keys: &[&str]| pressed(5, 20, output, keys).0;
        let text = |text: &str| [Effect::Copy(text.to_owned())];
        assert_eq!(copy(&["w", "v", "$", "y"]), text("beta"));
        assert_eq!(copy(&["v", "j", "Enter"]), text("alpha beta\ng"));
        assert_eq!(copy(&["j", "V", "y"]), text("gamma delta\n"));
        assert_eq!(copy(&["Ctrl-v", "j", "l", "l", "y"]), text("alp\ngam"));
        assert_eq!(copy(&["w", "v", "o", "h", "h", "y"]), text("a b"));
        assert_eq!(copy(&["v", "v", "Y"]), text("alpha beta\n"));
        assert!(copy(&["v", "Esc"]).is_empty());
    }

    #[test]
    fn what_no_clipboard_takes_goes_into_a_file_whole() {
        let row = format!("{}\r\n", "日".repeat(499));
        let (effects, notice) = pressed(100, 1000, &row.repeat(99), &["y"]);
        let [Effect::Keep { text, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(text.len() > CLIPBOARD_BYTES_MAX && text.lines().count() == 99);
        assert!(notice.contains("too long for a clipboard"), "{notice}");
        let (effects, _) = pressed(5, 20, "short", &["f"]);
        assert!(matches!(effects.as_slice(), [Effect::Keep { text, .. }] if text == "short\n"));
    }

    #[test]
    fn what_misleads_is_told() {
        let (effects, notice) = pressed(5, 20, "a\u{202e}b", &["y"]);
        assert_eq!(effects, [Effect::Copy("ab\n".to_owned())]);
        assert!(notice.contains("1 character that misleads left out"), "{notice}");
    }
}

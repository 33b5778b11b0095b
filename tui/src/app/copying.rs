//! How the shown screen gets to the clipboard: its text as an effect, and a notice that says how much.

use sudolog_core::limits::CLIPBOARD_BYTES_MAX;
use sudolog_core::term::SafeScreen;

use super::{App, Effect, Notice, Route};
use crate::widgets::screen_text;

/// Copies the text of the recorded screen that is shown, all of it, also what the terminal is too small for.
pub(super) fn copy(app: &mut App) -> Vec<Effect> {
    let text = shown(app.route()).map(screen_text).unwrap_or_default();
    if text.is_empty() {
        app.notice = Some(Notice::Trouble("nothing to copy: the screen is empty".to_owned()));
        return Vec::new();
    }
    let kept = whole_lines(&text);
    let (lines, of) = (kept.lines().count(), text.lines().count());
    app.notice = Some(Notice::Copied { lines, of, bytes: kept.len() });
    vec![Effect::Copy(kept.to_owned())]
}

fn shown(route: Option<&Route>) -> Option<&SafeScreen> {
    match route? {
        Route::Replay(replay) => replay.frame().map(|frame| &frame.screen),
        Route::Live(live) => {
            let chosen = live.sessions().chosen()?.tsid;
            live.picture(chosen).map(|picture| &picture.screen)
        }
        _ => None,
    }
}

/// As many whole lines as a terminal takes.
fn whole_lines(text: &str) -> &str {
    if text.len() <= CLIPBOARD_BYTES_MAX {
        return text;
    }
    let kept = (0..=CLIPBOARD_BYTES_MAX).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    kept.rfind('\n').and_then(|end| kept.get(..=end)).unwrap_or(kept)
}

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

    fn pressed(lines: u16, columns: u16, output: &str) -> (Vec<Effect>, String) {
        let replay = Replay::new(about(), Start::default());
        let theme = Theme::named(Theme::DEFAULT).unwrap();
        let route = Route::Replay(Box::new(replay));
        let mut app = App::new(route, theme, Depth::True, Timestamp::default());
        let mut screen = SafeScreen::new(lines, columns);
        screen.feed(output.as_bytes());
        update(&mut app, Action::Deck(News::Frame(Arc::new(Frame { seq: 1, screen }))));
        let effects = update(&mut app, Action::Press("y".parse().unwrap()));
        (effects, app.notice.map(|notice| notice.to_string()).unwrap_or_default())
    }

    #[test]
    fn the_whole_screen_is_copied_and_the_notice_says_so() {
        let (effects, notice) = pressed(5, 10, "one\r\n\x1b[31mred\x1b[m and long");
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
        let effects = update(&mut app, Action::Press("y".parse().unwrap()));
        assert_eq!(effects, [Effect::Copy("$ id\nuid=0(root)\n".to_owned())]);
    }

    #[test]
    fn an_empty_screen_leaves_the_clipboard_alone() {
        let (effects, notice) = pressed(5, 10, "\r\n  ");
        assert_eq!(effects, []);
        assert!(notice.contains("nothing to copy"), "{notice}");
    }

    #[test]
    fn what_no_terminal_takes_is_cut_at_a_line() {
        let row = format!("{}\r\n", "日".repeat(499));
        let (effects, notice) = pressed(100, 1000, &row.repeat(99));
        let [Effect::Copy(text)] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(text.len() <= CLIPBOARD_BYTES_MAX && text.ends_with("日\n"));
        assert!(notice.starts_with("✓ copied the first "), "{notice}");
        assert!(notice.contains(" of 99 lines"), "{notice}");
    }
}

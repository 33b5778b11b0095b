//! How the console changes while letters stand at everything that one can go to: going there is pointing at
//! it, so it does nothing that the mouse does not do.

use super::{App, Effect, Notice, pointing};
use crate::screens::{Jump, Typed};

/// Puts the letters there.
pub(super) fn begin(app: &mut App) {
    app.jump = Jump::of(&app.hits);
    if app.jump.is_none() {
        app.notice = Some(Notice::Trouble("there is nothing to go to on this screen".to_owned()));
    }
}

/// Takes a letter while they stand there; `None` when they do not.
pub(super) fn typed(app: &mut App, c: char) -> Option<Vec<Effect>> {
    let typed = app.jump.as_mut()?.type_letter(c);
    if typed != Typed::More {
        app.jump = None;
    }
    Some(match typed {
        Typed::To(hit) => pointing::go(app, hit),
        Typed::More => Vec::new(),
        Typed::Nowhere => {
            let text = format!("nothing has the letter {c} here", c = c.escape_debug());
            app.notice = Some(Notice::Trouble(text));
            Vec::new()
        }
    })
}

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live as Running;
    use sudolog_core::time::Timestamp;
    use sudolog_core::wire::message::Listing;

    use super::super::{Action, Route, update};
    use super::*;
    use crate::keymap::{Key, Scope};
    use crate::screens::live::Live;
    use crate::screens::live::sample::row;
    use crate::screens::snapshot::{drawn, dump};
    use crate::source::server::{LinkState, News};
    use crate::theme::{Depth, Theme};

    fn app() -> App {
        let link =
            LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() };
        let live = Live::new(link);
        let query = live.wanted().query;
        let theme = Theme::named(Theme::DEFAULT).unwrap();
        let mut app =
            App::new(Route::Live(Box::new(live)), theme, Depth::True, Timestamp::default());
        let rows: Vec<_> = (1..=4).rev().map(|number| row(number, Running)).collect();
        let listing = Listing { total: 4, rows };
        update(&mut app, Action::Live(News::Listed(query, listing)));
        show(&mut app);
        app
    }

    /// Draws it, as after every change, so that it is known where things are.
    fn show(app: &mut App) -> String {
        let area = ratatui::layout::Rect::new(0, 0, 80, 24);
        let mut buffer = ratatui::buffer::Buffer::empty(area);
        app.hits = crate::screens::view(app, area, &mut buffer);
        dump(&buffer)
    }

    fn press(app: &mut App, key: &str) -> Vec<Effect> {
        update(app, Action::Press(key.parse::<Key>().unwrap()))
    }

    fn chosen(app: &App) -> u32 {
        let Some(Route::Live(live)) = app.route() else { panic!("no list") };
        live.sessions().chosen().unwrap().tsid.seq()
    }

    #[test]
    fn letters_stand_at_rows_and_typing_one_goes_there() {
        let mut app = app();
        assert!(press(&mut app, ";").is_empty());
        assert_eq!(app.scope(), Scope::Jump);
        let shown = show(&mut app);
        assert!(shown.contains("\na● live") && shown.contains("\nf● live"), "{shown}");
        press(&mut app, "d");
        assert_eq!((chosen(&app), app.scope()), (2, Scope::Live));
        assert!(!dump(&drawn(&app, 80, 24)).contains("\na● live"));
    }

    #[test]
    fn letters_are_keys_of_nothing_else_and_escape_takes_them_away() {
        let mut app = app();
        press(&mut app, ";");
        assert!(press(&mut app, "Esc").is_empty() && app.scope() == Scope::Live);
        press(&mut app, ";");
        assert!(press(&mut app, "q").is_empty(), "no fifth row: and q does not leave");
        assert!(app.notice.as_ref().unwrap().to_string().contains("the letter q"));
        assert_eq!((chosen(&app), app.scope()), (4, Scope::Live));
        press(&mut app, ";");
        assert!(matches!(press(&mut app, "Ctrl-c").as_slice(), [Effect::Quit(_)]));
    }

    #[test]
    fn a_label_stays_with_its_session() {
        let mut app = app();
        press(&mut app, ";");
        let Some(Route::Live(live)) = app.route() else { panic!("no list") };
        let query = live.wanted().query;
        let rows: Vec<_> = (1..=9).rev().map(|number| row(number, Running)).collect();
        update(&mut app, Action::Live(News::Listed(query, Listing { total: 9, rows })));
        show(&mut app);
        press(&mut app, "f");
        assert_eq!(chosen(&app), 1, "it was the fourth when the letters came");
    }

    #[test]
    fn tiles_of_the_wall_have_letters_and_one_that_is_chosen_is_opened() {
        let mut app = app();
        press(&mut app, "w");
        show(&mut app);
        press(&mut app, ";");
        show(&mut app);
        press(&mut app, "f");
        assert_eq!((chosen(&app), app.scope()), (1, Scope::Wall));
        show(&mut app);
        press(&mut app, ";");
        press(&mut app, "f");
        assert_eq!(app.scope(), Scope::Whole);
    }
}

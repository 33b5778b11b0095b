//! How the console changes when a theme is chosen: every one that is passed is in force at once.

use super::{App, Notice};
use crate::screens::themes::{ThemeAction, ThemeList};

/// Opens the list at the theme that is in force.
pub(super) fn open(app: &mut App) {
    let at = app.themes.iter().position(|theme| *theme == app.theme);
    app.theme_list = Some(ThemeList::new(app.themes.len(), at.unwrap_or(0), app.theme.clone()));
}

/// Does what the operator wants in the list.
pub(super) fn act(app: &mut App, action: ThemeAction) {
    let Some(list) = &mut app.theme_list else { return };
    match action {
        ThemeAction::Move(rows) => {
            list.move_by(rows);
            if let Some(theme) = app.themes.get(list.at()) {
                app.theme = theme.clone();
            }
        }
        ThemeAction::Keep => {
            let name = app.theme.name();
            let words =
                format!("theme {name} until you leave; for good: theme = \"{name}\" in tui.toml");
            app.notice = Some(Notice::Done(words));
            app.theme_list = None;
        }
        ThemeAction::Restore => {
            app.theme = list.before().clone();
            app.theme_list = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::time::Timestamp;

    use super::*;
    use crate::app::{Action, Route, update};
    use crate::keymap::{Key, Scope};
    use crate::screens::live::Live;
    use crate::source::server::LinkState;
    use crate::theme::{Depth, Theme};

    fn app() -> App {
        let live = Live::new(LinkState::Up {
            server_id: "logs.test".to_owned(),
            role: None,
            warning: String::new(),
        });
        let theme = Theme::named("dark").unwrap();
        App::new(Route::Live(Box::new(live)), theme, Depth::True, Timestamp::default())
    }

    fn press(app: &mut App, keys: &[&str]) {
        for key in keys {
            update(app, Action::Press(key.parse::<Key>().unwrap()));
        }
    }

    #[test]
    fn a_theme_is_in_force_while_it_is_looked_at_and_stays_when_it_is_taken() {
        let mut app = app();
        press(&mut app, &["t", "Down"]);
        assert_eq!((app.scope(), app.theme.name()), (Scope::Themes, "light"));
        press(&mut app, &["Enter"]);
        assert_eq!((app.scope(), app.theme.name()), (Scope::Live, "light"));
        assert!(app.notice.unwrap().to_string().contains("theme = \"light\" in tui.toml"));
    }

    #[test]
    fn going_back_restores_what_was() {
        let mut app = app();
        press(&mut app, &["t", "Down", "Down", "Up", "k", "k", "Up", "Esc"]);
        assert_eq!((app.scope(), app.theme.name(), app.notice), (Scope::Live, "dark", None));
    }

    #[test]
    fn the_ends_of_the_list_are_ends() {
        let mut app = app();
        press(&mut app, &["t"]);
        (0..20).for_each(|_| press(&mut app, &["Down"]));
        assert_eq!(app.theme.name(), "mono");
        (0..20).for_each(|_| press(&mut app, &["Up"]));
        assert_eq!(app.theme.name(), Theme::DEFAULT);
    }
}

//! The list of themes as it looks, and what holds for how every theme looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use sudolog_core::session::SessionState;
use sudolog_core::time::Timestamp;

use crate::app::{Action, App, Notice, Route, update};
use crate::keymap::Key;
use crate::screens::replay::sample::{about, read};
use crate::screens::replay::{Replay, Start};
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::screens::words;
use crate::source::Standing;
use crate::theme::{Depth, Role, Shelf, Theme};

fn app(theme: &str, depth: Depth) -> App {
    let replay = Replay::new(about(), Start::default());
    let theme = Theme::named(theme).unwrap();
    let mut app = App::new(Route::Replay(Box::new(replay)), theme, depth, Timestamp::default());
    update(&mut app, Action::Deck(read(1, &[1, 2, 30], Some(Standing::Whole))));
    press(&mut app, "Space");
    app
}

fn press(app: &mut App, key: &str) {
    update(app, Action::Press(key.parse::<Key>().unwrap()));
}

fn text(buffer: &Buffer) -> String {
    let row = |row: Rect| {
        let symbols = row.columns().map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned());
        symbols.collect::<String>().trim_end().to_owned() + "\n"
    };
    buffer.area.rows().map(row).collect()
}

#[test]
fn in_a_usual_in_a_large_and_in_a_tiny_terminal() {
    let mut app = app(Theme::DEFAULT, Depth::True);
    press(&mut app, "t");
    press(&mut app, "Down");
    at_both_sizes("themes", "list", &app);
    matches("themes", "list-40x10.txt", &dump(&drawn(&app, 40, 10)));
}

#[test]
fn the_whole_screen_has_the_look_of_the_theme_that_is_looked_at() {
    let mut app = app("dark", Depth::True);
    press(&mut app, "t");
    let ground = |app: &App| drawn(app, 80, 24)[(0, 0)].bg;
    assert_eq!(ground(&app), Color::Rgb(0x1a, 0x1d, 0x23));
    press(&mut app, "Down");
    assert_eq!(ground(&app), Color::Rgb(0xfa, 0xfa, 0xfa));
    press(&mut app, "Esc");
    assert_eq!(ground(&app), Color::Rgb(0x1a, 0x1d, 0x23));
}

#[test]
fn no_size_is_too_small_to_draw() {
    let mut app = app("dark", Depth::Mono);
    press(&mut app, "t");
    for (columns, lines) in [(0, 0), (1, 1), (2, 3), (5, 4), (12, 9), (500, 200)] {
        drawn(&app, columns, lines);
    }
    app.themes.clear();
    drawn(&app, 80, 24);
}

#[test]
fn no_state_is_told_by_colour_alone() {
    use SessionState::{Complete, Frozen, Incomplete, Lagging, Live};
    let signs = [Live, Frozen, Lagging, Complete, Incomplete].map(words::state);
    for (at, one) in signs.iter().enumerate() {
        for other in signs.iter().skip(at + 1) {
            assert_ne!(one.chars().next(), other.chars().next(), "{one} and {other}");
            let word = |text: &str| text.split(' ').next_back().unwrap().to_lowercase();
            assert_ne!(word(one), word(other));
        }
    }
    for (notice, sign) in [
        (Notice::Trouble("x".to_owned()), "! "),
        (Notice::Done("x".to_owned()), "✓ "),
        (Notice::Done("copied".to_owned()), "✓ "),
    ] {
        assert!(notice.to_string().starts_with(sign), "{notice}");
    }
    for theme in Shelf::embedded().themes() {
        let mut app = app(theme.name(), Depth::Mono);
        press(&mut app, "t");
        let shown = text(&drawn(&app, 80, 24));
        assert!(signs.iter().all(|sign| shown.contains(sign)), "{}: {shown}", theme.name());
        assert!(shown.contains(&format!("▸ {}", theme.name())), "{shown}");
    }
}

#[test]
fn what_is_chosen_is_seen_without_colours() {
    for theme in Shelf::embedded().themes() {
        let weight = |role| theme.style(role).add_modifier;
        assert!(weight(Role::Selected).contains(Modifier::REVERSED), "{}", theme.name());
        let plain = Style { fg: None, bg: None, ..theme.style(Role::Text) };
        for role in [Role::Error, Role::Key, Role::Title, Role::BarDone] {
            let style = Style { fg: None, bg: None, ..theme.style(role) };
            let needs_sign = role == Role::BarDone;
            assert!(needs_sign || style != plain, "{}: {}", theme.name(), role.name());
        }
    }
}

//! The list as it looks over a recording, and what its keys do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sudolog_core::time::Timestamp;

use crate::app::{Action, App, Effect, Pointing, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens::replay::sample::{about, read};
use crate::screens::replay::{Replay, Start};
use crate::screens::snapshot::at_both_sizes;
use crate::screens::{self, Hits};
use crate::source::Standing;
use crate::theme::{Depth, Theme};

fn app() -> App {
    let replay = Replay::new(about(), Start::default());
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let route = Route::Replay(Box::new(replay));
    let mut app = App::new(route, theme, Depth::True, Timestamp::default());
    let seconds: Vec<u64> = (1..=90).collect();
    update(&mut app, Action::Deck(read(1, &seconds, Some(Standing::Whole))));
    press(&mut app, "Space");
    app
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn type_text(app: &mut App, text: &str) {
    text.chars().for_each(|c| {
        update(app, Action::Press(Key::char(c)));
    });
}

fn shown(app: &App, columns: u16, lines: u16) -> String {
    let area = Rect::new(0, 0, columns, lines);
    let mut buffer = Buffer::empty(area);
    screens::view(app, area, &mut buffer);
    let line = |y| (0..columns).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>();
    (0..lines).map(|y| line(y).trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_palette_lists_everything_and_narrows() {
    let mut app = app();
    press(&mut app, ":");
    assert_eq!(app.scope(), Scope::Chooser);
    at_both_sizes("chooser", "palette", &app);
    type_text(&mut app, "to end");
    at_both_sizes("chooser", "narrowed", &app);
    assert_eq!(press(&mut app, "Enter"), [Effect::Show(90)]);
    assert!(app.chooser.is_none());
}

#[test]
fn a_time_is_typed_and_gone_to() {
    let mut app = app();
    press(&mut app, ":");
    type_text(&mut app, "1:05");
    assert!(shown(&app, 80, 24).contains("go to 01:05"));
    assert_eq!(press(&mut app, "Enter"), [Effect::Show(65)]);
    press(&mut app, "@");
    type_text(&mut app, "nonsense");
    assert!(shown(&app, 80, 24).contains("a time of day: @14:05"));
    assert!(press(&mut app, "Enter").is_empty(), "nothing is taken");
    assert!(press(&mut app, "Esc").is_empty() && app.chooser.is_none());
    assert_eq!(app.scope(), Scope::Replay);
}

#[test]
fn without_entered_lines_it_says_so() {
    let mut app = app();
    press(&mut app, "c");
    assert!(app.chooser.is_none());
    assert!(app.notice.unwrap().to_string().contains("no line was entered"));
}

#[test]
fn no_size_is_too_small_to_draw() {
    let mut app = app();
    press(&mut app, ":");
    for (columns, lines) in [(1, 1), (10, 3), (40, 10), (200, 60)] {
        shown(&app, columns, lines);
    }
}

#[test]
fn the_mouse_seeks_on_the_bar_and_takes_what_it_points_at() {
    let mut app = app();
    let point = |app: &mut App, pointing| {
        app.hits = drawn(app);
        update(app, Action::Point(pointing))
    };
    // The bar: ` ‖ 00:00 ` before it, ` 01:30 1x    ` behind it.
    assert_eq!(point(&mut app, Pointing::Press(38, 22)), [Effect::Show(45)]);
    assert_eq!(point(&mut app, Pointing::Drag(66, 22)), [Effect::Show(90)]);
    assert_eq!(point(&mut app, Pointing::Wheel(-3)), [Effect::Show(85)]);
    assert!(point(&mut app, Pointing::Press(39, 10)).is_empty());
    press(&mut app, ":");
    assert!(point(&mut app, Pointing::Press(39, 22)).is_empty(), "the list lies over it");
    point(&mut app, Pointing::Wheel(3));
    assert_eq!(app.chooser.as_ref().unwrap().chosen(), 3);
    type_text(&mut app, "to the beginning");
    assert_eq!(point(&mut app, Pointing::Press(10, 2)), [Effect::Show(0)]);
    assert!(app.chooser.is_none());
}

fn drawn(app: &App) -> Hits {
    let area = Rect::new(0, 0, 80, 24);
    screens::view(app, area, &mut Buffer::empty(area))
}

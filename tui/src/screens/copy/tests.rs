//! Copy mode as it looks and as the mouse uses it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Action, App, Effect, Pointing, update};
use crate::keymap::Scope;
use crate::screens::replay::view_tests::{paused, press};
use crate::screens::snapshot::{at_both_sizes, drawn, dump};
use crate::source::Standing;

/// Draws as the runtime does: what is drawn can be pointed at.
fn show(app: &mut App, columns: u16, lines: u16) {
    let area = Rect::new(0, 0, columns, lines);
    app.hits = crate::screens::view(app, area, &mut Buffer::empty(area));
}

fn point(app: &mut App, pointing: Pointing) -> Vec<Effect> {
    let effects = update(app, Action::Point(pointing));
    show(app, 120, 36);
    effects
}

#[test]
fn what_is_selected_stands_out_and_where_one_is_is_told() {
    let mut app = paused(Standing::Whole);
    press(&mut app, "y");
    at_both_sizes("copy", "begun", &app);
    ["g", "v", "j", "w"].iter().for_each(|key| drop(press(&mut app, key)));
    at_both_sizes("copy", "selected", &app);
    for (columns, lines) in [(0, 0), (1, 1), (5, 3), (40, 10), (500, 200)] {
        drawn(&app, columns, lines);
    }
}

#[test]
fn what_is_dragged_over_is_selected_and_copied_by_a_key() {
    let mut app = paused(Standing::Whole);
    show(&mut app, 120, 36);
    let (place, _) = app.hits.picture().unwrap();
    let (x, y) = (place.x, place.y);
    assert!(point(&mut app, Pointing::Press(x, y + 3)).is_empty());
    assert_eq!(app.scope(), Scope::Replay, "a click alone does nothing");
    point(&mut app, Pointing::Drag(x + 2, y + 3));
    point(&mut app, Pointing::Drag(x + 3, y + 4));
    assert_eq!(app.scope(), Scope::Copy);
    assert_eq!(press(&mut app, "y"), [Effect::Copy("line 4\nline".to_owned())]);
    assert_eq!(app.scope(), Scope::Replay);
}

#[test]
fn in_copy_mode_the_mouse_moves_the_cursor_and_nothing_else() {
    let mut app = paused(Standing::Whole);
    press(&mut app, "y");
    show(&mut app, 120, 36);
    let (place, _) = app.hits.picture().unwrap();
    point(&mut app, Pointing::Press(place.x + 1, place.y + 3));
    assert!(point(&mut app, Pointing::Press(60, 34)).is_empty(), "the bar");
    assert_eq!(press(&mut app, "Y"), [Effect::Copy("line 4\n".to_owned())]);
}

#[test]
fn the_help_lists_its_keys_and_escape_leaves_it() {
    let mut app = paused(Standing::Whole);
    press(&mut app, "y");
    press(&mut app, "?");
    let text = dump(&drawn(&app, 120, 36));
    assert!(text.contains("select a rectangle"), "{text}");
    press(&mut app, "Esc");
    assert_eq!(app.scope(), Scope::Copy);
    press(&mut app, "Esc");
    assert_eq!(app.scope(), Scope::Replay);
}

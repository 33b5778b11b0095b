//! The dialog as it looks, and a file that is asked for by keys alone.

use std::time::Duration;

use sudolog_core::time::Timestamp;

use super::*;
use crate::app::{Action, App, Effect, Notice, Route, update};
use crate::cli::ExportFormat;
use crate::keymap::{Key, Scope};
use crate::screens::replay::sample::{about, read};
use crate::screens::replay::{Replay, Start};
use crate::screens::snapshot::at_both_sizes;
use crate::source::Standing;
use crate::theme::{Depth, Theme};

fn app() -> App {
    let replay = Replay::new(about(), Start::default());
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let first = Route::Replay(Box::new(replay));
    let mut app = App::new(first, theme, Depth::True, Timestamp::default());
    update(&mut app, Action::Deck(read(1, &[2, 4], Some(Standing::Whole))));
    update(&mut app, Action::Tick(Duration::from_secs(3)));
    press(&mut app, "Space");
    app
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn say(app: &mut App, text: &str) {
    text.chars().for_each(|c| drop(update(app, Action::Press(Key::char(c)))));
}

#[test]
fn a_form_is_chosen_a_file_named_and_a_rule_typed() {
    let mut app = app();
    press(&mut app, "e");
    assert_eq!(app.scope(), Scope::Export);
    at_both_sizes("export", "form", &app);
    (0..5).for_each(|_| drop(press(&mut app, "Right")));
    press(&mut app, "Tab");
    press(&mut app, "Tab");
    say(&mut app, "pass(q");
    assert_eq!(press(&mut app, "Enter"), []);
    at_both_sizes("export", "wrong", &app);
    say(&mut app, ")");
    let request = ExportRequest {
        tsid: None,
        format: ExportFormat::Svg,
        file: "00001A.svg".into(),
        rule: Some("pass(q)".to_owned()),
        at: Duration::from_secs(3),
    };
    assert_eq!(press(&mut app, "Enter"), [Effect::Export(request)]);
    assert_eq!(app.scope(), Scope::Replay);
    update(&mut app, Action::Exported(Ok("exported to x".to_owned())));
    assert_eq!(app.notice, Some(Notice::Done("exported to x".to_owned())));
}

#[test]
fn a_name_that_was_typed_stays_and_none_is_asked_for() {
    let mut app = app();
    press(&mut app, "e");
    press(&mut app, "Left");
    press(&mut app, "Down");
    press(&mut app, "Ctrl-u");
    assert_eq!(press(&mut app, "Enter"), []);
    assert!(app.exporting.as_ref().unwrap().trouble().unwrap().contains("Name a file"));
    say(&mut app, "~/q e");
    press(&mut app, "Up");
    press(&mut app, "Space");
    let effects = press(&mut app, "Enter");
    let [Effect::Export(request)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((request.format, request.file.to_str()), (ExportFormat::Html, Some("~/q e")));
    press(&mut app, "e");
    assert_eq!((press(&mut app, "Esc"), app.scope()), (vec![], Scope::Replay));
}

#[test]
fn a_directory_gives_its_file_a_plain_name() {
    let mut about = about();
    about.name = "/logs/a b\u{1b}/".into();
    let dialog = Exporting::new(&about, Duration::ZERO);
    assert_eq!(dialog.file().text(), "a-b-u-1b-.html");
}

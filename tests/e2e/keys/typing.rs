//! The keys of the lines in which one types: text, the prompt of a search.

use super::player::{Player, SIZE, half_way};
use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_what_is_typed_does_what_the_help_says() {
    press_all(&Player::new().command, SIZE, CASES);
}

/// The prompt of a search with this in it.
fn typed(stage: &Stage, text: &str) {
    half_way(stage);
    stage.press("/");
    stage.shows("Ctrl-r regex");
    stage.type_text(text);
    stage.shows(&format!(" /{text}"));
}

/// What a letter that is typed after the key makes of `abc`.
fn moves(stage: &Stage, before: &[&str], line: &str) {
    typed(stage, "abc");
    before.iter().for_each(|key| stage.press(key));
    stage.press_it();
    stage.type_text("X");
    stage.shows(&format!(" /{line}"));
}

/// The key makes this line of `abc def`.
fn deletes(stage: &Stage, before: &[&str], line: &str) {
    typed(stage, "abc def");
    before.iter().for_each(|key| stage.press(key));
    stage.leads_to(line, |screen| {
        let prompt = screen.lines().find_map(|line| line.strip_prefix(" /"));
        prompt.and_then(|line| line.split("  ").next()) == Some(line)
    });
}

pub(super) const CASES: &[Case] = &[
    ("text.edit_left", |stage| moves(stage, &[], "abXc")),
    ("text.edit_right", |stage| moves(stage, &["Home"], "aXbc")),
    ("text.edit_home", |stage| moves(stage, &[], "Xabc")),
    ("text.edit_end", |stage| moves(stage, &["Home"], "abcX")),
    ("text.edit_backspace", |stage| deletes(stage, &[], "abc de")),
    ("text.edit_delete", |stage| deletes(stage, &["Home"], "bc def")),
    ("text.edit_word", |stage| deletes(stage, &[], "abc")),
    ("text.edit_start", |stage| deletes(stage, &["Left", "Left"], "ef")),
    ("prompt.search_accept", |stage| {
        typed(stage, "needle");
        stage.brings("/25");
        stage.shows("‖ 03:32");
    }),
    ("prompt.search_cancel", |stage| {
        typed(stage, "needle");
        stage.takes("Ctrl-r regex");
        stage.lacks("/needle");
    }),
    ("prompt.search_regex", |stage| {
        typed(stage, "needle");
        stage.brings("regex /needle");
    }),
];

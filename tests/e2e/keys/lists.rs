//! The keys of what lies over the player: the help, the themes, the hits of a search, and the list of
//! what can be done.

use std::cell::RefCell;

use super::player::{Player, SIZE, half_way, searched};
use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_a_list_does_what_the_help_says() {
    press_all(&Player::new().command, SIZE, CASES);
}

/// In the help of a terminal that is too small for all of it, scrolled by these keys.
fn help(stage: &Stage, before: &[&str]) {
    half_way(stage);
    stage.resize(12, 80);
    stage.press("?");
    stage.shows("Keys: ↓ shows more");
    scroll(stage, before);
}

/// Presses keys of which each changes the screen.
fn scroll(stage: &Stage, keys: &[&str]) {
    for key in keys {
        let shown = at_rest(stage);
        stage.press(key);
        stage.until("another screen", |_| stage.styled() != shown);
    }
    at_rest(stage);
}

/// The screen once it stays as it is: half of a frame is not what a key has brought.
fn at_rest(stage: &Stage) -> String {
    let before = RefCell::new(String::new());
    stage.until("the screen to rest", |_| {
        let now = stage.styled();
        before.replace(now.clone()) == now
    });
    before.into_inner()
}

/// The title of the list of hits says which is chosen.
fn hit(stage: &Stage, before: &[&str], chosen: u32) {
    searched(stage);
    stage.press("H");
    stage.shows("14 of 25 for /needle");
    scroll(stage, before);
    stage.brings(&format!("┌ {chosen} of 25 for /needle"));
}

/// In the list of what can be done, the line that is chosen after the key; the first is 1.
fn choice(stage: &Stage, before: &[&str], chosen: usize) {
    half_way(stage);
    stage.press(":");
    stage.shows("> ");
    scroll(stage, before);
    stage.leads_to(&format!("line {chosen} to be chosen"), |screen| {
        let place = |sign: &str| screen.lines().position(|line| line.contains(sign));
        place("│> ").zip(place("│ : ")).is_some_and(|(at, top)| at == top + chosen)
    });
}

/// In the list of themes, at the one that is in force.
fn themes(stage: &Stage) {
    half_way(stage);
    stage.press("t");
    stage.shows("▸ terminal-16");
}

/// True when the ground has a colour, as in the theme `dark`: `terminal-16` leaves it to the terminal.
fn is_painted(styled: &str) -> bool {
    styled.contains("48;5;") || styled.contains("48;2;")
}

pub(super) const CASES: &[Case] = &[
    ("help.help_down", |stage| {
        help(stage, &[]);
        stage.takes("│ Play");
        stage.shows("play or pause");
    }),
    ("help.help_up", |stage| {
        help(stage, &["Down"]);
        stage.brings("│ Play");
    }),
    ("help.help_page_down", |stage| {
        help(stage, &[]);
        stage.takes("play or pause");
    }),
    ("help.help_page_up", |stage| {
        help(stage, &["PgDn"]);
        stage.brings("play or pause");
    }),
    ("themes.theme_down", |stage| {
        themes(stage);
        stage.brings("▸ dark");
    }),
    ("themes.theme_up", |stage| {
        themes(stage);
        scroll(stage, &["Down"]);
        stage.brings("▸ terminal-16");
    }),
    ("themes.theme_keep", |stage| {
        themes(stage);
        scroll(stage, &["Down"]);
        stage.brings("theme dark until you leave");
    }),
    ("themes.theme_restore", |stage| {
        themes(stage);
        scroll(stage, &["Down"]);
        assert!(is_painted(&stage.styled()), "dark is in force while it is looked at");
        stage.takes("▸ dark");
        stage.until("the colours of before", |_| !is_painted(&stage.styled()));
    }),
    ("hits.hit_below", |stage| hit(stage, &[], 15)),
    ("hits.hit_above", |stage| hit(stage, &[], 13)),
    ("hits.hits_down", |stage| hit(stage, &[], 24)),
    ("hits.hits_up", |stage| hit(stage, &[], 4)),
    ("hits.first_hit", |stage| hit(stage, &[], 1)),
    ("hits.last_hit", |stage| hit(stage, &[], 25)),
    ("hits.choose_hit", |stage| {
        searched(stage);
        stage.press("H");
        stage.shows("14 of 25 for /needle");
        scroll(stage, &["g"]);
        stage.brings("‖ 00:04");
    }),
    ("hits.jump_to_hit", |stage| {
        searched(stage);
        stage.press("H");
        stage.shows("14 of 25 for /needle");
        stage.leads_to("letters", |screen| screen.contains("│a00:"));
        stage.press("a");
        // The first row that is there; one stands above it.
        stage.shows("┌ 2 of 25 for /needle");
    }),
    ("hits.search_again", |stage| {
        searched(stage);
        stage.press("H");
        stage.shows("14 of 25 for /needle");
        stage.brings("Ctrl-r regex");
    }),
    ("hits.close_hits", |stage| {
        searched(stage);
        stage.press("H");
        stage.takes("14 of 25 for /needle");
        stage.shows("‖ 03:32");
    }),
    ("chooser.choose_down", |stage| choice(stage, &[], 2)),
    ("chooser.choose_up", |stage| choice(stage, &["Down", "Down"], 2)),
    ("chooser.choose_page_down", |stage| choice(stage, &[], 11)),
    ("chooser.choose_page_up", |stage| choice(stage, &["PgDn", "Down"], 2)),
    ("chooser.pick", |stage| {
        half_way(stage);
        stage.press(":");
        stage.shows("What to do");
        stage.type_text("01:40");
        stage.shows("go to 01:40");
        stage.brings("‖ 01:40");
    }),
    ("chooser.let_be", |stage| {
        half_way(stage);
        stage.press(":");
        stage.takes("What to do");
    }),
];

//! The keys of the dialog that exports what is played.

use super::player::{Player, SIZE};
use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_the_export_dialog_does_what_the_help_says() {
    let player = Player::new();
    press_all(&player.command, SIZE, CASES);
}

fn dialog(stage: &Stage) {
    stage.shows("tick-0");
    stage.press("e");
    stage.shows("As:   ‹ html ›");
}

pub(super) const CASES: &[Case] = &[
    ("replay.export", |stage| {
        stage.shows("tick-0");
        stage.brings("As:   ‹ html ›");
    }),
    ("export.export_next", |stage| {
        dialog(stage);
        stage.brings("A file that exists is kept.");
    }),
    ("export.export_previous", |stage| {
        dialog(stage);
        stage.brings("A regular expression:");
    }),
    ("export.export_cancel", |stage| {
        dialog(stage);
        stage.takes("As:   ‹ html ›");
        stage.lacks("exporting");
    }),
    ("export.export_write", |stage| {
        dialog(stage);
        stage.press("Tab");
        stage.press("Ctrl-u");
        stage.type_text("~/exported");
        stage.brings("✓ exported");
    }),
];

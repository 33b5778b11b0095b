//! The colours of a picture. A recording does not say which sixteen colours its terminal had; these can be
//! read on a dark ground.

use sudolog_core::term::{Color, Style};

use crate::theme::xterm_rgb;

/// Foreground and background of a cell as `#rrggbb`, exchanged where it is inverse.
pub(in crate::commands::export) fn colours(style: Style) -> (String, String) {
    let ink = hex(style.foreground, INK);
    let ground = hex(style.background, GROUND);
    if style.inverse { (ground, ink) } else { (ink, ground) }
}

fn hex(color: Color, default: &str) -> String {
    match color {
        Color::Default => default.to_owned(),
        Color::Indexed(index) => match BASIC.get(usize::from(index)) {
            Some(basic) => (*basic).to_owned(),
            None => of_rgb(xterm_rgb(index)),
        },
        Color::Rgb(red, green, blue) => of_rgb([red, green, blue]),
    }
}

fn of_rgb([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

pub(in crate::commands::export) const GROUND: &str = "#16181d";
pub(in crate::commands::export) const INK: &str = "#d8dae0";
const BASIC: [&str; 16] = [
    "#000000", "#d0433d", "#3fa45b", "#c9a227", "#4a86d8", "#b060c4", "#2fa3b5", "#c8cad0",
    "#6c7280", "#f0716b", "#6fd08c", "#eccb5a", "#7fb0f2", "#d491e4", "#66cbdb", "#ffffff",
];

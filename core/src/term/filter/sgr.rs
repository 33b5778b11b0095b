//! Colours and styles in the forms that the emulator understands.
//!
//! `38:2::r:g:b` becomes `38;2;r;g;b`, underline styles become plain underline, underline colours
//! are dropped with their arguments. Blink, conceal and strike have no cell style, so that
//! concealed text is seen.

use std::fmt::Write as _;

use crate::term::emulator::Emulator;

/// Writes SGR with the parameters `rest` (digits, `;` and `:`).
pub(super) fn write(rest: &[u8], emulator: &mut Emulator) {
    let out = rewrite(rest);
    if !out.is_empty() {
        emulator.write_fmt(format_args!("\x1b[{out}m"));
    }
}

/// A number of any length, clamped; no digits are 0.
pub(super) fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0_u16, |number, byte| {
        number.saturating_mul(10).saturating_add(u16::from(byte.wrapping_sub(b'0')))
    })
}

fn rewrite(rest: &[u8]) -> String {
    let mut out = String::new();
    let mut fields = rest.split(|b| *b == b';');
    while let Some(field) = fields.next() {
        let mut parts = field.split(|b| *b == b':').map(number);
        let code = parts.next().unwrap_or(0);
        let parts: Vec<u16> = parts.collect();
        let style = match code {
            38 | 48 | 58 if parts.is_empty() => color_of_fields(&mut fields),
            38 | 48 | 58 => color_of_parts(&parts),
            4 if parts.first() == Some(&0) => Style::Code(24),
            4 | 21 => Style::Code(4),
            59 => Style::Nothing,
            code => Style::Code(code),
        };
        push(&mut out, code, style);
    }
    out
}

enum Style {
    Code(u16),
    Indexed(u16),
    Rgb(u16, u16, u16),
    Nothing,
}

/// `38;5;n` and `38;2;r;g;b`: the colour stands in the fields that follow.
fn color_of_fields<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Style {
    let mut next = || fields.next().map_or(0, number);
    match next() {
        5 => Style::Indexed(next()),
        2 => Style::Rgb(next(), next(), next()),
        _ => Style::Nothing,
    }
}

/// `38:5:n`, `38:2:r:g:b`, and `38:2:space:r:g:b` of ISO 8613-6.
fn color_of_parts(parts: &[u16]) -> Style {
    match *parts {
        [5, index, ..] => Style::Indexed(index),
        [2, r, g, b] | [2, _, r, g, b, ..] => Style::Rgb(r, g, b),
        _ => Style::Nothing,
    }
}

/// Colours out of range and underline colours change nothing.
fn push(out: &mut String, code: u16, style: Style) {
    let separator = if out.is_empty() { "" } else { ";" };
    // Writing to a String cannot fail.
    let _ = match style {
        Style::Code(code) => write!(out, "{separator}{code}"),
        Style::Indexed(index) if code != 58 && index < 256 => {
            write!(out, "{separator}{code};5;{index}")
        }
        Style::Rgb(r, g, b) if code != 58 && r.max(g).max(b) < 256 => {
            write!(out, "{separator}{code};2;{r};{g};{b}")
        }
        _ => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_underlines_take_the_emulators_form() {
        for (given, expected) in [
            ("", "0"),
            ("1;31", "1;31"),
            ("38:2::10:20:30", "38;2;10;20;30"),
            ("38:2:10:20:30", "38;2;10;20;30"),
            ("48:5:200;1", "48;5;200;1"),
            ("38;2;1;2;3;4:3", "38;2;1;2;3;4"),
            ("4:0", "24"),
            ("21", "4"),
            ("58;5;1;7", "7"),
            ("58:2::1:2:3", ""),
            ("59;3", "3"),
            ("38;5;999;1", "1"),
            ("99999999999", "65535"),
        ] {
            assert_eq!(rewrite(given.as_bytes()), expected, "{given}");
        }
    }
}

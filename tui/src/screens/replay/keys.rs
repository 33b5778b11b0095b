//! What was typed, in one line.

use sudolog_core::term::{Keystroke, TypedKey};

/// The keys as they are shown; characters that the terminal did not show as dots.
pub(super) fn line<'a>(keys: impl Iterator<Item = &'a Keystroke>) -> String {
    let mut line = String::new();
    for key in keys {
        match key.key {
            TypedKey::Shown(' ') => line.push('␣'),
            TypedKey::Shown(c) => line.push(c),
            TypedKey::Hidden => line.push('•'),
            TypedKey::Named(name) if name.chars().count() > 1 => {
                line.push_str(&format!("<{name}>"));
            }
            TypedKey::Named(name) => line.push_str(name),
            TypedKey::Ctrl(c) => line.push_str(&format!("^{c}")),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn keys_are_told_apart_from_text() {
        let keys = [
            TypedKey::Shown('l'),
            TypedKey::Shown(' '),
            TypedKey::Hidden,
            TypedKey::Named("⏎"),
            TypedKey::Named("PgUp"),
            TypedKey::Ctrl('C'),
        ];
        let keys = keys.map(|key| Keystroke { elapsed: Duration::ZERO, key });
        assert_eq!(line(keys.iter()), "l␣•⏎<PgUp>^C");
    }
}

//! One key as it is written in the registry and in a keymap file: `q`, `Space`, `Left`, `Ctrl-c`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key with its modifiers. Shift is part of the character, not a modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Text that names no key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a key is one character or a name such as Space, Left or Ctrl-c, not {0:?}")]
pub struct KeyError(String);

impl Key {
    /// The key of an event; `None` for releases and for keys that nothing can be bound to.
    pub fn of(event: KeyEvent) -> Option<Self> {
        (event.kind != KeyEventKind::Release).then_some(())?;
        let kept = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let code = match event.code {
            KeyCode::Char(c) if kept.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(c.to_ascii_lowercase())
            }
            code => code,
        };
        Some(Self { code, modifiers: kept })
    }

    /// The character that it types; `None` for keys that do something else.
    pub fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }

    /// The key of a character.
    pub fn char(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::NONE }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (modifiers, name) = match text.split_once('-') {
            Some(("Ctrl", name)) => (KeyModifiers::CONTROL, name),
            Some(("Alt", name)) => (KeyModifiers::ALT, name),
            _ => (KeyModifiers::NONE, text),
        };
        let mut chars = name.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => Some(KeyCode::Char(c)),
            _ => NAMES.iter().find(|(_, written, _)| *written == name).map(|(code, ..)| *code),
        };
        let code = code.ok_or_else(|| KeyError(text.to_owned()))?;
        Ok(Self { code, modifiers })
    }
}

/// As it is shown to the operator: arrows as arrows.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("Ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        match NAMES.iter().find(|(code, ..)| *code == self.code) {
            Some((_, _, shown)) => f.write_str(shown),
            None => self.code.fmt(f),
        }
    }
}

/// Keys that have a name: the code, how it is written, how it is shown.
const NAMES: [(KeyCode, &str, &str); 15] = [
    (KeyCode::Char(' '), "Space", "Space"),
    (KeyCode::Left, "Left", "←"),
    (KeyCode::Right, "Right", "→"),
    (KeyCode::Up, "Up", "↑"),
    (KeyCode::Down, "Down", "↓"),
    (KeyCode::Home, "Home", "Home"),
    (KeyCode::End, "End", "End"),
    (KeyCode::PageUp, "PgUp", "PgUp"),
    (KeyCode::PageDown, "PgDn", "PgDn"),
    (KeyCode::Enter, "Enter", "Enter"),
    (KeyCode::Esc, "Esc", "Esc"),
    (KeyCode::Tab, "Tab", "Tab"),
    (KeyCode::Backspace, "Backspace", "Backspace"),
    (KeyCode::Delete, "Delete", "Del"),
    (KeyCode::F(1), "F1", "F1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
        Key::of(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn keys_are_read_as_the_terminal_sends_them() {
        let read = |text: &str| text.parse::<Key>().ok();
        assert_eq!(read("q"), pressed(KeyCode::Char('q'), KeyModifiers::NONE));
        assert_eq!(read("R"), pressed(KeyCode::Char('R'), KeyModifiers::SHIFT));
        assert_eq!(read("-"), pressed(KeyCode::Char('-'), KeyModifiers::NONE));
        assert_eq!(read("Space"), pressed(KeyCode::Char(' '), KeyModifiers::NONE));
        assert_eq!(read("Ctrl-c"), pressed(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert_eq!(read("Left"), pressed(KeyCode::Left, KeyModifiers::NONE));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "Sapce", "Ctrl-", "Hyper-x", "qq"] {
            assert_eq!(text.parse::<Key>(), Err(KeyError(text.to_owned())));
        }
    }

    #[test]
    fn only_a_character_by_itself_types_text() {
        let text = |key: &str| key.parse::<Key>().unwrap().text();
        assert_eq!((text("é"), text("Space"), text("?")), (Some('é'), Some(' '), Some('?')));
        assert_eq!(
            (text("Ctrl-u"), text("Alt-x"), text("Left"), text("F1")),
            (None, None, None, None)
        );
    }

    #[test]
    fn a_release_is_no_key() {
        let mut event = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        assert_eq!(Key::of(event), None);
    }
}

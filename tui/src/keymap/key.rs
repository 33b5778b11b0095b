//! One key as it is written in the registry and in a keymap file: `q`, `Space`, `Left`, `Ctrl-c`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use sudolog_core::untrusted::is_misleading;

use crate::nearest::nearest;

/// A key with its modifiers. Shift is part of the character, not a modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Text that names no key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a key is one character or a name such as Space, Left or Ctrl-c, not {text:?}{}", meant(.near))]
pub struct KeyError {
    text: String,
    /// What was meant, perhaps.
    near: Option<String>,
}

fn meant(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| format!(": did you mean {near}?"))
}

impl Key {
    /// The key of an event; `None` for releases and for keys that nothing can be bound to.
    pub fn of(event: KeyEvent) -> Option<Self> {
        (event.kind != KeyEventKind::Release).then_some(())?;
        let kept = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        Some(Self { code: lower(event.code, kept), modifiers: kept })
    }

    /// The character that it types; `None` for keys that do something else.
    pub fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }

    /// As it is written in a keymap file: the inverse of `parse`.
    pub fn written(self) -> String {
        let ctrl = if self.modifiers.contains(KeyModifiers::CONTROL) { "Ctrl-" } else { "" };
        let alt = if self.modifiers.contains(KeyModifiers::ALT) { "Alt-" } else { "" };
        let name = NAMES.iter().find(|(code, ..)| *code == self.code);
        let name =
            name.map_or_else(|| self.code.to_string(), |(_, written, _)| (*written).to_owned());
        format!("{ctrl}{alt}{name}")
    }

    /// A character with Ctrl.
    pub(super) const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
    }

    /// The key of a character.
    pub fn char(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::NONE }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (mut modifiers, mut name) = (KeyModifiers::NONE, text);
        while let Some((prefix, rest)) = name.split_once('-').filter(|(_, rest)| !rest.is_empty()) {
            modifiers |= match prefix {
                "Ctrl" => KeyModifiers::CONTROL,
                "Alt" => KeyModifiers::ALT,
                _ => break,
            };
            name = rest;
        }
        let mut chars = name.chars();
        let code = match (chars.next(), chars.next()) {
            // Nobody can press a control, nor see it in a help.
            (Some(c), None) => Some(KeyCode::Char(c)).filter(|_| !is_misleading(c)),
            _ => NAMES.iter().find(|(_, written, _)| *written == name).map(|(code, ..)| *code),
        };
        let key = code.map(|code| Self { code: lower(code, modifiers), modifiers });
        key.ok_or_else(|| KeyError::of(text))
    }
}

impl KeyError {
    fn of(text: &str) -> Self {
        let names = NAMES.iter().map(|(_, written, _)| *written);
        let (prefix, name) = text.rsplit_once('-').unwrap_or(("", text));
        let near = nearest(name, names).map(|name| match prefix {
            "" => name.to_owned(),
            prefix => format!("{prefix}-{name}"),
        });
        Self { text: text.chars().take(TEXT_CHARS_MAX).collect(), near }
    }
}

/// With Ctrl a terminal does not tell large letters from small ones.
fn lower(code: KeyCode, modifiers: KeyModifiers) -> KeyCode {
    match code {
        KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
            KeyCode::Char(c.to_ascii_lowercase())
        }
        code => code,
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
const NAMES: [(KeyCode, &str, &str); 28] = [
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
    (KeyCode::Insert, "Insert", "Ins"),
    (KeyCode::BackTab, "Shift-Tab", "Shift-Tab"),
    (KeyCode::F(1), "F1", "F1"),
    (KeyCode::F(2), "F2", "F2"),
    (KeyCode::F(3), "F3", "F3"),
    (KeyCode::F(4), "F4", "F4"),
    (KeyCode::F(5), "F5", "F5"),
    (KeyCode::F(6), "F6", "F6"),
    (KeyCode::F(7), "F7", "F7"),
    (KeyCode::F(8), "F8", "F8"),
    (KeyCode::F(9), "F9", "F9"),
    (KeyCode::F(10), "F10", "F10"),
    (KeyCode::F(11), "F11", "F11"),
    (KeyCode::F(12), "F12", "F12"),
];

/// Of a text that is no key, so much is repeated.
const TEXT_CHARS_MAX: usize = 32;

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
        for text in ["", "Sapce", "Ctrl-", "Hyper-x", "qq", "\u{1b}", "\u{202e}"] {
            let error = text.parse::<Key>().unwrap_err();
            assert_eq!(error.text, text);
        }
        let told = |text: &str| text.parse::<Key>().unwrap_err().to_string();
        assert!(told("Sapce").ends_with("not \"Sapce\": did you mean Space?"), "{}", told("Sapce"));
        assert!(told("Ctrl-Lfet").ends_with("did you mean Ctrl-Left?"), "{}", told("Ctrl-Lfet"));
        assert!(told("qq").ends_with("not \"qq\""), "{}", told("qq"));
    }

    #[test]
    fn every_key_is_written_as_it_is_read() {
        for text in
            NAMES.iter().map(|(_, written, _)| *written).chain(["q", "-", "Ctrl-Alt-x", "Ctrl--"])
        {
            let key = text.parse::<Key>().unwrap();
            assert_eq!(key.written(), text);
            assert_eq!(key.written().parse(), Ok(key));
        }
        assert_eq!("Ctrl-X".parse::<Key>().unwrap().written(), "Ctrl-x");
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

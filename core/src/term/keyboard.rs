//! What keys send: the bytes from a keyboard, key by key.

use super::typing::TypedKey;

/// What one key sends.
pub(super) enum Pressed {
    Text(char),
    Key(TypedKey),
}

/// The first key of some input and its length in bytes; no key for what is none. `None` when the input
/// ends before the key does.
pub(super) fn next_key(input: &[u8]) -> Option<(usize, Option<Pressed>)> {
    let named = |name| Some(Pressed::Key(TypedKey::Named(name)));
    let key = match *input.first()? {
        0x1b => return sequence(input),
        b'\r' | b'\n' => (1, Some(Pressed::Key(ENTER))),
        b'\t' => (1, named("⇥")),
        0x08 | 0x7f => (1, named("⌫")),
        control @ ..=0x1f => {
            let letter = char::from(control + 0x40);
            (1, Some(Pressed::Key(TypedKey::Ctrl(letter))))
        }
        ascii @ ..0x80 => (1, Some(Pressed::Text(char::from(ascii)))),
        _ => return character(input),
    };
    Some(key)
}

fn character(input: &[u8]) -> Option<(usize, Option<Pressed>)> {
    let head = input.get(..4).unwrap_or(input);
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        // More of it may come.
        Err(error) if error.error_len().is_none() => return None,
        Err(_) => return Some((1, None)),
    };
    let c = valid.chars().next()?;
    Some((c.len_utf8(), Some(Pressed::Text(c))))
}

/// An escape sequence as terminals send them for keys (ECMA-48 section 8.3.16, VT220 function keys).
fn sequence(input: &[u8]) -> Option<(usize, Option<Pressed>)> {
    let second = *input.get(1)?;
    if !matches!(second, b'[' | b'O') {
        // Alt and a key: the key by itself is told.
        return Some((1, Some(Pressed::Key(TypedKey::Named("Alt-")))));
    }
    let body = input.get(2..).unwrap_or_default();
    let Some(end) = body.iter().position(|byte| matches!(byte, 0x40..=0x7e)) else {
        return (input.len() >= SEQUENCE_BYTES_MAX).then_some((input.len(), None));
    };
    let length = end + 3;
    let text = body.get(..=end).unwrap_or_default();
    let name = KEY_SEQUENCES.iter().find(|(sent, _)| *sent == text).map(|(_, name)| *name);
    let is_paste = matches!(text, b"200~" | b"201~");
    let key = if is_paste { None } else { Some(name.unwrap_or("‹key›")) };
    Some((length, key.map(|name| Pressed::Key(TypedKey::Named(name)))))
}
/// True for the beginning of a key that more bytes may complete. ESC by itself is a key.
pub(super) fn is_begun(rest: &[u8]) -> bool {
    rest.len() < SEQUENCE_BYTES_MAX && rest != b"\x1b"
}

/// The sign for a key of this name, as far as it is one of ours.
pub(super) fn key_named(name: &str) -> &'static str {
    let signs = KEY_SEQUENCES.iter().map(|(_, sign)| *sign);
    signs.chain(["⏎", "⇥", "⌫", "Esc", "Alt-"]).find(|sign| *sign == name).unwrap_or("‹key›")
}

/// The key that enters a line.
pub(super) const ENTER: TypedKey = TypedKey::Named("⏎");
/// Longer ones are no keys.
const SEQUENCE_BYTES_MAX: usize = 32;

const KEY_SEQUENCES: [(&[u8], &str); 17] = [
    (b"A", "↑"),
    (b"B", "↓"),
    (b"C", "→"),
    (b"D", "←"),
    (b"H", "Home"),
    (b"F", "End"),
    (b"1~", "Home"),
    (b"4~", "End"),
    (b"2~", "Ins"),
    (b"3~", "Del"),
    (b"5~", "PgUp"),
    (b"6~", "PgDn"),
    (b"Z", "⇤"),
    (b"P", "F1"),
    (b"Q", "F2"),
    (b"R", "F3"),
    (b"S", "F4"),
];

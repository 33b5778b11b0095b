//! What keys send: the bytes from a keyboard, key by key.

/// Which key was pressed, as far as it may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedKey {
    /// A character that the terminal showed. Never one that acts or misleads.
    Shown(char),
    /// A character that it did not show.
    Hidden,
    /// A key that types nothing, by the sign for it.
    Named(&'static str),
    /// Ctrl and this letter or sign.
    Ctrl(char),
}

/// What one key sends.
pub(super) enum Pressed {
    Text(char),
    Key(TypedKey),
}

/// The keys of some input, in order. What is none is passed over.
pub(super) struct Keys {
    bytes: Vec<u8>,
    read: usize,
}

impl Keys {
    /// The keys of `data`, to which `begun` is left of the input before it.
    pub(super) fn new(mut begun: Vec<u8>, data: &[u8]) -> Self {
        begun.extend_from_slice(data);
        Self { bytes: begun, read: 0 }
    }

    /// What is left once all keys are taken: the beginning of one that the next input goes on with, or
    /// ESC, which may be one and may be a key by itself.
    pub(super) fn into_begun(self) -> Vec<u8> {
        let rest = self.rest();
        if rest.len() < SEQUENCE_BYTES_MAX { rest.to_vec() } else { Vec::new() }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }
}

impl Iterator for Keys {
    type Item = Pressed;

    fn next(&mut self) -> Option<Pressed> {
        loop {
            let (length, key) = next_key(self.rest())?;
            self.read += length;
            if key.is_some() {
                return key;
            }
        }
    }
}

/// The first key of some input and its length in bytes; no key for what is none. `None` when the input
/// ends before the key does.
fn next_key(input: &[u8]) -> Option<(usize, Option<Pressed>)> {
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

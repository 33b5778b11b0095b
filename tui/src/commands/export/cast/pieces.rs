//! Bytes to text, though a character may come in pieces.

/// What waits for the rest of its character.
#[derive(Default)]
pub(super) struct Pieces(Vec<u8>);

impl Pieces {
    /// All that is whole; what can never become a character is replaced by `�`.
    pub(super) fn take(&mut self, bytes: &[u8]) -> String {
        self.0.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.0.len());
        let mut rest = Vec::new();
        let mut chunks = self.0.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            match chunk.invalid() {
                [] => {}
                piece if chunks.peek().is_none() && may_go_on(piece) => rest = piece.to_vec(),
                _ => text.push(char::REPLACEMENT_CHARACTER),
            }
        }
        self.0 = rest;
        text
    }
}

/// True when more bytes could make a character of these.
fn may_go_on(piece: &[u8]) -> bool {
    std::str::from_utf8(piece).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_character_is_replaced_and_what_may_become_one_waits() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.take(b"a\xe6\x97"), "a");
        assert_eq!(pieces.take(b"\xa5b\xff\xc3"), "日b\u{fffd}");
        assert_eq!(pieces.take(b"x"), "\u{fffd}x");
    }

    proptest! {
        #[test]
        fn text_survives_any_cut(text: String, cuts in prop::collection::vec(0usize..50, 0..5)) {
            let mut pieces = Pieces::default();
            let mut rest = text.as_bytes();
            let mut out = String::new();
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                out += &pieces.take(head);
                rest = tail;
            }
            out += &pieces.take(rest);
            prop_assert_eq!(out, text);
        }
    }
}

//! asciicast version 2 (<https://docs.asciinema.org/manual/asciicast/v2/>): output, window sizes, and
//! a marker where the command was suspended. What was typed is left out: it may be a password, and
//! a cast is made to be shown around.

use std::io;
use std::time::Duration;

use serde::Serialize;
use sudolog_core::session::{Event, EventKind};

use super::{Encoder, Sink};
use crate::commands::json::{text, write_line};
use crate::deck::size;
use crate::source::About;

/// The state of one stream's encoding: characters may be cut between events.
pub(super) struct Cast {
    size: (u16, u16),
    terminal: Pieces,
    stdout: Pieces,
    stderr: Pieces,
}

#[derive(Serialize)]
struct Header {
    version: u8,
    width: u16,
    height: u16,
    timestamp: i64,
    command: String,
    title: String,
}

impl Cast {
    pub(super) fn new(about: &About) -> Self {
        let (terminal, stdout, stderr) = Default::default();
        Self { size: size(about.lines, about.columns), terminal, stdout, stderr }
    }
}

impl Encoder for Cast {
    fn begin(&mut self, out: &mut Sink, about: &About) -> io::Result<()> {
        let (height, width) = self.size;
        let command = text(&about.command);
        let who = format!("{}@{}", about.user.escaped(), about.host.escaped());
        let title = format!("{who} as {}: {}", about.run_user.escaped(), about.command.escaped());
        let timestamp = about.start.seconds;
        write_line(out, &Header { version: 2, width, height, timestamp, command, title })
    }

    fn event(&mut self, out: &mut Sink, event: &Event, elapsed: Duration) -> io::Result<()> {
        let (code, text) = match (event.kind(), event.winsize(), event.signal_name()) {
            (EventKind::Ttyout, ..) => ("o", self.terminal.take(event.data())),
            (EventKind::Stdout, ..) => ("o", with_returns(&self.stdout.take(event.data()))),
            (EventKind::Stderr, ..) => ("o", with_returns(&self.stderr.take(event.data()))),
            (_, Some((lines, columns)), _) => ("r", format!("{columns}x{lines}")),
            (_, _, Some(signal)) => ("m", format!("SIG{signal}")),
            _ => return Ok(()),
        };
        if text.is_empty() {
            return Ok(());
        }
        // Microseconds, as asciinema itself writes them.
        let time = (elapsed.as_secs_f64() * 1e6).round() / 1e6;
        write_line(out, &(time, code, text))
    }
}

/// Bytes to text, though a character may come in pieces.
#[derive(Default)]
struct Pieces(Vec<u8>);

impl Pieces {
    /// All that is whole; what can never become a character is replaced by `�`.
    fn take(&mut self, bytes: &[u8]) -> String {
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

/// Output that went to no terminal, as one shows it.
fn with_returns(text: &str) -> String {
    text.replace('\n', "\r\n")
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

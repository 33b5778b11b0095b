//! What the server says of itself: lines on stderr, safe to show whatever they quote.
//!
//! Names, messages and errors quote what hosts and consoles send, so every line passes one escape
//! here, at the boundary: no line can forge another or steer the reader's terminal (invariant I6).

use std::fmt::Write as _;
use std::io::{self, Write};

use sudolog_core::untrusted::is_misleading;
use tracing_subscriber::EnvFilter;

/// Sends what the program logs to stderr, panics included. `SUDOLOG_LOG=debug` (a filter of
/// `tracing_subscriber::EnvFilter`) asks for more than the usual.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("SUDOLOG_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    // A second call in one process keeps the first log.
    let _ = subscriber.with_writer(|| Inert(io::stderr())).try_init();
    std::panic::set_hook(Box::new(|panic| tracing::error!("ALARM: {panic}")));
    sudolog_core::term::quiet_panic_hook();
}

/// Writes lines with everything escaped that is not plain text. Each `write` is one line.
struct Inert<W>(W);

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let (text, end) = match line.strip_suffix(b"\n") {
            Some(text) => (text, "\n"),
            None => (line, ""),
        };
        self.0.write_all((inert(text) + end).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn inert(text: &[u8]) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    // Writing to a string cannot fail.
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_misleading(c) {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            } else {
                safe.push(c);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(safe, "\\x{byte:02x}");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_steers_nothing() {
        let mut log = Inert(Vec::new());
        let hostile = b"web1: \x1b]0;title\x07 a\nb \xff \xe2\x80\xae \\x1b\n";
        assert_eq!(log.write(hostile).unwrap(), hostile.len());
        let shown = String::from_utf8(log.0).unwrap();
        assert_eq!(
            shown, "web1: \\u{1b}]0;title\\u{7} a\\u{a}b \\xff \\u{202e} \\x1b\n",
            "what is escaped already stays as it is"
        );
    }
}

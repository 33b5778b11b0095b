//! Text for the operator's clipboard by OSC 52 (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>):
//! the one way that works over SSH. The terminal may refuse, and does not say so.

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

/// What to write to the terminal. tmux takes OSC 52 from programs only with `set-clipboard on`, and hands on
/// what is wrapped for it only with `allow-passthrough on`: it gets both.
pub fn sequences(text: &str, in_tmux: bool) -> String {
    let mut plain = String::new();
    // Writing to a String cannot fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain);
    if in_tmux {
        let wrapped = plain.replace('\x1b', "\x1b\x1b");
        plain.push_str(&format!("\x1bPtmux;{wrapped}\x1b\\"));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_encoded_and_wrapped_for_tmux() {
        assert_eq!(sequences("foo\n", false), "\x1b]52;c;Zm9vCg==\x1b\\");
        assert_eq!(
            sequences("foo\n", true),
            "\x1b]52;c;Zm9vCg==\x1b\\\x1bPtmux;\x1b\x1b]52;c;Zm9vCg==\x1b\x1b\\\x1b\\"
        );
    }

    #[test]
    fn no_text_can_end_the_sequence() {
        let sent = sequences("\x1b\\\x07\u{9c}\x1b]0;x\x07", false);
        assert!(sent.starts_with("\x1b]52;c;") && sent.ends_with("\x1b\\"));
        let payload = &sent[7..sent.len() - 2];
        assert!(payload.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)));
    }
}

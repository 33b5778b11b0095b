//! What the console writes to the operator's terminal while it shows hostile recordings: nothing but
//! what it is known to need (invariant I6).

use std::fs;
use std::path::Path;

use sudolog_core::untrusted::is_misleading;
use sudolog_tests::{Pty, programs, wait};

/// Bytes meant for the operator's terminal: titles, clipboard, links, colours, files, queries, modes,
/// C1 controls, torn characters, text that reads backwards.
const HOSTILE: &[&[u8]] = &[
    b"\x1b]0;owned\x07\x1b[21t",
    b"\x1b]52;c;cm0gLXJmIC8=\x07",
    b"\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    b"\x1b]4;1;?\x07\x1b]10;?\x07\x1b]11;?\x1b\\",
    b"\x1b]1337;File=inline=1:AAAA\x07\x1b]777;notify;a;b\x07",
    b"\x1bP$qm\x1b\\\x1bP+q544e\x1b\\\x1bPtmux;\x1b\x1b]0;x\x07\x1b\\",
    b"\x1b_Gf=24;AAAA\x1b\\\x1bPq#0;2;0;0;0~~\x1b\\",
    b"\x1b[6n\x1b[c\x1b[>q\x05",
    b"\x1b[?1049h\x1b[?1000h\x1b[?2004h\x1b[?1004h\x1b[?1049l",
    b"\x1bc\x1b#8\x1b[2J\x1b[H# fake prompt\r\n",
    b"\x9b31m\x9d0;t\x07\x90q\xc2\x9b31m",
    b"\x07\x07\x07\x0e\x0f",
    b"\xc0\xaf\xed\xa0\x80\xf8",
    "user\u{202e}txt.exe \u{2066}x \u{feff}\u{200b}".as_bytes(),
    b"\x1b[999999999b\x1b[999999;999999H\x1b[99999L",
    b"\x1b]0;never ended",
    b"\x18 the-end ",
];

/// A recording as sudo 1.8 wrote them, with hostile names and hostile output.
fn recording(dir: &Path) {
    let name = "a\x1b]0;name\x07\u{202e}b";
    let log = format!(
        "1763000000:{name}:ro\x1b[2Jot::/dev/pts/\x1b[5m:24:80\n/tmp/\x1b]52;c;eA==\x07\nbash -c \x1b[31m\x07\u{9b}1m\n"
    );
    fs::write(dir.join("log"), log).unwrap();
    let (mut timing, mut output, mut input) = (String::new(), Vec::new(), Vec::new());
    for bytes in HOSTILE {
        // Typed as well, so that keys and entered lines are hostile too.
        input.extend_from_slice(bytes);
        input.push(b'\r');
        timing.push_str(&format!("3 0.01 {}\n", bytes.len() + 1));
        output.extend_from_slice(bytes);
        output.extend_from_slice(b"\r\n");
        timing.push_str(&format!("4 0.01 {}\n", bytes.len() + 2));
    }
    fs::write(dir.join("timing"), timing).unwrap();
    fs::write(dir.join("ttyout"), output).unwrap();
    fs::write(dir.join("ttyin"), input).unwrap();
}

#[test]
fn only_known_sequences_reach_the_operators_terminal() {
    let dir = tempfile::tempdir().unwrap();
    recording(dir.path());
    for (columns, lines) in [(80, 24), (200, 60), (40, 10)] {
        let mut command = std::process::Command::new(programs::built("sudolog-tui").unwrap());
        command.arg("replay").arg(dir.path()).env("TERM", "xterm-256color").env_remove("TMUX");
        let mut console = Pty::spawn(&command, lines, columns).unwrap();
        console.expect("the-end").unwrap();
        for keys in
            ["c", "\x1b", "k", "?", "q", ":", "\x1b", "g", ".", ".", "]", "]", "z", "z", "G"]
        {
            console.send(keys.as_bytes()).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(60));
        }
        console.send(b"q").unwrap();
        console.wait(wait::PATIENCE).unwrap();
        let shown = console.shown();
        assert!(shown.len() > 1_000, "it has drawn something");
        assert_eq!(unknown(&shown), Vec::<String>::new(), "at {columns}x{lines}");
    }
}

/// Everything in it that the console has no business to write.
fn unknown(output: &[u8]) -> Vec<String> {
    // What it writes is UTF-8 throughout.
    let text = std::str::from_utf8(output).unwrap();
    let mut unknown = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\x1b' => sequence(rest),
            '\r' | '\n' => Some(1),
            c if c.is_control() || is_misleading(c) => None,
            c => Some(c.len_utf8()),
        };
        if length.is_none() {
            unknown.push(rest.chars().take(24).collect::<String>().escape_debug().to_string());
        }
        rest = &rest[length.unwrap_or(c.len_utf8())..];
    }
    unknown
}

/// The length of a control sequence that is known.
fn sequence(text: &str) -> Option<usize> {
    let body = text.strip_prefix("\x1b[")?;
    let end = body.find(|c: char| ('\x40'..='\x7e').contains(&c))?;
    let (parameters, last) = (&body[..end], &body[end..=end]);
    let plain = parameters.chars().all(|c| c.is_ascii_digit() || matches!(c, ';' | ':'));
    let known = match last {
        // Colours and styles, places, clearing.
        "m" | "H" | "J" | "K" | "A" | "B" | "C" | "D" | "G" => plain,
        // Cursor, mouse, alternate screen, pastes, whole frames.
        "h" | "l" => matches!(
            parameters,
            "?25" | "?1000" | "?1002" | "?1003" | "?1006" | "?1015" | "?1049" | "?2004" | "?2026"
        ),
        _ => false,
    };
    known.then_some(end + 3)
}

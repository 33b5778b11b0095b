//! A letter as mail: RFC 5322 with MIME. Nothing that somebody else wrote is in a header but the subject,
//! and that is encoded (RFC 2047) whenever it is not plain.

use std::fmt::Write as _;

use crate::alert::letter::Letter;
use crate::alert::plan::Mail;
use crate::alert::stamp::rfc5322;
use crate::untrusted::is_misleading;

/// The whole mail, lines ending in CRLF. `host` names the machine that sends it.
pub fn mail(letter: &Letter, mail: &Mail, host: &str) -> Vec<u8> {
    let host: String =
        host.chars().filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
    let host = if host.is_empty() { "localhost" } else { &host };
    let mut text = String::new();
    let headers = [
        ("Date", rfc5322(letter.made)),
        ("From", mail.from.clone()),
        ("To", mail.to.join(",\r\n ")),
        ("Subject", subject(&letter.title)),
        ("Message-ID", format!("<{}@{host}>", letter.id)),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ("Content-Transfer-Encoding", "quoted-printable".to_owned()),
    ];
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    for line in &letter.lines {
        quoted_printable(line, &mut text);
    }
    text.into_bytes()
}

/// The subject: as it is when that is plain and short, else in encoded words of at most 75 characters
/// (RFC 2047 section 2), none of which cuts a character.
fn subject(title: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() || c == ' ';
    if title.chars().all(plain) && !title.contains("=?") && title.len() <= 70 {
        return title.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in title.chars().filter(|c| !is_misleading(*c)) {
        let mut bytes = [0; 4];
        let encoded: String = c.encode_utf8(&mut bytes).bytes().map(q).collect();
        if word.len() + encoded.len() > ENCODED_MAX {
            words.push(std::mem::take(&mut word));
        }
        word.push_str(&encoded);
    }
    words.push(word);
    let words: Vec<_> = words.iter().map(|word| format!("=?utf-8?Q?{word}?=")).collect();
    words.join("\r\n ")
}

/// The Q encoding, RFC 2047 section 4.2.
fn q(byte: u8) -> String {
    match byte {
        b' ' => "_".to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("={byte:02X}"),
    }
}

/// One line of the body, RFC 2045 section 6.7: 76 characters at most, so no mail server has to break it.
fn quoted_printable(line: &str, out: &mut String) {
    let mut column = 0;
    let bytes = line.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_last = at + 1 == bytes.len();
        let encoded = match byte {
            // Some servers act on a line of one point, or one that begins with From.
            b'.' | b'F' if column == 0 => format!("={byte:02X}"),
            b' ' | b'\t' if is_last => format!("={byte:02X}"),
            b' ' | b'!'..=b'<' | b'>'..=b'~' => char::from(*byte).to_string(),
            _ => format!("={byte:02X}"),
        };
        if column + encoded.len() > 75 {
            out.push_str("=\r\n");
            column = 0;
        }
        column += encoded.len();
        out.push_str(&encoded);
    }
    out.push_str("\r\n");
}

/// 76 without `Subject: `, `=?utf-8?Q?` and `?=`.
const ENCODED_MAX: usize = 76 - 9 - 12;

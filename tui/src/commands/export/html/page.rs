//! The page around the frames. Its policy lets nothing run but its own script and nothing be loaded; what
//! comes from a recording is escaped text, or data that no parser of markup can leave.

use sha2::{Digest as _, Sha256};

use super::super::svg::escape;

/// What stands on a page.
pub(super) struct Page<'a> {
    /// Who did what.
    pub(super) title: &'a str,
    /// Below it: when, how long, how it ended.
    pub(super) about: &'a str,
    /// What whoever looks at it must know.
    pub(super) notes: &'a [String],
    /// The last screen, for those who run no scripts.
    pub(super) last: &'a str,
    /// [`Frames::finish`](super::frames::Frames::finish)
    pub(super) data: &'a str,
}

impl Page<'_> {
    /// The whole file.
    pub(super) fn html(&self) -> String {
        let (title, about, last) =
            (escape(self.title), escape(self.about), escape_lines(self.last));
        let note = |note: &String| format!("<p class=\"note\">{}</p>\n", escape(note));
        let notes: String = self.notes.iter().map(note).collect();
        let (script, style) = (digest(SCRIPT), digest(STYLE));
        let version = env!("CARGO_PKG_VERSION");
        let data = self.data;
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             script-src 'sha256-{script}'; style-src 'sha256-{style}'; base-uri 'none'; \
             form-action 'none'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"generator\" content=\"sudolog-tui {version}\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <h1>{title}</h1>\n<p>{about}</p>\n{notes}\
             <div id=\"stage\"><pre id=\"screen\">{last}</pre></div>\n{CONTROLS}\
             <script type=\"application/json\" id=\"recording\">{data}</script>\n\
             <script>{SCRIPT}</script>\n</body>\n</html>\n"
        )
    }
}

/// Text of several lines.
fn escape_lines(text: &str) -> String {
    text.lines().map(|line| escape(line) + "\n").collect()
}

/// SHA-256 in base64, as a policy names what may run.
fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    let mut encoded = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let six = (bits >> (18 - 6 * at)) & 63;
            let letter = ALPHABET.get(six as usize).copied().map_or('=', char::from);
            encoded.push(if at as usize > three.len() { '=' } else { letter });
        }
    }
    encoded
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SCRIPT: &str = include_str!("player.js");
const STYLE: &str = include_str!("player.css");
const CONTROLS: &str = "\
<p id=\"still\">This is the last screen. With scripts switched on, the page plays the recording.</p>
<div id=\"controls\" hidden>
<button id=\"play\" type=\"button\">Play</button>
<input id=\"seek\" type=\"range\" min=\"0\" max=\"0\" value=\"0\" step=\"1\" aria-label=\"Position\">
<span id=\"time\" role=\"timer\"></span>
<select id=\"speed\" aria-label=\"Speed\">
<option value=\"0.25\">0.25x</option><option value=\"0.5\">0.5x</option>
<option value=\"1\" selected>1x</option><option value=\"2\">2x</option>
<option value=\"4\">4x</option><option value=\"16\">16x</option>
</select>
<label><input id=\"skip\" type=\"checkbox\" checked> skip pauses</label>
</div>
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_policy() {
        assert_eq!(digest("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn neither_script_nor_style_ends_its_element() {
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</") && !SCRIPT.contains("<!--"));
        for word in ["innerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "http"]
        {
            assert!(!SCRIPT.contains(word), "{word}");
        }
    }
}

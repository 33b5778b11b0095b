//! A command as rules see it: without its prompt, and in the ways in which it can be spelled.

use std::borrow::Cow;

use crate::limits::RISK_LINE_BYTES_MAX;
use crate::term::EnteredText;

/// The command in a line that was entered; where the prompt is not known for certain also what may be
/// the command.
pub(super) fn entered(line: &EnteredText) -> Vec<&str> {
    let text = line.text.as_str();
    match line.prompt_bytes {
        Some(prompt) => vec![text.get(prompt..).unwrap_or(text).trim()],
        None => {
            let mut commands = vec![text.trim()];
            commands.extend(behind_prompt(text));
            // What a shell found in its history stands behind what was looked for.
            let search = text.starts_with('(').then(|| text.split_once("': ")).flatten();
            commands.extend(search.map(|(_, found)| found.trim()));
            commands
        }
    }
}

/// A text as it is, and as a shell would read it.
pub(super) fn spellings(text: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let plain: Option<Vec<u8>> =
        text.contains(&b'\\').then(|| text.iter().copied().filter(|byte| *byte != b'\\').collect());
    // Each line of a script is a command.
    let lines = text.contains(&b'\n').then(|| text.split(|byte| *byte == b'\n'));
    let lines = lines.into_iter().flatten().map(Cow::Borrowed);
    [Cow::Borrowed(text)].into_iter().chain(plain.map(Cow::Owned)).chain(lines)
}

/// What is known of a command that the next line goes on with.
pub(super) fn goes_on(begun: Option<&str>, command: &str) -> Option<String> {
    let part = command.strip_suffix('\\')?;
    let rest = if begun.is_some() { part.strip_prefix("> ").unwrap_or(part) } else { part };
    let whole = format!("{}{rest}", begun.unwrap_or_default());
    (whole.len() <= RISK_LINE_BYTES_MAX).then_some(whole)
}

/// What stands behind what looks like the end of a prompt.
fn behind_prompt(text: &str) -> Option<&str> {
    let signs = ["# ", "$ ", "% ", "> ", "❯ "];
    let ends = signs.iter().filter_map(|sign| Some(text.find(sign)? + sign.len()));
    let command = text.get(ends.min()?..)?.trim();
    (!command.is_empty()).then_some(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn line(text: &str, prompt_bytes: Option<usize>) -> EnteredText {
        EnteredText { seq: 1, elapsed: Duration::ZERO, text: text.to_owned(), prompt_bytes }
    }

    #[test]
    fn prompts_are_left_out() {
        assert_eq!(entered(&line("[a@b /tmp]# id", Some(12))), ["id"]);
        assert_eq!(entered(&line("a@b:~$ id # x", None)), ["a@b:~$ id # x", "id # x"]);
        assert_eq!(entered(&line("id", None)), ["id"]);
        assert_eq!(entered(&line("(reverse-i-search)`i': id", None))[1], "id");
    }

    #[test]
    fn a_shell_takes_backslashes_away() {
        let all = |text: &'static str| -> Vec<String> {
            spellings(text.as_bytes()).map(|s| String::from_utf8(s.to_vec()).unwrap()).collect()
        };
        assert_eq!(all("rm -r\\f \\/"), ["rm -r\\f \\/", "rm -rf /"]);
        assert_eq!(all("sh -c a\nb"), ["sh -c a\nb", "sh -c a", "b"]);
    }
}

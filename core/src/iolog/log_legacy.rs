//! The `log` file: three lines of text, kept for old tools and for `sudoreplay -l`.

use super::LogInfo;
use crate::session::SessionStart;
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// The three lines of a session. Control characters are written as sudo escapes them in its
/// listings, `#` and three octal digits, because a newline would start a line that is not one.
pub fn encode_legacy(start: &SessionStart) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(start.submit_time.seconds.to_string().bytes());
    let tty = start.tty.as_ref().map_or(b"unknown".as_slice(), Untrusted::as_bytes);
    let group = start.run_group.as_ref().map_or(b"".as_slice(), Untrusted::as_bytes);
    for field in [start.submit_user.as_bytes(), start.run_user.as_bytes(), group, tty] {
        out.push(b':');
        push_line_safe(&mut out, field);
    }
    out.extend(format!(":{}:{}\n", start.lines, start.columns).bytes());
    push_line_safe(&mut out, start.submit_cwd.as_bytes());
    out.push(b'\n');
    push_line_safe(&mut out, start.command.as_bytes());
    for argument in start.argv.iter().skip(1) {
        out.push(b' ');
        push_line_safe(&mut out, argument.as_bytes());
    }
    out.push(b'\n');
    out
}

fn push_line_safe(out: &mut Vec<u8>, field: &[u8]) {
    for byte in field {
        if byte.is_ascii_control() {
            out.extend(format!("#{byte:03o}").bytes());
        } else {
            out.push(*byte);
        }
    }
}

/// Reads the file; what is missing is filled as sudo fills it. `None` when there is no first line.
pub fn parse_legacy(content: &[u8]) -> Option<LogInfo> {
    let mut lines = content.split(|b| *b == b'\n');
    let mut fields = lines.next().filter(|line| !line.is_empty())?.split(|b| *b == b':');
    let number = |field: Option<&[u8]>| std::str::from_utf8(field?).ok()?.parse::<i64>().ok();
    let text = |field: Option<&[u8]>, default: &str| match field {
        Some(bytes) if !bytes.is_empty() => Untrusted::new(bytes),
        _ => default.into(),
    };
    let seconds = number(fields.next()).unwrap_or(0);
    let submit_user = text(fields.next(), "unknown");
    let run_user = text(fields.next(), "root");
    let run_group = fields.next().filter(|group| !group.is_empty()).map(Untrusted::new);
    let tty = fields.next().filter(|tty| !tty.is_empty() && *tty != b"unknown").map(Untrusted::new);
    let mut side = || number(fields.next()).and_then(|n| u16::try_from(n).ok()).unwrap_or(0);
    let (rows, columns) = (side(), side());
    let submit_cwd = text(lines.next(), "unknown");
    let command_line = text(lines.next(), "unknown");
    let command = command_line.as_bytes().split(|b| *b == b' ').next().unwrap_or_default();
    Some(LogInfo {
        submit_time: Timestamp { seconds, nanoseconds: 0 },
        submit_user,
        run_user,
        run_group,
        tty,
        lines: rows,
        columns,
        submit_cwd: Some(submit_cwd),
        command: Untrusted::new(command),
        command_line,
        ..LogInfo::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample;
    use proptest::prelude::*;

    #[test]
    fn three_lines_whatever_the_fields() {
        let mut start = sample::start();
        start.argv = vec!["id".into(), "a\nb".into()];
        start.submit_cwd = "/tmp\n/etc".into();
        let text = String::from_utf8(encode_legacy(&start)).unwrap();
        assert_eq!(
            text,
            "1763000000:alice:root::/dev/pts/3:24:80\n/tmp#012/etc\n/usr/bin/id a#012b\n"
        );
        let info = parse_legacy(text.as_bytes()).unwrap();
        assert_eq!((info.lines, info.columns, info.tty), (24, 80, start.tty));
        assert_eq!(info.command, start.command);
    }

    #[test]
    fn old_and_short_files_are_filled_up() {
        let info = parse_legacy(b"1:bob:root::unknown\n").unwrap();
        assert_eq!((info.lines, info.tty, info.command), (0, None, "unknown".into()));
        assert_eq!(parse_legacy(b""), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(content: Vec<u8>) {
            let _ = parse_legacy(&content);
        }
    }
}

//! Writing `log.json` in sudo's own layout, so that any sudoreplay reads it.

use crate::session::{SessionEnd, SessionStart};
use crate::untrusted::Untrusted;

pub(super) fn encode(start: &SessionStart, end: Option<&SessionEnd>) -> Vec<u8> {
    let mut json = Json::default();
    json.open();
    json.key("timestamp");
    json.open();
    json.number("seconds", start.submit_time.seconds);
    json.number("nanoseconds", start.submit_time.nanoseconds);
    json.close();
    json.text("submituser", &start.submit_user);
    json.text("command", &start.command);
    json.text("runuser", &start.run_user);
    if let Some(group) = &start.run_group {
        json.text("rungroup", group);
    }
    json.text("runcwd", &start.run_cwd);
    // sudoreplay of newer sudos refuses a recording without a terminal's name.
    json.text("ttyname", start.tty.as_ref().unwrap_or(&"unknown".into()));
    json.text("submithost", &start.submit_host.as_str().into());
    json.text("submitcwd", &start.submit_cwd);
    if let Some(gid) = start.run_gid {
        json.number("rungid", gid);
    }
    json.number("runuid", start.run_uid);
    json.number("columns", start.columns);
    json.number("lines", start.lines);
    json.texts("runargv", &start.argv);
    put_own(&mut json, start, end);
    if let Some(end) = end {
        put_end(&mut json, end);
    }
    json.close();
    json.out.push(b'\n');
    json.out
}

fn put_own(json: &mut Json, start: &SessionStart, end: Option<&SessionEnd>) {
    json.key("sudolog");
    json.open();
    json.number("submit_uid", start.submit_uid);
    json.word("has_tty", if start.tty.is_some() { "true" } else { "false" });
    json.number("sudo_pid", start.sudo_pid);
    json.number("pid_start_ticks", start.pid_start_ticks);
    json.text("boot_id", &start.boot_id);
    if let Some(parent) = start.parent {
        json.text("parent", &parent.to_string().into());
    }
    if let Some(end) = end {
        json.number("final_seq", end.final_seq);
        json.number("run_time_ns", end.run_time_ns);
        if let Some(error) = &end.error {
            json.text("error", error);
        }
        json.text("reason", &end.reason.as_str().into());
    }
    json.close();
}

/// As sudo_logsrvd writes it at the end of the file.
fn put_end(json: &mut Json, end: &SessionEnd) {
    json.key("run_time");
    json.open();
    json.number("seconds", end.run_time_ns / 1_000_000_000);
    json.number("nanoseconds", end.run_time_ns % 1_000_000_000);
    json.close();
    if let Some(signal) = &end.signal {
        json.text("signal", signal);
    }
    if end.dumped_core {
        json.word("dumped_core", "true");
    }
    if let Some(value) = end.exit_value {
        json.number("exit_value", value);
    }
}

/// sudo's layout: four blanks a level, one key a line.
#[derive(Default)]
struct Json {
    out: Vec<u8>,
    depth: usize,
    /// Nothing stands yet in the object or list that was opened last.
    fresh: bool,
}

impl Json {
    fn open(&mut self) {
        self.enter(b'{');
    }

    fn close(&mut self) {
        self.leave(b'}');
    }

    fn enter(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
        self.fresh = true;
    }

    fn leave(&mut self, bracket: u8) {
        self.depth -= 1;
        self.line();
        self.out.push(bracket);
        self.fresh = false;
    }

    fn line(&mut self) {
        self.out.push(b'\n');
        self.out.extend(std::iter::repeat_n(b' ', self.depth * 4));
    }

    fn next(&mut self) {
        if !self.fresh {
            self.out.push(b',');
        }
        self.fresh = false;
        self.line();
    }

    fn key(&mut self, key: &str) {
        self.next();
        self.out.extend(format!("\"{key}\": ").bytes());
    }

    fn word(&mut self, key: &str, word: &str) {
        self.key(key);
        self.out.extend(word.bytes());
    }

    fn number(&mut self, key: &str, number: impl ToString) {
        self.word(key, &number.to_string());
    }

    fn text(&mut self, key: &str, text: &Untrusted) {
        self.key(key);
        self.string(text);
    }

    fn texts(&mut self, key: &str, texts: &[Untrusted]) {
        self.key(key);
        self.enter(b'[');
        for text in texts {
            self.next();
            self.string(text);
        }
        self.leave(b']');
    }

    /// sudo's own parser knows no escape but `\"`, `\\` and `\u00XX`.
    fn string(&mut self, text: &Untrusted) {
        self.out.push(b'"');
        for byte in text.as_bytes() {
            match byte {
                b'"' | b'\\' => self.out.extend([b'\\', *byte]),
                byte if byte.is_ascii_control() => {
                    self.out.extend(format!("\\u{byte:04x}").bytes());
                }
                byte => self.out.push(*byte),
            }
        }
        self.out.push(b'"');
    }
}

//! A program in a real tmux, which is the terminal that many operators have: keys go in by
//! `send-keys`, and what tmux makes of the output is the screen.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::command::run;
use crate::wait;

/// A tmux server of its own with one pane; both end with this.
pub struct Tmux {
    dir: tempfile::TempDir,
}

impl Tmux {
    /// Runs the program in a pane of that size.
    ///
    /// # Errors
    /// When tmux is missing or cannot start.
    pub fn start(program: &Command, lines: u16, columns: u16) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("sudolog-tmux-").tempdir()?;
        let config = "set -g remain-on-exit on\nset -g status off\nset -s escape-time 0\n\
                      set -g default-terminal tmux-256color\n";
        fs::write(dir.path().join("conf"), config)?;
        let tmux = Self { dir };
        let (x, y) = (columns.to_string(), lines.to_string());
        let shell = in_shell_words(program);
        tmux.ask(&["new-session", "-d", "-x", &x, "-y", &y, "--", &shell])?;
        Ok(tmux)
    }

    /// Ends what runs in the pane and runs this there.
    ///
    /// # Errors
    /// With what tmux says.
    pub fn run_anew(&self, program: &Command) -> anyhow::Result<()> {
        self.ask(&["clear-history"])?;
        self.ask(&["respawn-pane", "-k", "--", &in_shell_words(program)]).map(drop)
    }

    /// Presses a key, named as a keymap file names it: `q`, `Space`, `Ctrl-c`, `Alt-Left`.
    ///
    /// # Errors
    /// With what tmux says.
    pub fn press(&self, key: &str) -> anyhow::Result<()> {
        match Key::of(key) {
            Key::Text => self.type_text(key),
            Key::Named(name) => self.ask(&["send-keys", "--", &name]).map(drop),
        }
    }

    /// Types this text.
    ///
    /// # Errors
    /// With what tmux says.
    pub fn type_text(&self, text: &str) -> anyhow::Result<()> {
        // A semicolon at the end of a word would end tmux's command.
        let text = text.strip_suffix(';').map_or(text.to_owned(), |text| format!("{text}\\;"));
        self.ask(&["send-keys", "-l", "--", &text]).map(drop)
    }

    /// Gives the pane another size.
    ///
    /// # Errors
    /// With what tmux says.
    pub fn resize(&self, lines: u16, columns: u16) -> anyhow::Result<()> {
        let (x, y) = (columns.to_string(), lines.to_string());
        self.ask(&["resize-window", "-x", &x, "-y", &y]).map(drop)
    }

    /// What the pane shows, as text.
    ///
    /// # Errors
    /// With what tmux says.
    pub fn screen(&self) -> anyhow::Result<String> {
        self.ask(&["capture-pane", "-p"])
    }

    /// The same with colours and styles.
    ///
    /// # Errors
    /// With what tmux says.
    pub fn styled(&self) -> anyhow::Result<String> {
        self.ask(&["capture-pane", "-p", "-e"])
    }

    /// Waits until the screen is as `is_so` wants it.
    ///
    /// # Errors
    /// With the screen when it does not come.
    pub fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> anyhow::Result<()> {
        let seen = || self.screen().is_ok_and(|screen| is_so(&screen)).then_some(());
        wait::sparingly(what, wait::PATIENCE, seen)
            .with_context(|| self.screen().unwrap_or_else(|error| error.to_string()))
    }

    fn ask(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut tmux = Command::new("tmux");
        tmux.arg("-f").arg(self.dir.path().join("conf")).arg("-S").arg(self.socket()).args(words);
        tmux.env_remove("TMUX").env("LC_ALL", "C.UTF-8");
        Ok(run(&mut tmux)?.success().with_context(|| words.join(" "))?.text())
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("socket")
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.ask(&["kill-server"]);
    }
}

/// How tmux is told of a key.
enum Key {
    Text,
    Named(String),
}

impl Key {
    fn of(written: &str) -> Self {
        let (ctrl, rest) = written.strip_prefix("Ctrl-").map_or(("", written), |rest| ("C-", rest));
        let (alt, rest) = rest.strip_prefix("Alt-").map_or(("", rest), |rest| ("M-", rest));
        let name = match rest {
            "PgUp" => "PPage",
            "PgDn" => "NPage",
            "Backspace" => "BSpace",
            "Delete" => "DC",
            "Insert" => "IC",
            "Esc" => "Escape",
            "Shift-Tab" => "BTab",
            rest => rest,
        };
        match (ctrl, alt, name.chars().count()) {
            ("", "", 1) => Self::Text,
            _ => Self::Named(format!("{ctrl}{alt}{name}")),
        }
    }
}

/// The program, its environment and its arguments as one line for a shell.
fn in_shell_words(program: &Command) -> String {
    let quoted = |text: &std::ffi::OsStr| {
        let text = text.to_string_lossy().replace('\'', "'\\''");
        format!("'{text}'")
    };
    let mut words = vec!["exec".to_owned(), "env".to_owned()];
    for (key, value) in program.get_envs() {
        match value {
            // The terminal is tmux's.
            _ if key == "TERM" => {}
            Some(value) => words.push(format!("{}={}", key.to_string_lossy(), quoted(value))),
            None => words.push(format!("-u {}", quoted(key))),
        }
    }
    words.push(quoted(program.get_program()));
    words.extend(program.get_args().map(quoted));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_tmuxs_names() {
        let name = |written| match Key::of(written) {
            Key::Text => None,
            Key::Named(name) => Some(name),
        };
        assert_eq!(name("q"), None);
        assert_eq!(name("-"), None);
        for (written, tmux) in [
            ("Space", "Space"),
            ("Ctrl-c", "C-c"),
            ("Alt-Left", "M-Left"),
            ("Ctrl-Alt-z", "C-M-z"),
            ("PgDn", "NPage"),
            ("F1", "F1"),
        ] {
            assert_eq!(name(written).as_deref(), Some(tmux), "{written}");
        }
    }

    #[test]
    fn words_survive_the_shell() {
        let mut program = Command::new("a b");
        program.arg("it's").env("X", "y z").env("TERM", "dumb");
        assert_eq!(in_shell_words(&program), r"exec env X='y z' 'a b' 'it'\''s'");
    }
}

//! A console in tmux, and the key that is tried in it.

use std::cell::Cell;
use std::process::Command;

use sudolog_tests::Tmux;

/// Where one case takes place.
pub(super) struct Stage {
    tmux: Tmux,
    /// Starts the console.
    command: Command,
    size: (u16, u16),
    /// What is tried, for messages.
    name: String,
    key: String,
    pressed: Cell<bool>,
}

impl Stage {
    pub(super) fn open(command: &Command, lines: u16, columns: u16) -> Self {
        let mut again = Command::new(command.get_program());
        again.args(command.get_args());
        again.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        let tmux = Tmux::start(&Command::new("true"), lines, columns).unwrap();
        let (name, key, pressed) = (String::new(), String::new(), Cell::new(false));
        Self { tmux, command: again, size: (lines, columns), name, key, pressed }
    }

    /// A new console, in which this key is tried for this.
    pub(super) fn begin(&mut self, name: &str, key: &str) {
        (self.name, self.key) = (name.to_owned(), key.to_owned());
        self.pressed.set(false);
        self.resize(self.size.0, self.size.1);
        self.tmux.run_anew(&self.command).unwrap();
    }

    /// Without this, a case could never fail.
    pub(super) fn was_pressed(&self) {
        assert!(self.pressed.get(), "the case of {} does not press its key", self.name);
    }

    /// The key that is tried.
    pub(super) fn name_of_key(&self) -> &str {
        &self.key
    }

    /// Presses the key that is tried.
    pub(super) fn press_it(&self) {
        self.pressed.set(true);
        self.press(&self.key);
    }

    pub(super) fn press(&self, key: &str) {
        self.tmux.press(key).unwrap();
    }

    pub(super) fn type_text(&self, text: &str) {
        self.tmux.type_text(text).unwrap();
    }

    /// Gives the terminal another size, until the next case.
    pub(super) fn resize(&self, lines: u16, columns: u16) {
        self.tmux.resize(lines, columns).unwrap();
    }

    /// Runs a program in place of the console.
    pub(super) fn run(&self, command: &Command) {
        self.tmux.run_anew(command).unwrap();
    }

    /// How the console is started.
    pub(super) fn command(&self) -> &Command {
        &self.command
    }

    pub(super) fn screen(&self) -> String {
        self.tmux.screen().unwrap()
    }

    /// With colours and styles.
    pub(super) fn styled(&self) -> String {
        self.tmux.styled().unwrap()
    }

    /// Waits until this is on the screen.
    pub(super) fn shows(&self, text: &str) {
        self.until(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// Waits until this is not on the screen.
    pub(super) fn lacks(&self, text: &str) {
        self.until(&format!("{text:?} to vanish"), |screen| !screen.contains(text));
    }

    /// The key brings this text, which was not there before.
    pub(super) fn brings(&self, text: &str) {
        self.leads_to(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// The key takes this text away, which was there before.
    pub(super) fn takes(&self, text: &str) {
        self.shows(text);
        self.leads_to(&format!("{text:?} to vanish"), |screen| !screen.contains(text));
    }

    /// The key makes the screen as `is_so` wants it, which it was not before.
    pub(super) fn leads_to(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let before = self.screen();
        assert!(!is_so(&before), "{}: before {} is pressed:\n{before}", self.name, self.key);
        self.press_it();
        self.until(what, is_so);
    }

    pub(super) fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let came = self.tmux.until(what, is_so);
        came.unwrap_or_else(|error| panic!("{} by {}: {error:?}", self.name, self.key));
    }
}

//! The line at the bottom in which one types what to search for.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::limits::SEARCH_PATTERN_BYTES_MAX;
use sudolog_core::term::{Pattern, PatternKind};

use super::SearchAction;
use crate::app::App;
use crate::keymap::{Intent, Keymap, Scope};
use crate::theme::Role;
use crate::widgets::{Input, Spread, Window};

/// What is being typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// The line.
    pub input: Input,
    kind: PatternKind,
    /// Lines can be ranked here.
    has_fuzzy: bool,
    trouble: Option<String>,
}

/// What the operator does in it beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PromptAction {
    /// Searches.
    Accept,
    /// Does not.
    Cancel,
    /// Reads what is typed in the next way: as it is, as a regular expression, as a few letters.
    NextKind,
}

impl Prompt {
    /// An empty line, to be read as what was typed last.
    pub fn new(kind: PatternKind) -> Self {
        let input = Input::new(SEARCH_PATTERN_BYTES_MAX);
        Self { input, kind, has_fuzzy: false, trouble: None }
    }

    /// The same where lines can be ranked as well.
    #[must_use]
    pub fn with_fuzzy(mut self) -> Self {
        self.has_fuzzy = true;
        self
    }

    /// Types a character.
    pub fn insert(&mut self, c: char) {
        self.trouble = None;
        self.input.insert(c);
    }

    /// The next way to read what is typed.
    pub fn next_kind(&mut self) {
        (self.kind, self.trouble) = (self.kind_after(), None);
    }

    fn kind_after(&self) -> PatternKind {
        match self.kind {
            PatternKind::Text => PatternKind::Regex,
            PatternKind::Regex if self.has_fuzzy => PatternKind::Fuzzy,
            PatternKind::Regex | PatternKind::Fuzzy => PatternKind::Text,
        }
    }

    /// What was typed as something to search for; that which was searched for before, when nothing
    /// was typed. `None`, and a word why, when it cannot be searched for.
    pub fn pattern(&mut self, before: Option<&Arc<Pattern>>) -> Option<Arc<Pattern>> {
        if let Some(before) = before.filter(|_| self.input.text().is_empty()) {
            return Some(Arc::clone(before));
        }
        let text = self.input.text();
        match Pattern::read(text, self.kind) {
            Ok(pattern) => Some(Arc::new(pattern)),
            Err(error) => {
                self.trouble = Some(error.to_string());
                None
            }
        }
    }
}

/// Draws it in one line, with what is wrong with it at its end.
pub(in crate::screens) fn draw_prompt(prompt: &Prompt, app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let label = format!(" {}", sign(prompt.kind));
    let (said, role) = match &prompt.trouble {
        Some(trouble) => (format!("! {trouble} "), Role::Error),
        None => (hints(&app.keymap, name(prompt.kind_after())), Role::Faint),
    };
    let right = Line::styled(said, theme.style(role));
    let room = usize::from(area.width).saturating_sub(label.len() + right.width() + 1);
    let Window { before, under, after } = prompt.input.window(room.max(ROOM_MIN));
    let under = if under.is_empty() { " " } else { under };
    let left = Line::from(vec![
        Span::styled(label, theme.style(Role::Key)),
        Span::styled(before.to_owned(), theme.style(Role::Text)),
        Span::styled(under.to_owned(), theme.style(Role::Selected)),
        Span::styled(after.to_owned(), theme.style(Role::Text)),
    ]);
    Spread { left, right }.render(area, buffer);
}

/// `Enter search  Ctrl-r regex  Esc cancel `
fn hints(keymap: &Keymap, other: &str) -> String {
    let actions = [
        (PromptAction::Accept, "search"),
        (PromptAction::NextKind, other),
        (PromptAction::Cancel, "cancel"),
    ];
    let says = |(action, what): (PromptAction, &str)| {
        keymap.says(Scope::Prompt, Intent::Search(SearchAction::Prompt(action)), what)
    };
    let hints: Vec<String> = actions.into_iter().filter_map(says).collect();
    hints.join("  ") + " "
}

/// A pattern as it is shown.
pub(in crate::screens) fn shown(pattern: &Pattern) -> String {
    format!("{}{}", sign(pattern.kind()), pattern.text())
}

/// What stands before it.
fn sign(kind: PatternKind) -> &'static str {
    match kind {
        PatternKind::Text => "/",
        PatternKind::Regex => "regex /",
        PatternKind::Fuzzy => "fuzzy /",
    }
}

fn name(kind: PatternKind) -> &'static str {
    match kind {
        PatternKind::Text => "text",
        PatternKind::Regex => "regex",
        PatternKind::Fuzzy => "fuzzy",
    }
}

/// What one types is seen, whatever else there is to say.
const ROOM_MIN: usize = 12;

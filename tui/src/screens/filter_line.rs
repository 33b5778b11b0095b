//! The line over a list that says which of its rows are wanted: the filter in force, and the one that is
//! being typed, with what is wrong with it.

use std::marker::PhantomData;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::filter::{Column, Condition, Filter};
use sudolog_core::limits::QUERY_TEXT_BYTES_MAX;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::{Untrusted, is_misleading};

use crate::query_line::QueryLine;
use crate::theme::{Role, Theme};
use crate::widgets::{Input, Window};

/// The filter of a list, in the language that says `Q`.
#[derive(Clone, Debug, Default)]
pub struct FilterLine<Q = Filter> {
    /// In force, as it was typed.
    text: String,
    input: Option<Input>,
    fault: Option<String>,
    language: PhantomData<fn() -> Q>,
}

/// What the operator does with it beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterAction {
    /// Begins to type.
    Ask,
    /// Takes what was typed.
    Apply,
    /// Leaves the filter as it was.
    Cancel,
}

impl<Q: QueryLine> FilterLine<Q> {
    /// With this one in force.
    pub fn new(text: &str) -> Self {
        let text = text.chars().filter(|c| !is_misleading(*c)).collect();
        Self { text, input: None, fault: None, language: PhantomData }
    }

    /// The filter in force; safe to show.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The filter that is being typed.
    pub fn input(&self) -> Option<&Input> {
        self.input.as_ref()
    }

    /// What is wrong with it.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Does what the operator wants; gives the filter that is in force from now on.
    pub fn act(&mut self, action: FilterAction, now: Timestamp) -> Option<Q> {
        match action {
            FilterAction::Ask => {
                let mut input = Input::new(QUERY_TEXT_BYTES_MAX);
                input.paste(&self.text);
                // What is typed next is a word of its own.
                if !self.text.is_empty() {
                    input.insert(' ');
                }
                (self.input, self.fault) = (Some(input), None);
            }
            FilterAction::Cancel => (self.input, self.fault) = (None, None),
            FilterAction::Apply => {
                let text = self.input.as_ref()?.text().to_owned();
                match self.set(&text, now) {
                    Ok(filter) => {
                        self.input = None;
                        return Some(filter);
                    }
                    Err(reason) => self.fault = Some(reason),
                }
            }
        }
        None
    }

    /// Changes the filter that is being typed, and looks what is wrong with it.
    pub fn edit(&mut self, now: Timestamp, change: impl FnOnce(&mut Input)) {
        if let Some(input) = &mut self.input {
            change(input);
            self.fault = Q::read(input.text(), now).err();
        }
    }

    /// Puts this filter in force.
    ///
    /// # Errors
    /// What is wrong with it; the one in force stays.
    pub fn set(&mut self, text: &str, now: Timestamp) -> Result<Q, String> {
        let filter = Q::read(text, now)?;
        *self = Self { input: self.input.take(), ..Self::new(text.trim()) };
        Ok(filter)
    }

    /// Lines that it takes.
    pub(super) fn lines(&self) -> u16 {
        1 + u16::from(self.fault.is_some())
    }

    /// Draws it, with an example where there is no filter.
    pub(super) fn draw(&self, example: &str, theme: &Theme, area: Rect, buffer: &mut Buffer) {
        let key = Span::styled(" / ", theme.style(Role::Key));
        let line = match (&self.input, self.text.as_str()) {
            (Some(input), _) => {
                let columns = usize::from(area.width).saturating_sub(3);
                let Window { before, under, after } = input.window(columns);
                let under = if under.is_empty() { " " } else { under };
                let under = Span::styled(under, theme.style(Role::Selected));
                Line::from(vec![key, Span::raw(before), under, Span::raw(after)])
            }
            (None, "") => Line::from(vec![key, Span::styled(example, theme.style(Role::Faint))]),
            (None, filter) => Line::from(vec![key, Span::raw(filter)]),
        };
        let mut rows = area.rows();
        if let Some(row) = rows.next() {
            line.render(row, buffer);
        }
        if let (Some(text), Some(row)) = (&self.fault, rows.next()) {
            Line::styled(format!("   {text}"), theme.style(Role::Error)).render(row, buffer);
        }
    }
}

/// The words of a filter as they were typed, quotes and all.
pub(crate) fn words(filter: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let is_gap = move |c: char| {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted => escaped = !was_escaped,
            '"' if !was_escaped => quoted = !quoted,
            _ => return c.is_whitespace() && !quoted,
        }
        false
    };
    filter.split(is_gap).filter(|word| !word.is_empty()).collect()
}

/// The word that asks for this name in this column. What cannot be typed becomes `*`.
pub(crate) fn word_of(column: Column, name: &Untrusted) -> String {
    let name = String::from_utf8_lossy(name.as_bytes()).into_owned();
    let star = |c| is_misleading(c) || c == char::REPLACEMENT_CHARACTER;
    let name: String = name.chars().map(|c| if star(c) { '*' } else { c }).collect();
    match name.is_empty() {
        true => format!("-{}:*", column.name()),
        false => Condition::like(column, [name]).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_the_language_takes_for_words() {
        let filter = r#" user:"a b"  "two words" x"#;
        assert_eq!(words(filter), [r#"user:"a b""#, r#""two words""#, "x"]);
        assert_eq!(words(r#""q\" q" "y\\" z"#), [r#""q\" q""#, r#""y\\""#, "z"]);
        assert_eq!(words(" "), [""; 0]);
    }

    #[test]
    fn what_is_typed_behind_a_standing_filter_is_a_word_of_its_own() {
        let mut line = FilterLine::<Filter>::new("user:alice");
        line.act(FilterAction::Ask, Timestamp::default());
        line.edit(Timestamp::default(), |input| input.insert('x'));
        assert_eq!(line.input().unwrap().text(), "user:alice x");
        line.act(FilterAction::Apply, Timestamp::default());
        assert_eq!(line.text(), "user:alice x");
        line.act(FilterAction::Ask, Timestamp::default());
        line.act(FilterAction::Apply, Timestamp::default());
        assert_eq!(line.text(), "user:alice x", "the blank is not kept");
    }
}

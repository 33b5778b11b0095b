//! Letters at everything that one can go to: typing those of a row, a tile, a mark goes there.
//!
//! Invariant: a label keeps to what it was given to, wherever that stands by now, and no label begins
//! another one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::{Hit, Hits};
use crate::app::App;
use crate::theme::Role;

/// The labels of one moment, and what is typed of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    labels: Vec<(String, Hit)>,
    typed: String,
}

/// What a letter leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// There.
    To(Hit),
    /// Another letter is needed.
    More,
    /// Nothing has such letters.
    Nowhere,
}

impl Jump {
    /// A label for each place, in the order in which they stand on the screen; `None` without any.
    pub fn of(hits: &Hits) -> Option<Self> {
        let mut places: Vec<(Rect, Hit)> = hits.all().filter(|(_, hit)| hit.is_place()).collect();
        places.sort_by_key(|(place, _)| (place.y, place.x));
        let count = places.len();
        let labels = places.into_iter().zip(labels(count)).map(|((_, hit), label)| (label, hit));
        let labels: Vec<_> = labels.collect();
        (!labels.is_empty()).then(|| Self { labels, typed: String::new() })
    }

    /// Takes a letter, large or small.
    pub fn type_letter(&mut self, c: char) -> Typed {
        self.typed.extend(c.to_lowercase());
        if let Some((_, hit)) = self.labels.iter().find(|(label, _)| *label == self.typed) {
            return Typed::To(*hit);
        }
        match self.labels.iter().any(|(label, _)| label.starts_with(&self.typed)) {
            true => Typed::More,
            false => Typed::Nowhere,
        }
    }

    /// What is still to be typed for this one.
    fn rest(&self, hit: Hit) -> Option<&str> {
        let (label, _) = self.labels.iter().find(|(_, known)| *known == hit)?;
        label.strip_prefix(self.typed.as_str())
    }
}

/// So many labels: a letter each as long as those suffice, else two. What lies under the fingers comes first.
fn labels(count: usize) -> Vec<String> {
    if count <= LETTERS.len() {
        return LETTERS.chars().take(count).map(String::from).collect();
    }
    let two = |first: char| LETTERS.chars().map(move |second| format!("{first}{second}"));
    LETTERS.chars().flat_map(two).take(count).collect()
}

/// Draws the labels where their places are now.
pub(super) fn draw(jump: &Jump, app: &App, hits: &Hits, buffer: &mut Buffer) {
    let style = app.theme.style(Role::Warn).add_modifier(Modifier::REVERSED | Modifier::BOLD);
    for (place, hit) in hits.all() {
        let Some(rest) = jump.rest(hit) else { continue };
        let width = u16::try_from(rest.len()).unwrap_or(u16::MAX).min(place.width);
        let label = Line::from(Span::styled(rest, style));
        label.render(Rect { width, height: place.height.min(1), ..place }, buffer);
    }
}

const LETTERS: &str = "asdfghjklqwertyuiopzxcvbnm";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn jump(count: u32) -> Jump {
        let mut hits = Hits::default();
        hits.add(Rect::new(0, 0, 80, 1), Hit::Bar);
        for at in (0..count).rev() {
            let line = u16::try_from(at).unwrap();
            hits.add(Rect::new(0, line, 80, 1), Hit::Row(at));
        }
        Jump::of(&hits).unwrap()
    }

    #[test]
    fn a_letter_leads_to_what_it_stands_at() {
        assert_eq!(jump(3).type_letter('s'), Typed::To(Hit::Row(1)));
        assert_eq!(jump(3).type_letter('D'), Typed::To(Hit::Row(2)));
        assert_eq!(jump(3).type_letter('f'), Typed::Nowhere);
        assert_eq!(Jump::of(&Hits::default()), None);
    }

    #[test]
    fn where_letters_do_not_suffice_two_are_typed() {
        let mut jump = jump(27);
        assert_eq!((jump.type_letter('s'), jump.rest(Hit::Row(26))), (Typed::More, Some("a")));
        assert_eq!(jump.rest(Hit::Row(0)), None, "it begins with another letter");
        assert_eq!(jump.type_letter('a'), Typed::To(Hit::Row(26)));
    }

    #[test]
    fn no_label_begins_another() {
        for count in [1, 26, 27, 600] {
            let all = labels(count);
            let lengths: HashSet<usize> = all.iter().map(String::len).collect();
            let distinct: HashSet<&String> = all.iter().collect();
            assert_eq!((lengths.len(), distinct.len()), (1, count));
        }
    }
}

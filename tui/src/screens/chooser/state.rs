//! What the list knows and how it changes.

use std::time::Duration;

use jiff::tz::TimeZone;
use sudolog_core::fuzzy::{Fuzzy, Matcher};
use sudolog_core::limits::QUERY_TEXT_BYTES_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::time::{Position, Timestamp};

use super::moment;
use crate::keymap::Intent;
use crate::screens::triage::Facet;
use crate::widgets::{Edit, Input};

/// A list to choose from.
pub struct Chooser {
    title: &'static str,
    items: Vec<Item>,
    input: Input,
    /// What answers the input, best first: places in `items`.
    answers: Vec<usize>,
    /// A moment that was typed in place of a choice.
    moment: Option<Item>,
    chosen: usize,
    start: Option<Timestamp>,
    matcher: Fuzzy,
}

/// One thing to choose. Its texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub label: String,
    /// What else there is to say: a key, a time.
    pub detail: String,
    /// What it is called elsewhere: found by, and not shown.
    pub also: &'static str,
    /// What choosing it does.
    pub pick: Pick,
}

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// To do this.
    Do(Intent),
    /// To go to this time of the recording.
    Seek(Duration),
    /// To choose this session.
    Session(Tsid),
    /// To choose the row at this place.
    Row(u32),
    /// To choose the row with this number.
    Number(u64),
    /// To filter by this, or not any more.
    Facet(Facet),
    /// To filter by the saved filter at this place.
    Saved(usize),
}

/// What the operator does in the list beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChooserAction {
    /// Takes what is chosen.
    Pick,
    /// Takes nothing.
    Cancel,
    /// So many down, or up.
    Move(isize),
}

impl Chooser {
    /// Everything in its order, with `typed` as if it had been typed. With the `start` of a recording a
    /// moment of it may be typed as well.
    pub fn new(
        title: &'static str,
        items: Vec<Item>,
        start: Option<Timestamp>,
        typed: &str,
    ) -> Self {
        let mut input = Input::new(QUERY_TEXT_BYTES_MAX);
        input.paste(typed);
        let (answers, moment, chosen) = (Vec::new(), None, 0);
        let matcher = Fuzzy::default();
        let mut chooser = Self { title, items, input, answers, moment, chosen, start, matcher };
        chooser.look();
        chooser
    }

    /// With this item chosen, as far as it is there.
    pub fn at(mut self, chosen: usize) -> Self {
        self.chosen = chosen.min(self.len().saturating_sub(1));
        self
    }

    /// What the list is of.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// What is typed.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// True when a moment may be typed.
    pub fn takes_moments(&self) -> bool {
        self.start.is_some()
    }

    /// What answers it, best first.
    pub fn answers(&self) -> impl Iterator<Item = &Item> {
        self.moment.iter().chain(self.answers.iter().filter_map(|at| self.items.get(*at)))
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.answers.len() + usize::from(self.moment.is_some())
    }

    /// How many things there are to choose from while nothing is typed.
    pub fn choices(&self) -> usize {
        self.items.len()
    }

    /// True when nothing answers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of the chosen one among the answers.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// What choosing now does; `None` when nothing answers.
    pub fn pick(&self) -> Option<Pick> {
        self.answers().nth(self.chosen).map(|item| item.pick)
    }

    /// Chooses another one.
    pub fn go(&mut self, by: isize) {
        let last = self.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }

    /// Types a character.
    pub fn insert(&mut self, c: char) {
        self.input.insert(c);
        self.look();
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.input.paste(text);
        self.look();
    }

    /// Changes the line that is being typed.
    pub fn edit(&mut self, edit: Edit) {
        self.input.edit(edit);
        self.look();
    }

    fn look(&mut self) {
        let typed = self.input.text();
        let score = |(at, item): (usize, &Item)| {
            let by_label = self.matcher.score(&item.label, typed);
            let score = by_label.max(self.matcher.score(item.also, typed))?;
            Some((std::cmp::Reverse(score), at))
        };
        let mut answers: Vec<_> = self.items.iter().enumerate().filter_map(score).collect();
        if !typed.trim().is_empty() {
            answers.sort_unstable();
        }
        self.answers = answers.into_iter().map(|(_, at)| at).collect();
        self.moment = self.start.and_then(|start| {
            let at = moment::parse(typed, start, &TimeZone::system())?;
            let label = format!("go to {}", Position(at));
            Some(Item { label, detail: String::new(), also: "", pick: Pick::Seek(at) })
        });
        self.chosen = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(labels: &[&str]) -> Vec<Item> {
        let item = |(n, label): (u64, &&str)| Item {
            label: (*label).to_owned(),
            detail: String::new(),
            also: "",
            pick: Pick::Seek(Duration::from_secs(n)),
        };
        (1..).zip(labels).map(item).collect()
    }

    fn typed(chooser: &mut Chooser, text: &str) -> Vec<String> {
        text.chars().for_each(|c| chooser.insert(c));
        chooser.answers().map(|item| item.label.clone()).collect()
    }

    #[test]
    fn typing_narrows_and_enter_takes_the_best() {
        let mut chooser = Chooser::new("", items(&["faster", "slower", "the end"]), None, "");
        assert_eq!(chooser.pick(), Some(Pick::Seek(Duration::from_secs(1))));
        assert_eq!(typed(&mut chooser, "er"), ["faster", "slower"]);
        chooser.go(1);
        chooser.go(5);
        assert_eq!(chooser.pick(), Some(Pick::Seek(Duration::from_secs(2))));
        assert_eq!(typed(&mut chooser, "!"), [""; 0]);
        assert_eq!(chooser.pick(), None);
        chooser.edit(Edit::DeleteToStart);
        assert_eq!((chooser.len(), chooser.chosen()), (3, 0));
    }

    #[test]
    fn a_moment_comes_first_where_there_is_a_recording() {
        let mut chooser = Chooser::new("", items(&["1 hour"]), Some(Timestamp::default()), "");
        assert_eq!(typed(&mut chooser, "1:30"), ["go to 01:30"]);
        assert_eq!(chooser.pick(), Some(Pick::Seek(Duration::from_secs(90))));
        let mut chooser = Chooser::new("", items(&["1 hour"]), None, "");
        assert_eq!(typed(&mut chooser, "1"), ["1 hour"]);
    }
}

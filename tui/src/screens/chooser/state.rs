//! What the list knows and how it changes.

use std::time::Duration;

use jiff::tz::TimeZone;
use sudolog_core::fuzzy::{Fuzzy, Matcher};
use sudolog_core::limits::{FIND_LETTERS_BYTES_MAX, FIND_ROWS_MAX, QUERY_TEXT_BYTES_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::time::{Position, Timestamp};
use sudolog_core::wire::message::{Among, FindQuery};

use super::moment;
use crate::keymap::Intent;
use crate::screens::triage::Facet;
use crate::source::server::Ask;
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
    /// What the server knows that is not here.
    beyond: Option<Beyond>,
    found: Option<Found>,
    /// The operator has gone through the answers.
    moved: bool,
}

/// What the server is asked while the list is open: it knows more than what is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Which of these sessions answer what is typed.
    Sessions(Among),
    /// What these sessions have in common.
    Facets(Among),
}

/// What the server found by what was typed, the nearest first.
struct Found {
    letters: String,
    items: Vec<Item>,
    total: u64,
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
        let (beyond, found, moved) = (None, None, false);
        let mut chooser = Self {
            title,
            items,
            input,
            answers,
            moment,
            chosen,
            start,
            matcher,
            beyond,
            found,
            moved,
        };
        chooser.look();
        chooser
    }

    /// With this item chosen, as far as it is there.
    pub fn at(mut self, chosen: usize) -> Self {
        self.chosen = chosen.min(self.len().saturating_sub(1));
        self
    }

    /// With the server asked for what is not here.
    pub fn beyond(mut self, beyond: Beyond) -> Self {
        self.beyond = Some(beyond);
        self
    }

    /// What to ask the server.
    pub fn wanted(&self) -> Option<Ask> {
        let letters = self.input.text().trim();
        match self.beyond.as_ref()? {
            Beyond::Facets(among) => Some(Ask::Facets(among.clone())),
            Beyond::Sessions(among) => {
                let asks = !letters.is_empty() && letters.len() <= FIND_LETTERS_BYTES_MAX;
                let (letters, among) = (letters.to_owned(), among.clone());
                asks.then_some(Ask::Find(FindQuery { letters, among, limit: FIND_ROWS_MAX }))
            }
        }
    }

    /// True while what is typed is looked for and the server has not answered.
    pub fn is_asking(&self) -> bool {
        matches!(self.wanted(), Some(Ask::Find(_))) && self.found().is_none()
    }

    /// Takes what the server found by these letters, the nearest first.
    pub fn learn_found(&mut self, letters: &str, items: Vec<Item>, total: u64) {
        let chosen = self.pick();
        self.found = Some(Found { letters: letters.to_owned(), items, total });
        self.choose_again(chosen.as_ref());
    }

    /// Takes what there is to choose from by now; what was chosen stays so.
    pub fn learn_items(&mut self, items: Vec<Item>) {
        let chosen = self.pick();
        self.items = items;
        self.look();
        self.choose_again(chosen.as_ref());
    }

    /// The server cannot say: there is only what is here.
    pub fn give_up_beyond(&mut self) {
        self.beyond = None;
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
        let (found, here) = match self.found() {
            Some(found) => (found.items.as_slice(), &[][..]),
            None => (&[][..], self.answers.as_slice()),
        };
        let here = here.iter().filter_map(|at| self.items.get(*at));
        self.moment.iter().chain(found).chain(here)
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        let here = self.found().map_or(self.answers.len(), |found| found.items.len());
        here + usize::from(self.moment.is_some())
    }

    /// How many would answer, the ones with them that there is no room for.
    pub fn total(&self) -> u64 {
        self.found().map_or(self.len() as u64, |found| found.total)
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
        self.answers().nth(self.chosen).map(|item| item.pick.clone())
    }

    /// Chooses another one.
    pub fn go(&mut self, by: isize) {
        let last = self.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
        self.moved = true;
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

    /// What was found by what is typed now.
    fn found(&self) -> Option<&Found> {
        let letters = self.input.text().trim();
        self.found.as_ref().filter(|found| found.letters == letters)
    }

    /// Goes to what was chosen before others came; to the first one where it is gone.
    fn choose_again(&mut self, chosen: Option<&Pick>) {
        let at = self.answers().position(|item| Some(&item.pick) == chosen);
        self.chosen = at.filter(|_| self.moved).unwrap_or(0);
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
        (self.chosen, self.moved) = (0, false);
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
    fn what_the_server_finds_stands_in_place_of_what_is_here() {
        let here = items(&["alice@web1", "bob@web5"]);
        let mut chooser =
            Chooser::new("", here, None, "").beyond(Beyond::Sessions(Among::default()));
        assert_eq!((chooser.wanted(), chooser.is_asking()), (None, false), "nothing is typed");
        assert_eq!(typed(&mut chooser, "al"), ["alice@web1"]);
        let Some(Ask::Find(query)) = chooser.wanted() else { panic!() };
        assert!(query.letters == "al" && chooser.is_asking());
        chooser.learn_found("a", items(&["alone"]), 1);
        assert_eq!((chooser.len(), chooser.is_asking()), (1, true), "an answer to something else");
        chooser.learn_found("al", items(&["alice@web5", "alice@web1"]), 9000);
        let all: Vec<&str> = chooser.answers().map(|item| item.label.as_str()).collect();
        assert_eq!(all, ["alice@web5", "alice@web1"]);
        assert_eq!((chooser.total(), chooser.is_asking()), (9000, false));
        chooser.go(1);
        let chosen = chooser.pick();
        chooser.learn_found("al", items(&["new", "alice@web1", "alice@web5"]), 9001);
        assert_eq!((chooser.pick(), chooser.len()), (chosen, 3));
        chooser.edit(Edit::DeleteToStart);
        assert_eq!(chooser.len(), 2, "all that is here");
        chooser.give_up_beyond();
        assert_eq!(typed(&mut chooser, "x"), [""; 0]);
        assert!(!chooser.is_asking());
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

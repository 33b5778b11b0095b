//! A list of numbered things, the newest first, of which nobody knows how many there are: a part of it is
//! here, and grows at both ends.
//!
//! Invariant: what is here has no gap. Every thing that was asked for and lies between the first and the last
//! that is here is here as well.

use std::collections::BTreeMap;

use sudolog_core::limits::{BROWSE_MARGIN_ROWS, BROWSE_PAGE_ROWS, TRAIL_BYTES_MAX, TRAIL_ROWS_MAX};

use super::Step;

/// Something with a number: a newer thing has a greater one.
pub trait Numbered {
    /// Its number, from 1.
    fn number(&self) -> u64;

    /// What it takes in memory, bytes, about.
    fn bytes(&self) -> usize;
}

/// The part that is here, and the chosen one.
#[derive(Clone, Debug)]
pub struct Trail<T> {
    rows: BTreeMap<u64, T>,
    /// What they weigh together.
    weight: usize,
    /// The server has answered.
    is_known: bool,
    /// There are older ones.
    more: bool,
    /// `None` for the newest one, whichever that is.
    chosen: Option<u64>,
    /// It began in the middle: newer ones were never here.
    is_open: bool,
    /// Numbers of what was given up at the new end, the newest first: each is the newest one of about a page.
    above: Vec<u64>,
}

/// What of a list is wanted: as in a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Only greater numbers.
    pub after: u64,
    /// Only smaller numbers; 0 for all.
    pub before: u64,
}

impl<T> Default for Trail<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            weight: 0,
            is_known: false,
            more: false,
            chosen: None,
            is_open: false,
            above: Vec::new(),
        }
    }
}

impl<T: Numbered> Trail<T> {
    /// One that begins with this one, or the next older one, without those that are newer.
    pub fn from(number: u64) -> Self {
        Self { chosen: Some(number), is_open: true, ..Self::default() }
    }

    /// False before the first answer.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// How many are here.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when nothing is here.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// True when there are older ones than those that are here.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// True when newer ones are known of that are not here.
    pub fn is_cut(&self) -> bool {
        self.is_open || !self.above.is_empty()
    }

    /// Number of the newest one that is here; 0 without any.
    pub fn newest(&self) -> u64 {
        self.rows.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// The newest first.
    pub fn rows(&self) -> impl Iterator<Item = &T> {
        self.rows.values().rev()
    }

    /// This one, if it is here.
    pub fn get(&self, number: u64) -> Option<&T> {
        self.rows.get(&number)
    }

    /// The chosen one.
    pub fn chosen(&self) -> Option<&T> {
        match self.chosen {
            Some(number) => self.rows.get(&number),
            None => self.rows.last_key_value().map(|(_, row)| row),
        }
    }

    /// True while the newest one is chosen, whichever that is.
    pub fn is_at_top(&self) -> bool {
        self.chosen.is_none()
    }

    /// Keeps the chosen one chosen when newer ones come.
    pub fn hold(&mut self) {
        self.chosen = self.chosen().map(Numbered::number);
    }

    /// Chooses this one, if it is here.
    pub fn choose(&mut self, number: u64) {
        if self.rows.contains_key(&number) {
            self.chosen = Some(number);
        }
    }

    /// To the newest one, whichever that is; what is here is given up where it does not reach there.
    pub fn to_top(&mut self) {
        if self.is_cut() {
            *self = Self::default();
        }
        self.chosen = None;
    }

    /// So many lines around the chosen one, which is in the middle as far as the ends allow.
    pub fn around(&self, lines: u16) -> impl Iterator<Item = &T> {
        let lines = usize::from(lines);
        let at = self.chosen().map_or(0, Numbered::number);
        let before = self.rows.range(at.saturating_add(1)..).take(lines / 2).count();
        let behind = self.rows.range(..=at).rev().take(lines).count();
        // Near the old end there is more room for newer ones.
        let newer = (lines.saturating_sub(behind)).max(before);
        let first = self.rows.range(at.saturating_add(1)..).take(newer).last();
        let first = first.map_or(at, |(number, _)| *number);
        self.rows.range(..=first).rev().take(lines).map(|(_, row)| row)
    }

    /// Goes through the list, of which so many lines are shown.
    pub fn step(&mut self, step: Step, shown: usize) {
        let by = match step {
            Step::Rows(rows) => rows,
            Step::Halves(halves) => {
                halves.saturating_mul(isize::try_from(shown / 2).unwrap_or(1).max(1))
            }
        };
        let Some(at) = self.chosen().map(Numbered::number) else { return };
        let far = by.unsigned_abs();
        let to = if by < 0 {
            self.rows.range(at.saturating_add(1)..).take(far).last()
        } else {
            self.rows.range(..at).rev().take(far).last()
        };
        self.chosen = Some(to.map_or(at, |(number, _)| *number));
    }

    /// What to ask for next: what follows at the end that the chosen one is near to.
    pub fn wanted(&self) -> Option<Stretch> {
        if let (true, false, Some(chosen)) = (self.is_open, self.is_known, self.chosen) {
            return Some(Stretch { after: 0, before: chosen.saturating_add(1) });
        }
        let at = self.chosen()?.number();
        let (newer, older) = (self.rows.range(at.saturating_add(1)..), self.rows.range(..at).rev());
        if self.more && is_short(older.map(|(_, row)| row)) {
            let (oldest, _) = self.rows.first_key_value()?;
            return Some(Stretch { after: 0, before: *oldest });
        }
        let newest = self.above.last()?;
        let is_near = is_short(newer.map(|(_, row)| row));
        is_near.then(|| Stretch { after: self.newest(), before: newest.saturating_add(1) })
    }

    /// Takes an answer: all that there is of `stretch`, or, with `more`, all of it from the last one on.
    pub fn learn(&mut self, stretch: Stretch, rows: Vec<T>, more: bool) {
        let from = match rows.last() {
            Some(last) if more => last.number(),
            _ => stretch.after.saturating_add(1),
        };
        let to = if stretch.before == 0 { u64::MAX } else { stretch.before - 1 };
        if self.above.last() == Some(&to) && stretch.after == self.newest() {
            return self.learn_above(from, to, rows, more);
        }
        let bottom = self.rows.first_key_value().map_or(u64::MAX, |(number, _)| *number);
        let is_beside = from <= self.newest().saturating_add(1) && to >= bottom.saturating_sub(1);
        if stretch.before != 0 && !is_beside && self.is_known {
            // The operator has gone elsewhere meanwhile.
            return;
        }
        if self.rows.is_empty() || !is_beside {
            let (chosen, is_open) = (self.chosen, self.is_open && stretch.before != 0);
            *self = Self { chosen, is_open, ..Self::default() };
        }
        let reaches_below = from < bottom && stretch.after < bottom;
        self.put(from, to, rows);
        if !self.is_known || reaches_below {
            // Of what is older than a tail nothing was asked.
            self.more = more || stretch.after > 0;
        }
        self.is_known = true;
        self.keep_choice();
        self.give_up();
    }

    /// What was given up comes back; a page that is too large for one answer in two.
    fn learn_above(&mut self, from: u64, to: u64, rows: Vec<T>, more: bool) {
        if more && from > self.newest().saturating_add(1) {
            self.above.push(from - 1);
            return;
        }
        self.above.pop();
        self.put(from, to, rows);
        self.keep_choice();
        self.give_up();
    }

    /// In the place of all that is here between these numbers.
    fn put(&mut self, from: u64, to: u64, rows: Vec<T>) {
        let stale: Vec<u64> = self.rows.range(from..=to).map(|(number, _)| *number).collect();
        for number in stale {
            self.remove(number);
        }
        for row in rows {
            self.weight = self.weight.saturating_add(weight(&row));
            self.rows.insert(row.number(), row);
        }
    }

    fn remove(&mut self, number: u64) {
        if let Some(row) = self.rows.remove(&number) {
            self.weight = self.weight.saturating_sub(weight(&row));
        }
    }

    /// One that is not here any more makes room for the next older one.
    fn keep_choice(&mut self) {
        let Some(number) = self.chosen.filter(|number| !self.rows.contains_key(number)) else {
            return;
        };
        let next = self.rows.range(..number).next_back().or_else(|| self.rows.first_key_value());
        self.chosen = next.map(|(number, _)| *number);
    }

    /// Lets go of what lies on the heavier side of the chosen one, from its end, about a page at a time.
    fn give_up(&mut self) {
        while self.weight > TRAIL_BYTES_MAX {
            let at = self.chosen().map_or(0, Numbered::number);
            let newer: usize =
                self.rows.range(at.saturating_add(1)..).map(|(_, row)| weight(row)).sum();
            let older: usize = self.rows.range(..at).map(|(_, row)| weight(row)).sum();
            if newer.max(older) == 0 {
                return;
            }
            let (is_newer, enough) = (newer > older, newer.max(older) / 4);
            if is_newer {
                self.above.push(self.newest());
            } else {
                self.more = true;
            }
            let least = self.weight.saturating_sub(enough.max(1));
            for _ in 0..BROWSE_PAGE_ROWS {
                let end = if is_newer { self.rows.last_entry() } else { self.rows.first_entry() };
                let Some(end) = end.filter(|end| *end.key() != at) else { break };
                self.weight = self.weight.saturating_sub(weight(&end.remove()));
                if self.weight <= least {
                    break;
                }
            }
        }
    }
}

/// Few rows have no bytes, and all of them cost something to go through.
fn weight<T: Numbered>(row: &T) -> usize {
    row.bytes().saturating_add(TRAIL_BYTES_MAX / TRAIL_ROWS_MAX)
}

/// True when so few rows lie between the chosen one and an end that more should be asked for. Large rows
/// are few, or there would never be an end of asking.
fn is_short<'a, T: Numbered + 'a>(rows: impl Iterator<Item = &'a T>) -> bool {
    let (mut count, mut heavy) = (0, 0);
    for row in rows.take(BROWSE_MARGIN_ROWS as usize) {
        (count, heavy) = (count + 1, heavy + weight(row));
    }
    count < BROWSE_MARGIN_ROWS && heavy < TRAIL_BYTES_MAX / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Row(u64, usize);

    impl Numbered for Row {
        fn number(&self) -> u64 {
            self.0
        }

        fn bytes(&self) -> usize {
            self.1
        }
    }

    /// A log of which every `every`th entry is wanted, and which answers with so many at most.
    struct Log {
        newest: u64,
        every: u64,
        most: usize,
        bytes: usize,
    }

    impl Log {
        fn answer(&self, stretch: Stretch) -> (Vec<Row>, bool) {
            let end = if stretch.before == 0 { u64::MAX } else { stretch.before };
            let fits = |number: &u64| {
                *number > stretch.after && *number < end && number.is_multiple_of(self.every)
            };
            let mut all = (1..=self.newest).rev().filter(fits);
            let rows = all.by_ref().take(self.most).map(|number| Row(number, self.bytes)).collect();
            (rows, all.next().is_some())
        }

        /// Answers until nothing is wanted any more.
        fn serve(&self, trail: &mut Trail<Row>) {
            for _ in 0..10_000 {
                let Some(stretch) = trail.wanted() else { return };
                let (rows, more) = self.answer(stretch);
                trail.learn(stretch, rows, more);
            }
            panic!("it never has enough");
        }

        fn tell(&self, trail: &mut Trail<Row>, stretch: Stretch) {
            let (rows, more) = self.answer(stretch);
            trail.learn(stretch, rows, more);
        }
    }

    fn numbers(trail: &Trail<Row>) -> Vec<u64> {
        trail.rows().map(Numbered::number).collect()
    }

    #[test]
    fn all_of_a_long_list_is_gone_through_and_back_with_little_of_it_here() {
        let log = Log { newest: 30_000, every: 3, most: 100, bytes: 1 };
        let mut trail = Trail::default();
        log.tell(&mut trail, Stretch::default());
        let mut seen = vec![trail.chosen().unwrap().0];
        loop {
            log.serve(&mut trail);
            trail.step(Step::Rows(1), 20);
            let at = trail.chosen().unwrap().0;
            if seen.last() == Some(&at) {
                break;
            }
            seen.push(at);
            assert!(trail.len() <= TRAIL_ROWS_MAX);
        }
        let all: Vec<u64> = (1..=10_000).rev().map(|at| at * 3).collect();
        assert_eq!(seen, all, "every one once, down");
        assert!(trail.is_cut() && !trail.has_more());
        let mut back = vec![*seen.last().unwrap()];
        loop {
            log.serve(&mut trail);
            trail.step(Step::Rows(-1), 20);
            let at = trail.chosen().unwrap().0;
            if back.last() == Some(&at) {
                break;
            }
            back.push(at);
        }
        back.reverse();
        assert_eq!(back, all, "and up again");
    }

    #[test]
    fn what_is_new_comes_in_front_and_the_chosen_one_stays() {
        let mut log = Log { newest: 10, every: 1, most: 100, bytes: 1 };
        let mut trail = Trail::default();
        log.tell(&mut trail, Stretch::default());
        assert!(trail.is_at_top() && !trail.has_more());
        log.newest = 12;
        log.tell(&mut trail, Stretch { after: 10, before: 0 });
        assert_eq!(trail.chosen().unwrap().0, 12, "at the top it goes along");
        trail.step(Step::Rows(2), 10);
        log.newest = 15;
        log.tell(&mut trail, Stretch { after: 12, before: 0 });
        assert_eq!((trail.chosen().unwrap().0, trail.newest()), (10, 15));
        assert_eq!(numbers(&trail), (1..=15).rev().collect::<Vec<_>>());
    }

    #[test]
    fn more_news_than_one_answer_holds_leaves_no_gap() {
        let mut log = Log { newest: 10, every: 1, most: 5, bytes: 1 };
        let mut trail = Trail::default();
        log.tell(&mut trail, Stretch::default());
        log.newest = 100;
        log.tell(&mut trail, Stretch { after: 10, before: 0 });
        assert_eq!(numbers(&trail), [100, 99, 98, 97, 96]);
        log.serve(&mut trail);
        assert_eq!(numbers(&trail), (1..=100).rev().take(trail.len()).collect::<Vec<_>>());
        assert!(trail.len() >= BROWSE_MARGIN_ROWS as usize);
    }

    #[test]
    fn a_list_that_begins_in_the_middle_goes_on_to_its_end_and_back_to_the_newest() {
        let log = Log { newest: 900, every: 2, most: 100, bytes: 1 };
        let mut trail: Trail<Row> = Trail::from(501);
        log.serve(&mut trail);
        assert_eq!((trail.chosen().unwrap().0, trail.newest(), trail.is_cut()), (500, 500, true));
        trail.step(Step::Rows(-1), 10);
        assert!(!trail.is_at_top() && trail.has_more());
        trail.to_top();
        log.tell(&mut trail, Stretch::default());
        assert_eq!((trail.chosen().unwrap().0, trail.is_cut()), (900, false));
        // A tail that was asked for before comes late.
        log.tell(&mut trail, Stretch { after: 950, before: 0 });
        assert!(trail.has_more(), "of what lies before it nothing is known");
    }

    #[test]
    fn a_page_that_is_asked_for_again_tells_how_things_stand_now() {
        let mut trail = Trail::default();
        trail.learn(Stretch::default(), vec![Row(9, 1), Row(7, 1), Row(4, 1)], true);
        trail.choose(7);
        trail.learn(Stretch::default(), vec![Row(9, 2), Row(4, 1)], true);
        assert_eq!(trail.chosen(), Some(&Row(4, 1)), "the next older one");
        assert_eq!(trail.get(9), Some(&Row(9, 2)));
        trail.learn(Stretch { after: 0, before: 4 }, Vec::new(), false);
        assert_eq!((numbers(&trail), trail.has_more()), (vec![9, 4], false));
    }

    #[test]
    fn large_things_are_bounded_by_their_bytes_and_a_page_of_them_comes_back_in_parts() {
        let log = Log { newest: 400, every: 1, most: 7, bytes: TRAIL_BYTES_MAX / 50 };
        let mut trail = Trail::default();
        log.tell(&mut trail, Stretch::default());
        for _ in 0..420 {
            log.serve(&mut trail);
            assert!(trail.len() <= 50, "{}", trail.len());
            trail.step(Step::Rows(1), 9);
        }
        assert_eq!(trail.chosen().unwrap().0, 1);
        assert!(trail.is_cut());
        trail.to_top();
        assert!(trail.is_empty() && !trail.is_known() && trail.is_at_top());
    }

    proptest! {
        #[test]
        fn as_many_lines_as_there_are_show_the_chosen_one(
            count in 1u64..50, at in 1u64..50, lines in 1u16..60
        ) {
            let mut trail = Trail::default();
            trail.learn(Stretch::default(), (1..=count).rev().map(|n| Row(n, 1)).collect(), false);
            trail.choose(at);
            let shown: Vec<u64> = trail.around(lines).map(Numbered::number).collect();
            prop_assert_eq!(shown.len(), usize::from(lines).min(count as usize));
            prop_assert!(shown.contains(&trail.chosen().unwrap().0));
        }
    }
}

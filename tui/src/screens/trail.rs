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
    /// All between these two numbers that was asked for is here, rows or not.
    bottom: u64,
    /// See `bottom`.
    top: u64,
    /// There may be older ones.
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

/// What a server says of a stretch.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// The newest first.
    pub rows: Vec<T>,
    /// There may be older ones than those.
    pub more: bool,
    /// All down to this number was looked at; 0 where only the rows tell.
    pub reached: u64,
    /// All up to this number was looked at, where nothing newer was left out; 0 where only the rows tell.
    pub newest: u64,
}

impl<T> Default for Trail<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            weight: 0,
            is_known: false,
            bottom: u64::MAX,
            top: 0,
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

    /// What is new has a greater number.
    pub fn top(&self) -> u64 {
        self.top
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
        let at = self.chosen().map_or(0, Numbered::number);
        let (newer, older) = (self.rows.range(at.saturating_add(1)..), self.rows.range(..at).rev());
        if self.more && is_short(older.map(|(_, row)| row)) {
            return Some(Stretch { after: 0, before: self.bottom });
        }
        let newest = self.above.last()?;
        let is_near = is_short(newer.map(|(_, row)| row));
        is_near.then(|| Stretch { after: self.top, before: newest.saturating_add(1) })
    }

    /// Takes an answer: all that there is of `stretch`, or as far down as the answer says.
    pub fn learn(&mut self, stretch: Stretch, answer: Answer<T>) {
        let last = answer.rows.last().map_or(u64::MAX, Numbered::number);
        let from = match (answer.more, answer.reached) {
            (false, _) => stretch.after.saturating_add(1),
            (true, 0) => last,
            (true, reached) => reached,
        };
        let to = if stretch.before == 0 { u64::MAX } else { stretch.before - 1 };
        if self.above.last() == Some(&to) && stretch.after == self.top {
            return self.learn_above(from, to, answer);
        }
        let is_beside = from <= self.top.saturating_add(1) && to >= self.bottom.saturating_sub(1);
        if stretch.before != 0 && !is_beside && self.is_known {
            // The operator has gone elsewhere meanwhile.
            return;
        }
        if !self.is_known || !is_beside {
            let (chosen, is_open) = (self.chosen, self.is_open && stretch.before != 0);
            *self = Self { chosen, is_open, ..Self::default() };
        }
        if !self.is_known || from < self.bottom && stretch.after < self.bottom {
            // Of what is older than a tail nothing was asked.
            self.more = (answer.more || stretch.after > 0) && from > 1;
            self.bottom = from;
        }
        let first = answer.rows.first().map_or(0, Numbered::number);
        self.top = match stretch.before {
            0 => self.top.max(answer.newest).max(first),
            before => self.top.max(before - 1),
        };
        self.is_known = true;
        self.put(from, to, answer.rows);
        self.keep_choice();
        self.give_up();
    }

    /// What was given up comes back; a page that is too large for one answer in two.
    fn learn_above(&mut self, from: u64, to: u64, answer: Answer<T>) {
        if answer.more && from > self.top.saturating_add(1) {
            if from <= to {
                self.above.push(from - 1);
            }
            return;
        }
        self.above.pop();
        self.top = to;
        self.put(from, to, answer.rows);
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
                self.above.push(self.top);
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
            if is_newer {
                self.top = self.newest();
            } else {
                self.bottom = self.rows.first_key_value().map_or(u64::MAX, |(number, _)| *number);
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

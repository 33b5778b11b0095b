//! Lists of numbered things, against a log that answers as a server does.

use proptest::prelude::*;
use sudolog_core::limits::{BROWSE_MARGIN_ROWS, TRAIL_BYTES_MAX, TRAIL_ROWS_MAX};

use super::{Answer, Numbered, Step, Stretch, Trail};

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
    /// Numbers that one answer looks at.
    scans: u64,
}

impl Log {
    fn answer(&self, stretch: Stretch) -> Answer<Row> {
        let end = if stretch.before == 0 { self.newest + 1 } else { stretch.before };
        let lowest = end.saturating_sub(self.scans).max(stretch.after + 1);
        let (mut rows, mut reached) = (Vec::new(), end);
        while reached > lowest && rows.len() < self.most {
            reached -= 1;
            if reached.is_multiple_of(self.every) {
                rows.push(Row(reached, self.bytes));
            }
        }
        Answer { rows, more: reached > stretch.after + 1, reached, newest: self.newest }
    }

    /// Answers until nothing is wanted any more.
    fn serve(&self, trail: &mut Trail<Row>) {
        for _ in 0..10_000 {
            let Some(stretch) = trail.wanted() else { return };
            trail.learn(stretch, self.answer(stretch));
        }
        panic!("it never has enough");
    }

    fn tell(&self, trail: &mut Trail<Row>, stretch: Stretch) {
        trail.learn(stretch, self.answer(stretch));
    }
}

fn told(numbers: &[u64], more: bool) -> Answer<Row> {
    let rows = numbers.iter().map(|number| Row(*number, 1)).collect();
    Answer { rows, more, reached: 0, newest: 0 }
}

fn numbers(trail: &Trail<Row>) -> Vec<u64> {
    trail.rows().map(Numbered::number).collect()
}

#[test]
fn all_of_a_long_list_is_gone_through_and_back_with_little_of_it_here() {
    let log = Log { newest: 30_000, every: 3, most: 100, bytes: 1, scans: u64::MAX };
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
fn a_server_that_looks_for_a_short_while_only_is_asked_on() {
    let log = Log { newest: 5_000, every: 1_000, most: 100, bytes: 1, scans: 70 };
    let mut trail = Trail::default();
    log.tell(&mut trail, Stretch::default());
    log.serve(&mut trail);
    assert_eq!(numbers(&trail), [5_000, 4_000, 3_000, 2_000, 1_000]);
    assert!(!trail.has_more());
    assert_eq!(trail.top(), 5_000);
}

#[test]
fn what_is_new_comes_in_front_and_the_chosen_one_stays() {
    let mut log = Log { newest: 10, every: 1, most: 100, bytes: 1, scans: u64::MAX };
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
    let mut log = Log { newest: 10, every: 1, most: 5, bytes: 1, scans: u64::MAX };
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
    let log = Log { newest: 900, every: 2, most: 100, bytes: 1, scans: u64::MAX };
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
    trail.learn(Stretch::default(), told(&[9, 7, 4], true));
    trail.choose(7);
    let rows = vec![Row(9, 2), Row(4, 1)];
    trail.learn(Stretch::default(), Answer { rows, ..told(&[], true) });
    assert_eq!(trail.chosen(), Some(&Row(4, 1)), "the next older one");
    assert_eq!(trail.get(9), Some(&Row(9, 2)));
    trail.learn(Stretch { after: 0, before: 4 }, told(&[], false));
    assert_eq!((numbers(&trail), trail.has_more()), (vec![9, 4], false));
}

#[test]
fn large_things_are_bounded_by_their_bytes_and_a_page_of_them_comes_back_in_parts() {
    let log = Log { newest: 400, every: 1, most: 7, bytes: TRAIL_BYTES_MAX / 50, scans: u64::MAX };
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
        let all: Vec<u64> = (1..=count).rev().collect();
        trail.learn(Stretch::default(), told(&all, false));
        trail.choose(at);
        let shown: Vec<u64> = trail.around(lines).map(Numbered::number).collect();
        prop_assert_eq!(shown.len(), usize::from(lines).min(count as usize));
        prop_assert!(shown.contains(&trail.chosen().unwrap().0));
    }
}

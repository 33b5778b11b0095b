//! Which views of one connection are due in the access log. Pure: the time is passed in.
//!
//! A console that shows what runs asks for the same list every second, and one that plays a recording
//! for many pieces of it; a line for each would bury what the access log is for. Whatever is asked for the first time, or anew after an interval, is
//! due before it is shown (invariant I7).

use std::time::Instant;

use sudolog_core::limits::ACCESS_LIST_INTERVAL;

/// The views of one kind that were written down lately, the newest last.
#[derive(Debug)]
pub(super) struct Glances<V>(Vec<(V, Instant)>);

impl<V> Default for Glances<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V: PartialEq + Clone> Glances<V> {
    /// True when the view must be written down before it is shown.
    pub(super) fn is_due(&self, view: &V, now: Instant) -> bool {
        let written = self.0.iter().find(|(known, _)| known == view);
        written.is_none_or(|(_, at)| now.saturating_duration_since(*at) >= ACCESS_LIST_INTERVAL)
    }

    /// Remembers that the view stands in the access log.
    pub(super) fn written(&mut self, view: &V, now: Instant) {
        self.0.retain(|(known, _)| known != view);
        if self.0.len() >= VIEWS_KEPT_MAX {
            self.0.remove(0);
        }
        self.0.push((view.clone(), now));
    }
}

/// A console has a list or two at a time, and plays a recording; who asks for more different ones is
/// written down more.
const VIEWS_KEPT_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use sudolog_core::wire::message::Query;

    fn query(text: &str) -> Query {
        Query { text: text.to_owned(), ..Query::default() }
    }

    /// Asks, and writes down what is due.
    fn ask(glances: &mut Glances<Query>, query: &Query, now: Instant) -> bool {
        let due = glances.is_due(query, now);
        if due {
            glances.written(query, now);
        }
        due
    }

    #[test]
    fn a_list_that_does_not_change_is_due_once_a_minute() {
        let (mut glances, began) = (Glances::default(), Instant::now());
        let mut due =
            |second: &u64| ask(&mut glances, &query("web1"), began + Duration::from_secs(*second));
        let seconds: Vec<u64> = (0..=180).filter(|second| due(second)).collect();
        assert_eq!(seconds, [0, 60, 120, 180]);
    }

    #[test]
    fn every_other_list_is_due_at_once() {
        let (mut glances, now) = (Glances::default(), Instant::now());
        let page = Query { offset: 100, ..query("web1") };
        for due in [true, false] {
            for query in [&query("web1"), &query("web2"), &page] {
                assert_eq!(ask(&mut glances, query, now), due, "{query:?}");
            }
        }
    }

    #[test]
    fn what_was_not_written_stays_due() {
        let (glances, now) = (Glances::default(), Instant::now());
        assert!(glances.is_due(&query(""), now));
        assert!(glances.is_due(&query(""), now));
    }

    #[test]
    fn a_console_with_many_lists_is_written_down_and_not_remembered() {
        let (mut glances, now) = (Glances::default(), Instant::now());
        for number in 0..1000 {
            assert!(ask(&mut glances, &query(&number.to_string()), now));
        }
        assert_eq!(glances.0.len(), VIEWS_KEPT_MAX);
        assert!(ask(&mut glances, &query("0"), now), "forgotten, so due again");
    }
}

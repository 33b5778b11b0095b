//! Puts the records of one event together.
//!
//! Records of different events arrive between one another. An event is whole when its EOE comes; the log on
//! disk has none, and one may be lost, so an event also ends when the stream's own time or the clock has gone
//! on. Invariants: what is held is bounded, whatever comes; an event that ended is never given a second time.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::{Record, Stamp};
use crate::limits::{
    KAUDIT_ASSEMBLY_WAIT, KAUDIT_DONE_MAX, KAUDIT_EVENT_BYTES_MAX, KAUDIT_EVENTS_OPEN_MAX,
    KAUDIT_OPEN_BYTES_MAX,
};

/// An event and its records, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What they have in common.
    pub stamp: Stamp,
    /// At least one.
    pub records: Vec<Record>,
    /// How it ended.
    pub ending: Ending,
    /// Records of it that there was no room for.
    pub left_out: usize,
}

/// How an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By its last record.
    Whole,
    /// No more came for it, so some may be missing.
    Waited,
    /// Too many were open: there was no room to wait.
    Forced,
}

/// What the assembler could not do as it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Toll {
    /// Records that came for an event that had ended.
    pub late: u64,
    /// Records that one event had no room for.
    pub left_out: u64,
    /// Events that were ended for want of room.
    pub forced: u64,
}

/// The events that are not whole yet.
#[derive(Debug, Default)]
pub struct Assembler {
    open: HashMap<Stamp, Open>,
    /// The same by age.
    ages: BTreeMap<u64, Stamp>,
    next_age: u64,
    bytes: usize,
    done: HashSet<Stamp>,
    done_order: VecDeque<Stamp>,
    toll: Toll,
}

#[derive(Debug)]
struct Open {
    records: Vec<Record>,
    bytes: usize,
    left_out: usize,
    age: u64,
    since: Instant,
}

impl Assembler {
    /// Takes a record; events that end are added to `out`.
    pub fn push(&mut self, now: Instant, record: Record, out: &mut Vec<Event>) {
        let stamp = record.stamp.clone();
        if self.done.contains(&stamp) {
            // The end of what was not waited for any longer says nothing new.
            self.toll.late += u64::from(!record.is_end());
            return;
        }
        self.end_before(&stamp, out);
        if record.is_end() {
            self.end(&stamp, Ending::Whole, out);
        } else if record.is_alone() && !self.open.contains_key(&stamp) {
            self.finish(stamp.clone());
            out.push(Event { stamp, records: vec![record], ending: Ending::Whole, left_out: 0 });
        } else {
            self.add(now, record);
            while self.open.len() > KAUDIT_EVENTS_OPEN_MAX || self.bytes > KAUDIT_OPEN_BYTES_MAX {
                let Some(oldest) = self.ages.values().next().cloned() else { break };
                self.toll.forced += 1;
                self.end(&oldest, Ending::Forced, out);
            }
        }
    }

    /// Ends what has waited for long enough by the clock.
    pub fn expire(&mut self, now: Instant, out: &mut Vec<Event>) {
        while let Some(stamp) = self.oldest_since(|since| now >= since + KAUDIT_ASSEMBLY_WAIT) {
            self.end(&stamp, Ending::Waited, out);
        }
    }

    /// When [`expire`](Self::expire) is due.
    pub fn next_wake(&self) -> Option<Instant> {
        let oldest = self.ages.values().next()?;
        self.open.get(oldest).map(|open| open.since + KAUDIT_ASSEMBLY_WAIT)
    }

    /// The stream has ended: all that is open ends.
    pub fn close(&mut self, out: &mut Vec<Event>) {
        while let Some(stamp) = self.ages.values().next().cloned() {
            self.end(&stamp, Ending::Waited, out);
        }
    }

    /// What went wrong since it was last asked for.
    pub fn toll(&mut self) -> Toll {
        std::mem::take(&mut self.toll)
    }

    fn add(&mut self, now: Instant, record: Record) {
        let bytes = record.bytes();
        let open = self.open.entry(record.stamp.clone()).or_insert_with(|| {
            let age = self.next_age;
            self.next_age += 1;
            self.ages.insert(age, record.stamp.clone());
            Open { records: Vec::new(), bytes: 0, left_out: 0, age, since: now }
        });
        if open.bytes + bytes > KAUDIT_EVENT_BYTES_MAX {
            open.left_out += 1;
            self.toll.left_out += 1;
            return;
        }
        open.bytes += bytes;
        self.bytes += bytes;
        open.records.push(record);
    }

    /// Ends those that the stream's own time has left behind. A leap of hours is no sign of that: a record
    /// may have a false time, and then the clock decides.
    fn end_before(&mut self, newest: &Stamp, out: &mut Vec<Event>) {
        let waited = KAUDIT_ASSEMBLY_WAIT.as_millis();
        while let Some(oldest) = self.ages.values().next() {
            let passed = u128::from(newest.time_ms.saturating_sub(oldest.time_ms));
            if oldest.node != newest.node || passed < waited || passed > LEAP.as_millis() {
                return;
            }
            let oldest = oldest.clone();
            self.end(&oldest, Ending::Waited, out);
        }
    }

    fn oldest_since(&self, is_due: impl Fn(Instant) -> bool) -> Option<Stamp> {
        let oldest = self.ages.values().next()?;
        self.open.get(oldest).is_some_and(|open| is_due(open.since)).then(|| oldest.clone())
    }

    fn end(&mut self, stamp: &Stamp, ending: Ending, out: &mut Vec<Event>) {
        let Some(open) = self.open.remove(stamp) else { return };
        self.ages.remove(&open.age);
        self.bytes = self.bytes.saturating_sub(open.bytes);
        self.finish(stamp.clone());
        let Open { records, left_out, .. } = open;
        out.push(Event { stamp: stamp.clone(), records, ending, left_out });
    }

    fn finish(&mut self, stamp: Stamp) {
        if self.done_order.len() >= KAUDIT_DONE_MAX
            && let Some(oldest) = self.done_order.pop_front()
        {
            self.done.remove(&oldest);
        }
        self.done.insert(stamp.clone());
        self.done_order.push_back(stamp);
    }
}

/// Events of one stream do not lie further apart, unless nothing was written between them.
const LEAP: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::super::Stream;
    use super::*;
    use proptest::prelude::*;

    /// Ends of events and their serials, of a stream in which no time passes.
    fn assembled(text: &str, cuts: &[usize]) -> (Vec<Event>, Toll) {
        let (now, mut stream, mut assembler) =
            (Instant::now(), Stream::default(), Assembler::default());
        let mut records = Vec::new();
        let mut from = 0;
        let cuts = cuts.iter().map(|cut| (*cut).min(text.len()));
        for cut in cuts.chain([text.len()]) {
            let chunk = text.as_bytes().get(from..cut).unwrap_or_default();
            stream.push(chunk, |piece| records.extend(piece.record()));
            from = from.max(cut);
        }
        stream.finish(|piece| records.extend(piece.record()));
        let mut events = Vec::new();
        records.into_iter().for_each(|record| assembler.push(now, record, &mut events));
        assembler.close(&mut events);
        (events, assembler.toll())
    }

    fn shape(events: &[Event]) -> Vec<(u64, usize, Ending)> {
        events.iter().map(|event| (event.stamp.serial, event.records.len(), event.ending)).collect()
    }

    const W: &str = include_str!("fixtures/w-two-keys.enriched.log");
    const INTERLEAVED: &str = include_str!("fixtures/c01-interleaved.log");
    const NO_END: &str = include_str!("fixtures/c02-no-end.log");
    const LATE: &str = include_str!("fixtures/c03-late-and-twice.log");
    const TIMES: &str = include_str!("fixtures/c09-times-leap.log");

    #[test]
    fn a_real_stream_is_whole() {
        let (events, toll) = assembled(W, &[]);
        use Ending::Whole;
        assert_eq!(
            shape(&events),
            [(481, 1, Whole), (482, 3, Whole), (483, 7, Whole), (484, 6, Whole)]
        );
        assert_eq!(toll, Toll::default());
    }

    #[test]
    fn records_between_one_another_find_their_events() {
        let (events, _) = assembled(INTERLEAVED, &[]);
        assert_eq!(
            shape(&events),
            [(11, 2, Ending::Whole), (10, 3, Ending::Whole), (12, 1, Ending::Whole)]
        );
        assert!(events[2].stamp.node != events[0].stamp.node);
    }

    #[test]
    fn an_event_without_an_end_ends_by_the_streams_time_or_by_the_clock() {
        let (events, _) = assembled(NO_END, &[]);
        assert_eq!(shape(&events), [(20, 2, Ending::Waited), (21, 2, Ending::Waited)]);
        let (now, mut assembler, mut out) = (Instant::now(), Assembler::default(), Vec::new());
        let line = NO_END.lines().next().unwrap();
        assembler.push(now, Record::parse(line.as_bytes(), false).unwrap(), &mut out);
        assert_eq!(assembler.next_wake(), Some(now + KAUDIT_ASSEMBLY_WAIT));
        assembler.expire(now + KAUDIT_ASSEMBLY_WAIT - Duration::from_millis(1), &mut out);
        assert!(out.is_empty());
        assembler.expire(now + KAUDIT_ASSEMBLY_WAIT, &mut out);
        assert_eq!((shape(&out), assembler.next_wake()), (vec![(20, 1, Ending::Waited)], None));
    }

    #[test]
    fn what_comes_late_is_counted_and_no_event_comes_twice() {
        let (events, toll) = assembled(LATE, &[]);
        assert_eq!(shape(&events), [(30, 1, Ending::Whole)]);
        assert_eq!(toll.late, 2);
    }

    #[test]
    fn a_false_time_ends_nothing() {
        let (events, toll) = assembled(TIMES, &[]);
        let whole = events.iter().filter(|event| event.ending == Ending::Whole).count();
        assert_eq!((events.len(), whole, toll), (4, 4, Toll::default()));
    }

    #[test]
    fn a_flood_is_bounded() {
        let (now, mut assembler, mut out) = (Instant::now(), Assembler::default(), Vec::new());
        for serial in 0..3 * KAUDIT_DONE_MAX {
            let line = format!("type=SYSCALL msg=audit(1.000:{serial}): a=1");
            assembler.push(now, Record::parse(line.as_bytes(), false).unwrap(), &mut out);
        }
        assert_eq!(assembler.open.len(), KAUDIT_EVENTS_OPEN_MAX);
        assert_eq!(
            (assembler.done.len(), assembler.done_order.len()),
            (KAUDIT_DONE_MAX, KAUDIT_DONE_MAX)
        );
        assert!(out.iter().all(|event| event.ending == Ending::Forced));
        let line = format!("type=EXECVE msg=audit(1.000:7): a0=\"{}\"", "x".repeat(8000));
        let (mut assembler, mut out) = (Assembler::default(), Vec::new());
        for _ in 0..1000 {
            assembler.push(now, Record::parse(line.as_bytes(), false).unwrap(), &mut out);
        }
        assert!(assembler.bytes <= KAUDIT_EVENT_BYTES_MAX);
        assembler.close(&mut out);
        assert!(out[0].left_out > 800 && assembler.toll().left_out == out[0].left_out as u64);
        assert_eq!(assembler.bytes, 0);
    }

    proptest! {
        #[test]
        fn any_cut_of_the_stream_gives_the_same_events(mut cuts in prop::collection::vec(0..W.len(), 0..40)) {
            cuts.sort_unstable();
            for text in [W, INTERLEAVED, LATE] {
                prop_assert_eq!(assembled(text, &cuts), assembled(text, &[]));
            }
        }

        #[test]
        fn every_record_is_given_once_or_counted(serials in prop::collection::vec((0u64..8, any::<bool>()), 0..200)) {
            let mut text = String::new();
            for (serial, is_end) in &serials {
                let kind = if *is_end { "EOE" } else { "SYSCALL" };
                text.push_str(&format!("type={kind} msg=audit(1.000:{serial}): \n"));
            }
            let (events, toll) = assembled(&text, &[]);
            let given: usize = events.iter().map(|event| event.records.len()).sum();
            let records = serials.iter().filter(|(_, is_end)| !is_end).count();
            prop_assert_eq!(given + usize::try_from(toll.late).unwrap(), records);
            let mut stamps: Vec<_> = events.iter().map(|event| &event.stamp).collect();
            stamps.sort();
            stamps.dedup();
            prop_assert_eq!(stamps.len(), events.len());
        }
    }
}

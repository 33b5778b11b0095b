//! From entries to letters.

use super::*;
use crate::alert::item::tests::stored;

const MADE: Timestamp = Timestamp { seconds: 1_795_290_600, nanoseconds: 0 };

fn desk(routes: &str) -> Desk {
    let file = format!(
        "version: 1\ntargets:\n  soc: {{kind: webhook, url: \"http://127.0.0.1:1/\"}}\n  \
         slow: {{kind: webhook, url: \"http://127.0.0.1:1/\", batch: {{max_wait: 2s, max_items: 20}}}}\n  \
         lazy: {{kind: webhook, url: \"http://127.0.0.1:1/\", surplus: collect}}\n  \
         deaf: {{kind: webhook, url: \"http://127.0.0.1:1/\", surplus: important}}\nroutes:\n{routes}\n"
    );
    Desk::new(Arc::new(Plan::parse(file.as_bytes()).unwrap()), HashSet::new())
}

struct Run {
    desk: Desk,
    start: Instant,
}

impl Run {
    fn new(routes: &str) -> Self {
        Self { desk: desk(routes), start: Instant::now() }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn take(&mut self, ms: u64, stored: &Stored) -> Vec<Letter> {
        let now = self.at(ms);
        self.desk.take(stored, now, MADE);
        self.desk.letters(now, MADE)
    }

    fn letters(&mut self, ms: u64) -> Vec<Letter> {
        let now = self.at(ms);
        self.desk.letters(now, MADE)
    }
}

fn finding(number: u64) -> Stored {
    stored(number, Kind::Finding, Severity::High)
}

#[test]
fn the_first_route_that_fits_is_taken_and_the_next_where_it_goes_on() {
    let mut run = Run::new(
        "- {when: {severity: \">=high\"}, to: [soc], continue: yes}\n\
         - {when: {host: db*}, to: []}\n- {to: [lazy]}",
    );
    let to =
        |letters: Vec<Letter>| letters.into_iter().map(|letter| letter.target).collect::<Vec<_>>();
    assert_eq!(to(run.take(0, &finding(1))), ["soc", "lazy"]);
    assert_eq!(to(run.take(0, &stored(2, Kind::Thawed, Severity::Info))), ["lazy"]);
    let mut dropped = stored(3, Kind::Thawed, Severity::Info);
    dropped.entry.host = "db1".into();
    assert_eq!(to(run.take(0, &dropped)), [] as [&str; 0]);
}

#[test]
fn a_batch_goes_when_it_is_full_or_old_or_critical() {
    let mut run = Run::new("- {to: [slow]}");
    for number in 1..=19 {
        assert_eq!(run.take(0, &finding(number)), []);
    }
    assert_eq!((run.desk.oldest(), run.desk.next(run.start)), (Some(1), Some(run.at(2000))));
    let full = run.take(1, &finding(20));
    assert_eq!(
        (full.len(), full[0].count, full[0].title.as_str()),
        (1, 20, "[Sudolog] HIGH: 20 events on web1")
    );
    assert_eq!(run.desk.oldest(), None);
    assert_eq!(run.take(10, &finding(21)), []);
    assert_eq!(run.letters(2009), []);
    let old = run.letters(2010);
    assert_eq!((old.len(), old[0].entries.as_slice()), (1, [21].as_slice()));
    run.take(3000, &finding(22));
    let urgent = run.take(3001, &stored(23, Kind::BadAck, Severity::Critical));
    assert_eq!(urgent[0].entries, [22, 23]);
    assert_eq!(urgent[0].severity, Severity::Critical);
}

#[test]
fn a_hundred_entries_are_all_told_in_batches() {
    let mut run = Run::new("- {to: [slow]}");
    let mut letters: Vec<Letter> =
        (1..=100).flat_map(|number| run.take(0, &finding(number))).collect();
    letters.extend(run.letters(5000));
    assert_eq!(letters.len(), 5);
    let all: Vec<u64> = letters.iter().flat_map(|letter| letter.entries.clone()).collect();
    assert_eq!(all, (1..=100).collect::<Vec<_>>());
    for number in 1..=100 {
        let mark = format!("#{number}");
        let told = |line: &String| line.ends_with(&mark);
        assert!(letters.iter().any(|letter| letter.lines.iter().any(told)), "{mark}");
    }
}

fn of_call(number: u64, call: &str, kind: Kind) -> Stored {
    let mut stored = stored(number, kind, Severity::Info);
    stored.entry.source = Source::Sudo;
    stored.entry.id = format!("{call}.{number}").parse().unwrap();
    stored
}

fn front_end(number: u64, call: &str) -> Stored {
    let mut stored = of_call(number, call, Kind::Accept);
    stored.entry.by = "sudo".into();
    stored.entry.details = vec![("plugin_type".to_owned(), "front end".into())];
    stored
}

#[test]
fn a_call_of_sudo_is_two_messages_and_the_first_comes_before_the_command() {
    let mut run = Run::new("- {when: {source: sudo}, to: [soc]}");
    assert_eq!(run.take(0, &of_call(1, "call-a", Kind::Start)), []);
    assert_eq!(run.take(0, &of_call(2, "call-a", Kind::Request)), []);
    assert_eq!(run.take(0, &of_call(3, "call-b", Kind::Start)), []);
    assert_eq!(run.take(1, &of_call(4, "call-a", Kind::Accept)), []);
    let first = run.take(2, &front_end(5, "call-a"));
    assert_eq!(first.iter().map(|l| l.entries.clone()).collect::<Vec<_>>(), [[1, 2, 4, 5]]);
    let last = run.take(9000, &of_call(6, "call-a", Kind::Exit));
    assert_eq!(last[0].entries, [6]);
    // What is never ended does not hold the cursor up.
    let left = run.letters(10_000);
    assert_eq!(left[0].entries, [3]);

    let mut run = Run::new("- {when: {source: sudo}, to: [soc]}");
    assert_eq!(run.take(0, &of_call(1, "c", Kind::Start)), []);
    assert_eq!(run.take(0, &of_call(2, "c", Kind::Reject)), []);
    assert_eq!(run.take(0, &of_call(3, "c", Kind::Exit))[0].entries, [1, 2, 3], "one batch");
}

#[test]
fn sync_makes_each_line_a_message_in_order() {
    let mut run = Run::new("- {when: {source: sudo}, to: [slow], sync: yes}");
    let kinds = [Kind::Start, Kind::Request, Kind::Accept, Kind::Reject, Kind::Exit];
    let mut letters = Vec::new();
    for (kind, number) in kinds.into_iter().zip(1..) {
        letters.extend(run.take(0, &of_call(number, "c", kind)));
    }
    let entries: Vec<_> = letters.iter().flat_map(|letter| letter.entries.clone()).collect();
    assert_eq!((letters.len(), entries), (5, vec![1, 2, 3, 4, 5]));
}

#[test]
fn the_same_is_told_once_and_then_how_often_it_came() {
    let mut run = Run::new("- {to: [soc], dedup: {key: [rule, host], window: 10m}}");
    assert_eq!(run.take(0, &finding(1)).len(), 1);
    for number in 2..=500 {
        assert_eq!(run.take(1000, &finding(number)), []);
    }
    let mut elsewhere = finding(501);
    elsewhere.entry.host = "web2".into();
    assert_eq!(run.take(1000, &elsewhere).len(), 1);
    let summed = run.letters(600_000);
    assert_eq!((summed.len(), summed[0].count), (1, 499));
    assert!(summed[0].lines[0].starts_with("499 more of the same, the last: "), "{summed:?}");
    assert_eq!(run.take(600_001, &finding(502)).len(), 1, "a new window");
}

#[test]
fn what_comes_and_goes_is_raised_goes_on_and_is_cleared_once() {
    let routes =
        "- {to: [soc], quiet: {raise_after: 2, within: 60s, clear_after: 15m, renotify: 4h}}";
    let mut run = Run::new(routes);
    let minutes = |minutes: u64| minutes * 60_000;
    assert_eq!(run.take(0, &finding(1)), [], "once is nothing");
    assert_eq!(run.take(minutes(2), &finding(2)), [], "twice, but long after");
    let raised = run.take(minutes(2) + 1000, &finding(3));
    assert_eq!(raised.iter().map(|l| l.entries[0]).collect::<Vec<_>>(), [2, 3]);
    for minute in 3..=243 {
        let told = run.take(minutes(minute), &finding(minute + 1));
        let expected = usize::from(minute == 243);
        assert_eq!(told.len(), expected, "minute {minute}");
    }
    let cleared = run.letters(minutes(258));
    assert_eq!((cleared.len(), cleared[0].severity), (1, Severity::Notice));
    assert!(cleared[0].lines[0].starts_with("cleared: none for 15 min"), "{cleared:?}");
    assert_eq!(run.letters(minutes(300)), [], "and no more");
    let critical = run.take(minutes(301), &stored(900, Kind::BadAck, Severity::Critical));
    assert_eq!(critical.len(), 1, "what is critical is told at once");
}

#[test]
fn a_target_that_cannot_keep_up_gets_fewer_or_only_what_matters() {
    let mut run = Run::new("- {to: [lazy, deaf]}");
    run.desk.set_waiting("lazy", 1);
    run.desk.set_waiting("deaf", 1);
    let info = |number| stored(number, Kind::Thawed, Severity::Info);
    for number in 1..=5 {
        assert_eq!(run.take(0, &info(number)), []);
    }
    run.desk.set_waiting("lazy", 0);
    let letters = run.letters(1);
    assert_eq!((letters.len(), letters[0].count), (1, 5), "one message for all");
    run.desk.set_waiting("lazy", 1);
    let letters = run.take(2, &finding(6));
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].target, "deaf");
    assert_eq!(letters[0].lines[1], "+5 less severe ones were left out meanwhile");
}

#[test]
fn what_was_told_before_a_crash_is_not_told_again() {
    let plan = desk("- {to: [soc, lazy]}").plan;
    let told = HashSet::from([("soc".to_owned(), 1)]);
    let mut run = Run { desk: Desk::new(plan, told), start: Instant::now() };
    let letters = run.take(0, &finding(1));
    assert_eq!(letters.iter().map(|l| l.target.as_str()).collect::<Vec<_>>(), ["lazy"]);
    assert_eq!(run.take(0, &finding(2)).len(), 2);
}

#[test]
fn ids_may_stand_in_a_header_and_differ() {
    let mut run = Run::new("- {to: [soc], continue: true}\n- {to: [soc]}");
    let letters = run.take(0, &finding(1));
    let ids: Vec<_> = letters.iter().map(|letter| letter.id.as_str()).collect();
    assert_eq!(ids, ["1.e1.r0", "1.e1.r1"]);
}

/// Stops the desk, writes down what it must know, and goes on in another so much later.
fn again(run: Run, read: u64, ms: u64) -> Run {
    let written = run.desk.memory(read, run.at(ms), MADE);
    let json = serde_json::to_vec(&written).unwrap();
    let memory: Memory = serde_json::from_slice(&json).unwrap();
    assert_eq!(memory, written);
    let mut desk = Desk::new(run.desk.plan, HashSet::new());
    // Where the other clock stands says nothing, and by the time of day a minute has gone by.
    let start = Instant::now() + Duration::from_secs(100_000);
    desk.remember(memory, start, Timestamp { seconds: MADE.seconds + 60, ..MADE });
    Run { desk, start }
}

#[test]
fn a_restart_repeats_nothing_and_counts_on() {
    let mut run = Run::new("- {to: [soc], dedup: {key: [rule, host], window: 10m}}");
    assert_eq!(run.take(0, &finding(1)).len(), 1);
    for number in 2..=100 {
        assert_eq!(run.take(1000, &finding(number)), []);
    }
    let mut run = again(run, 100, 2000);
    for number in 101..=200 {
        assert_eq!(run.take(0, &finding(number)), [], "told before the restart");
    }
    assert_eq!(run.letters(537_000), [], "the window is as long as it was");
    let summed = run.letters(539_000);
    assert_eq!((summed.len(), summed[0].count), (1, 199));
}

#[test]
fn what_was_raised_before_a_restart_is_cleared_after_it() {
    let mut run = Run::new("- {to: [soc], quiet: {raise_after: 2, clear_after: 15m}}");
    assert_eq!(run.take(0, &finding(1)), []);
    let mut run = again(run, 1, 0);
    let raised = run.take(0, &finding(2));
    assert_eq!(raised.len(), 0, "a minute has gone by: that is not twice within one");
    assert_eq!(run.take(10, &finding(3)).len(), 2);
    let mut run = again(run, 3, 1000);
    assert_eq!(run.take(0, &finding(4)), [], "it is raised already");
    let cleared = run.letters(15 * 60_000);
    assert_eq!(cleared.len(), 1);
    assert!(cleared[0].title.contains("cleared"), "{cleared:?}");
}

#[test]
fn what_was_being_collected_is_collected_on_and_nothing_else_of_it_is_told() {
    let routes = "- {to: [slow, soc], dedup: {key: [rule, host], window: 10m}}";
    let mut run = Run::new(routes);
    assert_eq!(run.take(0, &finding(1)).len(), 1, "to soc; slow collects");
    assert_eq!(run.take(0, &finding(2)), []);
    assert_eq!(run.desk.oldest(), Some(1));
    let mut run = again(run, 2, 100);
    let letters = [run.take(0, &finding(1)), run.take(0, &finding(2)), run.letters(2000)].concat();
    let told: Vec<_> = letters.iter().map(|l| (l.target.as_str(), l.entries.clone())).collect();
    assert_eq!(told, [("slow", vec![1])]);
    let other = Plan::parse(
        b"version: 1\ntargets: {soc: {kind: journal}}\nroutes: [{to: soc}]\nmasks: \
          [{fields: [user], hash: yes}]\n",
    );
    let mut desk = Desk::new(Arc::new(other.unwrap()), HashSet::new());
    let memory = run.desk.memory(2, run.start, MADE);
    assert_eq!(memory.known.len(), 1);
    desk.remember(memory, run.start, MADE);
    assert!(desk.memory(2, run.start, MADE).known.is_empty(), "no route of that plan knows it");
}

#[test]
fn what_is_kept_over_a_restart_is_bounded_and_the_newest() {
    let mut run = Run::new("- {to: [soc], dedup: {key: [command], window: 10m}}");
    for number in 1..=3000 {
        let mut entry = finding(number);
        entry.entry.argv = vec![format!("{number} {}", "x".repeat(2000)).as_str().into()];
        run.take(number, &entry);
    }
    let memory = run.desk.memory(3000, run.at(3000), MADE);
    let bytes = serde_json::to_vec(&memory).unwrap().len();
    assert!((1_000_000..5_000_000).contains(&bytes) && memory.known.len() < 3000, "{bytes}");
    let numbers = memory.known.iter().map(|known| match &known.state {
        memory::State::Repeat(repeat) => repeat.until,
        memory::State::Condition(_) => 0,
    });
    assert_eq!(numbers.max(), Some(600_000));
}

#[test]
fn no_host_gives_its_entries_names_that_make_another_letter_a_second_one() {
    let mut run = Run::new("- {to: [soc]}");
    let mut named = |number: u64, source: Source, host: &str| {
        let mut stored = stored(number, Kind::Incomplete, Severity::High);
        stored.entry.id = "01936f2e-0000-7000-8000-000000000000.gone".parse().unwrap();
        (stored.entry.source, stored.entry.host) = (source, host.into());
        run.take(number, &stored).remove(0).id
    };
    // Before the server says it, and then by two hosts with the same names.
    let ids = [
        named(1, Source::Kernel, "web1"),
        named(2, Source::Server, "web1"),
        named(3, Source::Kernel, "db1"),
    ];
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 3, "{ids:?}");
}

#[test]
fn another_plan_is_a_change() {
    let mut run = Run::new("- {to: [soc], dedup: {key: [host], window: 60s}}");
    run.take(0, &finding(1));
    let (before, plan) = (run.desk.changes(), Arc::clone(&run.desk.plan));
    run.desk.set_plan(plan, run.at(1), MADE);
    assert!(run.desk.changes() > before);
    assert_eq!(run.take(2, &finding(2)).len(), 0, "what was told stays told");
}

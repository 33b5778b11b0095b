//! The log with its thread.

use std::time::Duration;

use super::*;

/// An entry of host `web1` with that name.
pub(crate) fn entry(id: &str) -> Entry {
    let time = sudolog_core::time::Timestamp::from_nanos(5);
    let mut entry = Entry::new(id.parse().unwrap(), time, Source::Sudo, Kind::Reject);
    (entry.host, entry.user) = ("web1".into(), "alice".into());
    entry
}

async fn reach(log: &EventLog, number: u64) {
    let mut newest = log.watch();
    let reached = newest.wait_for(|newest| *newest >= number);
    tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_handed_in_can_be_read_and_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path()).unwrap();
    assert_eq!((log.newest(), log.after(0, 10).unwrap()), (0, vec![]));
    log.keep(vec![entry("a.1"), entry("a.2"), entry("a.1")]).await.unwrap();
    assert_eq!(log.newest(), 2, "what is kept can be read at once");
    let own = log.entry(Kind::Finding, Severity::High);
    log.append(own.clone());
    reach(&log, 3).await;
    let stored = log.after(1, 10).unwrap();
    assert_eq!(stored.iter().map(|s| s.number).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(stored[1].entry, own);
    log.shutdown();
    assert_eq!(log.keep(vec![entry("a.9")]).await, Err(KeepError::Stopping));
    let again = EventLog::open(dir.path()).unwrap();
    assert_eq!(again.after(1, 10).unwrap(), stored);
    assert_ne!(again.entry(Kind::Finding, Severity::High).id, own.id);
    again.keep(vec![entry("a.2")]).await.unwrap();
    assert_eq!(again.newest(), 3);
    again.shutdown();
}

#[tokio::test]
async fn what_there_is_no_room_for_is_counted_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path()).unwrap();
    // As if so many waited: the next ones find no room.
    log.0.shared.waiting.store(EVENTS_QUEUE_MAX, Ordering::Relaxed);
    let lost = (0..3).map(|_| log.append(log.entry(Kind::Order, Severity::Info))).count();
    reach(&log, 1).await;
    let said = log.after(0, 10).unwrap().remove(0).entry;
    assert_eq!(said.kind, Kind::Lost);
    let text = said.text.escaped().to_string();
    assert!(text.starts_with(&format!("{lost} entries")), "{text}");
    log.0.shared.waiting.store(0, Ordering::Relaxed);
    log.append(log.entry(Kind::Order, Severity::Info));
    reach(&log, 2).await;
    log.shutdown();
}

#[tokio::test]
async fn the_newest_are_read_without_files_and_the_same_as_with() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path()).unwrap();
    let count = EVENTS_RECENT_MAX as u64 + 50;
    for block in 0..count / 50 {
        let entries = (1..=50).map(|n| entry(&format!("a.{}", block * 50 + n)));
        log.keep(entries.collect()).await.unwrap();
    }
    let newest = log.newest();
    for number in [0, 1, 49, 50, 51, newest - 3, newest - 1, newest] {
        let read = log.extent().after(number, 7).unwrap();
        assert_eq!(log.after(number, 7).unwrap(), read, "{number}");
    }
    assert!(log.0.shared.recent().after(1, 1).is_none(), "the bound is reached");
    log.shutdown();
}

#[tokio::test]
async fn a_place_is_reached_behind_all_that_was_handed_in_and_not_while_something_is_owed() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path()).unwrap();
    let place = |segment| Place { segment, end: 7 };
    // Who keeps something is answered behind the server's own entries.
    let settled = async |name: &str| {
        log.keep(vec![entry(name)]).await.unwrap();
        log.told_segment()
    };
    log.append_up_to(vec![log.entry(Kind::Order, Severity::Info)], place(3));
    assert_eq!(settled("a.1").await, 3);
    log.hands_in_from(5);
    assert_eq!(settled("a.2").await, 5, "nothing was to be told of the fourth");
    log.fall_behind();
    log.append_up_to(vec![log.entry(Kind::Order, Severity::Info)], place(6));
    log.hands_in_from(7);
    assert_eq!(settled("a.3").await, 5);
    log.has_all_up_to(place(6));
    assert_eq!(settled("a.4").await, 6);
    log.hands_in_from(8);
    assert_eq!(settled("a.5").await, 8);
    // There is no room for an entry for a while.
    let told = |count: usize| vec![log.entry(Kind::Order, Severity::Info); count];
    let room = |is_there: bool| {
        let waiting = if is_there { 0 } else { EVENTS_QUEUE_MAX };
        log.0.shared.waiting.store(waiting, Ordering::Relaxed);
    };
    room(false);
    log.append_up_to(told(1), place(9));
    room(true);
    assert_eq!(settled("a.6").await, 8);
    let newest = log.newest();
    log.hands_in_from(10);
    assert_eq!(settled("a.7").await, 10);
    assert_eq!(log.newest(), newest + 2, "it is there, and what was settled");
    // And for more than can wait: the next start makes that good.
    room(false);
    log.append_up_to(told(EVENTS_QUEUE_MAX + 1), place(11));
    room(true);
    log.hands_in_from(12);
    assert_eq!(settled("a.8").await, 10);
    log.shutdown();
}

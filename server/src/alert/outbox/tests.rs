//! What the outbox keeps, through crashes and without room.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::time::Duration;

use sudolog_core::alert::Rate;
use sudolog_core::eventlog::Severity;
use sudolog_core::limits::{ALERT_LIFE, OUTBOX_BYTES_MAX};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::TargetHealth;

use super::*;
use crate::clock::now;

fn letter(target: &str, entry: u64) -> Letter {
    Letter {
        id: format!("e{entry}"),
        target: target.to_owned(),
        severity: Severity::High,
        title: format!("entry {entry}"),
        lines: vec![format!("line of {entry}")],
        entries: vec![entry],
        count: 1,
        part: 1,
        of: 1,
        ..Letter::default()
    }
}

fn bucket() -> Bucket {
    Bucket::new(Rate { per: Duration::from_nanos(1), burst: 1 }, Instant::now())
}

/// The next letter that may go at once.
fn next(outbox: &Outbox, target: &str) -> Option<(u64, Letter)> {
    match outbox.shelf().next(target, Instant::now()) {
        shelf::Next::Ready(number, letter) => Some((number, letter)),
        _ => None,
    }
}

fn states(outbox: &Outbox) -> Vec<(u64, DeliveryState, u32)> {
    let shelf = outbox.shelf();
    let mut all: Vec<_> =
        shelf.before(0).map(|(_, mark)| (mark.number, mark.state, mark.tries)).collect();
    all.reverse();
    all
}

#[test]
fn what_was_put_is_there_after_a_crash_and_what_was_sent_is_not_sent_again() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    assert_eq!(outbox.place(), None);
    outbox.put(&[letter("soc", 1), letter("soc", 2), letter("mail", 3)], 2).unwrap();
    let (number, first) = next(&outbox, "soc").unwrap();
    assert_eq!((number, first.id.as_str()), (1, "e1"));
    outbox.answered(number, Answer::Taken, 0);
    outbox.answered(2, Answer::Failed("it answered 500".to_owned()), u32::MAX);
    // No shutdown of any kind: the files are what a killed server leaves.
    let outbox = Outbox::open(dir.path()).unwrap();
    assert_eq!(outbox.place(), Some(2));
    assert_eq!(
        states(&outbox),
        [
            (1, DeliveryState::Sent, 1),
            (2, DeliveryState::Retrying, 1),
            (3, DeliveryState::Waiting, 0)
        ]
    );
    assert_eq!(next(&outbox, "soc").unwrap().1.id, "e2", "at once after a start");
    assert_eq!(outbox.told(), HashSet::from([("mail".to_owned(), 3)]), "entries behind the place");
    outbox.put(&[letter("soc", 4)], 4).unwrap();
    assert_eq!(states(&outbox).last().unwrap().0, 4, "numbers go on");
    assert_eq!(outbox.shelf().sent("soc"), 1, "counted for good");
}

#[test]
fn a_torn_end_costs_the_torn_record_only() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    outbox.put(&[letter("soc", 1)], 1).unwrap();
    drop(outbox);
    let path = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&path).unwrap();
    let mut bytes = Vec::new();
    let kept = record::Kept { letter: letter("soc", 2), mark: record::Mark::new(2) };
    record::Record::Letter(Box::new(kept)).encode(&mut bytes).unwrap();
    for end in 0..bytes.len() {
        fs::write(&path, [&whole, &bytes[..end]].concat()).unwrap();
        let outbox = Outbox::open(dir.path()).unwrap();
        assert_eq!(states(&outbox).len(), 1, "{end}");
        assert_eq!(fs::metadata(&path).unwrap().len(), whole.len() as u64);
    }
    OpenOptions::new().append(true).open(&path).unwrap().write_all(&bytes).unwrap();
    assert_eq!(states(&Outbox::open(dir.path()).unwrap()).len(), 2);
    // A changed byte is no record, and what is before it counts.
    let mut damaged = [whole.as_slice(), &bytes].concat();
    let last = damaged.len() - 5;
    damaged[last] ^= 1;
    fs::write(&path, damaged).unwrap();
    assert_eq!(states(&Outbox::open(dir.path()).unwrap()).len(), 1);
}

#[test]
fn answers_decide_what_becomes_of_a_letter_and_of_its_target() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    outbox.put(&[letter("soc", 1), letter("soc", 2), letter("mail", 3)], 3).unwrap();
    let health = |outbox: &Outbox, target: &str| outbox.shelf().targets[target].health;

    // The target wants a pause: none of its letters goes, and those of others do.
    let pause = Some(Duration::from_secs(3600));
    assert_eq!(outbox.answered(1, Answer::Busy(pause), 0), News::None);
    assert_eq!(health(&outbox, "soc"), TargetHealth::Limited);
    assert_eq!(next(&outbox, "soc"), None);
    assert_eq!(next(&outbox, "mail").unwrap().0, 3);

    let failed = || Answer::Failed("it answered 500".to_owned());
    assert!(matches!(outbox.answered(3, failed(), u32::MAX), News::Failing(_)));
    assert_eq!(outbox.answered(3, failed(), u32::MAX), News::None, "said once");
    assert_eq!((health(&outbox, "mail"), next(&outbox, "mail")), (TargetHealth::Failing, None));
    let refused = Answer::Refused("it answered 404".to_owned());
    assert!(matches!(outbox.answered(3, refused, 0), News::GivenUp(text) if text.contains("404")));
    assert_eq!(health(&outbox, "mail"), TargetHealth::Broken);
    assert_eq!(outbox.shelf().dead("mail"), 1);

    // An operator may try it again, or forget it; nothing else.
    assert!(matches!(outbox.discard(&[3, 99]), Err(OutboxError::NoSuch(99))));
    assert_eq!(outbox.shelf().dead("mail"), 1, "all or none");
    outbox.retry(&[1, 3]).unwrap();
    assert_eq!(next(&outbox, "soc").unwrap().0, 1);
    assert_eq!(next(&outbox, "mail").unwrap().0, 3);
    outbox.answered(3, Answer::Refused("no".to_owned()), 0);
    outbox.discard(&[3]).unwrap();
    assert!(outbox.retry(&[3]).is_err());
    assert_eq!(outbox.abandon(&HashSet::from(["mail"])), 2);
    assert_eq!(outbox.shelf().dead("soc"), 2);
}

#[test]
fn a_letter_that_nobody_takes_is_given_up_after_a_day_whatever_the_clock_says() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    outbox.put(&[letter("soc", 1)], 1).unwrap();
    let start = Instant::now();
    let failed = || Answer::Failed("it answered 500".to_owned());
    let try_at = |outbox: &Outbox, after| outbox.shelf().answered(1, failed(), 0, start + after);
    assert!(matches!(try_at(&outbox, Duration::ZERO), News::Failing(_)));
    assert_eq!(try_at(&outbox, ALERT_LIFE / 2), News::None);
    // The half that is over is remembered by the next run.
    let outbox = Outbox::open(dir.path()).unwrap();
    assert!(matches!(try_at(&outbox, Duration::ZERO), News::Failing(_)));
    assert_eq!(try_at(&outbox, ALERT_LIFE / 2 - Duration::from_secs(1)), News::None);
    assert!(matches!(try_at(&outbox, ALERT_LIFE / 2), News::GivenUp(_)));
}

#[test]
fn a_clock_that_is_set_back_holds_up_no_letter() {
    let dir = tempfile::tempdir().unwrap();
    // As an hour from now: when it was written the clock was not yet set back.
    let later = Timestamp { seconds: now().seconds + 3600, ..now() };
    let mut bytes = Vec::new();
    for (number, tried) in [(1, Some(later)), (2, None)] {
        let (state, next) = (DeliveryState::Retrying, tried);
        let mark = record::Mark { state, tried, next, tries: 1, ..record::Mark::new(number) };
        let made = Letter { made: later, ..letter("soc", number) };
        let kept = record::Record::Letter(Box::new(record::Kept { letter: made, mark }));
        kept.encode(&mut bytes).unwrap();
    }
    fs::write(dir.path().join("0000000001.out"), bytes).unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    assert_eq!(next(&outbox, "soc").unwrap().0, 1, "it may go at once");
    // A failure that lasts is counted in time that goes by, not in what a clock shows.
    outbox.answered(1, Answer::Failed("it answered 500".to_owned()), 0);
    assert_eq!(states(&outbox)[0].1, DeliveryState::Retrying);
    outbox.answered(1, Answer::Taken, 0);
    assert_eq!(next(&outbox, "soc").unwrap().0, 2);
}

#[test]
fn without_room_the_oldest_of_the_least_severe_goes_and_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    let big = |entry, severity| {
        let lines = vec!["x".repeat(512 * 1024)];
        Letter { severity, lines, ..letter("soc", entry) }
    };
    let most = OUTBOX_BYTES_MAX / (512 * 1024);
    outbox
        .put(&[big(1, Severity::Critical), big(2, Severity::Info), big(3, Severity::Info)], 3)
        .unwrap();
    for entry in 4..=most + 2 {
        outbox.put(&[big(entry, Severity::High)], entry).unwrap();
    }
    let dropped: Vec<u64> = states(&outbox)
        .into_iter()
        .filter(|(_, state, _)| *state == DeliveryState::Dropped)
        .map(|(number, ..)| number)
        .collect();
    assert_eq!(&dropped[..2], [2, 3]);
    assert!(!dropped.contains(&1) && dropped.len() < 6, "{dropped:?}");
    assert_eq!(outbox.shelf().collapsed, dropped.len() as u64);
    let bytes: u64 = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes < 3 * OUTBOX_BYTES_MAX, "{bytes}");
}

#[test]
fn files_are_dropped_and_what_is_still_needed_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    outbox.put(&[letter("deaf", 1)], 1).unwrap();
    for entry in 2..600 {
        let lines = vec!["x".repeat(64 * 1024)];
        outbox.put(&[Letter { lines, ..letter("soc", entry) }], entry).unwrap();
        outbox.answered(entry, Answer::Taken, 0);
    }
    let files = fs::read_dir(dir.path()).unwrap().count();
    assert!(files < 12, "{files}");
    let outbox = Outbox::open(dir.path()).unwrap();
    assert_eq!(next(&outbox, "deaf").unwrap().0, 1);
    assert_eq!((outbox.place(), outbox.shelf().sent("soc")), (Some(599), 598));
    assert_eq!(next(&outbox, "soc"), None);
}

#[test]
fn a_disk_that_cannot_be_written_changes_nothing_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    outbox.put(&[letter("soc", 1)], 1).unwrap();
    // The directory is gone, and the open file is full: the next file cannot be made.
    let lines = vec!["x".repeat(900 * 1024)];
    let big = |entry| Letter { lines: lines.clone(), ..letter("soc", entry) };
    outbox.put(&[big(2)], 2).unwrap();
    fs::remove_dir_all(dir.path()).unwrap();
    assert!(outbox.put(&[big(3), big(4)], 4).is_err());
    assert_eq!((outbox.place(), states(&outbox).len()), (Some(2), 2));
    assert!(outbox.shelf().disk_trouble.contains("cannot be written"));
    fs::create_dir(dir.path()).unwrap();
    outbox.put(&[big(3)], 3).unwrap();
    assert_eq!(outbox.shelf().disk_trouble, "");
}

#[test]
fn whoever_waits_for_a_letter_is_woken_by_one_and_by_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path()).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| outbox.next("soc", &bucket(), &stop));
        outbox.put(&[letter("mail", 1), letter("soc", 2)], 2).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap().0, 2);
        outbox.answered(2, Answer::Taken, 0);
        let waiting = scope.spawn(|| outbox.next("soc", &bucket(), &stop));
        stop.store(true, Ordering::Relaxed);
        outbox.wake();
        assert_eq!(waiting.join().unwrap(), None);
    });
    outbox.close();
    assert_eq!(outbox.next("mail", &bucket(), &AtomicBool::new(false)), None);
}

//! What a check finds in whole, changed, unfinished and running recordings.

use std::time::{Duration, Instant};

use sudolog_core::iolog::Fault;

use super::sample::{Stored, signer};
use super::{Inspection, News, Spot, Subject, Verdict};

#[test]
fn what_was_stored_is_verified() {
    let report = Stored::new().verify();
    let found = &report.found;
    assert!(found.ok && found.complete, "{report:?}");
    assert_eq!((found.events, found.last_seq), (2, 2));
    assert_eq!((report.verdict(), report.event_to_look_at()), (Verdict::Verified, None));
}

#[test]
fn every_change_on_the_disk_is_found() {
    for (file, content) in [
        ("ttyout", b"hellohallo".as_slice()),
        ("timing", b"4 0.000000005 5\n4 0.000000006 5\n"),
        ("timing", b"4 0.000000005 5\n"),
        ("timing", b"4 0.000000005 5\nrubbish\n"),
        ("ttyout", b"hello"),
        ("acks", b"{}\n"),
    ] {
        let stored = Stored::new();
        stored.put(file, content);
        let report = stored.verify();
        let found = &report.found;
        assert!(!found.ok && found.first_bad_seq.is_some(), "{file}: {report:?}");
        assert_eq!(report.verdict(), Verdict::Broken);
    }
}

#[test]
fn the_break_has_a_place_in_time_and_in_the_files() {
    let stored = Stored::with(6, &[2, 5], true);
    stored.put("ttyout", b"hellohellohellohallohellohello");
    let report = stored.verify();
    assert_eq!(report.found.fault, Some(Fault::Changed { up_to: 5 }));
    let data = Some(("ttyout", 10));
    let elapsed = Duration::from_nanos(15);
    assert_eq!(report.spot, Some(Spot { seq: 3, elapsed, data }));
    assert_eq!(report.event_to_look_at(), Some(3));
}

#[test]
fn events_that_are_gone_are_a_gap() {
    let stored = Stored::with(6, &[2, 4, 6], true);
    stored.put("timing", &b"4 0.000000005 5\n".repeat(2));
    let report = stored.verify();
    assert_eq!(report.gap(), Some((3, 6)), "{report:?}");
    assert_eq!(report.event_to_look_at(), Some(2), "it breaks behind what is there");
}

#[test]
fn a_running_recording_is_proven_as_far_as_its_last_checkpoint() {
    let words = |checkpoints: &[u64]| {
        let report = Stored::with(6, checkpoints, false).verify();
        assert_eq!(report.verdict(), Verdict::Running, "{report:?}");
        let reason = report.found.reason.clone().unwrap();
        (report.found.last_seq, report.event_to_look_at(), reason)
    };
    let reason = "the recording still runs".to_owned();
    assert_eq!(words(&[]), (0, Some(1), reason.clone()));
    assert_eq!(words(&[2, 4]), (4, Some(5), reason.clone()));
    assert_eq!(words(&[6]), (6, None, reason));
}

#[test]
fn one_that_was_cut_off_says_what_nothing_proves() {
    let stored = Stored::with(6, &[4], false);
    stored.put("INCOMPLETE", b"its host was lost");
    let report = stored.verify();
    assert_eq!((report.verdict(), report.event_to_look_at()), (Verdict::Unfinished, Some(5)));
}

#[test]
fn data_that_was_added_is_not_part_of_it() {
    let stored = Stored::new();
    stored.put("ttyout", b"hellohello and more");
    assert_eq!(stored.verify().found.events, 2);
}

#[test]
fn a_recording_of_stock_sudo_proves_nothing() {
    let stored = Stored::new();
    stored.remove("uuid");
    let report = stored.verify();
    assert!(!report.found.ok && report.found.events == 2, "{report:?}");
    assert_eq!((report.verdict(), report.event_to_look_at()), (Verdict::Unsigned, None));
}

/// The last word of a check of its own thread.
fn inspected(stored: &Stored, key: &str) -> News {
    let key_file = stored.path().join("key.pub");
    std::fs::write(&key_file, key).unwrap();
    let subject = Subject::Directory(stored.path().to_owned(), "test".to_owned());
    let deadline = Instant::now() + Duration::from_secs(20);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _entered = runtime.enter();
    let mut inspection = Inspection::start(subject, key_file);
    loop {
        assert!(Instant::now() < deadline, "no answer");
        match runtime.block_on(inspection.next()) {
            Some(News::Progress(_)) => {}
            Some(last) => return last,
            None => panic!("it ended without a word"),
        }
    }
}

#[test]
fn a_thread_of_its_own_finds_the_same() {
    let News::Done(report, _) = inspected(&Stored::new(), &signer().verifier().to_line()) else {
        panic!("no report");
    };
    assert_eq!(report.verdict(), Verdict::Verified);
}

#[test]
fn without_a_key_it_says_where_one_is_wanted() {
    let News::Failed(reason) = inspected(&Stored::new(), "") else { panic!("no reason") };
    assert!(reason.contains("key.pub") && reason.contains("verify_key"), "{reason}");
    let stock = Stored::new();
    stock.remove("uuid");
    let News::Done(report, _) = inspected(&stock, "") else { panic!("no key is needed") };
    assert_eq!(report.verdict(), Verdict::Unsigned);
}

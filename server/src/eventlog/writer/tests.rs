//! The writer on real files, with crashes, and on disks that fail.

use std::sync::{Arc, Mutex};

use sudolog_core::eventlog::{Source, Stored};

use super::super::log::tests::entry;
use super::super::read::Extent;
use super::super::segment;
use super::*;

const NOW: Timestamp = Timestamp { seconds: 9, nanoseconds: 0 };

fn all(dir: &Path, newest: u64) -> Vec<Stored> {
    Extent { dir, newest }.after(0, usize::MAX).unwrap()
}

fn ids(stored: &[Stored]) -> Vec<String> {
    stored.iter().map(|s| s.entry.id.to_string()).collect()
}

#[test]
fn entries_are_numbered_without_gaps_over_segments_and_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut count = 0;
    for _ in 0..3 {
        let mut writer = Writer::open(dir.path()).unwrap();
        writer.segment_bytes = 1000;
        for _ in 0..20 {
            count += 1;
            let stored = writer.commit([entry(&format!("a.{count}"))], NOW).unwrap();
            assert_eq!(stored[0].number, count);
        }
    }
    assert!(segment::list(dir.path()).unwrap().len() > 5);
    let stored = all(dir.path(), count);
    assert_eq!(stored.iter().map(|s| s.number).collect::<Vec<_>>(), (1..=60).collect::<Vec<_>>());
    let extent = Extent { dir: dir.path(), newest: count };
    for number in 0..=count {
        let next = extent.after(number, 2).unwrap();
        assert_eq!(next.first().map(|s| s.number), (number < count).then_some(number + 1));
    }
}

#[test]
fn what_a_crash_left_of_an_entry_is_cut_off_and_the_number_given_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    writer.commit([entry("a.1"), entry("a.2")], NOW).unwrap();
    drop(writer);
    let path = segment::path_of(dir.path(), 1);
    let whole = std::fs::read(&path).unwrap();
    let second = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for end in second..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        assert_eq!(writer.newest(), 1);
        let stored = writer.commit([entry("a.1"), entry("a.2")], NOW).unwrap();
        assert_eq!(ids(&stored), ["a.2"], "the first one is there, the second one was not");
        assert_eq!(ids(&all(dir.path(), 2)), ["a.1", "a.2"]);
    }
}

#[test]
fn what_comes_twice_is_kept_once_and_each_host_has_its_own_names() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    writer.commit([entry("a.1")], NOW).unwrap();
    let mut other = entry("a.1");
    other.host = "db1".into();
    let stored = writer.commit([entry("a.1"), other.clone(), entry("a.2")], NOW).unwrap();
    assert_eq!(ids(&stored), ["a.1", "a.2"]);
    assert!(writer.commit([entry("a.2")], NOW).unwrap().is_empty());
    let mut again = Writer::open(dir.path()).unwrap();
    assert!(again.commit([entry("a.1"), other, entry("a.2")], NOW).unwrap().is_empty());
    assert_eq!(again.newest(), 3);
}

#[test]
fn the_oldest_go_when_the_log_is_full_and_numbers_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    (writer.segment_bytes, writer.log_bytes) = (1000, 3000);
    let mut gone = 0;
    for count in 1..=100_u64 {
        writer.commit([entry(&format!("a.{count}"))], NOW).unwrap();
        while let Some(Gone { entries: (first, last), payer }) = writer.trim().unwrap() {
            assert_eq!((first, payer), (gone + 1, None), "nothing goes unsaid");
            gone = last;
        }
    }
    let left = all(dir.path(), 100);
    assert_eq!(left.first().unwrap().number, gone + 1);
    assert!(gone > 50 && left.len() as u64 == 100 - gone);
    assert_eq!(Writer::open(dir.path()).unwrap().newest(), 100);
}

/// An entry of a host, by it or by the server about it.
fn of_host(host: &str, source: Source, number: u64) -> Entry {
    let mut entry = entry(&format!("{host}.{number}"));
    (entry.host, entry.source) = (host.into(), source);
    entry
}

#[test]
fn a_flood_pushes_out_what_its_host_said_before_and_nothing_of_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        let mut writer = Writer::open(dir.path()).unwrap();
        (writer.segment_bytes, writer.log_bytes, writer.source_bytes) = (2000, 20_000, 8000);
        writer
    };
    let mut writer = open();
    for number in 0..5 {
        let quiet = [("db1", Source::Sudo), ("", Source::Server), ("loud", Source::Server)];
        for (host, source) in quiet {
            writer.commit([of_host(host, source, number)], NOW).unwrap();
        }
    }
    let (mut removed, mut thinned) = (Vec::new(), 0);
    for number in 0..2000 {
        writer.commit([of_host("loud", Source::Sudo, number)], NOW).unwrap();
        while let Some(gone) = writer.trim().unwrap() {
            let whose = gone.payer.as_ref().map(Payer::words);
            removed.push(whose.clone());
            thinned += usize::from(whose.as_deref() == Some("of loud"));
        }
        if number == 1000 {
            // Who fills what was there before the start is found out again.
            writer = open();
            while !writer.is_surveyed() {
                writer.survey();
            }
        }
    }
    assert!(thinned > 50 && thinned == removed.len(), "{removed:?}");
    let left = all(dir.path(), writer.newest());
    let count = |host: &str, source: Source| {
        let of = |s: &&Stored| s.entry.host == host.into() && s.entry.source == source;
        left.iter().filter(of).count()
    };
    assert_eq!(count("db1", Source::Sudo), 5);
    assert_eq!((count("", Source::Server), count("loud", Source::Server)), (5, 5));
    assert!(writer.total_bytes() <= 20_000 && count("loud", Source::Sudo) > 10);
    assert_eq!(left.last().unwrap().number, writer.newest());
}

/// A full log in which `db1` says something now and then while `loud` floods it.
fn flooded(dir: &Path) -> Writer {
    let mut writer = Writer::open(dir).unwrap();
    (writer.segment_bytes, writer.log_bytes, writer.source_bytes) = (2000, 100_000, 30_000);
    for number in (0..OF_FLOOD).step_by(8) {
        let batch = (number..number + 8).map(|number| {
            let host = if number % 100 == 0 { "db1" } else { "loud" };
            of_host(host, Source::Sudo, number)
        });
        writer.commit(batch, NOW).unwrap();
        while writer.trim().unwrap().is_some() {}
    }
    writer
}

const OF_FLOOD: u64 = 8000;

#[test]
fn what_is_left_of_flooded_segments_does_not_fall_into_ever_more_files() {
    let dir = tempfile::tempdir().unwrap();
    let writer = flooded(dir.path());
    let files = segment::list(dir.path()).unwrap().len();
    // Two neighbours are longer than a segment; so many fit into the log.
    assert!(files <= 2 * 50 + 2, "{files}");
    let left = all(dir.path(), writer.newest());
    let of_db = left.iter().filter(|stored| stored.entry.host == "db1".into());
    assert_eq!(of_db.count() as u64, OF_FLOOD / 100, "nothing of whoever is quiet goes");
    assert!(left.is_sorted_by(|a, b| a.number < b.number), "in order and once");
    assert_eq!(all(dir.path(), writer.newest()), {
        let again = Writer::open(dir.path()).unwrap();
        all(dir.path(), again.newest())
    });
}

#[test]
fn a_crash_while_two_segments_are_joined_leaves_each_entry_once() {
    let dir = tempfile::tempdir().unwrap();
    let writer = flooded(dir.path());
    let (before, newest) = (all(dir.path(), writer.newest()), writer.newest());
    drop(writer);
    let [older, newer] = segment::list(dir.path()).unwrap()[1..3] else { panic!("too few") };
    let [one, two] = [older, newer].map(|first| std::fs::read(segment::path_of(dir.path(), first)));
    let both = [one.unwrap(), two.unwrap()].concat();
    // The older one has all, the newer one is still there.
    std::fs::write(segment::path_of(dir.path(), older), &both).unwrap();
    assert_eq!(all(dir.path(), newest), before);
    let mut writer = Writer::open(dir.path()).unwrap();
    while !writer.is_surveyed() {
        writer.survey();
    }
    assert_eq!(all(dir.path(), newest), before);
    // Nothing of the newer one comes back when that goes.
    writer.drop_segment(newer).unwrap();
    let of_newer = |stored: &&Stored| (newer..=writer.last_of(newer)).contains(&stored.number);
    assert_eq!(all(dir.path(), newest).iter().filter(of_newer).count(), 0);
}

#[test]
fn who_listed_the_files_before_two_were_joined_still_reads_all() {
    let dir = tempfile::tempdir().unwrap();
    let writer = flooded(dir.path());
    let (before, firsts) = (all(dir.path(), writer.newest()), segment::list(dir.path()).unwrap());
    let extent = Extent { dir: dir.path(), newest: writer.newest() };
    let [older, newer] = firsts[1..3] else { panic!("too few") };
    let [one, two] = [older, newer].map(|first| std::fs::read(segment::path_of(dir.path(), first)));
    let both = [one.unwrap(), two.unwrap()].concat();
    std::fs::write(segment::path_of(dir.path(), older), &both).unwrap();
    std::fs::remove_file(segment::path_of(dir.path(), newer)).unwrap();
    let counted = (0..firsts.len()).flat_map(|at| {
        let chapter = extent.chapter(&firsts, at, Vec::new()).unwrap().unwrap();
        line::all(chapter.bytes())
            .filter_map(line::number)
            .filter(|number| chapter.counts(0, *number))
            .collect::<Vec<_>>()
    });
    assert!(counted.eq(before.iter().map(|stored| stored.number)));
}

#[test]
fn without_room_for_a_shorter_file_the_oldest_goes() {
    let dir = tempfile::tempdir().unwrap();
    let fails = Arc::new(Mutex::new(None));
    let disk = Failing { files: Files::open(dir.path()).unwrap(), fails: Arc::clone(&fails) };
    let mut writer = Writer::on(disk, Found::in_dir(dir.path()).unwrap());
    (writer.segment_bytes, writer.log_bytes, writer.source_bytes) = (2000, 4000, 100);
    for number in 0..20 {
        for host in ["db1", "loud", "loud"] {
            let number = 2 * number + u64::from(host == "loud");
            writer.commit([of_host(host, Source::Sudo, number)], NOW).unwrap();
        }
    }
    *fails.lock().unwrap() = Some(0);
    assert_eq!(writer.trim().unwrap().unwrap().payer, None);
    *fails.lock().unwrap() = None;
    assert!(writer.trim().unwrap().unwrap().payer.is_some());
}

#[test]
fn a_damaged_line_costs_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(dir.path()).unwrap();
    writer.commit([entry("a.1"), entry("a.2"), entry("a.3")], NOW).unwrap();
    let path = segment::path_of(dir.path(), 1);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let writer = Writer::open(dir.path()).unwrap();
    assert_eq!(writer.newest(), 3);
    assert_eq!(ids(&all(dir.path(), 3)), ["a.1", "a.3"]);
}

/// A disk that fails when it is told to, after it has written part of what it was given.
struct Failing {
    files: Files,
    fails: Arc<Mutex<Option<usize>>>,
}

impl Disk for Failing {
    fn create(&mut self, first: u64) -> io::Result<()> {
        self.files.create(first)
    }

    fn append(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        match *self.fails.lock().unwrap() {
            Some(part) => {
                self.files.append(place, &bytes[..part.min(bytes.len())])?;
                Err(io::ErrorKind::StorageFull.into())
            }
            None => self.files.append(place, bytes),
        }
    }

    fn read(&self, first: u64) -> io::Result<Vec<u8>> {
        self.files.read(first)
    }

    fn replace(&mut self, first: u64, bytes: &[u8]) -> io::Result<()> {
        match *self.fails.lock().unwrap() {
            Some(_) => Err(io::ErrorKind::StorageFull.into()),
            None => self.files.replace(first, bytes),
        }
    }

    fn remove(&mut self, first: u64) -> io::Result<()> {
        self.files.remove(first)
    }
}

#[test]
fn after_a_full_disk_everything_is_there_once() {
    for part in [0, 10, 300, usize::MAX] {
        let dir = tempfile::tempdir().unwrap();
        let fails = Arc::new(Mutex::new(None));
        let disk = Failing { files: Files::open(dir.path()).unwrap(), fails: Arc::clone(&fails) };
        let mut writer = Writer::on(disk, Found::in_dir(dir.path()).unwrap());
        writer.commit([entry("a.1")], NOW).unwrap();
        *fails.lock().unwrap() = Some(part);
        for _ in 0..3 {
            let error = writer.commit([entry("a.2"), entry("a.3")], NOW).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            assert_eq!(writer.newest(), 1);
            assert_eq!(ids(&all(dir.path(), writer.newest())), ["a.1"]);
        }
        *fails.lock().unwrap() = None;
        // Shorter than what failed: nothing of that may show behind it.
        writer.commit([entry("a.3")], NOW).unwrap();
        writer.commit([entry("a.2")], NOW).unwrap();
        drop(writer);
        assert_eq!(Writer::open(dir.path()).unwrap().newest(), 3);
        assert_eq!(ids(&all(dir.path(), 3)), ["a.1", "a.3", "a.2"], "{part}");
    }
}

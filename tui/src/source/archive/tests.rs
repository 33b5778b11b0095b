//! Archives of every kind: the corpus, and recordings broken in every way.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::*;
use sudolog_core::limits::{EVENT_DATA_BYTES_MAX, INCIDENTS_MAX, REPLAY_BOOKMARK_EVENTS};
use sudolog_core::session::{EventKind, SessionState};

const CORPUS: [&str; 10] = [
    "00/00/01",
    "00/00/02",
    "bash-resize",
    "vim-unicode",
    "suspend-resume",
    "pipes-notty",
    "compressed",
    "large-seq-gz",
    "killed-flush",
    "logsrvd/bash-exit5",
];

fn corpus(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "fixtures", "iolog", name].iter().collect()
}

fn open(path: &Path) -> Archive {
    Archive::open(path, "test").unwrap()
}

/// All events, in order, as a player reads them.
fn all(archive: &mut Archive) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let more = archive.read(events.len() as u64 + 1).unwrap();
        if more.is_empty() {
            return events;
        }
        events.extend(more);
    }
}

fn bytes(events: &[Event], kind: EventKind) -> Vec<u8> {
    events.iter().filter(|e| e.kind() == kind).flat_map(|e| e.data().to_vec()).collect()
}

/// A recording of the given files that nobody writes any more.
struct Made(tempfile::TempDir);

impl Made {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let made = Self(tempfile::tempdir().unwrap());
        for (name, content) in files {
            fs::write(made.0.path().join(name), content).unwrap();
        }
        made.seal();
        made
    }

    fn seal(&self) {
        fs::set_permissions(self.0.path().join("timing"), Permissions::from_mode(0o400)).unwrap();
    }

    fn age(&self) {
        self.dated(SystemTime::now() - Duration::from_secs(3600));
    }

    /// Not finished, and written last at that time.
    fn dated(&self, at: SystemTime) {
        let timing = self.0.path().join("timing");
        fs::set_permissions(&timing, Permissions::from_mode(0o600)).unwrap();
        File::options().write(true).open(timing).unwrap().set_modified(at).unwrap();
    }

    fn append(&self, name: &str, content: &str) {
        let path = self.0.path().join(name);
        let mut file = File::options().append(true).create(true).open(path).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    }

    fn open(&self) -> Archive {
        open(self.0.path())
    }
}

#[test]
fn every_recording_of_the_corpus_can_be_read_from_any_event() {
    for name in CORPUS {
        let mut archive = open(&corpus(name));
        let events = all(&mut archive);
        assert!(!events.is_empty(), "{name}");
        assert!(events.iter().zip(1..).all(|(event, seq)| event.seq() == seq), "{name}");
        let last = events.len() as u64;
        for from in [last, 1, last / 2 + 1, 2.min(last), last / 3 + 1] {
            let read = archive.read(from).unwrap();
            let expected = &events[from as usize - 1..][..read.len()];
            assert!(!read.is_empty() && read == expected, "{name} from {from}");
        }
    }
}

#[test]
fn a_reading_behind_goes_on_where_it_was() {
    let mut archive = open(&corpus("large-seq-gz"));
    let events = all(&mut archive);
    assert!(events.len() as u64 > 2 * REPLAY_BOOKMARK_EVENTS);
    let mut again = Vec::new();
    while again.len() < events.len() {
        again.extend(archive.read(again.len() as u64 + 1).unwrap());
    }
    assert_eq!(again, events);
}

#[test]
fn metadata_of_every_sudo_is_understood() {
    let about = |name| open(&corpus(name)).about().clone();
    let logsrvd = about("logsrvd/bash-exit5");
    assert_eq!((logsrvd.exit_value, logsrvd.state), (Some(5), SessionState::Complete));
    assert_eq!(about("pipes-notty").tty, None);
    let made = Made::new(&[
        ("timing", b"4 0.1 2\n"),
        ("ttyout", b"hi"),
        ("log", b"1:bob:root::/dev/tty1\n/tmp\n/bin/ls -l\n"),
    ]);
    let old = made.open();
    assert_eq!(old.about().command, "/bin/ls -l".into());
    assert_eq!((old.about().lines, old.about().state), (0, SessionState::Complete));
}

#[test]
fn the_accident_of_sudo_1_8_7_is_read() {
    let made = Made::new(&[("timing", b"6 0.5 3\n"), ("ttyout", b"abc")]);
    let events = all(&mut made.open());
    assert_eq!(bytes(&events, EventKind::Ttyout), b"abc");
}

#[test]
fn a_finished_recording_is_whole_and_a_torn_one_says_why_not() {
    let whole = Made::new(&[("timing", b"4 0.5 3\n"), ("ttyout", b"abc")]);
    let mut archive = whole.open();
    all(&mut archive);
    assert_eq!(archive.standing(), &Standing::Whole);
    for (timing, ttyout, reason) in [
        ("4 0.5 3\n4 0.", "abc", "timing ends inside line 2"),
        ("4 0.5 3\nrubbish\n", "abc", "timing line 2: unknown event type"),
        ("4 0.5 9\n", "abc", "timing line 1: ttyout has 9 bytes too few"),
        ("4 0.5 1\n", "abc", "the last data has no times"),
    ] {
        let torn = Made::new(&[("timing", timing.as_bytes()), ("ttyout", ttyout.as_bytes())]);
        let mut archive = torn.open();
        assert_eq!(bytes(&all(&mut archive), EventKind::Ttyout), b"abc", "{reason}");
        assert_eq!(archive.standing(), &Standing::Damaged(reason.to_owned()));
    }
}

#[test]
fn leftovers_are_not_verified() {
    let made = Made::new(&[("timing", b"4 0.5 1\n"), ("ttyout", b"abc")]);
    let events = all(&mut made.open().with_leftovers(Leftovers::Ignore));
    assert_eq!(bytes(&events, EventKind::Ttyout), b"a");
}

#[test]
fn a_recording_that_nobody_finished_is_incomplete_when_it_is_old() {
    let made = Made::new(&[("timing", b"4 0.5 3\n"), ("ttyout", b"abcd")]);
    made.age();
    let mut archive = made.open();
    assert_eq!(archive.about().state, SessionState::Incomplete);
    assert_eq!(bytes(&all(&mut archive), EventKind::Ttyout), b"abcd", "leftovers are shown");
    let never =
        Standing::Unfinished("no end is recorded, and nothing is written any more".to_owned());
    assert_eq!(archive.standing(), &never);
    made.dated(SystemTime::now() + Duration::from_secs(86_400));
    assert_eq!(made.open().about().state, SessionState::Incomplete, "nor is one from the future");
    made.append("INCOMPLETE", "host \x1b[31mweb1 was lost\n");
    all(&mut archive);
    let mut archive = made.open();
    all(&mut archive);
    let lost = Standing::Unfinished("host \\u{1b}[31mweb1 was lost".to_owned());
    assert_eq!(archive.standing(), &lost);
}

#[test]
fn a_recording_that_grows_is_followed_to_its_end() {
    let made = Made::new(&[("timing", b""), ("ttyout", b"")]);
    let timing = made.0.path().join("timing");
    fs::set_permissions(&timing, Permissions::from_mode(0o600)).unwrap();
    let mut archive = made.open();
    assert!(all(&mut archive).is_empty());
    assert_eq!(archive.standing(), &Standing::Growing);
    made.append("ttyout", "abcdef");
    made.append("timing", "4 0.5 3\n");
    assert_eq!(bytes(&archive.read(1).unwrap(), EventKind::Ttyout), b"abc");
    assert!(archive.read(2).unwrap().is_empty(), "the line of the rest may still come");
    made.append("timing", "4 0.5 3\n");
    made.seal();
    assert_eq!(bytes(&archive.read(2).unwrap(), EventKind::Ttyout), b"def");
    assert!(archive.read(3).unwrap().is_empty());
    assert_eq!(archive.standing(), &Standing::Whole);
    assert_eq!(archive.read(1).unwrap().len(), 2);
}

#[test]
fn a_recording_to_which_nobody_writes_is_told_and_goes_on_when_somebody_does() {
    let made = Made::new(&[("timing", b"4 0.5 3\n"), ("ttyout", b"abcdef")]);
    let timing = made.0.path().join("timing");
    fs::set_permissions(&timing, Permissions::from_mode(0o600)).unwrap();
    let mut archive = made.open();
    made.dated(SystemTime::now() - Duration::from_secs(150));
    assert_eq!(bytes(&all(&mut archive), EventKind::Ttyout), b"abc", "the rest may still come");
    assert_eq!(archive.standing(), &Standing::Silent(2));
    assert_eq!(archive.about().state, SessionState::Live);
    made.append("timing", "4 0.5 3\n");
    assert_eq!(bytes(&archive.read(2).unwrap(), EventKind::Ttyout), b"def");
    assert!(archive.read(3).unwrap().is_empty());
    assert_eq!(archive.standing(), &Standing::Growing);
}

#[test]
fn long_lines_and_empty_ones_leave_no_gap_in_the_numbers() {
    let size = EVENT_DATA_BYTES_MAX + 1;
    let timing = format!("4 0.1 {size}\n4 0.1 0\n4 0.1 1\n");
    let data = vec![b'x'; size + 1];
    let made = Made::new(&[("timing", timing.as_bytes()), ("ttyout", &data)]);
    let events = all(&mut made.open());
    assert_eq!(events.iter().map(Event::seq).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_link_in_place_of_a_stream_is_not_followed() {
    let made = Made::new(&[("timing", b"4 0.5 3\n3 0.1 4\n"), ("ttyout", b"abc")]);
    std::os::unix::fs::symlink("/etc/passwd", made.0.path().join("ttyin")).unwrap();
    let mut archive = made.open();
    let events = all(&mut archive);
    assert!(bytes(&events, EventKind::Ttyin).is_empty());
    let Standing::Damaged(reason) = archive.standing() else { panic!("it is whole") };
    assert!(reason.contains("ttyin is not a plain file"), "{reason}");
}

#[test]
fn incidents_are_read_again_when_there_are_more() {
    let made = Made::new(&[("timing", b"4 0.5 3\n"), ("ttyout", b"abc")]);
    let mut archive = made.open();
    assert!(archive.incidents().unwrap().is_empty(), "other recordings have none");
    let line = |seq| {
        format!(
            "{{\"at\":{{\"seconds\":1,\"nanoseconds\":0}},\"after_seq\":{seq},\"kind\":\"frozen\"}}\n"
        )
    };
    made.append("incidents", &line(1));
    assert_eq!(archive.incidents().unwrap().len(), 1);
    made.append("incidents", &format!("torn\n{}", line(1).repeat(2000)));
    assert_eq!(archive.incidents().unwrap().len(), INCIDENTS_MAX);
}

#[test]
fn incidents_behind_a_link_are_not_read_and_the_events_play_all_the_same() {
    let made = Made::new(&[("timing", b"4 0.5 3\n"), ("ttyout", b"abc")]);
    std::os::unix::fs::symlink("/etc/passwd", made.0.path().join("incidents")).unwrap();
    let mut archive = made.open();
    let error = archive.incidents().unwrap_err().to_string();
    assert!(error.contains("incidents is not a plain file"), "{error}");
    assert_eq!(bytes(&all(&mut archive), EventKind::Ttyout), b"abc");
    assert_eq!(archive.standing(), &Standing::Whole);
}

#[test]
fn what_is_no_recording_is_told_from_what_is_not_there() {
    let empty = tempfile::tempdir().unwrap();
    let error = Archive::open(empty.path(), "x").err().unwrap();
    assert!(error.is_not_found() && error.to_string().contains("no file `timing`"), "{error}");
    let error = Archive::in_log_dir(empty.path(), "00001A".parse().unwrap()).err().unwrap();
    assert!(error.to_string().ends_with("/00/00/1A"), "{error}");
}

#[test]
fn all_recordings_below_a_directory_are_listed() {
    let listed = list(&corpus("")).unwrap();
    let mut names: Vec<_> =
        listed.sessions.iter().map(|about| about.name.escaped().to_string()).collect();
    names.sort();
    assert_eq!(names.len(), CORPUS.len(), "{:?}", listed.faults);
    assert_eq!(names[..2], ["000001".to_owned(), "000002".to_owned()]);
    assert!(names.contains(&"logsrvd/bash-exit5".to_owned()));
    assert!(listed.sessions.is_sorted_by(|a, b| a.start >= b.start));
    assert!(listed.sessions.iter().all(|about| about.duration_s.is_some_and(|s| s >= 0.0)));
    assert!(list(Path::new("/nonexistent")).unwrap_err().is_not_found());
}

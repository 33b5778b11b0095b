//! Tests of the reader: the corpus, damage of every kind, and hostile lengths.

use std::collections::HashMap;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::iolog::encode_timing;

/// A recording in memory.
#[derive(Default, Clone)]
struct Memory(HashMap<&'static str, Vec<u8>>);

impl Memory {
    fn with(mut self, name: &'static str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(name, content.into());
        self
    }
}

impl Source for Memory {
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        Ok(self.0.get(name).cloned().map(|content| Box::new(io::Cursor::new(content)) as _))
    }
}

/// A recording of the corpus.
struct Fixture(PathBuf);

impl Fixture {
    fn new(name: &str) -> Self {
        Self(
            [env!("CARGO_MANIFEST_DIR"), "..", "tests", "fixtures", "iolog", name].iter().collect(),
        )
    }
}

impl Source for Fixture {
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        match std::fs::File::open(self.0.join(name)) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// All whole events, what salvage adds, and the damage seen before salvage.
fn read(source: impl Source) -> (Vec<Event>, Vec<Event>, Option<Damage>) {
    let mut reader = Reader::new(source);
    let mut events = Vec::new();
    let fatal = loop {
        match reader.next_event() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => break None,
            Err(damage) => break Some(damage),
        }
    };
    let damage = fatal.or_else(|| reader.damage());
    let salvaged = std::iter::from_fn(|| reader.salvage().unwrap()).collect();
    (events, salvaged, damage)
}

fn bytes_of(events: &[Event], kind: EventKind) -> Vec<u8> {
    events.iter().filter(|e| e.kind() == kind).flat_map(|e| e.data().to_vec()).collect()
}

#[test]
fn the_corpus_reads_whole() {
    // Lines and bytes as `zcat -f timing | awk` counts them.
    for (name, lines, bytes) in [
        ("00/00/01", 1, 40),
        ("00/00/02", 1, 28),
        ("bash-resize", 25, 1198),
        ("vim-unicode", 29, 8862),
        ("suspend-resume", 11, 47),
        ("pipes-notty", 4, 1400),
        ("compressed", 22, 19_371),
        ("large-seq-gz", 1428, 3_888_895),
        ("logsrvd/bash-exit5", 13, 667),
    ] {
        let (events, salvaged, damage) = read(Fixture::new(name));
        assert!(damage.is_none(), "{name}: {damage:?}");
        assert!(salvaged.is_empty(), "{name}: {} salvaged", salvaged.len());
        assert_eq!(events.last().unwrap().seq(), lines, "{name}");
        let streams = events.iter().filter(|e| e.kind().file_name().is_some());
        assert_eq!(streams.map(|e| e.data().len()).sum::<usize>(), bytes, "{name}");
    }
}

#[test]
fn a_killed_session_gives_all_that_was_written() {
    let fixture = Fixture::new("killed-flush");
    let size = std::fs::metadata(fixture.0.join("ttyout")).unwrap().len();
    let (events, salvaged, _) = read(fixture);
    let all = [events, salvaged].concat();
    assert_eq!(bytes_of(&all, EventKind::Ttyout).len() as u64, size);
}

#[test]
fn short_data_is_named_and_salvaged() {
    let memory = Memory::default().with("timing", "4 0.5 3\n4 0.5 9\n").with("ttyout", "abcdef");
    let (events, salvaged, damage) = read(memory);
    assert_eq!(bytes_of(&events, EventKind::Ttyout), b"abc");
    assert_eq!(bytes_of(&salvaged, EventKind::Ttyout), b"def");
    assert_eq!(damage.unwrap().to_string(), "timing line 2: ttyout has 9 bytes too few");
}

#[test]
fn data_without_lines_is_salvaged() {
    let memory = Memory::default().with("timing", "").with("ttyout", "seen").with("ttyin", "typed");
    let (events, salvaged, damage) = read(memory);
    assert!(events.is_empty() && damage.is_none());
    assert_eq!(bytes_of(&salvaged, EventKind::Ttyout), b"seen");
    assert_eq!(bytes_of(&salvaged, EventKind::Ttyin), b"typed");
}

#[test]
fn output_that_begins_like_a_packed_file_is_output() {
    let memory = Memory::default()
        .with("timing", "1 0.5 6\n4 0.5 2\n")
        .with("stdout", b"\x1f\x8bevil".as_slice())
        .with("ttyout", b"\x1f\x8b".as_slice());
    let (events, _, damage) = read(memory);
    assert_eq!(bytes_of(&events, EventKind::Stdout), b"\x1f\x8bevil");
    assert_eq!(bytes_of(&events, EventKind::Ttyout), b"\x1f\x8b");
    assert!(damage.is_none());
}

#[test]
fn a_torn_line_is_named() {
    let memory = Memory::default().with("timing", "4 0.5 3\n4 0.").with("ttyout", "abc");
    let (events, _, damage) = read(memory);
    assert_eq!(events.len(), 1);
    assert_eq!(damage.unwrap().to_string(), "timing ends inside line 2");
}

#[test]
fn garbage_ends_the_reading_with_its_line() {
    let memory =
        Memory::default().with("timing", "4 0.5 3\nrubbish\n4 0.5 1\n").with("ttyout", "abcd");
    let (events, _, damage) = read(memory);
    assert_eq!(events.len(), 1);
    assert_eq!(damage.unwrap().to_string(), "timing line 2: unknown event type");
}

#[test]
fn absurd_lengths_cost_nothing() {
    let memory =
        Memory::default().with("timing", "4 0.5 18446744073709551615\n").with("ttyout", "abc");
    let (events, salvaged, damage) = read(memory);
    assert!(events.is_empty());
    assert_eq!(bytes_of(&salvaged, EventKind::Ttyout), b"abc");
    assert!(matches!(damage, Some(Damage::Short { .. })));
    let long = Memory::default().with("timing", vec![b'4'; 1 << 20]);
    assert!(matches!(read(long).2, Some(Damage::Timing { error: TimingError::Long, .. })));
}

#[test]
fn a_long_line_comes_in_pieces_of_its_number() {
    let size = EVENT_DATA_BYTES_MAX * 2 + 5;
    let memory = Memory::default()
        .with("timing", format!("4 0.5 {size}\n4 0.1 1\n"))
        .with("ttyout", vec![b'x'; size + 1]);
    let (events, _, damage) = read(memory);
    assert!(damage.is_none());
    assert_eq!(events.iter().map(Event::seq).collect::<Vec<_>>(), [1, 1, 1, 2]);
    assert_eq!(events.iter().map(Event::delay_ns).sum::<u64>(), 600_000_000);
}

#[test]
fn a_recording_that_grows_is_followed() {
    use std::io::Write as _;
    let dir = tempfile::tempdir().unwrap();
    let append = |name: &str, content: &str| {
        let mut file =
            std::fs::File::options().create(true).append(true).open(dir.path().join(name)).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    };
    append("timing", "");
    let mut reader = Reader::new(Fixture(dir.path().to_owned()));
    assert!(reader.next_event().unwrap().is_none());
    append("timing", "4 0.5 3\n4 0.");
    assert!(reader.next_event().unwrap().is_none(), "the data is not there yet");
    append("ttyout", "ab");
    assert!(reader.next_event().unwrap().is_none());
    append("ttyout", "cd");
    assert_eq!(reader.next_event().unwrap().unwrap().data().as_ref(), b"abc");
    append("timing", "25 1\n");
    assert_eq!(reader.next_event().unwrap().unwrap().delay_ns(), 250_000_000);
}

/// A recording whose files begin at a bookmark.
struct From<'a>(&'a Memory, &'a Bookmark);

impl Source for From<'_> {
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        let content = self.0.0.get(name).map(|content| &content[self.1.offset(name) as usize..]);
        Ok(content.map(|rest| Box::new(io::Cursor::new(rest.to_vec())) as _))
    }
}

#[test]
fn a_bookmark_may_lie_anywhere_even_before_what_looks_packed() {
    let size = EVENT_DATA_BYTES_MAX + 5;
    let memory = Memory::default()
        .with("timing", format!("6 0.5 3\n4 0.1 2\n6 0.2 {size}\n6 0.3 1\n"))
        .with("ttyout", [b"abc\x1f\x8b\x08".as_slice(), &vec![b'x'; size]].concat())
        .with("stdout", "no");
    let mut reader = Reader::new(memory.clone());
    let mut bookmarks = vec![reader.bookmark()];
    while reader.next_event().unwrap().is_some() {
        bookmarks.push(reader.bookmark());
    }
    let (events, salvaged, _) = read(memory.clone());
    assert_eq!(bookmarks.len(), events.len() + 1);
    for (given, bookmark) in bookmarks.iter().enumerate() {
        let mut reader = Reader::resume(From(&memory, bookmark), bookmark.clone());
        let rest: Vec<_> = std::iter::from_fn(|| reader.next_event().unwrap()).collect();
        assert_eq!(rest, events[given..]);
        let last: Vec<_> = std::iter::from_fn(|| reader.salvage().unwrap()).collect();
        assert_eq!(last, salvaged);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        parts in prop::collection::vec((any::<u64>(), 0usize..5, prop::collection::vec(any::<u8>(), 1..300)), 0..30)
    ) {
        let mut files: HashMap<&'static str, Vec<u8>> = HashMap::new();
        let mut events = Vec::new();
        for (index, (delay, kind, data)) in parts.into_iter().enumerate() {
            let kind = EventKind::STREAMS[kind];
            let event = Event::new(index as u64 + 1, delay, kind, data.into()).unwrap();
            files.entry(kind.file_name().unwrap()).or_default().extend(event.data());
            encode_timing(&event, files.entry(path::TIMING).or_default());
            events.push(event);
        }
        let (read, salvaged, damage) = read(Memory(files));
        prop_assert_eq!(read, events);
        prop_assert!(salvaged.is_empty() && damage.is_none());
    }

    #[test]
    fn any_files_are_read_without_panic(timing in "([0-8] [0-9.]{1,5} [0-9]{1,3}\n|[ -~]{0,9}\n?){0,9}", data: Vec<u8>) {
        let memory = Memory::default().with("timing", timing).with("ttyout", data.clone()).with("stdin", data);
        let _ = read(memory);
    }
}

//! The files of one recording while it grows.
//!
//! Every write says its place in the file, counted by [`Position`], so a write that failed half-way
//! is simply done again, and after a crash the files are cut to a position and grow from there.

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sudolog_core::ack::{Chain, SignedAck};
use sudolog_core::iolog::{
    LogInfo, encode_ack, encode_incident, encode_legacy, encode_timing, path,
};
use sudolog_core::limits::{CHECKPOINT_BYTES, CHECKPOINT_INTERVAL, CHECKPOINTS_BYTES_STEP};
use sudolog_core::session::{Event, EventKind, Incident, IncidentKind, SessionEnd, SessionStart};

use super::inspect::{INCIDENTS_BYTES_MAX, METADATA_BYTES_MAX};
use super::layout::no_follow;
use super::{Directory, StoreError};
use crate::journal::Position;
use crate::sessions::Brief;

/// One recording that is being written.
#[derive(Debug)]
pub struct Log {
    dir: PathBuf,
    /// What is in the files.
    at: Position,
    /// What is in the files and the buffers.
    head: Position,
    files: [Option<File>; FILES],
    buffers: [Vec<u8>; FILES],
    checkpoint: Option<SignedAck>,
    /// Bytes of data since the last checkpoint that was written.
    unchecked_bytes: u64,
    /// Length of the checkpoints that stand beside the recording, as far as it was seen.
    checkpoints_bytes: u64,
    /// When that was.
    checked: Instant,
}

impl Log {
    /// Makes the files of a new recording in its directory, replacing what a crash left of it. What was laid to the same
    /// session when it was over stands nowhere else, and stays.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn create(dir: PathBuf, start: &SessionStart) -> Result<Self, StoreError> {
        for name in [path::INCOMPLETE, path::ACKS] {
            remove(&dir.join(name))?;
        }
        let before = Directory(dir.clone()).session_id();
        if before.is_some_and(|id| id != start.session_id) {
            remove(&dir.join(path::INCIDENTS))?;
        }
        if before != Some(start.session_id) {
            write_new(&dir.join(path::UUID), start.session_id.to_string().as_bytes())?;
        }
        write_new(&dir.join(path::LOG_JSON), &LogInfo::encode(start, None))?;
        let mut log = Self::at(dir, Position::start(start));
        for kind in EventKind::STREAMS {
            if let Some(name) = kind.file_name() {
                remove(&log.dir.join(name))?;
            }
        }
        // sudo's own server makes these three at once; the others come with their first data.
        for kind in [EventKind::Stdout, EventKind::Stderr, EventKind::Ttyout] {
            log.file(usize::from(kind.code()))?.set_len(0).map_err(StoreError::at(&log.dir))?;
        }
        log.make_writable()?;
        log.file(TIMING)?.set_len(0).map_err(StoreError::at(&log.dir))?;
        // `sudoreplay -l` finds a session by this file, so it comes last.
        write_new(&log.dir.join(path::LOG), &encode_legacy(start))?;
        Ok(log)
    }

    /// Goes on with a recording whose files hold what `at` says and perhaps more: the rest is cut
    /// off and comes again.
    ///
    /// # Errors
    /// When a file cannot be cut, or holds less than it must.
    pub fn resume(dir: PathBuf, at: Position) -> Result<Self, StoreError> {
        remove(&dir.join(path::INCOMPLETE))?;
        let mut log = Self::at(dir, at);
        log.make_writable()?;
        for index in 0..FILES {
            let length = log.length(index);
            let path = log.dir.join(file_name(index));
            if length == 0 && !path.exists() {
                continue;
            }
            let file = log.file(index)?;
            let found = file.metadata().map_err(StoreError::at(&path))?.len();
            if found < length {
                let text = format!("{found} bytes where {length} were synced");
                return Err(StoreError::at(&path)(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    text,
                )));
            }
            file.set_len(length).map_err(StoreError::at(&path))?;
        }
        Ok(log)
    }

    fn at(dir: PathBuf, at: Position) -> Self {
        Self {
            dir,
            at,
            head: at,
            files: [const { None }; FILES],
            buffers: [const { Vec::new() }; FILES],
            checkpoint: None,
            unchecked_bytes: 0,
            checkpoints_bytes: 0,
            checked: Instant::now(),
        }
    }

    /// Takes one event; it is in the files after the next [`flush`](Self::flush). An event that the
    /// files already have is passed over.
    pub fn push(&mut self, event: &Event, chain: Chain) {
        if event.seq() <= self.head.seq {
            return;
        }
        self.head.advance(event, chain);
        let index = usize::from(event.kind().code());
        if let Some(buffer) = self.buffers.get_mut(index).filter(|_| index < TIMING) {
            buffer.extend_from_slice(event.data());
            self.unchecked_bytes += event.data().len() as u64;
        }
        let [.., timing] = &mut self.buffers;
        encode_timing(event, timing);
    }

    /// Remembers the newest checkpoint; it is written when enough has gathered, and at the end.
    pub fn checkpoint(&mut self, ack: SignedAck) {
        self.checkpoint = Some(ack);
    }

    /// Writes what was taken: data first, then the lines that speak of it.
    ///
    /// # Errors
    /// When the disk is full or fails; nothing is lost, flush again.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        for index in 0..FILES {
            if self.buffers.get(index).is_none_or(Vec::is_empty) {
                continue;
            }
            let place = self.length(index);
            let path = self.dir.join(file_name(index));
            self.file(index)?;
            if let (Some(Some(file)), Some(buffer)) =
                (self.files.get(index), self.buffers.get(index))
            {
                file.write_all_at(buffer, place).map_err(StoreError::at(&path))?;
            }
        }
        self.at = self.head;
        self.buffers.iter_mut().for_each(empty);
        if self.unchecked_bytes >= CHECKPOINT_BYTES || self.is_checkpoint_due(Instant::now()) {
            self.write_checkpoint()?;
        }
        Ok(())
    }

    /// True when something was acknowledged long enough ago that no checkpoint beside the recording covers.
    pub fn is_checkpoint_due(&self, now: Instant) -> bool {
        self.checkpoint.is_some()
            && now.saturating_duration_since(self.checked) >= self.checkpoint_interval()
    }

    /// Grows with what there is of them: weeks of a session shall not make them too many to be read.
    fn checkpoint_interval(&self) -> Duration {
        let times = 1 + self.checkpoints_bytes / CHECKPOINTS_BYTES_STEP;
        CHECKPOINT_INTERVAL.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX))
    }

    /// Writes how the session ended and marks the recording finished.
    ///
    /// # Errors
    /// When the disk is full or fails; call again. When `log.json` is not what was written.
    pub fn finish(&mut self, start: &Brief, end: &SessionEnd) -> Result<(), StoreError> {
        self.flush()?;
        let start = self.read_back(start)?;
        replace(&self.dir.join(path::LOG_JSON), &LogInfo::encode(&start, Some(end)))?;
        self.write_checkpoint()?;
        self.seal()
    }

    /// Marks the recording finished without an end, and why.
    ///
    /// # Errors
    /// When the disk is full or fails; call again.
    pub fn give_up(&mut self, reason: &[u8]) -> Result<(), StoreError> {
        self.flush()?;
        self.write_checkpoint()?;
        let mut text = reason.to_vec();
        text.push(b'\n');
        replace(&self.dir.join(path::INCOMPLETE), &text)?;
        self.seal()
    }

    /// Writes down what happened to the session from outside; once, however often it is told. A lost
    /// host makes the recording INCOMPLETE until it comes back.
    ///
    /// # Errors
    /// When the disk is full or fails; call again.
    pub fn incident(&self, incident: &Incident) -> Result<(), StoreError> {
        append_incident(&self.dir, incident)?;
        let mark = self.dir.join(path::INCOMPLETE);
        match incident.kind {
            IncidentKind::Lost => {
                replace(&mark, b"the host has been lost and has not come back yet\n")
            }
            IncidentKind::Resumed => remove(&mark),
            _ => Ok(()),
        }
    }

    /// True when something was taken that is not in the files yet.
    pub fn is_dirty(&self) -> bool {
        self.at.seq != self.head.seq
    }

    /// Bytes that were taken and are not in the files yet.
    pub fn buffered(&self) -> usize {
        self.buffers.iter().map(Vec::len).sum()
    }

    /// How far the files are.
    pub fn position(&self) -> &Position {
        &self.at
    }

    /// Closes the files; they are opened again when they are needed.
    pub fn close_files(&mut self) {
        self.files = [const { None }; FILES];
    }

    /// True when files are open.
    pub fn has_open_files(&self) -> bool {
        self.files.iter().any(Option::is_some)
    }

    /// The start as it was recorded; any other is an error.
    fn read_back(&self, start: &Brief) -> Result<SessionStart, StoreError> {
        let path = self.dir.join(path::LOG_JSON);
        let mut content = Vec::new();
        File::options()
            .read(true)
            .custom_flags(no_follow())
            .open(&path)
            .and_then(|file| file.take(METADATA_BYTES_MAX).read_to_end(&mut content))
            .map_err(StoreError::at(&path))?;
        let whole =
            LogInfo::parse(&content).ok().and_then(|info| info.to_session(start.session_id));
        whole.map(|(whole, _)| whole).filter(|whole| Chain::start(whole) == start.chain).ok_or_else(
            || {
                let text = "it is not what was written when the session started";
                StoreError::at(&path)(io::Error::new(io::ErrorKind::InvalidData, text))
            },
        )
    }

    fn write_checkpoint(&mut self) -> Result<(), StoreError> {
        let Some(ack) = &self.checkpoint else { return Ok(()) };
        let path = self.dir.join(path::ACKS);
        // Half a line that a crash left behind must not spoil this one: the file is small, so it
        // is looked at each time.
        let appended: io::Result<u64> = (|| {
            let mut file = open_lines(&path)?;
            let length = file.metadata()?.len();
            let mut last = [b'\n'];
            if length > 0 {
                file.read_exact_at(&mut last, length - 1)?;
            }
            let mut line = if last == [b'\n'] { Vec::new() } else { vec![b'\n'] };
            line.extend(encode_ack(ack));
            file.write_all(&line)?;
            Ok(length + line.len() as u64)
        })();
        self.checkpoints_bytes = appended.map_err(StoreError::at(&path))?;
        self.checkpoint = None;
        self.unchecked_bytes = 0;
        self.checked = Instant::now();
        Ok(())
    }

    /// The mark of a finished recording: `timing` cannot be written any more.
    fn seal(&mut self) -> Result<(), StoreError> {
        self.close_files();
        self.set_mode(0o400)
    }

    fn make_writable(&self) -> Result<(), StoreError> {
        self.set_mode(0o600)
    }

    fn set_mode(&self, mode: u32) -> Result<(), StoreError> {
        let timing = self.dir.join(path::TIMING);
        match fs::set_permissions(&timing, Permissions::from_mode(mode)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::at(&timing)(error))
            }
            _ => Ok(()),
        }
    }

    fn length(&self, index: usize) -> u64 {
        if index == TIMING {
            self.at.timing_bytes
        } else {
            self.at.stream_bytes.get(index).copied().unwrap_or(0)
        }
    }

    fn file(&mut self, index: usize) -> Result<&File, StoreError> {
        let path = self.dir.join(file_name(index));
        let Some(slot) = self.files.get_mut(index) else {
            return Err(StoreError::at(&path)(io::ErrorKind::InvalidInput.into()));
        };
        match slot {
            Some(file) => Ok(file),
            empty => {
                let file = File::options()
                    .create(true)
                    .truncate(false)
                    .write(true)
                    .mode(0o600)
                    .custom_flags(no_follow())
                    .open(&path)
                    .map_err(StoreError::at(&path))?;
                Ok(empty.insert(file))
            }
        }
    }
}

/// A file of lines beside the recording, to read and to add to.
pub(super) fn open_lines(path: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .custom_flags(no_follow())
        .open(path)
}

/// Adds a line to what happened to a session, unless it is there; gives the file.
pub(super) fn append_incident(dir: &Path, incident: &Incident) -> Result<File, StoreError> {
    let line = encode_incident(incident);
    let path = dir.join(path::INCIDENTS);
    let append = || {
        let mut file = open_lines(&path)?;
        let mut content = Vec::new();
        (&file).take(INCIDENTS_BYTES_MAX).read_to_end(&mut content)?;
        if content.split_inclusive(|byte| *byte == b'\n').any(|known| known == line) {
            return Ok(file);
        }
        let torn = content.last().is_some_and(|last| *last != b'\n');
        file.write_all(&if torn { [b"\n".as_slice(), &line].concat() } else { line })?;
        io::Result::Ok(file)
    };
    append().map_err(StoreError::at(&path))
}

/// A burst must not cost memory for as long as its session rests.
fn empty(buffer: &mut Vec<u8>) {
    if buffer.capacity() > BUFFER_KEPT_BYTES {
        *buffer = Vec::new();
    } else {
        buffer.clear();
    }
}

fn file_name(index: usize) -> &'static str {
    EventKind::STREAMS.get(index).and_then(|kind| kind.file_name()).unwrap_or(path::TIMING)
}

fn write_new(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let written = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .custom_flags(no_follow())
        .open(path)
        .and_then(|mut file| file.write_all(content));
    written.map_err(StoreError::at(path))
}

/// A reader sees the old content or the new, never half of it.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let new = path.with_extension("new");
    remove(&new)?;
    write_new(&new, content)?;
    fs::rename(&new, path).map_err(StoreError::at(path))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::at(path)(error)),
        _ => Ok(()),
    }
}

/// Five streams, then `timing`: in this order data is written before the lines that speak of it.
const FILES: usize = 6;
const TIMING: usize = 5;
/// What each of a recording's buffers may keep between two flushes: enough for keys and prompts.
const BUFFER_KEPT_BYTES: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::record::tests::sample_start;

    #[test]
    fn a_burst_leaves_no_memory_behind() {
        let dir = tempfile::tempdir().unwrap();
        let start = sample_start(1);
        let mut log = Log::create(dir.path().to_owned(), &start).unwrap();
        let mut chain = Chain::start(&start);
        let mut seq = 0;
        let mut write = |log: &mut Log, data: &[u8]| {
            for kind in EventKind::STREAMS {
                seq += 1;
                let event = Event::new(seq, 1, kind, data.to_vec().into()).unwrap();
                chain = chain.event(&event);
                log.push(&event, chain);
            }
        };
        let kept = |log: &Log| log.buffers.iter().map(Vec::capacity).sum::<usize>();

        write(&mut log, b"keys");
        log.flush().unwrap();
        assert!(kept(&log) > 0, "a quiet session asks for its few bytes once");
        (0..40).for_each(|_| write(&mut log, &[b'x'; 60_000]));
        assert!(kept(&log) > 12_000_000);
        log.flush().unwrap();
        write(&mut log, b"keys");
        log.flush().unwrap();
        assert!(kept(&log) <= FILES * BUFFER_KEPT_BYTES, "{} bytes are kept", kept(&log));
        assert_eq!(fs::metadata(dir.path().join("stdin")).unwrap().len(), 40 * 60_000 + 8);
    }

    #[test]
    fn made_again_it_keeps_what_was_laid_to_the_same_session_and_to_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory(dir.path().to_owned());
        let create = |number| {
            let start = sudolog_core::session::sample::start_of(number);
            Log::create(dir.path().to_owned(), &start).unwrap()
        };
        create(1);
        let laid = Incident {
            at: Default::default(),
            after_seq: 0,
            kind: IncidentKind::AuditTampered,
            who: None,
            text: "x".into(),
        };
        directory.add_incident(&laid).unwrap();
        let journaled = Incident { kind: IncidentKind::Escape, ..laid.clone() };
        for _ in 0..2 {
            create(1).incident(&journaled).unwrap();
            assert_eq!(directory.incidents(), [laid.clone(), journaled.clone()]);
        }
        create(2);
        assert_eq!(directory.incidents(), []);
    }
}

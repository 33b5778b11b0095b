//! Reading a recording event by event, whatever state it is in.
//!
//! Memory stays bounded whatever the files claim; what is damaged ends the reading with a note of
//! where, after all that could be read was given. At the end of a recording that still grows the
//! reader gives `None` and can be asked again later.

use std::io::{self, Read};

use bytes::{Bytes, BytesMut};

use super::capped::{Capped, Cut};
use super::path;
use super::timing::{LINE_BYTES_MAX, Payload, TimingError, TimingParser, TimingRecord};
use crate::limits::EVENT_DATA_BYTES_MAX;
use crate::session::{Event, EventKind};

/// Opens the files of one recording.
pub trait Source {
    /// The file of that name in the recording's directory; `None` when there is none.
    ///
    /// # Errors
    /// When it is there and cannot be opened.
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>>;
}

/// Where and why a recording is less than it should be.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// A line of `timing` is not of the format.
    #[error("timing line {line}: {error}")]
    Timing {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        error: TimingError,
    },
    /// `timing` ends inside a line.
    #[error("timing ends inside line {line}")]
    Torn {
        /// Counted from 1.
        line: u64,
    },
    /// A stream has less data than a line says.
    #[error("timing line {line}: {file} has {missing} bytes too few")]
    Short {
        /// Counted from 1.
        line: u64,
        /// The stream's file.
        file: &'static str,
        /// How many bytes are not there.
        missing: u64,
    },
    /// A compressed file does not unpack to its end.
    #[error("{file}: {cut}")]
    Cut {
        /// The file.
        file: &'static str,
        /// How it is cut.
        cut: Cut,
    },
    /// The disk failed.
    #[error("{file}: {error}")]
    Io {
        /// The file.
        file: &'static str,
        /// The system's words.
        error: io::Error,
    },
}

/// Reads the events of one recording in their order.
pub struct Reader<S> {
    source: S,
    parser: TimingParser,
    timing: Option<Stream>,
    streams: [Option<Stream>; 5],
    /// Number of the line that was parsed last.
    line: u64,
    /// A data line that is not given completely yet.
    open: Option<OpenLine>,
    /// Where the files were begun to be read.
    from: Option<Bookmark>,
}

/// A point between two events from which another reader can go on. The default is the beginning.
#[derive(Clone, Debug, Default)]
pub struct Bookmark {
    parser: TimingParser,
    line: u64,
    open: Option<OpenLine>,
    timing: u64,
    streams: [u64; 5],
}

#[derive(Clone, Copy, Debug)]
struct OpenLine {
    kind: EventKind,
    delay_ns: u64,
    left: u64,
}

impl<S: Source> Reader<S> {
    /// A reader at the first event.
    pub fn new(source: S) -> Self {
        Self {
            source,
            parser: TimingParser::default(),
            timing: None,
            streams: [const { None }; 5],
            line: 0,
            open: None,
            from: None,
        }
    }

    /// A reader that goes on from a bookmark. Unlike for [`new`](Self::new), the source's files
    /// must begin at the bookmark's [offsets](Bookmark::offset) of the unpacked content.
    pub fn resume(source: S, from: Bookmark) -> Self {
        let (parser, line, open) = (from.parser.clone(), from.line, from.open);
        Self { parser, line, open, from: Some(from), ..Self::new(source) }
    }

    /// The point after the last event that was given.
    pub fn bookmark(&self) -> Bookmark {
        let at = |file: &Option<Stream>, from: u64| file.as_ref().map_or(from, |file| file.at);
        let from = |kind: usize| self.from.as_ref().and_then(|f| f.streams.get(kind)).copied();
        let streams = std::array::from_fn(|kind| {
            let file = self.streams.get(kind).unwrap_or(&None);
            at(file, from(kind).unwrap_or(0))
        });
        let timing = at(&self.timing, self.from.as_ref().map_or(0, |from| from.timing));
        Bookmark { parser: self.parser.clone(), line: self.line, open: self.open, timing, streams }
    }

    /// The next event. A line with more data than one event may carry comes in several events
    /// with the line's number, the delay on the first. `None` at the end: of the recording, or
    /// for now if it still grows.
    ///
    /// # Errors
    /// [`Damage`] that no later call can get over.
    pub fn next_event(&mut self) -> Result<Option<Event>, Damage> {
        loop {
            if let Some(open) = self.open.take() {
                match self.data(open)? {
                    Some(event) => return Ok(Some(event)),
                    None if self.open.is_some() => return Ok(None),
                    None => continue,
                }
            }
            let Some(record) = self.record()? else { return Ok(None) };
            let TimingRecord { kind, delay_ns, payload } = record;
            let data = match payload {
                Payload::Data(left) => {
                    self.open = Some(OpenLine { kind, delay_ns, left });
                    continue;
                }
                Payload::Winsize(lines, columns) => Event::winsize_data(lines, columns),
                Payload::Suspend(name) => Bytes::from(name),
            };
            return Ok(Event::new(self.line, delay_ns, kind, data).ok());
        }
    }

    /// What is there beyond the last whole event, once the caller knows that nothing more comes:
    /// the rest of a line whose data is short, then data that no line speaks of (sudo was killed
    /// before it wrote the line). `None` when there is nothing left.
    ///
    /// # Errors
    /// [`Damage::Io`].
    pub fn salvage(&mut self) -> Result<Option<Event>, Damage> {
        if let Some(open) = self.open.take()
            && let Some(data) = self.some(open.kind, open.left)?
        {
            let left = open.left.saturating_sub(data.len() as u64);
            self.open = (left > 0).then_some(OpenLine { delay_ns: 0, left, ..open });
            return Ok(Event::new(self.line, open.delay_ns, open.kind, data).ok());
        }
        for kind in SALVAGE_ORDER {
            if let Some(data) = self.some(kind, EVENT_DATA_BYTES_MAX as u64)? {
                self.line += 1;
                return Ok(Event::new(self.line, 0, kind, data).ok());
            }
        }
        Ok(None)
    }

    /// Why there is less than there should be at this point, for a recording that does not grow.
    pub fn damage(&self) -> Option<Damage> {
        let files = self.streams.iter().flatten().chain(&self.timing);
        if let Some((file, cut)) = files.filter_map(|s| Some((s.name, s.file.cut()?))).next() {
            return Some(Damage::Cut { file, cut });
        }
        if let Some(open) = &self.open {
            let file = open.kind.file_name().unwrap_or(path::TIMING);
            return Some(Damage::Short { line: self.line, file, missing: open.left });
        }
        let torn = self.timing.as_ref().is_some_and(|timing| !timing.block.is_empty());
        torn.then_some(Damage::Torn { line: self.line + 1 })
    }

    /// The number of the last event that was given or begun; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.line
    }

    /// The next whole line of `timing`.
    fn record(&mut self) -> Result<Option<TimingRecord>, Damage> {
        let from = self.from.as_ref();
        let plain = self.from.is_some();
        let timing = open(&mut self.timing, &self.source, path::TIMING, from, plain)?;
        let Some(timing) = timing else {
            return Ok(None);
        };
        let end = loop {
            if let Some(end) = timing.block.iter().position(|b| *b == b'\n') {
                break end;
            }
            if timing.block.len() > LINE_BYTES_MAX {
                return Err(Damage::Timing { line: self.line + 1, error: TimingError::Long });
            }
            if !timing.fill()? {
                return Ok(None);
            }
        };
        let line = timing.take(end + 1);
        self.line += 1;
        let record = self.parser.parse(&line);
        record.map(Some).map_err(|error| Damage::Timing { line: self.line, error })
    }

    /// The next piece of an open line: whole pieces only, so that one line of ours is one event.
    fn data(&mut self, line: OpenLine) -> Result<Option<Event>, Damage> {
        if line.left == 0 {
            return Ok(None);
        }
        let piece = usize::try_from(line.left).unwrap_or(usize::MAX).min(EVENT_DATA_BYTES_MAX);
        let Some(stream) = self.stream(line.kind)? else {
            self.open = Some(line);
            return Ok(None);
        };
        while stream.block.len() < piece {
            if !stream.fill()? {
                self.open = Some(line);
                return Ok(None);
            }
        }
        let data = stream.take(piece).freeze();
        let left = line.left - piece as u64;
        self.open = (left > 0).then_some(OpenLine { delay_ns: 0, left, ..line });
        Ok(Event::new(self.line, line.delay_ns, line.kind, data).ok())
    }

    /// Up to `most` bytes of a stream, as many as are there; `None` when there are none.
    fn some(&mut self, kind: EventKind, most: u64) -> Result<Option<Bytes>, Damage> {
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(EVENT_DATA_BYTES_MAX);
        let Some(stream) = self.stream(kind)? else { return Ok(None) };
        while stream.block.len() < most && stream.fill()? {}
        let count = stream.block.len().min(most);
        Ok((count > 0).then(|| stream.take(count).freeze()))
    }

    fn stream(&mut self, kind: EventKind) -> Result<Option<&mut Stream>, Damage> {
        let slot = self.streams.get_mut(usize::from(kind.code()));
        let (Some(slot), Some(name)) = (slot, kind.file_name()) else { return Ok(None) };
        // sudo packs all files of a recording or none. What the user did stands in the streams and
        // may begin like a packed file, so `timing` decides, which sudo alone writes.
        let plain = self.timing.as_ref().is_some_and(|timing| timing.file.is_plain());
        open(slot, &self.source, name, self.from.as_ref(), plain || self.from.is_some())
    }
}

impl Bookmark {
    /// How much of a file's unpacked content lies before this point, bytes; 0 for files that hold
    /// no events.
    pub fn offset(&self, name: &str) -> u64 {
        if name == path::TIMING {
            return self.timing;
        }
        let kind = path::streams().find(|(_, stream)| *stream == name).map(|(kind, _)| kind.code());
        kind.and_then(|code| self.streams.get(usize::from(code))).copied().unwrap_or(0)
    }
}

/// One file and the part of it that was read and not yet given.
struct Stream {
    name: &'static str,
    file: Capped<Box<dyn Read + Send>>,
    block: BytesMut,
    /// Where the block begins in the unpacked content.
    at: u64,
}

impl Stream {
    fn take(&mut self, count: usize) -> BytesMut {
        self.at += count as u64;
        self.block.split_to(count)
    }

    /// Reads another block; `false` at the end of the file.
    fn fill(&mut self) -> Result<bool, Damage> {
        let before = self.block.len();
        self.block.resize(before + BLOCK_BYTES, 0);
        let result = match self.block.get_mut(before..) {
            Some(space) => self.file.read(space),
            None => Ok(0),
        };
        self.block.truncate(before + result.as_ref().copied().unwrap_or(0));
        match result {
            Ok(count) => Ok(count > 0),
            Err(error) => Err(Damage::Io { file: self.name, error }),
        }
    }
}

fn open<'a>(
    slot: &'a mut Option<Stream>,
    source: &impl Source,
    name: &'static str,
    from: Option<&Bookmark>,
    plain: bool,
) -> Result<Option<&'a mut Stream>, Damage> {
    if slot.is_none() {
        let file = source.open(name).map_err(|error| Damage::Io { file: name, error })?;
        *slot = file.map(|file| {
            let file = if plain { Capped::unpacked(file) } else { Capped::new(file) };
            Stream { name, file, block: BytesMut::new(), at: from.map_or(0, |f| f.offset(name)) }
        });
    }
    Ok(slot.as_mut())
}

const BLOCK_BYTES: usize = 128 * 1024;
/// What an operator most wants to see first.
const SALVAGE_ORDER: [EventKind; 5] =
    [EventKind::Ttyout, EventKind::Stdout, EventKind::Stderr, EventKind::Ttyin, EventKind::Stdin];

#[cfg(test)]
mod tests;

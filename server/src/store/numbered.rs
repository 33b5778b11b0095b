//! Events numbered without gaps, whoever wrote the recording.

use sudolog_core::iolog::{Bookmark, Damage, Reader, Source};
use sudolog_core::session::Event;

/// A reader whose events are numbered from 1 on. In recordings of our own these are the lines of
/// `timing`; stock sudo writes lines with more data than one event carries, which come in pieces.
pub struct Numbered<S> {
    reader: Reader<S>,
    given: u64,
}

impl<S: Source> Numbered<S> {
    /// A reader at the first event.
    pub fn new(source: S) -> Self {
        Self { reader: Reader::new(source), given: 0 }
    }

    /// A reader that goes on behind event `given`, where the source's files begin at the bookmark.
    pub fn resume(source: S, bookmark: Bookmark, given: u64) -> Self {
        Self { reader: Reader::resume(source, bookmark), given }
    }

    /// The next event; `None` at the end, for now or for good.
    ///
    /// # Errors
    /// [`Damage`] that no later call can get over.
    pub fn next_event(&mut self) -> Result<Option<Event>, Damage> {
        let Some(event) = self.reader.next_event()? else { return Ok(None) };
        self.given += 1;
        let (delay_ns, kind, data) = (event.delay_ns(), event.kind(), event.data().clone());
        // It was legal under its line's number, and is under any other from 1.
        Ok(Event::new(self.given, delay_ns, kind, data).ok())
    }

    /// The point behind the last event that was given.
    pub fn bookmark(&self) -> Bookmark {
        self.reader.bookmark()
    }
}

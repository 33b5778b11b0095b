//! What is asked of one recording by a thread that is no asynchronous task.

use sudolog_core::session::Tsid;
use sudolog_core::term::{Page, Pattern, Streams};
use sudolog_core::wire::message::{Detail, Outcome, OutlineKnown, RequestBody};

use tokio::sync::oneshot;

use super::pending::Waiting;
use super::{Client, ClientError, Stream};

impl Client {
    /// As [`show`](Self::show), for a thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`show`](Self::show).
    pub fn show_blocking(&self, tsid: Tsid) -> Result<Detail, ClientError> {
        let (sender, answer) = oneshot::channel();
        self.send_blocking(RequestBody::Show { tsid }, Waiting::Once(sender))?;
        match self.outcome(answer.blocking_recv().ok())? {
            Outcome::Session(detail) => Ok(*detail),
            other => Err(self.unexpected(&other)),
        }
    }

    /// As [`read`](Self::read), for a thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_blocking(&self, tsid: Tsid, from_seq: u64) -> Result<Stream, ClientError> {
        self.stream_blocking(RequestBody::Read { tsid, from_seq })
    }

    /// What the console does not have yet of a recording's outline: moments, then the rest. For a
    /// thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn outline_blocking(&self, tsid: Tsid, known: OutlineKnown) -> Result<Stream, ClientError> {
        self.stream_blocking(RequestBody::Outline { tsid, known })
    }

    /// The screen after an event with these streams on it, if it is wanted, then some events that follow. For a thread that is
    /// no asynchronous task.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn look_blocking(
        &self,
        tsid: Tsid,
        seq: u64,
        screen: Option<Streams>,
        bytes: u32,
    ) -> Result<Stream, ClientError> {
        let streams = screen.unwrap_or_default().to_wire();
        let screen = screen.is_some();
        self.stream_blocking(RequestBody::Look { tsid, seq, screen, streams, bytes })
    }

    /// What the screens of a recording showed that matches, with these streams on them, a page of it; with
    /// `follow` also what a running session shows from now on. For a thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn search_blocking(
        &self,
        tsid: Tsid,
        pattern: &Pattern,
        page: Page,
        streams: Streams,
        follow: bool,
    ) -> Result<Stream, ClientError> {
        let (streams, text) = (streams.to_wire(), pattern.text().to_owned());
        let (regex, fuzzy) = (pattern.is_regex(), pattern.is_fuzzy());
        let (after, before) = match page {
            Page::After(0) => (None, None),
            Page::After(seq) => (Some(seq), None),
            Page::Before(seq) => (None, Some(seq)),
        };
        let body = RequestBody::Search { tsid, text, regex, streams, follow, fuzzy, after, before };
        self.stream_blocking(body)
    }
}

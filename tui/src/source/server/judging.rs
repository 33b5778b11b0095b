//! What a console asks to triage sessions: their reviews, what is said of them, sums, and every change.

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Judgement, Outcome, RequestBody, Review, Summary, SummaryQuery};

use super::{Client, ClientError, Stream};

impl Client {
    /// What is known of a session's risk, and what was said of it.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked or refuses.
    pub async fn review(&self, tsid: Tsid) -> Result<Review, ClientError> {
        match self.ask(RequestBody::Review { tsid }).await? {
            Outcome::Review(review) => Ok(*review),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Says something of sessions: recorded when this returns. Never sent twice.
    ///
    /// # Errors
    /// [`ClientError::Failed`] when the server refuses; with any other it may be recorded all the same.
    pub async fn judge(&self, judgement: Judgement) -> Result<(), ClientError> {
        match self.ask(RequestBody::Judge(judgement)).await? {
            Outcome::Done => Ok(()),
            other => Err(self.unexpected(&other)),
        }
    }

    /// A page of sums.
    ///
    /// # Errors
    /// As [`review`](Self::review).
    pub async fn summary(&self, query: SummaryQuery) -> Result<Summary, ClientError> {
        match self.ask(RequestBody::Summary(query)).await? {
            Outcome::Summary(summary) => Ok(summary),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Every session that stands differently from now on.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked; what it says comes with the stream.
    pub async fn changes(&self) -> Result<Stream, ClientError> {
        self.stream(RequestBody::Changes).await
    }
}

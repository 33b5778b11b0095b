//! What a console asks to triage sessions: their reviews, what is said of them, sums, and every change.

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{
    Judgement, Outcome, RequestBody, Review, Summary, SummaryQuery, Views, ViewsQuery,
};

use super::listing::whole;
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

    /// A page with all of its rows, however long their names are: a server leaves out those that do not fit
    /// into one answer.
    ///
    /// # Errors
    /// As [`review`](Self::review).
    pub async fn whole_summary(&self, query: SummaryQuery) -> Result<Summary, ClientError> {
        let part = |offset, limit| {
            let query = SummaryQuery { offset, limit, ..query.clone() };
            async { self.summary(query).await.map(|page| (page.total, page.rows)) }
        };
        let (total, rows) = whole(query.offset, query.limit, part).await?;
        Ok(Summary { total, rows })
    }

    /// Who looked at what and did what, the newest first.
    ///
    /// # Errors
    /// As [`review`](Self::review).
    pub async fn views(&self, query: ViewsQuery) -> Result<Views, ClientError> {
        match self.ask(RequestBody::Views(query)).await? {
            Outcome::Views(views) => Ok(views),
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

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live;
    use sudolog_core::triage::RemarkKind;
    use sudolog_core::wire::message::{Cause, Failure, SummaryRow};

    use super::super::fake::FakeServer;
    use super::*;
    use crate::screens::live::sample::row;

    #[tokio::test]
    async fn what_is_asked_is_what_is_answered() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let tsid = row(1, Live).tsid;
        let kind = RemarkKind::Tag { tag: "a".into() };
        let judgement = Judgement { tsids: vec![tsid], act: u64::MAX, kind };
        let (judged, ()) = tokio::join!(client.judge(judgement.clone()), async {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::Judge(judgement.clone()));
            peer.reply(id, Outcome::Done).await;
        });
        assert_eq!(judged, Ok(()));
        let failure = Failure { cause: Cause::Forbidden, text: "a viewer".into() };
        let (judged, ()) = tokio::join!(client.judge(judgement.clone()), async {
            let (id, _) = peer.request().await;
            peer.fail(id, failure.clone()).await;
        });
        assert_eq!(judged, Err(ClientError::Failed(failure)));
        let (summary, ()) = tokio::join!(client.summary(SummaryQuery::default()), async {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::Summary(SummaryQuery::default()));
            let rows: Vec<SummaryRow> = Vec::new();
            peer.reply(id, Outcome::Summary(Summary { total: 7, rows })).await;
        });
        assert_eq!(summary.unwrap().total, 7);
        let (review, ()) = tokio::join!(client.review(tsid), async {
            let (id, _) = peer.request().await;
            peer.reply(id, Outcome::Done).await;
        });
        assert!(matches!(review, Err(ClientError::Protocol { .. })), "{review:?}");
    }
}

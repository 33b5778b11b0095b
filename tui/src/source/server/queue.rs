//! The sessions that somebody should look at: those with a risk, the highest first, and behind them
//! those without one that are out of the ordinary all the same.
//!
//! A query's conditions must all be fulfilled, so this takes two of them, one behind the other.

use sudolog_core::filter::{Condition, SortBy, Test};
use sudolog_core::risk::Score;
use sudolog_core::wire::message::{Listing, Query};

use super::{Client, ClientError};
use crate::source::About;

impl Client {
    /// A page of what should be looked at among what a query finds, ordered by risk, the newest first
    /// among equals.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn queue(&self, query: Query) -> Result<Listing, ClientError> {
        let [risky, odd] = halves(&query);
        let first = self.whole_page(risky).await?;
        let shown = u32::try_from(first.rows.len()).unwrap_or(u32::MAX);
        let before = u32::try_from(first.total).unwrap_or(u32::MAX);
        let odd = Query {
            offset: query.offset.saturating_sub(before),
            // Asked for even when the page is full: the total is that of both.
            limit: query.limit.saturating_sub(shown).max(1),
            ..odd
        };
        let second = self.whole_page(odd).await?;
        let total = first.total.saturating_add(second.total);
        let room = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let rows = first.rows.into_iter().chain(second.rows).take(room).collect();
        Ok(Listing { total, rows })
    }

    /// All of it.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn queue_all(&self, query: &Query) -> Result<Vec<About>, ClientError> {
        let mut sessions = Vec::new();
        for half in halves(query) {
            sessions.extend(self.list_all(&half, usize::MAX).await?);
        }
        Ok(sessions)
    }
}

/// Those with a risk, and those without one and with an anomaly.
pub(super) fn halves(query: &Query) -> [Query; 2] {
    let least = Score::capped(1);
    let with = |tests: &[Test]| {
        let more = tests.iter().map(|test| Condition { not: false, test: test.clone() });
        let conditions = query.conditions.iter().cloned().chain(more).collect();
        Query { conditions, sort: SortBy::Risk, reverse: false, ..query.clone() }
    };
    let odd = [
        Test::Risk { from: Score::NONE, to: Score::NONE },
        Test::Anomaly { anomalies: Vec::new(), any: true },
    ];
    [with(&[Test::Risk { from: least, to: Score::MAX }]), with(&odd)]
}

#[cfg(test)]
mod tests {
    use sudolog_core::risk::Anomaly::{self, Outage};
    use sudolog_core::session::SessionState::{Complete, Live};
    use sudolog_core::wire::message::{Outcome, RequestBody, SessionRow};

    use super::super::fake::{FakeServer, Peer};
    use super::*;
    use crate::screens::live::sample::row;

    /// Gives sessions 1 to `count`, those that are asked for; gives from where.
    async fn answer(peer: &mut Peer, count: u32) -> u32 {
        let (id, body) = peer.request().await;
        let RequestBody::List(query) = body else { panic!("{body:?}") };
        let end = count.min(query.offset.saturating_add(query.limit));
        let rows: Vec<SessionRow> = (query.offset..end).map(|at| row(at + 1, Complete)).collect();
        peer.reply(id, Outcome::Sessions(Listing { total: count.into(), rows })).await;
        query.offset
    }

    #[tokio::test]
    async fn odd_ones_come_behind_risky_ones_on_every_page() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        for (offset, want, from) in [(0, 4, [0, 0]), (4, 4, [4, 0]), (8, 1, [8, 2])] {
            let query = Query { offset, limit: 4, ..Query::default() };
            let answers = async { [answer(&mut peer, 6).await, answer(&mut peer, 3).await] };
            let (page, asked) = tokio::join!(client.queue(query), answers);
            let page = page.unwrap();
            assert_eq!((page.total, asked), (9, from), "from {offset}");
            assert_eq!(page.rows.len(), want, "from {offset}");
        }
    }

    #[tokio::test]
    async fn long_rows_hide_none_behind_them() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let query = Query { limit: 5, ..Query::default() };
        // The first answer has room for two rows only.
        let answers = async {
            for (numbers, offset, total) in [(1..3, 0, 4), (3..5, 2, 4), (9..10, 0, 1)] {
                let (id, body) = peer.request().await;
                assert!(matches!(body, RequestBody::List(query) if query.offset == offset));
                let rows = numbers.map(|number| row(number, Complete)).collect();
                peer.reply(id, Outcome::Sessions(Listing { total, rows })).await;
            }
        };
        let (page, ()) = tokio::join!(client.queue(query), answers);
        let numbers: Vec<u32> = page.unwrap().rows.iter().map(|row| row.tsid.seq()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 9]);
    }

    #[test]
    fn no_session_is_in_both_halves_and_the_filter_holds_in_both() {
        let condition = Condition { not: true, test: Test::State { states: vec![Complete] } };
        let query = Query { conditions: vec![condition.clone()], ..Query::default() };
        for half in halves(&query) {
            assert_eq!((half.conditions[0].clone(), half.sort), (condition.clone(), SortBy::Risk));
            assert!(half.check().is_ok());
        }
        let odd = |points: u8, anomalies: Vec<Anomaly>| {
            let mut row = row(1, Live);
            (row.risk, row.anomalies) = (Score::try_from(points).unwrap(), anomalies);
            halves(&query).map(|half| row.subject().fits("", &half.conditions))
        };
        assert_eq!(odd(0, vec![]), [false, false]);
        assert_eq!(odd(0, vec![Outage]), [false, true]);
        assert_eq!(odd(1, vec![]), [true, false]);
        assert_eq!(odd(99, vec![Outage]), [true, false]);
    }
}

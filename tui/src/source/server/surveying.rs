//! What a console asks about all sessions that a filter keeps: what they have in common, which of them
//! answer a few letters, and where one stands in a list.

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{
    Among, Facets, FindQuery, Listing, Outcome, PlaceQuery, Query, RequestBody,
};

use super::queue::halves;
use super::{Client, ClientError};

impl Client {
    /// What the sessions have in common.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked or refuses.
    pub async fn facets(&self, among: Among) -> Result<Facets, ClientError> {
        match self.ask(RequestBody::Facets(among)).await? {
            Outcome::Facets(facets) => Ok(facets),
            other => Err(self.unexpected(&other)),
        }
    }

    /// The sessions that answer a few letters, the nearest first.
    ///
    /// # Errors
    /// As [`facets`](Self::facets).
    pub async fn find(&self, query: FindQuery) -> Result<Listing, ClientError> {
        match self.ask(RequestBody::Find(query)).await? {
            Outcome::Sessions(listing) => Ok(listing),
            other => Err(self.unexpected(&other)),
        }
    }

    /// How many rows of a list stand before a session; `None` when it is not in the list.
    ///
    /// # Errors
    /// As [`facets`](Self::facets).
    pub async fn place(&self, tsid: Tsid, list: Query) -> Result<Option<u32>, ClientError> {
        match self.ask(RequestBody::Place(PlaceQuery { tsid, list })).await? {
            Outcome::Place { at } => Ok(at),
            other => Err(self.unexpected(&other)),
        }
    }

    /// The same in the queue, see [`queue`](Self::queue).
    ///
    /// # Errors
    /// As [`facets`](Self::facets).
    pub async fn queue_place(&self, tsid: Tsid, list: &Query) -> Result<Option<u32>, ClientError> {
        let [risky, odd] = halves(list);
        if let Some(at) = self.place(tsid, risky.clone()).await? {
            return Ok(Some(at));
        }
        let Some(at) = self.place(tsid, odd).await? else { return Ok(None) };
        let before = self.list(Query { offset: 0, limit: 1, ..risky }).await?.total;
        Ok(Some(at.saturating_add(u32::try_from(before).unwrap_or(u32::MAX))))
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live;

    use super::super::fake::FakeServer;
    use super::*;
    use crate::screens::live::sample::row;

    #[tokio::test]
    async fn who_is_only_odd_stands_behind_all_with_a_risk() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let tsid = row(3, Live).tsid;
        let answers = async {
            for at in [None, Some(2)] {
                let (id, body) = peer.request().await;
                assert!(matches!(body, RequestBody::Place(query) if query.tsid == tsid));
                peer.reply(id, Outcome::Place { at }).await;
            }
            let (id, body) = peer.request().await;
            assert!(matches!(body, RequestBody::List(query) if query.limit == 1));
            let rows = vec![row(1, Live)];
            peer.reply(id, Outcome::Sessions(Listing { total: 40, rows })).await;
        };
        let list = Query::default();
        let (place, ()) = tokio::join!(client.queue_place(tsid, &list), answers);
        assert_eq!(place.unwrap(), Some(42));
    }
}

//! What became of alerts, and what an operator does about them, as a console asks for it.

use sudolog_core::wire::message::{AlertAct, Alerts, AlertsQuery, Outcome, RequestBody};

use super::{Client, ClientError};

impl Client {
    /// The targets, and messages to them, the newest first, as many as fit into one answer.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked or refuses.
    pub async fn alerts(&self, query: AlertsQuery) -> Result<Alerts, ClientError> {
        match self.ask(RequestBody::Alerts(query)).await? {
            Outcome::Alerts(alerts) => Ok(alerts),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Does something about alerts: recorded when this returns. Never sent twice.
    ///
    /// # Errors
    /// [`ClientError::Failed`] when the server refuses; with any other it may be recorded all the same.
    pub async fn alert(&self, act: AlertAct) -> Result<(), ClientError> {
        match self.ask(RequestBody::Alert(act)).await? {
            Outcome::Done => Ok(()),
            other => Err(self.unexpected(&other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::wire::message::{Cause, Events, EventsQuery, Failure};

    use super::super::fake::FakeServer;
    use super::*;

    #[tokio::test]
    async fn what_is_asked_is_what_is_answered() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let (alerts, ()) = tokio::join!(client.alerts(AlertsQuery::default()), async {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::Alerts(AlertsQuery::default()));
            peer.reply(id, Outcome::Alerts(Alerts { collapsed: 3, ..Alerts::default() })).await;
        });
        assert_eq!(alerts.unwrap().collapsed, 3);
        let act = AlertAct::Retry { numbers: vec![1, 2] };
        let (done, ()) = tokio::join!(client.alert(act.clone()), async {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::Alert(act));
            let text = "only an admin may".into();
            peer.fail(id, Failure { cause: Cause::Forbidden, text }).await;
        });
        assert!(matches!(done, Err(ClientError::Failed(_))), "{done:?}");
        let query = EventsQuery { after: 9, ..EventsQuery::default() };
        let (events, ()) = tokio::join!(client.events(query.clone()), async {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::Events(query));
            peer.reply(id, Outcome::Events(Events { newest: 12, ..Events::default() })).await;
        });
        assert_eq!(events.unwrap().newest, 12);
    }
}

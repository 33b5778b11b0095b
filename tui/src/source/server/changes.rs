//! Every change of every session that the server tells of, across lost connections.

use sudolog_core::limits::CONSOLE_STREAM_ITEMS_MAX;
use sudolog_core::wire::message::Change;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Client, Item, LinkState};

/// The task, and the console's end of what it shares with it. Dropping it ends the task.
pub struct Changes {
    news: mpsc::Receiver<Box<Change>>,
    _tasks: JoinSet<()>,
}

impl Changes {
    /// Starts to listen. Needs a tokio runtime.
    pub fn start(client: &Client) -> Self {
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_listening(client.clone(), sender));
        Self { news, _tasks: tasks }
    }

    /// Waits for the next change. Safe to cancel.
    pub async fn next(&mut self) -> Option<Box<Change>> {
        self.news.recv().await
    }
}

async fn keep_listening(client: Client, news: mpsc::Sender<Box<Change>>) {
    let mut link = client.link();
    loop {
        if link.wait_for(|state| matches!(state, LinkState::Up { .. })).await.is_err() {
            return;
        }
        if let Ok(mut stream) = client.changes().await {
            while let Ok(Some(item)) = stream.next().await {
                let Item::Change(change) = item else { continue };
                if news.send(change).await.is_err() {
                    return;
                }
            }
        }
        // The link went down, or the server does not tell of changes: another one may.
        if link.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live;
    use sudolog_core::wire::Message;
    use sudolog_core::wire::message::{Cause, Failure, RequestBody};

    use super::super::fake::{FakeServer, Peer};
    use super::*;
    use crate::screens::live::sample::row;

    async fn tell(peer: &mut Peer, stream: u32, number: u32) {
        let change = Change { row: row(number, Live), findings: Vec::new(), remark: None };
        peer.say(stream, &Message::Change(Box::new(change))).await;
    }

    #[tokio::test]
    async fn it_is_asked_once_a_connection_and_goes_on_after_a_loss() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let mut changes = Changes::start(&client.unwrap());
        for number in [1, 2] {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::Changes);
            tell(&mut peer, id, number).await;
            assert_eq!(changes.next().await.unwrap().row.tsid.seq(), number);
            drop(peer);
            peer = server.welcome().await;
        }
    }

    #[tokio::test]
    async fn a_server_that_knows_no_changes_is_not_asked_again() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let _changes = Changes::start(&client);
        let (id, _) = peer.request().await;
        let text = "not understood".into();
        peer.fail(id, Failure { cause: Cause::Malformed, text }).await;
        let tsid = row(1, Live).tsid;
        let asked = tokio::spawn(async move { client.review(tsid).await.is_err() });
        // The stream that was refused is over and needs no cancel.
        let (id, body) = peer.request().await;
        assert_eq!(body, RequestBody::Review { tsid });
        let text = "no such session".into();
        peer.fail(id, Failure { cause: Cause::NotFound, text }).await;
        assert!(asked.await.unwrap());
    }
}

//! One moment of one recording, for a screen that shows it beside something else: asked for when the
//! operator has chosen it and stays there for a moment.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::limits::CONSOLE_STREAM_ITEMS_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::term::{Keyframe, SafeScreen, Streams};
use sudolog_core::wire::message::RequestBody;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::{Client, ClientError, Item};

/// Which moment: the screen after that event, of the last one where there are fewer.
pub type Moment = (Tsid, u64);

/// What was asked for.
#[derive(Clone)]
pub struct Glimpse {
    /// Of which moment.
    pub moment: Moment,
    /// What it showed, or why that could not be had.
    pub screen: Result<Arc<SafeScreen>, ClientError>,
}

/// The task, and the screen's end of what it shares with it. Dropping it ends the task.
pub struct Glimpser {
    wanted: watch::Sender<Option<Moment>>,
    news: mpsc::Receiver<Glimpse>,
    _tasks: JoinSet<()>,
}

impl Glimpser {
    /// Starts without a moment. Needs a tokio runtime.
    pub fn start(client: &Client) -> Self {
        let (wanted, watched) = watch::channel(None);
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_looking(client.clone(), watched, sender));
        Self { wanted, news, _tasks: tasks }
    }

    /// Says which moment is looked at now, in place of any other.
    pub fn want(&self, moment: Option<Moment>) {
        self.wanted.send_replace(moment);
    }

    /// Waits for what was asked for. Safe to cancel.
    pub async fn next(&mut self) -> Option<Glimpse> {
        self.news.recv().await
    }
}

async fn keep_looking(
    client: Client,
    mut wanted: watch::Receiver<Option<Moment>>,
    news: mpsc::Sender<Glimpse>,
) {
    loop {
        let moment = *wanted.borrow_and_update();
        if let Some(moment) = moment {
            // Each look is in the access log: what is only passed is not looked at.
            tokio::select! {
                changed = wanted.changed() => if changed.is_err() { return } else { continue },
                () = tokio::time::sleep(STAY) => {}
            }
            let screen = look(&client, moment).await.map(|frame| Arc::new(frame.to_screen()));
            if news.send(Glimpse { moment, screen }).await.is_err() {
                return;
            }
        }
        if wanted.changed().await.is_err() {
            return;
        }
    }
}

/// Asks for a moment's screen.
pub(super) async fn look(client: &Client, (tsid, seq): Moment) -> Result<Keyframe, ClientError> {
    let streams = Streams::default().to_wire();
    let look = RequestBody::Look { tsid, seq, screen: true, streams, bytes: 0 };
    let mut stream = client.stream(look).await?;
    let Some(Item::Keyframe(dump)) = stream.next().await? else {
        return Err(client.protocol("it gave no screen"));
    };
    // Nothing but the end follows.
    while stream.next().await?.is_some() {}
    let keyframe = Keyframe::from_wire(dump);
    keyframe.map_err(|error| client.protocol(&error.to_string()))
}

/// So long one stays at what one wants to see.
pub(super) const STAY: Duration = Duration::from_millis(120);

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live;
    use sudolog_core::wire::Message;
    use sudolog_core::wire::message::Outcome;

    use super::super::fake::{FakeServer, keyframe};
    use super::*;
    use crate::screens::live::sample::row;

    #[tokio::test]
    async fn where_one_stays_is_looked_at_and_what_is_passed_is_not() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let mut glimpser = Glimpser::start(&client.unwrap());
        let tsid = row(1, Live).tsid;
        glimpser.want(Some((tsid, 1)));
        glimpser.want(Some((tsid, 7)));
        let (id, body) = peer.request().await;
        let RequestBody::Look { seq, screen: true, bytes: 0, .. } = body else {
            panic!("{body:?}")
        };
        assert_eq!(seq, 7);
        peer.say(id, &Message::Keyframe(keyframe(7, "rm -rf /var/log"))).await;
        peer.reply(id, Outcome::Done).await;
        let glimpse = glimpser.next().await.unwrap();
        assert_eq!(glimpse.moment, (tsid, 7));
        assert_eq!(glimpse.screen.unwrap().row_text(0), "rm -rf /var/log");
    }
}

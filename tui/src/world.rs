//! Where the console's news come from and its effects go: the server, the feed, the deck.

use sudolog_core::session::Tsid;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::app::Action;
use crate::deck::{self, Deck};
use crate::source::Recording as _;
use crate::source::server::{self, Client, ClientError, Feed, RemoteRecording};

/// Where news come from and effects go.
#[derive(Default)]
pub struct World {
    /// The server whose sessions are shown.
    pub client: Option<Client>,
    /// What the live screen looks at.
    pub feed: Option<Feed>,
    /// What is said on every screen, as it changes.
    pub banner: Option<watch::Receiver<String>>,
    /// What the replay screen plays.
    pub deck: Option<Deck>,
    /// A recording that is being opened.
    pub opening: Option<JoinHandle<Result<RemoteRecording, ClientError>>>,
}

impl World {
    /// Waits for news; forever when there is nobody to bring any.
    pub(crate) async fn next(&mut self) -> Action {
        tokio::select! {
            Some(news) = next_live(&mut self.feed) => Action::Live(news),
            Some(news) = next_of_deck(&mut self.deck) => Action::Deck(news),
            Some(text) = next_banner(&mut self.banner) => Action::Banner(text),
            opened = next_opened(&mut self.opening) => self.opened(opened),
        }
    }

    /// Asks the server for a recording to play.
    pub(crate) fn open(&mut self, tsid: Tsid) {
        let Some(client) = self.client.clone() else { return };
        self.opening = Some(spawn_blocking(move || RemoteRecording::open(client, tsid)));
    }

    fn opened(&mut self, opened: Result<RemoteRecording, ClientError>) -> Action {
        self.opening = None;
        let started = opened.map_err(|error| error.to_string()).and_then(|recording| {
            let about = recording.about().clone();
            let deck = Deck::start(Box::new(recording)).map_err(|error| error.to_string())?;
            Ok((about, deck))
        });
        match started {
            Ok((about, deck)) => {
                self.deck = Some(deck);
                Action::Opened(Box::new(about))
            }
            Err(reason) => Action::NotOpened(reason),
        }
    }
}

async fn next_live(feed: &mut Option<Feed>) -> Option<server::News> {
    feed.as_mut()?.next().await
}

async fn next_of_deck(deck: &mut Option<Deck>) -> Option<deck::News> {
    deck.as_mut()?.next().await
}

async fn next_opened(
    opening: &mut Option<JoinHandle<Result<RemoteRecording, ClientError>>>,
) -> Result<RemoteRecording, ClientError> {
    let Some(task) = opening else { return std::future::pending().await };
    match task.await {
        Ok(opened) => opened,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => std::future::pending().await,
        },
    }
}

async fn next_banner(banner: &mut Option<watch::Receiver<String>>) -> Option<String> {
    let banner = banner.as_mut()?;
    banner.changed().await.ok()?;
    Some(banner.borrow_and_update().clone())
}

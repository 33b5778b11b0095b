//! What the live screen looks at, kept fresh: the list once a second and the sessions that it shows
//! as they happen.
//!
//! The live screen says what it wants to see; a few tasks make it so, across lost connections.
//! What happens goes through a bounded queue; of each followed session's screen only the newest
//! picture counts. So a console that draws slowly misses pictures in between and nothing else.

use std::sync::Arc;

use sudolog_core::limits::{CONSOLE_LIST_INTERVAL, CONSOLE_STREAM_ITEMS_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Listing, Query, SessionRow};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::follower::{Picture, keep_following};
use super::last_screens::keep_looking_back;
use super::pictures::Pictures;
use super::{Client, ClientError, LinkState};

/// What a live screen wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Which sessions to list.
    pub query: Query,
    /// Which sessions to follow.
    pub watched: Vec<Tsid>,
    /// Sessions that have ended, of which the last screen is not here yet.
    pub ended: Vec<Tsid>,
}

/// What a live screen is told.
#[derive(Clone)]
pub enum News {
    /// The link went up or down.
    Link(LinkState),
    /// The list as it is now, with the query that it answers.
    Listed(Query, Listing),
    /// The list could not be had, though the link is up.
    NotListed(ClientError),
    /// A followed session's screen as it is now, or the last one of a session that has ended.
    Picture(Arc<Picture>),
    /// A followed session has ended; its row as it finally stands, if the server gave it.
    Ended(Tsid, Option<Box<SessionRow>>),
    /// The session cannot be followed.
    NotFollowed(Tsid, ClientError),
}

/// The tasks, and the live screen's end of what it shares with them. Dropping it ends them.
pub struct Feed {
    wanted: watch::Sender<Wanted>,
    news: mpsc::Receiver<News>,
    pictures: Arc<Pictures>,
    _tasks: JoinSet<()>,
}

impl Feed {
    /// Starts to feed. Needs a tokio runtime.
    pub fn start(client: &Client, wanted: Wanted) -> Self {
        let (wanted, _) = watch::channel(wanted);
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let pictures = Arc::new(Pictures::default());
        let tap = Tap { client: client.clone(), wanted: wanted.subscribe(), news: sender };
        let mut tasks = JoinSet::new();
        tasks.spawn(tap.clone().keep_listing());
        tasks.spawn(tap.clone().keep_watching_link());
        tasks.spawn(keep_looking_back(tap.clone(), pictures.clone()));
        tasks.spawn(keep_following(tap, pictures.clone()));
        Self { wanted, news, pictures, _tasks: tasks }
    }

    /// Says what to see from now on.
    pub fn want(&self, wanted: Wanted) {
        self.wanted.send_if_modified(|current| {
            let changed = *current != wanted;
            *current = wanted;
            changed
        });
    }

    /// Waits for what is new. Safe to cancel; `None` never comes while the feed lives.
    pub async fn next(&mut self) -> Option<News> {
        tokio::select! {
            news = self.news.recv() => news,
            picture = self.pictures.next() => Some(News::Picture(picture)),
        }
    }
}

/// One task's view of what is shared. Each ends when the screen is gone.
#[derive(Clone)]
pub(super) struct Tap {
    pub(super) client: Client,
    pub(super) wanted: watch::Receiver<Wanted>,
    news: mpsc::Sender<News>,
}

/// The live screen is gone.
pub(super) struct Gone;

impl Tap {
    async fn keep_watching_link(self) {
        let mut link = self.client.link();
        loop {
            let state = link.borrow_and_update().clone();
            if self.tell(News::Link(state)).await.is_err() || link.changed().await.is_err() {
                return;
            }
        }
    }

    async fn keep_listing(mut self) {
        loop {
            let query = self.wanted.borrow_and_update().query.clone();
            let told = match self.client.whole_page(query.clone()).await {
                Ok(listing) => self.tell(News::Listed(query.clone(), listing)).await,
                Err(error @ (ClientError::Failed(_) | ClientError::Protocol { .. })) => {
                    self.tell(News::NotListed(error)).await
                }
                // The link's own news says that it is down.
                Err(_) => Ok(()),
            };
            let other_query = self.wanted.wait_for(|wanted| wanted.query != query);
            let changed = tokio::select! {
                changed = other_query => changed.map(drop).is_ok(),
                () = tokio::time::sleep(CONSOLE_LIST_INTERVAL) => true,
            };
            if told.is_err() || !changed {
                return;
            }
        }
    }

    pub(super) async fn tell(&self, news: News) -> Result<(), Gone> {
        self.news.send(news).await.map_err(|_| Gone)
    }
}

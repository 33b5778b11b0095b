//! What the live screen looks at, kept fresh: the list once a second and one session as it
//! happens.
//!
//! The screen says what it wants to see; two tasks make it so, across lost connections, and send
//! what they learn through one bounded queue. A screen that does not keep up makes the server
//! resynchronise the session with a keyframe; it never makes anybody wait for it.

use sudolog_core::limits::{CONSOLE_LIST_INTERVAL, CONSOLE_STREAM_ITEMS_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Listing, Query, SessionRow};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::{Client, ClientError, Item, LinkState};

/// What a live screen wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Which sessions to list.
    pub query: Query,
    /// Which session to follow.
    pub watched: Option<Tsid>,
}

/// What a live screen is told.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The link went up or down.
    Link(LinkState),
    /// The list as it is now, with the query that it answers.
    Listed(Query, Listing),
    /// The list could not be had, though the link is up.
    NotListed(ClientError),
    /// The next piece of the followed session.
    Followed(Tsid, Item),
    /// The followed session has ended; its row as it finally stands, if the server gave it.
    Ended(Tsid, Option<Box<SessionRow>>),
    /// The session cannot be followed.
    NotFollowed(Tsid, ClientError),
}

/// The two tasks and both ends of what they share with the screen. Dropping it ends them.
#[derive(Debug)]
pub struct Feed {
    wanted: watch::Sender<Wanted>,
    news: mpsc::Receiver<News>,
    _tasks: JoinSet<()>,
}

impl Feed {
    /// Starts to feed. Needs a tokio runtime.
    pub fn start(client: &Client, wanted: Wanted) -> Self {
        let (wanted, _) = watch::channel(wanted);
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let source =
            || Tap { client: client.clone(), wanted: wanted.subscribe(), news: sender.clone() };
        let mut tasks = JoinSet::new();
        tasks.spawn(source().keep_listing());
        tasks.spawn(source().keep_following());
        tasks.spawn(source().keep_watching_link());
        Self { wanted, news, _tasks: tasks }
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
        self.news.recv().await
    }
}

/// One task's view of what is shared. Each ends when the screen is gone.
struct Tap {
    client: Client,
    wanted: watch::Receiver<Wanted>,
    news: mpsc::Sender<News>,
}

/// The screen is gone.
struct Gone;

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
            let told = match self.client.list(query.clone()).await {
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

    async fn keep_following(mut self) {
        loop {
            let watched = self.wanted.borrow_and_update().watched;
            let Some(tsid) = watched else {
                if self.wanted.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let mut wanted = self.wanted.clone();
            let other = wanted.wait_for(|wanted| wanted.watched != Some(tsid));
            let gone = tokio::select! {
                changed = other => changed.is_err(),
                Err(Gone) = self.follow(tsid) => true,
            };
            if gone {
                return;
            }
        }
    }

    /// Follows one session until something else is wanted; then the future is dropped.
    async fn follow(&self, tsid: Tsid) -> Result<(), Gone> {
        let mut link = self.client.link();
        loop {
            match self.follow_once(tsid).await? {
                Ok(()) => {
                    let row = self.client.show(tsid).await.ok().map(|detail| Box::new(detail.row));
                    self.tell(News::Ended(tsid, row)).await?;
                    return std::future::pending().await;
                }
                Err(error @ ClientError::Failed(_)) => {
                    self.tell(News::NotFollowed(tsid, error)).await?;
                    return std::future::pending().await;
                }
                Err(_) => {
                    let up = |state: &LinkState| matches!(state, LinkState::Up { .. });
                    link.wait_for(up).await.map_err(|_| Gone)?;
                }
            }
        }
    }

    async fn follow_once(&self, tsid: Tsid) -> Result<Result<(), ClientError>, Gone> {
        let mut stream = match self.client.watch(tsid).await {
            Ok(stream) => stream,
            Err(error) => return Ok(Err(error)),
        };
        loop {
            match stream.next().await {
                Ok(Some(item)) => self.tell(News::Followed(tsid, item)).await?,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    async fn tell(&self, news: News) -> Result<(), Gone> {
        self.news.send(news).await.map_err(|_| Gone)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sudolog_core::wire::Message;
    use sudolog_core::wire::message::{Cause, Failure, Outcome, RequestBody};

    use super::super::fake::{FakeServer, Peer, event, keyframe};
    use super::*;

    fn tsid(number: u32) -> Tsid {
        Tsid::from_seq(number).unwrap()
    }

    fn watching(number: u32) -> Wanted {
        Wanted { query: Query::default(), watched: Some(tsid(number)) }
    }

    /// Answers lists with nothing until another request comes.
    async fn request(peer: &mut Peer) -> (u32, RequestBody) {
        loop {
            match peer.request().await {
                (id, RequestBody::List(_)) => {
                    peer.reply(id, Outcome::Sessions(Listing::default())).await;
                }
                other => return other,
            }
        }
    }

    /// The next news that is not of the list.
    async fn news(feed: &mut Feed) -> News {
        let next = async {
            loop {
                match feed.next().await.unwrap() {
                    News::Listed(..) => {}
                    news => return news,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), next).await.expect("news within ten seconds")
    }

    async fn start(server: &FakeServer) -> (Feed, Client, Peer) {
        let (client, peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let mut feed = Feed::start(&client, watching(1));
        assert!(matches!(news(&mut feed).await, News::Link(LinkState::Up { .. })));
        (feed, client, peer)
    }

    #[tokio::test]
    async fn a_lost_connection_is_told_and_the_session_followed_again() {
        let server = FakeServer::start();
        let (mut feed, _client, mut peer) = start(&server).await;
        let (id, body) = request(&mut peer).await;
        assert_eq!(body, RequestBody::Watch { tsid: tsid(1) });
        peer.say(id, &Message::Keyframe(keyframe(1, "a"))).await;
        let first = News::Followed(tsid(1), Item::Keyframe(keyframe(1, "a")));
        assert_eq!(news(&mut feed).await, first);
        drop(peer);
        assert!(matches!(news(&mut feed).await, News::Link(LinkState::Down { .. })));
        let mut peer = server.welcome().await;
        assert!(matches!(news(&mut feed).await, News::Link(LinkState::Up { .. })));
        let (id, body) = request(&mut peer).await;
        assert_eq!(body, RequestBody::Watch { tsid: tsid(1) });
        peer.say(id, &Message::Event(event(2, "b"))).await;
        assert_eq!(news(&mut feed).await, News::Followed(tsid(1), Item::Event(event(2, "b"))));
    }

    #[tokio::test]
    async fn wanting_another_session_cancels_the_first() {
        let server = FakeServer::start();
        let (feed, _client, mut peer) = start(&server).await;
        let (first, _) = request(&mut peer).await;
        feed.want(watching(2));
        let mut seen = Vec::new();
        while seen.len() < 2 {
            seen.push(request(&mut peer).await.1);
        }
        let wanted = [RequestBody::Cancel { target: first }, RequestBody::Watch { tsid: tsid(2) }];
        assert!(wanted.iter().all(|body| seen.contains(body)), "{seen:?}");
    }

    #[tokio::test]
    async fn an_end_and_a_refusal_are_told_once() {
        let server = FakeServer::start();
        let (mut feed, _client, mut peer) = start(&server).await;
        let (id, _) = request(&mut peer).await;
        peer.reply(id, Outcome::Done).await;
        let failure = Failure { cause: Cause::NotFound, text: "gone".into() };
        let (show, body) = request(&mut peer).await;
        assert_eq!(body, RequestBody::Show { tsid: tsid(1) });
        peer.fail(show, failure.clone()).await;
        assert_eq!(news(&mut feed).await, News::Ended(tsid(1), None));
        feed.want(watching(2));
        let (id, body) = request(&mut peer).await;
        assert_eq!(body, RequestBody::Watch { tsid: tsid(2) });
        peer.fail(id, failure.clone()).await;
        let refused = News::NotFollowed(tsid(2), ClientError::Failed(failure));
        assert_eq!(news(&mut feed).await, refused);
    }
}

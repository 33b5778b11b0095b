//! Pages of a long list, those that a screen looks at: asked for one after the other, and again
//! once a second, sums more seldom. Whoever scrolls faster than the server answers gets what is looked at now.

use std::time::Duration;

use sudolog_core::limits::{CONSOLE_LIST_INTERVAL, CONSOLE_STREAM_ITEMS_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{
    Alerts, AlertsQuery, Among, Events, EventsQuery, Facets, FindQuery, Listing, Query, Summary,
    SummaryQuery,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::{Client, ClientError, LinkState};

/// A page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Of a list.
    List(Query),
    /// Of what somebody should look at, see [`Client::queue`].
    Queue(Query),
    /// Of sums.
    Sums(SummaryQuery),
    /// What all sessions have in common that a filter keeps.
    Facets(Among),
    /// Those among them that answer a few letters.
    Find(FindQuery),
    /// Where a session stands in a list.
    Place(Tsid, Query),
    /// The same in the queue.
    QueuePlace(Tsid, Query),
    /// Of the event log, which never changes.
    Events(EventsQuery),
    /// What is new in it: asked for at its pace, however often there is something.
    Tail(EventsQuery),
    /// Of alerts.
    Alerts(AlertsQuery),
}

impl Ask {
    /// How many rows lie before it.
    pub fn offset(&self) -> u32 {
        match self {
            Self::List(query) | Self::Queue(query) => query.offset,
            Self::Sums(query) => query.offset,
            _ => 0,
        }
    }

    /// True for the same question, though it may begin elsewhere by now.
    fn is_again(&self, other: &Self) -> bool {
        let from_the_start =
            |query: &EventsQuery| EventsQuery { after: 0, limit: 0, ..query.clone() };
        match (self, other) {
            (Self::Tail(one), Self::Tail(other)) => from_the_start(one) == from_the_start(other),
            (one, other) => one == other,
        }
    }

    async fn answer(&self, client: &Client) -> Result<PageNews, ClientError> {
        Ok(match self {
            Self::List(query) => {
                PageNews::Page(query.clone(), client.whole_page(query.clone()).await?)
            }
            Self::Queue(query) => {
                PageNews::Queue(query.clone(), client.queue(query.clone()).await?)
            }
            Self::Sums(query) => {
                PageNews::Sums(query.clone(), client.whole_summary(query.clone()).await?)
            }
            Self::Facets(among) => {
                PageNews::Facets(among.clone(), client.facets(among.clone()).await?)
            }
            Self::Find(query) => PageNews::Found(query.clone(), client.find(query.clone()).await?),
            Self::Place(tsid, list) => {
                let at = client.place(*tsid, list.clone()).await?;
                PageNews::Place(self.clone(), at)
            }
            Self::QueuePlace(tsid, list) => {
                PageNews::Place(self.clone(), client.queue_place(*tsid, list).await?)
            }
            Self::Events(query) | Self::Tail(query) => {
                PageNews::Events(query.clone(), client.events(query.clone()).await?)
            }
            Self::Alerts(query) => {
                PageNews::Alerts(query.clone(), client.alerts(query.clone()).await?)
            }
        })
    }
}

/// What a screen with pages is told.
pub enum PageNews {
    /// The link went up or down.
    Link(LinkState),
    /// A page of a list as it is now, with the query that it answers.
    Page(Query, Listing),
    /// A page of what somebody should look at.
    Queue(Query, Listing),
    /// A page of sums.
    Sums(SummaryQuery, Summary),
    /// What sessions have in common.
    Facets(Among, Facets),
    /// What answers a few letters.
    Found(FindQuery, Listing),
    /// How many rows stand before a session in a list, with the question; `None` when it is not in it.
    Place(Ask, Option<u32>),
    /// A page of the event log.
    Events(EventsQuery, Events),
    /// A page of alerts.
    Alerts(AlertsQuery, Alerts),
    /// A page could not be had, though the link is up.
    NoPage(Ask, ClientError),
}

/// The tasks, and the screen's end of what it shares with them. Dropping it ends them.
pub struct Pager {
    wanted: watch::Sender<Vec<Ask>>,
    news: mpsc::Receiver<PageNews>,
    _tasks: JoinSet<()>,
}

impl Pager {
    /// Starts without a page. Needs a tokio runtime.
    pub fn start(client: &Client) -> Self {
        let (wanted, watched) = watch::channel(Vec::new());
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_asking(client.clone(), watched, sender.clone()));
        tasks.spawn(keep_watching_link(client.clone(), sender));
        Self { wanted, news, _tasks: tasks }
    }

    /// Says which pages to bring from now on, the most wanted first.
    pub fn want(&self, wanted: Vec<Ask>) {
        self.wanted.send_replace(wanted);
    }

    /// Waits for what is new. Safe to cancel.
    pub async fn next(&mut self) -> Option<PageNews> {
        self.news.recv().await
    }
}

async fn keep_asking(
    client: Client,
    mut wanted: watch::Receiver<Vec<Ask>>,
    news: mpsc::Sender<PageNews>,
) {
    let mut fresh: Vec<Ask> = Vec::new();
    loop {
        let pages = wanted.borrow_and_update().clone();
        fresh.retain(|page| pages.iter().any(|wanted| wanted.is_again(page)));
        let is_fresh = |page: &&Ask| fresh.iter().any(|known| known.is_again(page));
        let Some(page) = pages.iter().find(|page| !is_fresh(page)) else {
            let again = async {
                match pages.is_empty() {
                    true => std::future::pending().await,
                    false => tokio::time::sleep(interval(&pages)).await,
                }
            };
            tokio::select! {
                changed = wanted.changed() => if changed.is_err() { return },
                () = again => fresh.clear(),
            }
            continue;
        };
        let told = match page.answer(&client).await {
            Ok(answer) => news.send(answer).await,
            Err(error @ (ClientError::Failed(_) | ClientError::Protocol { .. })) => {
                news.send(PageNews::NoPage(page.clone(), error)).await
            }
            // The link's own news says that it is down.
            Err(_) => Ok(()),
        };
        if told.is_err() {
            return;
        }
        fresh.push(page.clone());
    }
}

/// How old pages may become. Some look at every session there is.
fn interval(pages: &[Ask]) -> Duration {
    let all = |page: &Ask| matches!(page, Ask::Sums(_) | Ask::Facets(_) | Ask::Find(_));
    let sums = pages.iter().any(all);
    if sums { SUMS_INTERVAL } else { CONSOLE_LIST_INTERVAL }
}

const SUMS_INTERVAL: Duration = Duration::from_secs(5);

async fn keep_watching_link(client: Client, news: mpsc::Sender<PageNews>) {
    let mut link = client.link();
    loop {
        let state = link.borrow_and_update().clone();
        if news.send(PageNews::Link(state)).await.is_err() || link.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::wire::message::{Outcome, RequestBody};

    use super::super::fake::FakeServer;
    use super::*;

    fn page(offset: u32) -> Query {
        Query { offset, limit: 100, ..Query::default() }
    }

    fn ask(offset: u32) -> Ask {
        Ask::List(page(offset))
    }

    async fn next_page(pager: &mut Pager) -> u32 {
        loop {
            if let Some(PageNews::Page(query, _)) = pager.next().await {
                return query.offset;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_new_is_asked_for_at_its_pace_however_much_there_is() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let mut pager = Pager::start(&client.unwrap());
        let tail = |after| vec![Ask::Tail(EventsQuery { after, ..EventsQuery::default() })];
        pager.want(tail(0));
        let began = tokio::time::Instant::now();
        for after in 0..3 {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::Events(EventsQuery { after, ..EventsQuery::default() }));
            peer.reply(id, Outcome::Events(Events::default())).await;
            while !matches!(pager.next().await, Some(PageNews::Events(..))) {}
            pager.want(tail(after + 1));
        }
        assert!(began.elapsed() >= 2 * CONSOLE_LIST_INTERVAL, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn what_is_looked_at_now_is_asked_for_next_and_again_later() {
        let server = FakeServer::start();
        let (client, peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let (mut pager, mut peer) = (Pager::start(&client.unwrap()), peer);
        pager.want(vec![ask(0), ask(100)]);
        let (id, body) = peer.request().await;
        assert_eq!(body, RequestBody::List(page(0)));
        pager.want(vec![ask(50_000), ask(0)]);
        peer.reply(id, Outcome::Sessions(Listing::default())).await;
        assert_eq!(next_page(&mut pager).await, 0);
        let (id, body) = peer.request().await;
        assert_eq!(body, RequestBody::List(page(50_000)), "not the one that was passed by");
        peer.reply(id, Outcome::Sessions(Listing::default())).await;
        assert_eq!(next_page(&mut pager).await, 50_000);
        let (_, again) = peer.request().await;
        assert_eq!(again, RequestBody::List(page(50_000)), "after a second");
    }
}

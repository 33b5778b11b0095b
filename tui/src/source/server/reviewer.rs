//! The review of the session that is looked at: asked for when another one is, when it has changed, and
//! now and then, since who else looks at it changes without a word.

use std::time::Duration;

use sudolog_core::limits::CONSOLE_STREAM_ITEMS_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::Review;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::{Client, ClientError};

/// What the screen is told.
pub enum ReviewNews {
    /// As it is now.
    Review(Box<Review>),
    /// It could not be had, for this reason.
    NoReview(Tsid, ClientError),
}

/// The task, and the screen's end of what it shares with it. Dropping it ends the task.
pub struct Reviewer {
    wanted: watch::Sender<Option<Tsid>>,
    news: mpsc::Receiver<ReviewNews>,
    _tasks: JoinSet<()>,
}

impl Reviewer {
    /// Starts without a session. Needs a tokio runtime.
    pub fn start(client: &Client) -> Self {
        let (wanted, watched) = watch::channel(None);
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_asking(client.clone(), watched, sender));
        Self { wanted, news, _tasks: tasks }
    }

    /// Says which session is looked at; the same one again is asked for anew.
    pub fn want(&self, tsid: Option<Tsid>) {
        self.wanted.send_replace(tsid);
    }

    /// Waits for what is new. Safe to cancel.
    pub async fn next(&mut self) -> Option<ReviewNews> {
        self.news.recv().await
    }
}

async fn keep_asking(
    client: Client,
    mut wanted: watch::Receiver<Option<Tsid>>,
    news: mpsc::Sender<ReviewNews>,
) {
    let mut told: Option<Result<Review, ClientError>> = None;
    loop {
        let tsid = *wanted.borrow_and_update();
        if let Some(tsid) = tsid {
            let answer = client.review(tsid).await;
            if told.as_ref() != Some(&answer) {
                told = Some(answer.clone());
                let new = match answer {
                    Ok(review) => ReviewNews::Review(Box::new(review)),
                    Err(error) => ReviewNews::NoReview(tsid, error),
                };
                if news.send(new).await.is_err() {
                    return;
                }
            }
        } else {
            told = None;
        }
        let again = async {
            match tsid {
                Some(_) => tokio::time::sleep(AGAIN).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return },
            () = again => {}
        }
    }
}

const AGAIN: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live;
    use sudolog_core::wire::message::{Cause, Failure, Outcome, RequestBody};

    use super::super::fake::FakeServer;
    use super::*;
    use crate::screens::live::sample::row;

    #[tokio::test]
    async fn what_is_looked_at_now_is_asked_for_and_told_when_it_is_new() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let mut reviewer = Reviewer::start(&client.unwrap());
        let review = |number| Review {
            row: row(number, Live),
            assessments: Vec::new(),
            remarks: Vec::new(),
            watchers: Vec::new(),
        };
        let tsid = |number| row(number, Live).tsid;
        reviewer.want(Some(tsid(1)));
        let (id, body) = peer.request().await;
        assert_eq!(body, RequestBody::Review { tsid: tsid(1) });
        peer.reply(id, Outcome::Review(Box::new(review(1)))).await;
        let Some(ReviewNews::Review(told)) = reviewer.next().await else { panic!() };
        assert_eq!(told.row.tsid, tsid(1));
        reviewer.want(Some(tsid(1)));
        let (id, _) = peer.request().await;
        peer.reply(id, Outcome::Review(Box::new(review(1)))).await;
        reviewer.want(Some(tsid(2)));
        let (id, body) = peer.request().await;
        assert_eq!(body, RequestBody::Review { tsid: tsid(2) });
        let failure = Failure { cause: Cause::Forbidden, text: "not yours".into() };
        peer.fail(id, failure).await;
        let Some(ReviewNews::NoReview(of, _)) = reviewer.next().await else { panic!() };
        assert_eq!(of, tsid(2), "the same review is not told twice");
    }
}

//! A search through all sessions of a server, in the background of the console.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sudolog_core::limits::{CONSOLE_STREAM_ITEMS_MAX, SEARCH_HITS_MAX};
use sudolog_core::term::{Hit, Pattern};
use sudolog_core::wire::message::Query;
use tokio::sync::mpsc;

use super::Field;
use crate::source::server::Client;
use crate::source::{About, RecordingError};

/// What a search through all sessions tells. Texts are safe to show.
#[derive(Clone, Debug)]
pub enum News {
    /// So many sessions are to be searched.
    Listed(usize),
    /// Hits in one of them, in the order of time.
    Hits(Arc<About>, Vec<Hit>),
    /// One of them is done; what was wrong with it.
    Searched(Option<String>),
    /// All are; or it cannot go on, for this reason.
    Done(Option<String>),
}

/// The search, and the console's end of what it tells. Dropping it ends it.
pub struct Chase {
    news: mpsc::Receiver<News>,
    stopped: Arc<AtomicBool>,
}

impl Chase {
    /// Begins to search, the newest session first. Needs a tokio runtime.
    pub fn start(client: Client, pattern: Arc<Pattern>) -> Self {
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let stopped = Arc::new(AtomicBool::new(false));
        let told = Told { news: sender, stopped: Arc::clone(&stopped), hits: 0 };
        tokio::spawn(async move {
            let sessions = match client.list_all(&Query::default(), usize::MAX).await {
                Ok(sessions) => sessions,
                Err(error) => {
                    let _ = told.news.send(News::Done(Some(error.to_string()))).await;
                    return;
                }
            };
            tokio::task::spawn_blocking(move || {
                told.run(&Field::Server(client), sessions, &pattern)
            });
        });
        Self { news, stopped }
    }

    /// Waits for what is new. Safe to cancel. `None` when there is nothing more.
    pub async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }
}

impl Drop for Chase {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

struct Told {
    news: mpsc::Sender<News>,
    stopped: Arc<AtomicBool>,
    hits: usize,
}

impl Told {
    fn run(mut self, field: &Field, sessions: Vec<About>, pattern: &Arc<Pattern>) {
        if !self.tell(News::Listed(sessions.len())) {
            return;
        }
        for about in sessions {
            let about = Arc::new(about);
            let searched = field.search(&about, pattern, |hits| self.take(&about, hits));
            let fault = match searched {
                Ok(searched) => searched.damage,
                Err(RecordingError::Server(error)) if !error.is_not_found() => {
                    self.tell(News::Done(Some(error.to_string())));
                    return;
                }
                Err(error) => Some(error.to_string()),
            };
            if !self.tell(News::Searched(fault)) || self.hits >= SEARCH_HITS_MAX {
                break;
            }
        }
        self.tell(News::Done(None));
    }

    fn take(&mut self, about: &Arc<About>, hits: Vec<Hit>) -> bool {
        self.hits += hits.len();
        let told = hits.is_empty() || self.tell(News::Hits(Arc::clone(about), hits));
        told && self.hits < SEARCH_HITS_MAX && !self.stopped.load(Ordering::Relaxed)
    }

    fn tell(&self, news: News) -> bool {
        !self.stopped.load(Ordering::Relaxed) && self.news.blocking_send(news).is_ok()
    }
}

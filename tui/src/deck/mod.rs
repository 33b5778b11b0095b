//! The deck: one thread that reads a recording, indexes it and runs its emulator, so that neither
//! the disk nor a flood of sequences delays a key or a frame.
//!
//! The screen says which event it wants to see; of such orders only the newest counts. The deck
//! answers with pictures, of which also only the newest counts, and tells what it has read.
//!
//! A [distant](crate::source::Distant) recording is not read: its server tells what it holds, gives the
//! moments that are looked at, and searches. An older server cannot: then it is read after all.

mod distant;
mod gone;
mod orders;
mod search;
mod stage;
mod work;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use sudolog_core::eventlog::Stored;
use sudolog_core::limits::CONSOLE_STREAM_ITEMS_MAX;
use sudolog_core::session::Incident;
use sudolog_core::term::{Moment, SafeScreen, Streams, Timeline, Typing, usual_size};
use tokio::sync::{mpsc, watch};

use self::orders::Orders;
use self::stage::Stage;
use self::work::Work;
use crate::source::{About, Distant, Recording, Standing};

pub use self::gone::{Gone, Span};
pub use self::search::{Finding, Sought};

/// The screen after one event.
pub struct Frame {
    /// The last event in it; 0 before the first.
    pub seq: u64,
    /// What was on the screen.
    pub screen: SafeScreen,
}

/// What the deck tells.
pub enum News {
    /// It has read more.
    Read(Box<Read>),
    /// A screen to draw.
    Frame(Arc<Frame>),
    /// A search has found something, or has come to the end.
    Found(Box<Finding>),
    /// What is gone from the screen.
    Gone(Box<Gone>),
    /// The recording cannot be read now; it is tried again.
    Trouble(String),
}

/// More of a recording.
pub struct Read {
    /// The session as it stands now.
    pub about: About,
    /// The next events, in order.
    pub moments: Vec<Moment>,
    /// Marks and activity of all that was read.
    pub timeline: Arc<Timeline>,
    /// What the user typed in all that was read.
    pub typing: Arc<Typing>,
    /// What happened to the session from outside, or why that cannot be read.
    pub incidents: Result<Arc<[Incident]>, String>,
    /// The commands that sudo told of while it ran; `None` where nobody says.
    pub commands: Option<Arc<[Stored]>>,
    /// Bytes read of all there are, when known.
    pub progress: Option<(u64, u64)>,
    /// Present when this was all there is, for now or for good.
    pub end: Option<Standing>,
}

/// The console's end of a deck. Dropping it ends the thread.
pub struct Deck {
    orders: Arc<Orders>,
    news: mpsc::Receiver<News>,
    frames: watch::Receiver<Option<Arc<Frame>>>,
}

impl Deck {
    /// Starts to read a recording.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn start(recording: Box<dyn Recording>) -> std::io::Result<Self> {
        let orders = Arc::new(Orders::default());
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let (newest, frames) = watch::channel(None);
        let about = recording.about();
        let size = usual_size(about.lines, about.columns);
        let stage = Stage::new(size, newest.clone());
        let Some(Distant { outliner, looker, searcher }) = recording.distant() else {
            let work = Work::new(recording, orders.clone(), sender, size, stage);
            thread("deck", move || work.run())?;
            return Ok(Self { orders, news, frames });
        };
        let (told, news_of_outline) = (orders.clone(), sender.clone());
        thread("outline", move || {
            if let distant::Served::No = distant::outline(outliner, &told, &news_of_outline) {
                let stage = Stage::new(size, newest);
                Work::new(recording, told, news_of_outline, size, stage).run();
            }
        })?;
        let (sought, news_of_search) = (orders.clone(), sender.clone());
        thread("search", move || distant::search(searcher, &sought, &news_of_search))?;
        let looked = orders.clone();
        thread("look", move || distant::look(looker, stage, &looked, &sender))?;
        Ok(Self { orders, news, frames })
    }

    /// Asks for the screen after this event.
    pub fn show(&self, seq: u64) {
        self.orders.show(seq);
    }

    /// Puts these streams on the screen from now on.
    pub fn put_on(&self, streams: Streams) {
        self.orders.put_on(streams);
    }

    /// Looks for what is gone from the screen in this part, or does not any more.
    pub fn look_for_gone(&self, span: Option<Span>) {
        self.orders.look_for_gone(span);
    }

    /// Searches from now on for this.
    pub fn search(&self, sought: Sought) {
        self.orders.search(sought);
    }

    /// Waits for what is new. Safe to cancel. `None` when the deck has ended.
    pub async fn next(&mut self) -> Option<News> {
        tokio::select! {
            news = self.news.recv() => news,
            Ok(()) = self.frames.changed() => {
                self.frames.borrow_and_update().clone().map(News::Frame)
            }
        }
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

impl Drop for Deck {
    fn drop(&mut self) {
        self.orders.end();
    }
}

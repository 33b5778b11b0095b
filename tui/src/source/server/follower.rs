//! Running sessions as they happen: each joined with a keyframe, kept up with its events.
//!
//! The emulator runs here and not where the console draws, in slices of a few milliseconds, so
//! that a flood of expensive sequences delays neither keys nor frames.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sudolog_core::limits::{CONSOLE_PICTURE_INTERVAL, EMULATOR_SLICE_WORK};
use sudolog_core::session::{Event, Tsid};
use sudolog_core::term::{SafeScreen, behind};
use sudolog_core::wire::message::{ScreenDump, SessionRow};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use super::feed::{Gone, News, Tap};
use super::pictures::Pictures;
use super::{ClientError, Item, LinkState, Stream};

/// A session's screen at one moment.
pub struct Picture {
    /// Whose.
    pub tsid: Tsid,
    /// The last event in it.
    pub seq: u64,
    /// Time of that event since the session's start.
    pub elapsed: Duration,
    /// How far that lies behind what the server has stored.
    pub behind: Duration,
    /// What was on the screen.
    pub screen: SafeScreen,
}

/// Follows whatever sessions are wanted, each in a task of its own, until the live screen is gone.
pub(super) async fn keep_following(tap: Tap, pictures: Arc<Pictures>) {
    let mut wanted = tap.wanted.clone();
    let mut tasks = JoinSet::new();
    let mut followed: HashMap<Tsid, AbortHandle> = HashMap::new();
    loop {
        let watched = wanted.borrow_and_update().watched.clone();
        followed.retain(|tsid, task| {
            let kept = watched.contains(tsid);
            if !kept {
                task.abort();
                pictures.forget(*tsid);
            }
            kept
        });
        for tsid in &watched {
            followed.entry(*tsid).or_insert_with(|| {
                let follower = Follower { tap: tap.clone(), pictures: pictures.clone() };
                let tsid = *tsid;
                tasks.spawn(async move { follower.follow(tsid).await })
            });
        }
        // What was aborted is put away.
        while tasks.try_join_next().is_some() {}
        if wanted.wait_for(|wanted| wanted.watched != watched).await.is_err() {
            return;
        }
    }
}

/// Follows one session.
struct Follower {
    tap: Tap,
    pictures: Arc<Pictures>,
}

impl Follower {
    /// Never ends while the live screen is there: when something else is wanted, the task is
    /// aborted.
    async fn follow(&self, tsid: Tsid) -> Result<(), Gone> {
        let mut link = self.tap.client.link();
        loop {
            match self.follow_once(tsid).await {
                Ok(()) => {
                    let row = self.row(tsid).await;
                    self.tap.tell(News::Ended(tsid, row)).await?;
                    return std::future::pending().await;
                }
                Err(error @ ClientError::Failed(_)) => {
                    // It may have ended before it could be joined.
                    let ended = self.row(tsid).await.filter(|row| !row.state.is_open());
                    let news = match ended {
                        Some(row) => News::Ended(tsid, Some(row)),
                        None => News::NotFollowed(tsid, error),
                    };
                    self.tap.tell(news).await?;
                    return std::future::pending().await;
                }
                Err(_) => {
                    let up = |state: &LinkState| matches!(state, LinkState::Up { .. });
                    link.wait_for(up).await.map_err(|_| Gone)?;
                }
            }
        }
    }

    async fn row(&self, tsid: Tsid) -> Option<Box<SessionRow>> {
        self.tap.client.show(tsid).await.ok().map(|detail| Box::new(detail.row))
    }

    /// Follows over one connection, to the session's end.
    async fn follow_once(&self, tsid: Tsid) -> Result<(), ClientError> {
        let mut stream = self.tap.client.watch(tsid).await?;
        let mut running = Running::default();
        while let Some(item) = stream.next().await? {
            match item {
                Item::Keyframe(dump) => running.join(&dump),
                Item::Event(event) => running.go_on(&event).await,
                Item::Moments(_) | Item::Outline(_) | Item::Hits(_) | Item::Change(_) => {}
            }
            self.publish(tsid, &mut running, &stream);
        }
        Ok(())
    }

    /// A picture whenever all that has come is in it, and now and then while more keeps coming.
    fn publish(&self, tsid: Tsid, running: &mut Running, stream: &Stream) {
        let recent = |at: &Instant| at.elapsed() < CONSOLE_PICTURE_INTERVAL;
        if stream.has_more() && running.published.as_ref().is_some_and(recent) {
            return;
        }
        let Some(screen) = &running.screen else { return };
        running.published = Some(Instant::now());
        let (seq, elapsed) = (running.seq, Duration::from_nanos(running.elapsed_ns));
        let behind = running.stored.saturating_sub(elapsed);
        let picture = Picture { tsid, seq, elapsed, behind, screen: screen.clone() };
        self.pictures.put(picture);
    }
}

/// The emulator of the followed session.
#[derive(Default)]
struct Running {
    screen: Option<SafeScreen>,
    seq: u64,
    elapsed_ns: u64,
    /// What the server had stored when it sent the keyframe, as time since the session's start.
    stored: Duration,
    published: Option<Instant>,
}

impl Running {
    fn join(&mut self, dump: &ScreenDump) {
        // A state that this build cannot read is shown from a blank screen on.
        let blank = |_| SafeScreen::new(dump.lines, dump.columns);
        self.screen = Some(SafeScreen::from_wire(dump).unwrap_or_else(blank));
        (self.seq, self.elapsed_ns) = (dump.seq, dump.elapsed_ns);
        self.stored = Duration::from_nanos(dump.elapsed_ns).saturating_add(behind(dump));
    }

    async fn go_on(&mut self, event: &Event) {
        let Some(screen) = &mut self.screen else { return };
        if event.seq() <= self.seq {
            return;
        }
        self.seq = event.seq();
        self.elapsed_ns = self.elapsed_ns.saturating_add(event.delay_ns());
        let mut taken = 0;
        while !screen.apply_within(event, &mut taken, EMULATOR_SLICE_WORK) {
            tokio::task::yield_now().await;
        }
    }
}

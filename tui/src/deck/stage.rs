//! The screen that is shown, and the events that it goes on with.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::session::Event;
use sudolog_core::term::{Keyframe, SafeScreen, Streams};
use tokio::sync::watch;

use super::Frame;

/// Where frames come from.
pub(super) struct Stage {
    screen: SafeScreen,
    /// The last event on the screen.
    shown: u64,
    /// Events that are there and not yet shown; they follow `shown`.
    ready: VecDeque<Event>,
    streams: Streams,
    published: Option<Instant>,
    frames: watch::Sender<Option<Arc<Frame>>>,
}

impl Stage {
    /// A blank screen of this size.
    pub(super) fn new(size: (u16, u16), frames: watch::Sender<Option<Arc<Frame>>>) -> Self {
        let (screen, streams) = (SafeScreen::new(size.0, size.1), Streams::default());
        Self { screen, shown: 0, ready: VecDeque::new(), streams, published: None, frames }
    }

    /// The last event on the screen.
    pub(super) fn shown(&self) -> u64 {
        self.shown
    }

    /// The last event that is there.
    pub(super) fn last(&self) -> u64 {
        self.ready.back().map_or(self.shown, Event::seq)
    }

    /// What is on the screen.
    pub(super) fn streams(&self) -> Streams {
        self.streams
    }

    /// Puts these streams on the screen from the beginning on; another screen may follow.
    pub(super) fn put_on(&mut self, streams: Streams, blank: SafeScreen) {
        (self.streams, self.screen, self.shown) = (streams, blank, 0);
        self.ready.clear();
    }

    /// Goes on from another screen.
    pub(super) fn jump(&mut self, keyframe: &Keyframe) {
        self.screen = keyframe.to_screen();
        self.shown = keyframe.seq;
        self.ready.clear();
    }

    /// Takes the events that follow, once there are none left.
    pub(super) fn go_on(&mut self, events: Vec<Event>) {
        self.ready = events.into();
    }

    /// Shows what is there up to an event, and publishes the screen when that is it, or a frame is due.
    pub(super) fn play(&mut self, wanted: u64) {
        if self.ready.is_empty() {
            // What was there is not any more: nothing nearer can be shown.
            self.shown = wanted;
        }
        let due = |event: &Event| event.seq() <= wanted;
        while self.ready.front().is_some_and(due)
            && let Some(event) = self.ready.pop_front()
        {
            self.screen.show(&event, self.streams);
            self.shown = event.seq();
        }
        let late = self.published.is_none_or(|at| at.elapsed() >= FRAME_INTERVAL);
        if self.shown == wanted || late {
            self.publish();
        }
    }

    /// Gives the screen out as it is.
    pub(super) fn publish(&mut self) {
        self.published = Some(Instant::now());
        let frame = Frame { seq: self.shown, screen: self.screen.clone() };
        self.frames.send_replace(Some(Arc::new(frame)));
    }
}

/// While a long way is played through, a frame now and then.
const FRAME_INTERVAL: Duration = Duration::from_millis(33);

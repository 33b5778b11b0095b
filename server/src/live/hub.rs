//! Who watches which session: finds or makes the channel.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sudolog_core::session::Tsid;

use super::channel::{self, Channel, Source};
use super::watcher::Watch;
use crate::ingest::Recorder;

/// All live channels; clones share them.
#[derive(Clone)]
pub struct Hub {
    recorder: Recorder,
    channels: Arc<Mutex<HashMap<Tsid, Channel>>>,
}

impl Hub {
    /// A hub without watchers.
    pub fn new(recorder: Recorder) -> Self {
        Self { recorder, channels: Arc::default() }
    }

    /// Watches a running session; `None` when it is not running.
    ///
    /// # Errors
    /// When the system gives no thread for it.
    pub fn watch(&self, tsid: Tsid) -> io::Result<Option<Watch>> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|_, channel| channel.is_alive());
        if let Some(watch) = channels.get(&tsid).and_then(Channel::join) {
            return Ok(Some(watch));
        }
        // Subscribed before the files are read, so that no event falls between the two.
        let Some(subscription) = self.recorder.subscribe(tsid) else { return Ok(None) };
        let Some(session) = self.recorder.registry().by_tsid(tsid) else { return Ok(None) };
        let source = Source {
            size: (session.start().lines, session.start().columns),
            directory: self.recorder.catalog().directory(tsid),
            subscription,
            stored: Box::new(move || Duration::from_nanos(session.stored().1)),
        };
        let (channel, watch) = channel::start(source)?;
        channels.insert(tsid, channel);
        Ok(Some(watch))
    }
}

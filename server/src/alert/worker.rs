//! The thread of one target: takes the next letter, sends it, says what came of it. It may hang in a
//! try for as long as a try may take; nobody waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sudolog_core::alert::{Answer, Bucket, Target};

use super::local_log::LocalLog;
use super::outbox::{News, Outbox};
use super::sender::Sender;

/// A running thread; told to stop when this is dropped, and not waited for.
#[derive(Debug)]
pub(super) struct Worker {
    target: Target,
    stop: Arc<AtomicBool>,
    outbox: Arc<Outbox>,
}

impl Worker {
    /// Starts one.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        target: Target,
        outbox: &Arc<Outbox>,
        log: &LocalLog,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let post = Post {
            bucket: Bucket::new(target.rate, Instant::now()),
            target: target.clone(),
            stop: Arc::clone(&stop),
            outbox: Arc::clone(outbox),
            log: log.clone(),
            sender: None,
        };
        std::thread::Builder::new().name("alert".to_owned()).spawn(move || post.run())?;
        Ok(Self { target, stop, outbox: Arc::clone(outbox) })
    }

    /// Whom it sends to.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.outbox.wake();
    }
}

struct Post {
    target: Target,
    bucket: Bucket,
    stop: Arc<AtomicBool>,
    outbox: Arc<Outbox>,
    log: LocalLog,
    /// Made anew after a failure: a secret may have been changed.
    sender: Option<Box<dyn Sender>>,
}

impl Post {
    fn run(mut self) {
        let outbox = Arc::clone(&self.outbox);
        while let Some((number, letter)) = outbox.next(&self.target.name, &self.bucket, &self.stop)
        {
            self.bucket.take(Instant::now());
            let made = self.sender.take().map_or_else(|| super::sender::of(&self.target), Ok);
            let answer = match made {
                Ok(mut sender) => {
                    let answer = sender.send(&letter);
                    if answer == Answer::Taken {
                        self.sender = Some(sender);
                    }
                    answer
                }
                // Whoever mends the file need not touch each letter.
                Err(what) => Answer::Failed(what),
            };
            match outbox.answered(number, answer, chance()) {
                News::None => {}
                News::Failing(text) | News::GivenUp(text) => self.log.say(text),
            }
        }
    }
}

/// A random number; the middle when the system has none.
fn chance() -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_or(u32::MAX / 2, |()| u32::from_ne_bytes(bytes))
}

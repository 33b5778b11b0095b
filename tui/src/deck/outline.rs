//! The thread that is told the outline of a distant recording, so that neither the network nor a long
//! answer delays what the operator looks at.

use std::sync::Arc;

use sudolog_core::limits::REPLAY_FOLLOW_INTERVAL;
use tokio::sync::mpsc;

use super::orders::Orders;
use super::work::RETRY_INTERVAL;
use super::{News, Read};
use crate::source::{Outliner, Standing, Told};

/// Tells what is new until the recording is complete or nobody listens.
pub(super) fn run(mut outliner: Box<dyn Outliner>, orders: &Orders, news: &mpsc::Sender<News>) {
    let mut seq = 0;
    while !orders.present().ended {
        let (tidings, pause) = match outliner.next() {
            Ok(None) => (None, REPLAY_FOLLOW_INTERVAL),
            Ok(Some(told)) => {
                seq += told.moments.len() as u64;
                orders.know(seq);
                let pause = match &told.end {
                    None => std::time::Duration::ZERO,
                    Some(Standing::Growing) => REPLAY_FOLLOW_INTERVAL,
                    Some(_) => std::time::Duration::MAX,
                };
                (Some(News::Read(Box::new(read(told)))), pause)
            }
            Err(error) => (Some(News::Trouble(error.to_string())), RETRY_INTERVAL),
        };
        if tidings.is_some_and(|tidings| news.blocking_send(tidings).is_err()) {
            return;
        }
        if pause == std::time::Duration::MAX {
            return;
        }
        orders.pause(pause);
    }
}

fn read(told: Told) -> Read {
    Read {
        about: told.about,
        moments: told.moments,
        timeline: Arc::new(told.timeline),
        typing: Arc::new(told.typing),
        incidents: Ok(Arc::from(told.incidents)),
        progress: Some(told.progress),
        end: told.end,
    }
}

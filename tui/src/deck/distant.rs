//! The threads of a distant recording: one is told the outline, one asks for what is looked at, one
//! searches, so that neither the network nor a long answer of one delays another.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::limits::REPLAY_FOLLOW_INTERVAL;
use sudolog_core::term::{Gathered, SafeScreen};
use tokio::sync::mpsc;

use super::gone::{self, Span};
use super::orders::Orders;
use super::search::Finding;
use super::stage::Stage;
use super::work::RETRY_INTERVAL;
use super::{News, Read};
use crate::source::{Looker, Outliner, RecordingError, Searcher, Standing, Told};

/// Whether the server of a recording tells its outline.
pub(super) enum Served {
    Yes,
    /// It is too old for that.
    No,
}

/// Tells what is new until the recording is complete or nobody listens.
pub(super) fn outline(
    mut outliner: Box<dyn Outliner>,
    orders: &Orders,
    news: &mpsc::Sender<News>,
) -> Served {
    let mut seq = 0;
    while !orders.present().ended {
        let pause = match outliner.next() {
            Ok(None) => REPLAY_FOLLOW_INTERVAL,
            Ok(Some(told)) => {
                seq += told.moments.len() as u64;
                orders.know(seq);
                let end = told.end.clone();
                if news.blocking_send(News::Read(Box::new(read(told)))).is_err() {
                    return Served::Yes;
                }
                match end {
                    None => continue,
                    Some(Standing::Growing | Standing::Silent(_)) => REPLAY_FOLLOW_INTERVAL,
                    Some(_) => return Served::Yes,
                }
            }
            Err(error) if seq == 0 && is_unknown(&error) => return Served::No,
            Err(error) => match trouble(news, &error) {
                Some(pause) if !is_refusal(&error) => pause,
                _ => return Served::Yes,
            },
        };
        orders.pause(pause);
    }
    Served::Yes
}

/// Shows what is wanted until nobody wants anything any more.
pub(super) fn look(
    mut looker: Box<dyn Looker>,
    mut stage: Stage,
    orders: &Orders,
    news: &mpsc::Sender<News>,
) {
    let (mut began, mut told) = (false, None);
    loop {
        let order = orders.present();
        if order.streams != stage.streams() {
            stage.put_on(order.streams, SafeScreen::new(24, 80));
            began = false;
        }
        let wanted = order.seq.min(order.known);
        if order.ended {
            return;
        }
        if began && wanted == stage.shown() {
            match order.gone.filter(|span| told != Some(*span)) {
                Some(span) => {
                    told = Some(span);
                    if let Err(error) = look_for_gone(looker.as_mut(), span, news) {
                        let Some(pause) = trouble(news, &error) else { return };
                        orders.wait(order, Some(pause));
                    }
                }
                None => orders.wait(order, None),
            }
            continue;
        }
        match come_nearer(looker.as_mut(), &mut stage, wanted, !began) {
            Ok(()) => began = true,
            // Whoever is told that by the outline reads it.
            Err(error) if !began && is_unknown(&error) => return,
            Err(error) => match trouble(news, &error) {
                Some(pause) => orders.wait(order, Some(pause)),
                None => return,
            },
        }
    }
}

/// Asks for the screen when the wanted event lies behind or far ahead, else for events.
fn come_nearer(
    looker: &mut dyn Looker,
    stage: &mut Stage,
    wanted: u64,
    blank: bool,
) -> Result<(), RecordingError> {
    let (shown, last) = (stage.shown(), stage.last());
    let far = wanted > last && wanted - shown > NEAR_EVENTS;
    if blank || far || wanted < shown {
        stage.jump(&looker.screen(wanted, stage.streams())?);
    } else if last == shown && shown < wanted {
        stage.go_on(looker.events(shown)?);
    }
    stage.play(wanted);
    Ok(())
}

/// Tells what is gone from the screen; a console that does not listen any more ends the thread elsewhere.
fn look_for_gone(
    looker: &mut dyn Looker,
    span: Span,
    news: &mpsc::Sender<News>,
) -> Result<(), RecordingError> {
    let keyframe = looker.screen(span.from, span.streams)?;
    let found = gone::look(&keyframe, span, |last| looker.events(last))?;
    let _ = news.blocking_send(News::Gone(Box::new(found)));
    Ok(())
}

/// Searches for what was asked for last.
pub(super) fn search(mut searcher: Box<dyn Searcher>, orders: &Orders, news: &mpsc::Sender<News>) {
    let (mut number, mut told) = (0, 0);
    loop {
        let (order, sought) = orders.both();
        let Some(pattern) = sought.pattern.filter(|_| sought.number != number && !order.ended)
        else {
            if order.ended {
                return;
            }
            orders.wait(order, None);
            continue;
        };
        // Hits come in the same order again when the search had to begin anew.
        let mut known: usize = told;
        let searched = searcher.search(&pattern, sought.page, order.streams, &mut |mut found| {
            if let Gathered::Further(hits) = &mut found.hits {
                let skipped = known.min(hits.len());
                known -= skipped;
                hits.drain(..skipped);
                told += hits.len();
            }
            let finding = Finding {
                number: sought.number,
                hits: found.hits,
                caught_up: found.caught_up || found.is_full,
                is_full: found.is_full,
                skipped: found.skipped,
                searched: Some(found.seq),
                coverage: found.coverage,
            };
            let present = orders.present();
            let wanted = present.search == sought.number && !present.ended;
            wanted && news.blocking_send(News::Found(Box::new(finding))).is_ok()
        });
        let superseded = orders.present().search != sought.number;
        match searched {
            // The one who reads the recording searches it as well.
            Err(error) if order.known == 0 && is_unknown(&error) => {
                (number, told) = (sought.number, 0);
            }
            Err(error) if !superseded => {
                match trouble(news, &error) {
                    Some(pause) => orders.pause(pause),
                    None => return,
                }
                if is_refusal(&error) {
                    (number, told) = (sought.number, 0);
                }
            }
            Ok(()) | Err(_) => (number, told) = (sought.number, 0),
        }
    }
}

/// Tells it and says when to try again; `None` when nobody listens.
fn trouble(news: &mpsc::Sender<News>, error: &RecordingError) -> Option<Duration> {
    news.blocking_send(News::Trouble(error.to_string())).ok().map(|()| RETRY_INTERVAL)
}

/// True when asking once more would bring the same.
fn is_refusal(error: &RecordingError) -> bool {
    matches!(error, RecordingError::Server(error) if error.is_refusal())
}

/// True when the server is too old to be asked that.
fn is_unknown(error: &RecordingError) -> bool {
    matches!(error, RecordingError::Server(error) if error.is_unknown())
}

fn read(told: Told) -> Read {
    Read {
        about: told.about,
        moments: told.moments,
        timeline: Arc::new(told.timeline),
        typing: Arc::new(told.typing),
        incidents: Ok(Arc::from(told.incidents)),
        commands: Some(Arc::from(told.commands)),
        progress: Some(told.progress),
        end: told.end,
    }
}

/// Beyond this many events ahead a screen is asked for in place of the events.
const NEAR_EVENTS: u64 = 64;

//! What is gone from the screen that is shown: the deck plays the way to it once more and looks.

use std::time::Duration;

use sudolog_core::session::Event;
use sudolog_core::term::{Keyframe, Streams, Vanished, VanishedLine};

use crate::source::RecordingError;

/// The part of a recording that is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From the screen after this event on, or after one before it.
    pub from: u64,
    /// Up to the screen after this event.
    pub to: u64,
    /// What is on the screen.
    pub streams: Streams,
}

/// What is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Where it was looked for.
    pub span: Span,
    /// Since when.
    pub since: Duration,
    /// In the order of time.
    pub lines: Vec<VanishedLine>,
}

/// Looks, from a keyframe on; `read` gives some of the events after that number.
pub(super) fn look(
    keyframe: &Keyframe,
    span: Span,
    mut read: impl FnMut(u64) -> Result<Vec<Event>, RecordingError>,
) -> Result<Gone, RecordingError> {
    let mut vanished = Vanished::after(keyframe, span.streams);
    let mut last = keyframe.seq;
    while last < span.to {
        let events = read(last)?;
        if events.is_empty() {
            break;
        }
        for event in events.iter().take_while(|event| event.seq() <= span.to) {
            vanished.push(event);
        }
        last = events.last().map_or(span.to, Event::seq);
    }
    Ok(Gone { span, since: keyframe.elapsed, lines: vanished.finish() })
}

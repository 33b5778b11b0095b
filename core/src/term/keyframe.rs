//! A keyframe: the screen at one point of a recording, from which a seek or a late joiner goes on.

use std::time::Duration;

use super::dump::DumpError;
use super::screen::{SafeScreen, Snapshot};
use crate::wire::message::ScreenDump;

/// The screen after event `seq`.
#[derive(Clone)]
pub struct Keyframe {
    /// The last event that it covers, 0 before the first.
    pub seq: u64,
    /// Time of that event since the start.
    pub elapsed: Duration,
    still: Still,
}

/// A screen that is kept.
#[derive(Clone)]
enum Still {
    /// As what draws it: a few kilobytes.
    Drawn(ScreenDump),
    /// As it is, where what draws it would be larger than a frame and so leave something out.
    Copied(Box<Snapshot>),
}

impl Keyframe {
    /// The screen after event `seq`, `elapsed` after the start; exact.
    pub fn of(screen: &SafeScreen, seq: u64, elapsed: Duration) -> Self {
        let still = match screen.to_wire_exact(seq, elapsed) {
            Some(dump) => Still::Drawn(dump),
            None => Still::Copied(Box::new(screen.snapshot())),
        };
        Self { seq, elapsed, still }
    }

    /// As it came over the wire.
    ///
    /// # Errors
    /// [`DumpError`] when it cannot be read.
    pub fn from_wire(dump: ScreenDump) -> Result<Self, DumpError> {
        SafeScreen::from_wire(&dump)?;
        let elapsed = Duration::from_nanos(dump.elapsed_ns);
        Ok(Self { seq: dump.seq, elapsed, still: Still::Drawn(dump) })
    }

    /// The screen to feed with the events after [`seq`](Self::seq).
    pub fn to_screen(&self) -> SafeScreen {
        match &self.still {
            // What could be read once can be read again.
            Still::Drawn(dump) => SafeScreen::from_wire(dump)
                .unwrap_or_else(|_| SafeScreen::new(dump.lines, dump.columns)),
            Still::Copied(snapshot) => SafeScreen::from_snapshot(snapshot),
        }
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + match &self.still {
                Still::Drawn(dump) => dump.state.len(),
                Still::Copied(snapshot) => snapshot.bytes(),
            }
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_wrapped_stay_in_one_piece() {
        for text in
            ["one line on two", "wide 日本語", "\x1b[31mred and longer than both rows", "12345678"]
        {
            let mut screen = SafeScreen::new(4, 8);
            screen.feed(text.as_bytes());
            let kept = Keyframe::of(&screen, 1, Duration::ZERO).to_screen();
            assert_eq!(kept.text_lines(), screen.text_lines());
            let wraps = |screen: &SafeScreen| [0, 1, 2, 3].map(|row| screen.row_wraps(row));
            assert_eq!((wraps(&kept), kept.cursor()), (wraps(&screen), screen.cursor()), "{text}");
        }
    }
}

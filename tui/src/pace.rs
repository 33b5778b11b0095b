//! When the next frame is drawn: never sooner than the frame rate allows, and with the picture that was
//! asked for where that comes in time.

use std::time::Duration;

use tokio::time::Instant;

/// When what has changed is drawn.
pub(crate) struct Pace {
    /// Between two frames.
    frame: Duration,
    drawn: Instant,
    /// `None` while nothing has changed.
    due: Option<Instant>,
    /// The picture that is waited for before the old one is drawn again.
    awaited: Option<u64>,
}

impl Pace {
    /// Drawn just now.
    pub(crate) fn new(frame: Duration, now: Instant) -> Self {
        Self { frame, drawn: now, due: None, awaited: None }
    }

    /// When to draw; `None` while nothing has changed.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Nothing is seen of what happens before.
    pub(crate) fn next_frame(&self) -> Instant {
        self.drawn + self.frame
    }

    /// Something has changed.
    pub(crate) fn change(&mut self, now: Instant) {
        let next = self.next_frame();
        self.due.get_or_insert(now.max(next));
    }

    /// The picture of this event was asked for: for as long as a frame lasts, the old one is not worth
    /// drawing.
    pub(crate) fn wait_for(&mut self, event: u64, now: Instant) {
        if self.awaited.replace(event).is_none() {
            self.due = Some(self.next_frame().max(now + self.frame));
        }
    }

    /// The picture of this event is there.
    pub(crate) fn arrive(&mut self, event: u64, now: Instant) {
        if self.awaited == Some(event) {
            self.awaited = None;
            self.due = Some(self.next_frame().max(now));
        }
    }

    /// All is drawn as it is now.
    pub(crate) fn draw(&mut self, now: Instant) {
        (self.drawn, self.due, self.awaited) = (now, None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(33);

    fn rested() -> (Pace, Instant) {
        let began = Instant::now();
        (Pace::new(FRAME, began), began + FRAME * 10)
    }

    #[test]
    fn what_changes_is_drawn_at_once_but_no_sooner_than_a_frame_after_the_last() {
        let (mut pace, now) = rested();
        assert_eq!(pace.due(), None);
        pace.change(now);
        assert_eq!(pace.due(), Some(now));
        pace.draw(now);
        pace.change(now + FRAME / 3);
        pace.change(now + FRAME / 2);
        assert_eq!(pace.due(), Some(now + FRAME));
    }

    #[test]
    fn a_picture_that_was_asked_for_is_drawn_when_it_comes() {
        let (mut pace, now) = rested();
        pace.change(now);
        pace.wait_for(7, now);
        pace.arrive(5, now + FRAME / 8);
        assert_eq!(pace.due(), Some(now + FRAME), "that is another one");
        pace.arrive(7, now + FRAME / 4);
        assert_eq!(pace.due(), Some(now + FRAME / 4));
        pace.draw(now + FRAME / 4);
        pace.change(now + FRAME / 2);
        assert_eq!(pace.due(), Some(now + FRAME / 4 + FRAME));
    }

    #[test]
    fn a_picture_that_does_not_come_holds_up_one_frame_only() {
        let (mut pace, now) = rested();
        for event in 1..9_u32 {
            pace.change(now);
            pace.wait_for(event.into(), now + FRAME * event / 10);
        }
        assert_eq!(pace.due(), Some(now + FRAME / 10 + FRAME));
    }
}

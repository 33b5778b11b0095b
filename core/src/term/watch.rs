//! Follows a session's terminal for whoever looks at what is entered and shown, and rests in little
//! memory while nothing happens.

use std::time::Duration;

use super::backlog::Backlog;
use super::entry::{EnteredText, Entry};
use super::keyframe::Keyframe;
use super::screen::{SafeScreen, usual_size};
use super::search::{ShownLine, TextIndex};
use super::streams::Streams;
use crate::limits::{RISK_BACKLOG_ASLEEP_BYTES, RISK_SHOWN_BYTES, TERM_JOURNAL_BYTES_MAX};
use crate::session::{Event, EventKind};

/// The terminal of one session, as far as its events were pushed.
pub(crate) struct Watch {
    stage: Stage,
    entry: Entry,
    /// Output that was not drawn yet.
    backlog: Backlog,
    /// The lines that the screen showed, for those who want them.
    shown: Option<Box<TextIndex>>,
    seq: u64,
    elapsed: Duration,
    resets: u32,
}

/// What one event brought.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    /// Lines that were entered.
    pub(crate) entered: Vec<EnteredText>,
    /// The event entered a line.
    pub(crate) enters: bool,
    /// Lines that were entered before the screen showed all of them, as they were typed: they may be
    /// passwords.
    pub(crate) unseen: Vec<String>,
    /// Output tried to act on the terminal of whoever looks at it.
    pub(crate) hostile: bool,
}

enum Stage {
    /// Nothing was shown yet.
    Blank(u16, u16),
    Awake(Box<SafeScreen>),
    Asleep(Box<Keyframe>),
}

impl Watch {
    /// Begins with a blank screen. `shown` says whether lines are wanted that the screen shows: that
    /// costs.
    pub(crate) fn new(lines: u16, columns: u16, shown: bool) -> Self {
        let (lines, columns) = usual_size(lines, columns);
        Self {
            stage: Stage::Blank(lines, columns),
            entry: Entry::default(),
            backlog: Backlog::default(),
            shown: shown.then(|| Box::new(TextIndex::new())),
            seq: 0,
            elapsed: Duration::ZERO,
            resets: 0,
        }
    }

    /// Takes the next event, so long after the start.
    pub(crate) fn push(&mut self, event: &Event, elapsed: Duration) -> Brought {
        (self.seq, self.elapsed) = (event.seq(), elapsed);
        let mut brought = Brought::default();
        if event.kind() == EventKind::Ttyout {
            self.entry.answered();
        }
        // Nobody wants to know yet what this does to the screen.
        if event.kind() == EventKind::Ttyout && self.shown.is_none() && !self.entry.waits() {
            self.backlog.pass(event.delay_ns());
            if self.backlog.push(event.data()) {
                self.draw(&mut brought);
            }
            return brought;
        }
        self.draw(&mut brought);
        let mut stage = self.awake();
        let screen = &mut *stage;
        match event.kind() {
            EventKind::Ttyin => {
                screen.apply(event);
                let pressing = self.entry.typed(event.seq(), elapsed, event.data(), screen);
                brought.entered.extend(pressing.shown);
                (brought.enters, brought.unseen) = (pressing.enters, pressing.unseen);
            }
            EventKind::Ttyout => {
                screen.pass(event.delay_ns());
                self.show(event.data(), screen, &mut brought);
            }
            _ if self.shown.is_some() => screen.show(event, Streams::default()),
            EventKind::Winsize => screen.apply(event),
            _ => screen.pass(event.delay_ns()),
        }
        if let Some(shown) = &mut self.shown {
            shown.look(screen, event, elapsed);
        }
        self.settle_facts(screen, &mut brought);
        self.stage = Stage::Awake(stage);
        brought
    }

    /// Draws all that waits, now that no more events come.
    pub(crate) fn finish(&mut self) -> Brought {
        let mut brought = Brought::default();
        self.draw(&mut brought);
        self.settle();
        brought
    }

    /// True when so much was shown that one should look at it.
    pub(crate) fn is_full(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.bytes() >= RISK_SHOWN_BYTES)
    }

    /// Looks at what there was no time for, now that no more events come.
    pub(crate) fn settle(&mut self) {
        if let (Some(shown), Stage::Awake(screen)) = (&mut self.shown, &mut self.stage) {
            shown.settle(screen);
        }
    }

    /// Gives the lines that were shown since this was last called.
    pub(crate) fn take_shown(&mut self, look: impl FnMut(ShownLine<'_>)) {
        if let Some(shown) = &mut self.shown {
            shown.take_lines(look);
        }
    }

    /// Drops all that can be had again from a few kilobytes.
    pub(crate) fn sleep(&mut self) -> Brought {
        let mut brought = Brought::default();
        if self.backlog.len() > RISK_BACKLOG_ASLEEP_BYTES {
            self.draw(&mut brought);
        }
        self.backlog.shrink();
        self.settle();
        if let Stage::Awake(screen) = &self.stage {
            let keyframe = Keyframe::of(screen, self.seq, self.elapsed);
            self.stage = Stage::Asleep(Box::new(keyframe));
        }
        brought
    }

    /// Memory that it takes, about, beside what it shares.
    pub(crate) fn bytes(&self) -> usize {
        let stage = match &self.stage {
            Stage::Blank(..) => 0,
            Stage::Awake(screen) => 2 * screen.snapshot().bytes() + TERM_JOURNAL_BYTES_MAX,
            Stage::Asleep(keyframe) => keyframe.bytes(),
        };
        let shown = self.shown.as_ref().map_or(0, |shown| shown.bytes() + shown.eye_bytes());
        size_of::<Self>() + stage + shown + self.backlog.capacity()
    }

    fn draw(&mut self, brought: &mut Brought) {
        if self.backlog.is_empty() {
            return;
        }
        let mut stage = self.awake();
        self.backlog.draw(&mut stage);
        self.settle_facts(&mut stage, brought);
        self.stage = Stage::Awake(stage);
    }

    fn settle_facts(&mut self, screen: &mut SafeScreen, brought: &mut Brought) {
        let resets = screen.resets();
        brought.hostile |= screen.take_facts().clipboard_writes > 0 || resets > self.resets;
        self.resets = resets;
    }

    fn awake(&mut self) -> Box<SafeScreen> {
        let (mut screen, is_blank) = match std::mem::replace(&mut self.stage, Stage::Blank(0, 0)) {
            Stage::Awake(screen) => return screen,
            Stage::Blank(lines, columns) => (Box::new(SafeScreen::new(lines, columns)), true),
            Stage::Asleep(keyframe) => (Box::new(keyframe.to_screen()), false),
        };
        if self.shown.is_some() {
            screen.leave_traces(is_blank);
        }
        screen
    }

    /// Stops before each line end at which a line may have been entered.
    fn show(&mut self, output: &[u8], screen: &mut SafeScreen, brought: &mut Brought) {
        let mut rest = output;
        while let Some(end) = self.entry.line_end(rest) {
            let (line, behind) = rest.split_at(end);
            screen.feed(line);
            brought.entered.extend(self.entry.leave(screen));
            let (end, behind) = behind.split_at(behind.len().min(1));
            screen.feed(end);
            rest = behind;
        }
        screen.feed(rest);
    }
}

//! The index of one recording: keyframes to seek from, and its timeline. Built by feeding it the
//! events in order; the same for a file read in the background and for a live session's rewind.

use std::time::Duration;

use super::facts::{Facts, Prompt};
use super::keyframe::Keyframe;
use super::screen::SafeScreen;
use super::search::{Harvest, Reel, Scan, TextIndex};
use super::streams::Streams;
use super::timeline::{Mark, MarkKind, Timeline};
use super::typing::Typing;
use crate::limits::{
    IDLE_GAP, KEYFRAME_DATA_BYTES, KEYFRAME_INTERVAL, KEYFRAMES_BYTES_MAX, SEARCH_INDEX_BYTES_MAX,
};
use crate::session::{Event, EventKind};

/// Keyframes and timeline of a recording, as far as its events were pushed.
///
/// A keyframe is kept every [`KEYFRAME_DATA_BYTES`] of the recording, every [`KEYFRAME_INTERVAL`] in
/// which there is something, and at every new window size. Where these take more than
/// [`KEYFRAMES_BYTES_MAX`], every second one goes, and from then on they are kept half as often: so
/// seeking costs about the same everywhere.
pub struct Index {
    screen: SafeScreen,
    timeline: Timeline,
    typing: Typing,
    keyframes: Vec<Keyframe>,
    keyframes_bytes: usize,
    keyframes_bytes_max: usize,
    seq: u64,
    elapsed: Duration,
    /// Keyframes are kept so many times less often than they could be.
    spacing: u32,
    /// Data since the newest keyframe, bytes: input too must be read on the way from it.
    data_since: usize,
    resets_seen: u32,
    /// The screen was approximate after the last event.
    approximate: bool,
    text: Option<TextIndex>,
    text_bytes_max: usize,
    /// Where the text ends because there was no more room, to search on from.
    beyond: Option<Box<Reel>>,
    streams: Streams,
}

impl Index {
    /// The index of a recording from its beginning, with the window size that it starts with.
    pub fn new(lines: u16, columns: u16) -> Self {
        Self::from_keyframe(Keyframe::of(&SafeScreen::new(lines, columns), 0, Duration::ZERO))
    }

    /// The index of a recording from a keyframe on, as a late joiner has it.
    pub fn from_keyframe(start: Keyframe) -> Self {
        let screen = start.to_screen();
        let (seq, elapsed) = (start.seq, start.elapsed);
        Self {
            timeline: Timeline::new(Mark { seq, elapsed, kind: MarkKind::Start }),
            typing: Typing::default(),
            keyframes_bytes: start.bytes(),
            keyframes: vec![start],
            keyframes_bytes_max: KEYFRAMES_BYTES_MAX,
            seq,
            elapsed,
            spacing: 1,
            data_since: 0,
            resets_seen: screen.resets(),
            approximate: screen.is_approximate(),
            screen,
            text: None,
            text_bytes_max: SEARCH_INDEX_BYTES_MAX,
            beyond: None,
            streams: Streams::default(),
        }
    }

    /// The same with an index of the text that is shown, for search.
    #[must_use]
    pub fn with_text(mut self) -> Self {
        self.screen.leave_traces(self.seq == 0);
        self.screen.defer();
        self.text = Some(TextIndex::new());
        self
    }

    /// With room for so much text.
    #[cfg(test)]
    pub(super) fn with_text_bytes_max(mut self, bytes_max: usize) -> Self {
        self.text_bytes_max = bytes_max;
        self
    }

    /// The same with these streams on the screen.
    #[must_use]
    pub fn with_streams(mut self, streams: Streams) -> Self {
        self.streams = streams;
        self
    }

    /// Takes the next event. Events already covered (not above [`seq`](Self::seq)) are ignored.
    pub fn push(&mut self, event: &Event) {
        if event.seq() <= self.seq {
            return;
        }
        let delay = Duration::from_nanos(event.delay_ns());
        if delay >= IDLE_GAP {
            self.timeline.mark(self.seq, self.elapsed, MarkKind::Gap(delay));
        }
        self.seq = event.seq();
        self.elapsed = self.elapsed.saturating_add(delay);
        if event.kind() == EventKind::Ttyin {
            let is_hidden = self.typing.typed(self.seq, self.elapsed, event.data());
            self.mark_hidden(is_hidden);
        }
        let shown = self.streams.shown(event);
        match &shown {
            Some(shown) => self.show(shown),
            None => self.screen.pass(event.delay_ns()),
        }
        self.look(shown.as_deref().unwrap_or(event));
        let output = output_bytes(event);
        self.data_since += event.data().len();
        self.timeline.advance(self.elapsed, output);
        self.mark_event(event);
        self.mark_facts();
        self.keep_keyframe(event.kind());
    }

    /// The screen after the last event pushed.
    pub fn screen(&mut self) -> &SafeScreen {
        self.screen.catch_up();
        &self.screen
    }

    /// The last event pushed; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Time of the last event since the start.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Length, activity and marks.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// True when more was shown than there was room for: [`text`](Self::text) is not all of it.
    pub fn has_beyond(&self) -> bool {
        self.beyond.is_some()
    }

    /// Searches what comes behind the text that there was room for: to be pushed the events after
    /// [`seq`](Scan::seq). `None` while there is room.
    pub fn scan_beyond(&self, harvest: Harvest) -> Option<Scan> {
        self.beyond.as_ref().map(|beyond| beyond.scan(harvest))
    }

    /// What was shown, where it is [kept](Self::with_text) and as far as there was room.
    pub fn text(&self) -> Option<&TextIndex> {
        self.text.as_ref()
    }

    /// There are no more events for now: what was put off is done.
    pub fn settle(&mut self) {
        if let Some(text) = self.text.as_mut().filter(|_| self.beyond.is_none()) {
            text.settle(&mut self.screen);
        }
    }

    /// What the user typed.
    pub fn typing(&self) -> &Typing {
        &self.typing
    }

    /// The last event in the newest keyframe.
    pub fn newest_keyframe(&self) -> u64 {
        self.keyframes.last().map_or(0, |keyframe| keyframe.seq)
    }

    /// Memory that it takes, about, without an index of text.
    pub fn bytes(&self) -> usize {
        self.keyframes_bytes + self.timeline.bytes() + self.typing.bytes()
    }

    /// The newest keyframe that covers no event after `seq`; the oldest kept when all do.
    pub fn keyframe_before(&self, seq: u64) -> Option<&Keyframe> {
        let after = self.keyframes.partition_point(|keyframe| keyframe.seq <= seq);
        self.keyframes.get(after.saturating_sub(1))
    }

    /// The newest keyframe not later than a moment; the oldest kept when all are.
    pub fn keyframe_before_time(&self, elapsed: Duration) -> Option<&Keyframe> {
        let after = self.keyframes.partition_point(|keyframe| keyframe.elapsed <= elapsed);
        self.keyframes.get(after.saturating_sub(1))
    }

    /// Keeps what the screen shows now, while there is room for it.
    fn look(&mut self, event: &Event) {
        let Some(text) = self.text.as_mut().filter(|_| self.beyond.is_none()) else { return };
        text.look(&mut self.screen, event, self.elapsed);
        if text.bytes() >= self.text_bytes_max {
            let reel = Reel::of(&mut self.screen, text, self.seq, self.elapsed, self.streams);
            self.beyond = Some(Box::new(reel));
            self.screen.leave_no_traces();
        }
    }

    /// Shows the event, and looks at the screen where it tells what was typed.
    fn show(&mut self, event: &Event) {
        if event.kind() == EventKind::Ttyout {
            let mut rest: &[u8] = event.data();
            self.screen.pass(event.delay_ns());
            if self.typing.is_entered() {
                self.screen.catch_up();
                self.typing.stand(&self.screen);
            }
            if let Some((line, next)) =
                self.typing.line_end(rest).and_then(|end| rest.split_at_checked(end))
            {
                self.screen.feed(line);
                self.screen.catch_up();
                let is_hidden = self.typing.leave(self.elapsed, &self.screen);
                self.mark_hidden(is_hidden);
                rest = next;
            }
            let delay = Duration::from_nanos(event.delay_ns());
            if let Some((line, next)) =
                self.typing.prompt_end(rest, delay).and_then(|end| rest.split_at_checked(end))
            {
                self.screen.feed(line);
                self.screen.catch_up();
                self.typing.leave_prompt(self.seq, self.elapsed, &self.screen);
                rest = next;
            }
            self.screen.feed(rest);
            if self.typing.may_prompt(event.data()) {
                self.screen.catch_up();
                self.typing.look_at_prompt(&self.screen);
            }
            if self.typing.is_waiting() {
                self.screen.catch_up();
            }
            self.typing.look(self.elapsed, &self.screen);
        } else {
            self.screen.apply(event);
        }
    }

    fn mark_hidden(&mut self, is_hidden: bool) {
        if is_hidden {
            self.timeline.mark(self.seq, self.elapsed, MarkKind::HiddenLine);
        }
    }

    fn mark_event(&mut self, event: &Event) {
        let kind = match (event.winsize(), event.signal_name()) {
            (Some((lines, columns)), _) => MarkKind::Resize { lines, columns },
            (_, Some(signal)) => MarkKind::Suspend(signal.to_owned()),
            _ => return,
        };
        self.timeline.mark(self.seq, self.elapsed, kind);
    }

    fn mark_facts(&mut self) {
        let Facts { strings_cut, prompt, .. } = self.screen.take_facts();
        let resets = self.screen.resets();
        let before = std::mem::replace(&mut self.approximate, self.screen.is_approximate());
        let command = match prompt {
            Some(Prompt::Running) => Some(MarkKind::CommandStart),
            Some(Prompt::Finished(exit)) => Some(MarkKind::CommandEnd(exit)),
            _ => None,
        };
        let kinds = [
            (resets > self.resets_seen).then_some(MarkKind::ParserReset),
            (self.approximate && !before).then_some(MarkKind::Approximate),
            (strings_cut > 0).then_some(MarkKind::HiddenText),
            command,
        ];
        self.resets_seen = resets;
        for kind in kinds.into_iter().flatten() {
            self.timeline.mark(self.seq, self.elapsed, kind);
        }
    }

    fn keep_keyframe(&mut self, kind: EventKind) {
        let newest = self.keyframes.last().map_or(Duration::ZERO, |keyframe| keyframe.elapsed);
        let since = self.elapsed.saturating_sub(newest);
        if kind == EventKind::Winsize {
            // As good a reason as much data.
            self.data_since = self.data_since.saturating_add(KEYFRAME_DATA_BYTES);
        }
        let bytes = KEYFRAME_DATA_BYTES.saturating_mul(self.spacing as usize);
        let old = since >= KEYFRAME_INTERVAL.saturating_mul(self.spacing) && self.data_since > 0;
        if self.data_since < bytes && !old {
            return;
        }
        self.data_since = 0;
        self.screen.catch_up();
        let keyframe = Keyframe::of(&self.screen, self.seq, self.elapsed);
        self.keyframes_bytes += keyframe.bytes();
        self.keyframes.push(keyframe);
        while self.keyframes_bytes > self.keyframes_bytes_max && self.keyframes.len() > 2 {
            self.thin_out();
        }
    }

    /// Drops every second keyframe, never the first.
    fn thin_out(&mut self) {
        self.spacing = self.spacing.saturating_mul(2);
        let mut at = 0;
        self.keyframes.retain(|_| {
            at += 1;
            at % 2 == 1
        });
        self.keyframes_bytes = self.keyframes.iter().map(|k| k.bytes()).sum();
    }
}

/// Bytes of an event that may change the screen.
fn output_bytes(event: &Event) -> usize {
    match event.kind() {
        EventKind::Ttyout | EventKind::Stdout | EventKind::Stderr => event.data().len(),
        EventKind::Stdin | EventKind::Ttyin | EventKind::Winsize | EventKind::Suspend => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn resize(seq: u64) -> Event {
        Event::new(seq, 1_000, EventKind::Winsize, Event::winsize_data(24, 80)).unwrap()
    }

    #[test]
    fn memory_is_bounded_and_keyframes_stay_evenly_apart() {
        let mut index = Index::new(24, 80);
        let one = index.keyframes_bytes;
        index.keyframes_bytes_max = 40 * one;
        (1..=1000).for_each(|seq| index.push(&resize(seq)));
        assert!(index.keyframes.len() <= 40 && index.keyframes.len() >= 20);
        assert_eq!(index.keyframes_bytes, index.keyframes.len() * one);
        let gaps: Vec<u64> = index.keyframes.windows(2).map(|k| k[1].seq - k[0].seq).collect();
        assert_eq!(index.keyframe_before(0).unwrap().seq, 0);
        assert!(gaps.iter().all(|gap| *gap == 32), "{gaps:?}");
        assert_eq!(index.keyframe_before(1000).unwrap().seq, 992);
    }

    #[test]
    fn one_huge_screen_is_kept_all_the_same() {
        let mut index = Index::new(500, 1000);
        index.keyframes_bytes_max = 1;
        index.push(&Event::new(1, 0, EventKind::Winsize, Event::winsize_data(9, 9)).unwrap());
        let lines = |seq| index.keyframe_before(seq).unwrap().to_screen().lines();
        assert_eq!((lines(0), lines(1)), (500, 9));
    }

    #[test]
    fn pauses_prompts_and_hidden_text_are_marked() {
        let mut index = Index::new(24, 80);
        let output = |seq, seconds: u64, data: Vec<u8>| {
            Event::new(seq, seconds * 1_000_000_000, EventKind::Ttyout, Bytes::from(data)).unwrap()
        };
        index.push(&output(1, 1, b"$ \x1b]133;C\x07".to_vec()));
        index.push(&output(2, 60, b"\x1b]133;D;3\x1b\\".to_vec()));
        let mut unfinished = vec![b'x'; crate::limits::EVENT_DATA_BYTES_MAX];
        unfinished[..2].copy_from_slice(b"\x1bX");
        index.push(&output(3, 1, unfinished));
        index.push(&output(4, 1, b"more".to_vec()));
        let marks: Vec<_> =
            index.timeline().marks().iter().map(|mark| (mark.seq, mark.kind.clone())).collect();
        assert_eq!(
            marks,
            [
                (0, MarkKind::Start),
                (1, MarkKind::CommandStart),
                (1, MarkKind::Gap(Duration::from_secs(60))),
                (2, MarkKind::CommandEnd(Some(3))),
                (4, MarkKind::HiddenText),
            ]
        );
        index.push(&output(4, 99, b"again".to_vec()));
        assert_eq!(index.elapsed(), Duration::from_secs(63), "events come once");
    }

    #[test]
    fn a_line_that_is_typed_unseen_is_marked() {
        let mut index = Index::new(24, 80);
        let push = |index: &mut Index, kind, data: &'static str| {
            let seq = index.seq() + 1;
            index.push(&Event::new(seq, 1_000_000, kind, Bytes::from(data)).unwrap());
        };
        use EventKind::{Ttyin, Ttyout};
        for (kind, data) in [
            (Ttyout, "# "),
            (Ttyin, "id\r"),
            (Ttyout, "id\r\nuid=0\r\nPassword: "),
            (Ttyin, "secret\r"),
            (Ttyout, "\r\n# "),
            (Ttyin, "\r"),
            (Ttyout, "\r\n# "),
        ] {
            push(&mut index, kind, data);
        }
        let marks = index.timeline().marks().iter();
        let hidden: Vec<u64> =
            marks.filter(|mark| mark.kind == MarkKind::HiddenLine).map(|mark| mark.seq).collect();
        assert_eq!(hidden, [5]);
    }
}

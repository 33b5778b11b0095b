//! The outline of a recording: when its events happened, its marks, keys and entered lines; what a
//! player shows around the screen. Whoever has the [`Index`] tells it in pieces, and whoever plays
//! from afar puts them together again.

use std::time::Duration;

use super::index::Index;
use super::keyboard::{TypedKey, key_named};
use super::moment::Moment;
use super::timeline::{Mark, MarkKind, Timeline};
use super::typing::{EnteredLine, Keystroke, Typing};
use crate::limits::{
    ENTERED_LINE_CHARS_MAX, OUTLINE_PIECE_BYTES, OUTLINE_PIECE_ITEMS, SUSPEND_NAME_BYTES_MAX,
};
use crate::untrusted::{Untrusted, is_misleading};
use crate::wire::DecodeError;
use crate::wire::message::{
    Moments, Outline, OutlineKey, OutlineKeyKind, OutlineKnown, OutlineLine, OutlineMark,
    OutlineMarkKind,
};

/// The next piece of what an index holds beside its screens. The events' moments are told before, up to
/// `seq`; `caught_up` says whether those were all.
pub fn outline(index: &Index, known: OutlineKnown, seq: u64, caught_up: bool) -> Outline {
    let (timeline, typing) = (index.timeline(), index.typing());
    let marks = timeline.marks().iter().skip(position(known.marks)).filter_map(mark_to_wire);
    let marks: Vec<OutlineMark> = marks.take(OUTLINE_PIECE_ITEMS).collect();
    let mut room = OUTLINE_PIECE_BYTES;
    let lines = typing.lines().iter().skip(position(known.lines)).map_while(|line| {
        room = room.checked_sub(line.text.len())?;
        Some(OutlineLine {
            seq: line.seq,
            elapsed_ns: nanos(line.elapsed),
            text: line.text.as_str().into(),
        })
    });
    let lines: Vec<OutlineLine> = lines.collect();
    let (keys_from, keys) = typing.keys_since(known.keys);
    let keys: Vec<OutlineKey> = if known.typing == typing.revision() {
        Vec::new()
    } else {
        keys.take(OUTLINE_PIECE_ITEMS).map(key_to_wire).collect()
    };
    let all_keys = typing.keys_since(u64::MAX).0;
    let keys_told =
        if known.typing == typing.revision() { all_keys } else { keys_from + keys.len() as u64 };
    let told_all = known.marks + marks.len() as u64 >= timeline.marks().len() as u64
        && known.lines + lines.len() as u64 >= typing.lines().len() as u64
        && keys_told >= all_keys;
    Outline {
        seq,
        caught_up: caught_up && told_all,
        marks,
        marks_left_out: timeline.marks_left_out(),
        lines,
        lines_left_out: typing.lines_left_out(),
        keys_from,
        keys,
        keys_settled: typing.settled_keys().min(keys_told),
        // Only who has all of it need not be told again.
        typing: if told_all { typing.revision() } else { 0 },
        damage: None,
    }
}

/// What was told of a recording so far.
pub struct Outlined {
    timeline: Timeline,
    typing: Typing,
    known: OutlineKnown,
    elapsed: Duration,
}

/// A piece that does not fit on what was told before.
#[derive(Debug, thiserror::Error)]
pub enum OutlineError {
    /// MOMENTS that are none.
    #[error(transparent)]
    Moments(#[from] DecodeError),
    /// MOMENTS of later events than the next one.
    #[error("moments from event {got} on came in place of {want}")]
    Gap {
        /// The first event in them.
        got: u64,
        /// The next one.
        want: u64,
    },
}

impl Default for Outlined {
    fn default() -> Self {
        let start = Mark { seq: 0, elapsed: Duration::ZERO, kind: MarkKind::Start };
        Self {
            timeline: Timeline::new(start),
            typing: Typing::default(),
            known: OutlineKnown { marks: 1, ..OutlineKnown::default() },
            elapsed: Duration::ZERO,
        }
    }
}

impl Outlined {
    /// What to ask the next piece for.
    pub fn known(&self) -> OutlineKnown {
        self.known
    }

    /// Takes the moments of a piece and gives those that are new. Events that are known already are
    /// passed over.
    ///
    /// # Errors
    /// [`OutlineError`]; nothing of it is taken but what comes before.
    pub fn take_moments(&mut self, moments: &Moments) -> Result<Vec<Moment>, OutlineError> {
        let want = self.known.seq + 1;
        if moments.first_seq > want {
            return Err(OutlineError::Gap { got: moments.first_seq, want });
        }
        let mut new = Vec::new();
        let mut elapsed = Duration::from_nanos(moments.elapsed_ns);
        for (seq, step) in (moments.first_seq..).zip(moments.steps()) {
            let step = step?;
            elapsed = elapsed.saturating_add(Duration::from_nanos(step.delay_ns));
            if seq <= self.known.seq {
                continue;
            }
            (self.known.seq, self.elapsed) = (seq, elapsed);
            let output = usize::try_from(step.output_bytes).unwrap_or(usize::MAX);
            self.timeline.advance(elapsed, output);
            new.push(Moment::of(elapsed, step.is_seen));
        }
        Ok(new)
    }

    /// Takes the rest of a piece. Nothing in it can mislead once it is here.
    pub fn take(&mut self, piece: &Outline) {
        self.timeline.told(piece.marks.iter().filter_map(mark), piece.marks_left_out);
        self.known.marks += piece.marks.len() as u64;
        if !piece.keys.is_empty() || !piece.lines.is_empty() {
            let (lines, keys) = (piece.lines.iter().map(line), piece.keys.iter().map(key));
            self.typing.told(lines, piece.lines_left_out, piece.keys_from, keys);
        }
        self.known.lines += piece.lines.len() as u64;
        self.known.keys = piece.keys_settled;
        self.known.typing = piece.typing;
    }

    /// Length, activity and marks.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// What the user typed.
    pub fn typing(&self) -> &Typing {
        &self.typing
    }

    /// Time of the last event since the start.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

fn mark_to_wire(mark: &Mark) -> Option<OutlineMark> {
    let kind = match &mark.kind {
        MarkKind::Start => OutlineMarkKind::Start,
        MarkKind::Resize { lines, columns } => {
            OutlineMarkKind::Resize { lines: *lines, columns: *columns }
        }
        MarkKind::Suspend(signal) => OutlineMarkKind::Suspend { signal: signal.as_str().into() },
        MarkKind::Gap(gap) => OutlineMarkKind::Gap { ns: nanos(*gap) },
        MarkKind::ParserReset => OutlineMarkKind::ParserReset,
        MarkKind::Approximate => OutlineMarkKind::Approximate,
        MarkKind::HiddenText => OutlineMarkKind::HiddenText,
        MarkKind::HiddenLine => OutlineMarkKind::HiddenLine,
        MarkKind::CommandStart => OutlineMarkKind::CommandStart,
        MarkKind::CommandEnd(exit) => OutlineMarkKind::CommandEnd { exit: *exit },
        // These are no part of the recording itself and are told with the session.
        MarkKind::Incident { .. }
        | MarkKind::SubCommand(_)
        | MarkKind::Finding { .. }
        | MarkKind::Note { .. }
        | MarkKind::Own => return None,
    };
    Some(OutlineMark { seq: mark.seq, elapsed_ns: nanos(mark.elapsed), kind })
}

fn mark(mark: &OutlineMark) -> Option<Mark> {
    let kind = match &mark.kind {
        OutlineMarkKind::Start => MarkKind::Start,
        OutlineMarkKind::Resize { lines, columns } => {
            MarkKind::Resize { lines: *lines, columns: *columns }
        }
        OutlineMarkKind::Suspend { signal } => {
            MarkKind::Suspend(shown(signal, SUSPEND_NAME_BYTES_MAX))
        }
        OutlineMarkKind::Gap { ns } => MarkKind::Gap(Duration::from_nanos(*ns)),
        OutlineMarkKind::ParserReset => MarkKind::ParserReset,
        OutlineMarkKind::Approximate => MarkKind::Approximate,
        OutlineMarkKind::HiddenText => MarkKind::HiddenText,
        OutlineMarkKind::HiddenLine => MarkKind::HiddenLine,
        OutlineMarkKind::CommandStart => MarkKind::CommandStart,
        OutlineMarkKind::CommandEnd { exit } => MarkKind::CommandEnd(*exit),
        OutlineMarkKind::Unknown => return None,
    };
    Some(Mark { seq: mark.seq, elapsed: Duration::from_nanos(mark.elapsed_ns), kind })
}

fn key_to_wire(key: &Keystroke) -> OutlineKey {
    let kind = match key.key {
        TypedKey::Shown(c) => OutlineKeyKind::Shown(c),
        TypedKey::Hidden => OutlineKeyKind::Hidden(()),
        TypedKey::Named(name) => OutlineKeyKind::Named(name.to_owned()),
        TypedKey::Ctrl(c) => OutlineKeyKind::Ctrl(c),
    };
    OutlineKey { elapsed_ns: nanos(key.elapsed), key: kind }
}

fn key(key: &OutlineKey) -> Keystroke {
    let kind = match &key.key {
        OutlineKeyKind::Shown(c) if !is_misleading(*c) => TypedKey::Shown(*c),
        OutlineKeyKind::Ctrl(c) if c.is_ascii_graphic() => TypedKey::Ctrl(*c),
        OutlineKeyKind::Named(name) => TypedKey::Named(key_named(name)),
        OutlineKeyKind::Shown(_)
        | OutlineKeyKind::Hidden(())
        | OutlineKeyKind::Ctrl(_)
        | OutlineKeyKind::Other(_) => TypedKey::Hidden,
    };
    Keystroke { elapsed: Duration::from_nanos(key.elapsed_ns), key: kind }
}

fn line(line: &OutlineLine) -> EnteredLine {
    let text = shown(&line.text, ENTERED_LINE_CHARS_MAX);
    EnteredLine { seq: line.seq, elapsed: Duration::from_nanos(line.elapsed_ns), text }
}

/// Safe to draw: what a server says of a recording is believed no more than the recording.
fn shown(text: &Untrusted, chars: usize) -> String {
    let text = String::from_utf8_lossy(text.as_bytes());
    text.chars().filter(|c| !is_misleading(*c)).take(chars).collect()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn position(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::recordings::RECORDINGS;
    use super::*;
    use crate::session::Event;
    use crate::wire::message::Step;

    fn moments(events: &[Event], from: u64, elapsed: Duration) -> Moments {
        let mut packed = Vec::new();
        events.iter().for_each(|event| Step::of(event).pack(&mut packed));
        Moments { first_seq: from, elapsed_ns: nanos(elapsed), packed: packed.into() }
    }

    /// Tells a recording while it grows by `step` events at a time, over JSON as it goes.
    fn told(size: (u16, u16), events: &[Event], step: usize) -> (Index, Outlined, Vec<Moment>) {
        let mut index = Index::new(size.0, size.1);
        let (mut outlined, mut all) = (Outlined::default(), Vec::new());
        for piece in events.chunks(step) {
            let before = index.elapsed();
            piece.iter().for_each(|event| index.push(event));
            let moments = moments(piece, piece[0].seq(), before);
            all.extend(outlined.take_moments(&moments).unwrap());
            assert!(outlined.take_moments(&moments).unwrap().is_empty(), "told twice, taken once");
            for _ in 0..100 {
                let told = outline(&index, outlined.known(), index.seq(), true);
                let json = serde_json::to_string(&told).unwrap();
                outlined.take(&serde_json::from_str(&json).unwrap());
                if told.caught_up {
                    break;
                }
            }
        }
        (index, outlined, all)
    }

    #[test]
    fn what_is_told_in_pieces_is_what_the_index_has() {
        for recording in &RECORDINGS {
            let events = recording.events();
            for step in [1, 7, 1000] {
                let (index, outlined, moments) = told(recording.size(), &events, step);
                let (here, there) = (index.timeline(), outlined.timeline());
                assert_eq!(here.marks(), there.marks());
                assert_eq!((here.total(), here.activity(77)), (there.total(), there.activity(77)));
                assert_eq!(index.typing().lines(), outlined.typing().lines());
                let keys = |typing: &Typing| {
                    typing.keys(Duration::ZERO, Duration::MAX).copied().collect::<Vec<_>>()
                };
                assert_eq!(keys(index.typing()), keys(outlined.typing()), "in steps of {step}");
                assert!(!keys(index.typing()).is_empty());
                assert_eq!(moments.len(), events.len());
                assert_eq!(moments.last().map(|last| last.elapsed()), Some(index.elapsed()));
            }
        }
    }

    #[test]
    fn nothing_told_can_mislead_or_leave_a_gap() {
        let mut outlined = Outlined::default();
        let line = OutlineLine { seq: 1, elapsed_ns: 0, text: "a\u{1b}[31m\u{202e}b".into() };
        let key = |key| OutlineKey { elapsed_ns: 0, key };
        outlined.take(&Outline {
            lines: vec![line; 9000],
            keys: vec![
                key(OutlineKeyKind::Shown('\u{202e}')),
                key(OutlineKeyKind::Named("\u{1b}]0;x\u{7}".into())),
                key(OutlineKeyKind::Ctrl('\u{9b}')),
            ],
            keys_from: 5,
            ..Outline::default()
        });
        let typing = outlined.typing();
        assert_eq!(typing.lines()[0].text, "a[31mb");
        assert!(typing.lines().len() <= crate::limits::ENTERED_LINES_MAX);
        let keys: Vec<TypedKey> =
            typing.keys(Duration::ZERO, Duration::MAX).map(|key| key.key).collect();
        assert_eq!(keys, [TypedKey::Hidden, TypedKey::Named("‹key›"), TypedKey::Hidden]);
        let gap = Moments { first_seq: 2, elapsed_ns: 0, packed: Default::default() };
        assert!(matches!(outlined.take_moments(&gap), Err(OutlineError::Gap { got: 2, want: 1 })));
    }
}

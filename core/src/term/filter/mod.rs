//! The byte filter in front of the emulator: what is not on its list does not get through.
//!
//! It follows the recorded bytes across any chunk borders and passes on whole characters and whole
//! sequences only, with numbers clamped to the screen. What `vt100` lacks is rewritten: line
//! drawing, IND, NEL, `CSI s` and `u`, HPR, VPR, CHT, CBT, REP, insert mode, no autowrap, DECALN,
//! DECSTR, screen switches that keep the cursor, colours and underlines with colons. Strings for
//! other ears (OSC, DCS, APC, PM, SOS) and every sequence that only asks, rings or sets a mode of
//! the keyboard or mouse end here.
//!
//! Three choices worth knowing:
//! - Nothing hides: a string that does not end is cut, a sequence that is too long, an 8-bit
//!   control or a byte that is not UTF-8 is shown, since terminals differ in what they swallow.
//! - Variation selectors are dropped. Programs lay out one character at a time (`wcwidth`), so a
//!   selector must not widen a cell; in `vt100` 0.18 it can panic as well.
//! - Before anything but text, a cursor that waits to wrap is put back on the last column, as
//!   terminals do. So it only ever waits behind a character, which the [dump](super::dump) needs.
//!
//! Bounded in what it costs as well: what would change nothing is left out ([`cover`]), and what is
//! expensive is paid for out of a [purse](super::purse) that bytes and recorded time fill. When it
//! is empty, expensive sequences do the cheap part of what they mean, and the screen is marked as
//! approximate until it is next cleared as a whole.
//!
//! Invariant: the result depends on the bytes and the recorded time between them alone, never on
//! how they were cut into chunks.

mod cover;
mod csi;
mod escape;
mod plain;
mod price;
mod sgr;
mod string;
mod text;

pub(super) use self::cover::Cover;
use self::cover::Touch;
pub(super) use self::escape::Charsets;
use self::price::Prices;
pub(super) use self::string::StringState;
use super::emulator::Emulator;
use super::facts::Facts;
use super::purse::Purse;
use crate::limits::TERM_SEQUENCE_BYTES_MAX;

/// The filter's state between two chunks, small and plain so that keyframes can hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    /// What the next byte belongs to.
    pub(super) state: State,
    /// The unfinished character or sequence, from its first byte.
    pub(super) held: Vec<u8>,
    /// Character sets in use, and those that DECSC saved.
    pub(super) charsets: Charsets,
    pub(super) saved_charsets: Charsets,
    /// IRM: text pushes what stands right of it.
    pub(super) insert: bool,
    /// DECAWM: text wraps at the right edge.
    pub(super) autowrap: bool,
    /// The character printed just now, which REP repeats; none after anything else.
    pub(super) preceding: Option<char>,
    /// What covers the shown screen.
    pub(super) cover: Cover,
    /// What pays for expensive sequences.
    pub(super) purse: Purse,
    /// Something was too expensive, on the main and on the alternate screen.
    pub(super) approximate: [bool; 2],
    facts: Facts,
}

/// What the next byte belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Text or the beginning of something.
    Ground,
    /// A UTF-8 character, begun in `held`.
    Character,
    /// An escape or control sequence, begun in `held`.
    Sequence,
    /// The payload of OSC, DCS, APC, PM or SOS.
    String(StringState),
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            state: State::Ground,
            held: Vec::new(),
            charsets: Charsets::default(),
            saved_charsets: Charsets::default(),
            insert: false,
            autowrap: true,
            preceding: None,
            cover: Cover::default(),
            purse: Purse::default(),
            approximate: [false; 2],
            facts: Facts::default(),
        }
    }
}

impl Filter {
    /// Writes what `bytes` mean to the emulator; stops once its work counter has reached
    /// `work_end`. Returns how many bytes were taken, all of them unless it stopped, and at least
    /// one.
    pub(super) fn feed(&mut self, bytes: &[u8], emulator: &mut Emulator, work_end: u64) -> usize {
        let mut rest = bytes;
        while let Some(&byte) = rest.first()
            && (emulator.work() < work_end || rest.len() == bytes.len())
        {
            let taken = match &mut self.state {
                State::Ground => self.ground(rest, byte, emulator),
                State::Character => self.character(byte, emulator),
                State::Sequence => {
                    emulator.catch_up();
                    self.sequence(byte, emulator)
                }
                State::String(_) => self.string(rest),
            };
            self.purse.level();
            rest = rest.get(taken..).unwrap_or_default();
        }
        bytes.len() - rest.len()
    }

    /// What was seen beside text since the last call.
    pub(super) fn take_facts(&mut self) -> Facts {
        std::mem::take(&mut self.facts)
    }

    /// The window has a new size: nothing is known of what covers it.
    pub(super) fn resized(&mut self) {
        self.cover = Cover::Unknown;
    }

    /// Pays for a sequence. When it is too expensive, the screen is approximate from now on and
    /// the sequence must be left out.
    fn afford(&mut self, price: u64, emulator: &mut Emulator) -> bool {
        let paid = self.purse.pay(price);
        if paid {
            emulator.spend(price);
        } else {
            self.mark(true, emulator);
        }
        paid
    }

    /// Whether the shown screen is approximate.
    fn mark(&mut self, approximate: bool, emulator: &Emulator) {
        let [main, alternate] = &mut self.approximate;
        let shown = if emulator.alternate_screen() { alternate } else { main };
        *shown = approximate;
    }

    fn touch(&mut self, touch: Touch) {
        self.cover = self.cover.after(touch);
    }

    fn ground(&mut self, rest: &[u8], byte: u8, emulator: &mut Emulator) -> usize {
        if self.plain_mode() {
            let run = plain::run(rest, self.purse, Prices::of(emulator));
            if run.bytes > 0 {
                emulator.write(rest.get(..run.bytes).unwrap_or_default());
                emulator.spend(run.price);
                self.preceding = run.last;
                self.purse = run.purse;
                self.touch(run.touch);
                return run.bytes;
            }
        }
        match byte {
            ESC => {
                emulator.catch_up();
                self.begin_sequence(rest, emulator)
            }
            0..=0x1f | DEL => {
                self.control(byte, emulator);
                1
            }
            _ => self.text(rest, emulator),
        }
    }

    /// A complete CSI sequence is taken at once; anything else byte by byte.
    fn begin_sequence(&mut self, rest: &[u8], emulator: &mut Emulator) -> usize {
        if let Some((body, length)) = plain::complete_csi(rest) {
            self.purse.earn(length);
            self.csi(body, emulator);
            return length;
        }
        self.held.clear();
        self.held.push(ESC);
        self.state = State::Sequence;
        1
    }

    fn sequence(&mut self, byte: u8, emulator: &mut Emulator) -> usize {
        match byte {
            ESC => {
                self.held.clear();
                self.held.push(ESC);
            }
            CAN | SUB => self.end_sequence(),
            0..=0x1f => self.control(byte, emulator),
            DEL => {}
            0x80.. => {
                // Not a part of any sequence: shown as text, the sequence is forgotten.
                self.end_sequence();
                return 0;
            }
            _ => {
                self.held.push(byte);
                self.dispatch(emulator);
            }
        }
        1
    }

    /// Carries out the held sequence once its final byte is there.
    fn dispatch(&mut self, emulator: &mut Emulator) {
        let held = std::mem::take(&mut self.held);
        match held.as_slice() {
            [_, b'['] | [_, b'[', .., b' '..=b'?'] => self.hold(held),
            [_, b'[', body @ ..] => {
                self.state = State::Ground;
                self.purse.earn(held.len());
                self.csi(body, emulator);
            }
            [_, kind @ (b']' | b'P' | b'X' | b'^' | b'_')] => {
                self.end_sequence();
                self.state = State::String(StringState::new(*kind));
            }
            [_, .., b' '..=b'/'] => self.hold(held),
            [_, between @ .., last] => {
                self.end_sequence();
                self.purse.earn(held.len());
                self.escape(between, *last, emulator);
            }
            _ => self.end_sequence(),
        }
    }

    /// Waits for more of a sequence, within reason.
    fn hold(&mut self, held: Vec<u8>) {
        self.held = held;
        if self.held.len() > TERM_SEQUENCE_BYTES_MAX {
            self.end_sequence();
        }
    }

    fn end_sequence(&mut self) {
        self.state = State::Ground;
        self.held.clear();
        self.preceding = None;
    }

    fn control(&mut self, byte: u8, emulator: &mut Emulator) {
        self.preceding = None;
        self.purse.earn(1);
        self.touch(Touch::Moved);
        match byte {
            BEL => self.facts.bells = self.facts.bells.saturating_add(1),
            b'\t' | b'\r' => emulator.write(&[byte]),
            BS => {
                settle(emulator);
                emulator.write(&[byte]);
            }
            b'\n' | VT | FF => self.line_feed(b"\n", b"\x1b[B", emulator),
            SO => self.charsets.shifted = true,
            SI => self.charsets.shifted = false,
            _ => {}
        }
    }
}

/// Takes a cursor that waits to wrap back to the last column.
fn settle(emulator: &mut Emulator) {
    let (_, columns) = emulator.size();
    if emulator.cursor().1 >= columns {
        emulator.write_fmt(format_args!("\x1b[{columns}G"));
    }
}

const BEL: u8 = 0x07;
const BS: u8 = 0x08;
const VT: u8 = 0x0b;
const FF: u8 = 0x0c;
const SO: u8 = 0x0e;
const SI: u8 = 0x0f;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;
const DEL: u8 = 0x7f;

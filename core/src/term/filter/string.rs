//! Strings for the terminal's other ears: OSC, DCS, APC, PM, SOS. Nothing of them is kept but the
//! first bytes, from which titles, clipboard writes and prompt marks are told.

use super::{BEL, CAN, ESC, Filter, SUB, State};
use crate::limits::{TERM_PICTURE_BYTES_MAX, TERM_STRING_BYTES_MAX};
use crate::term::facts::Facts;

/// A string that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::term) struct StringState {
    /// The byte behind ESC that began it: one of `]PX^_`.
    pub(in crate::term) kind: u8,
    /// Payload bytes swallowed so far.
    pub(in crate::term) swallowed: u32,
    /// The first of them.
    pub(in crate::term) head: Vec<u8>,
}

impl StringState {
    pub(super) fn new(kind: u8) -> Self {
        Self { kind, swallowed: 0, head: Vec::new() }
    }

    fn is_osc(&self) -> bool {
        self.kind == b']'
    }

    /// How much may be swallowed.
    fn limit(&self) -> usize {
        match self.kind {
            b'P' | b'_' => TERM_PICTURE_BYTES_MAX,
            // The Linux console's palette sequences do not end like others.
            b']' if self.head.first() == Some(&b'R') => 1,
            b']' if self.head.first() == Some(&b'P') => 8,
            _ => TERM_STRING_BYTES_MAX,
        }
    }

    fn swallow(&mut self, payload: &[u8]) {
        let room = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(payload.iter().take(room));
        self.swallowed = self.swallowed.saturating_add(u32::try_from(payload.len()).unwrap_or(0));
    }
}

impl Filter {
    /// Swallows payload up to the end of the string, of the input, or of what is allowed.
    pub(super) fn string(&mut self, rest: &[u8]) -> usize {
        let State::String(string) = &mut self.state else { return 0 };
        let osc = string.is_osc();
        let ends = |b: &u8| matches!(*b, CAN | SUB | ESC) || (osc && *b == BEL);
        // The first byte decides about the limit.
        let reach = match string.swallowed as usize {
            0 => 1,
            swallowed => string.limit().saturating_sub(swallowed),
        };
        let reach = rest.get(..reach).unwrap_or(rest);
        let end = reach.iter().position(ends);
        let payload = end.map_or(Some(reach), |end| reach.get(..end)).unwrap_or_default();
        string.swallow(payload);
        let full = string.swallowed as usize >= string.limit();
        match end.and_then(|end| reach.get(end)) {
            None if full => {
                let palette = string.limit() < HEAD_BYTES;
                self.facts.strings_cut = self.facts.strings_cut.saturating_add(u32::from(!palette));
                self.state = State::Ground;
                payload.len()
            }
            None => payload.len(),
            Some(&ender) => {
                self.end_string(ender);
                payload.len() + 1
            }
        }
    }

    fn end_string(&mut self, ender: u8) {
        let ended = std::mem::replace(&mut self.state, State::Ground);
        if let State::String(string) = ended
            && string.is_osc()
            && !matches!(ender, CAN | SUB)
        {
            note(&string.head, &mut self.facts);
        }
        if ender == ESC {
            self.held.push(ESC);
            self.state = State::Sequence;
        }
    }
}

fn note(head: &[u8], facts: &mut Facts) {
    let (number, rest) = match head.iter().position(|b| *b == b';') {
        Some(at) => (head.get(..at), head.get(at + 1..).unwrap_or_default()),
        None => (Some(head), [].as_slice()),
    };
    match number {
        Some(b"0" | b"1" | b"2") => facts.titles = facts.titles.saturating_add(1),
        Some(b"52") => facts.clipboard_writes = facts.clipboard_writes.saturating_add(1),
        Some(b"133") => facts.note_prompt(rest),
        _ => {}
    }
}

/// Enough for `133;D;` and an exit value.
const HEAD_BYTES: usize = 24;

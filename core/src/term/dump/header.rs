//! The fixed part of a dump: what the filter knows and the emulator does not.
//!
//! Layout, big-endian: `version u8, behind_ms u32, flags u16, resets u32, credit u32, cover u8,
//! preceding u32 (0 for none), state u8`, for a string `kind u8, swallowed u32, head length u8,
//! head`, then `held length u16, held`.

use std::time::Duration;

use bytes::{Buf, BufMut};

use super::{DumpError, VERSION};
use crate::limits::{TERM_CREDIT_MAX, TERM_PICTURE_BYTES_MAX, TERM_SEQUENCE_BYTES_MAX};
use crate::term::filter::{Charsets, Cover, Filter, State, StringState};
use crate::term::purse::Purse;

/// A decoded header.
pub(super) struct Header {
    pub(super) behind: Duration,
    pub(super) filter: Filter,
    pub(super) inexact: bool,
    pub(super) resets: u32,
}

impl Header {
    pub(super) fn encode(behind: Duration, filter: &Filter, inexact: bool, resets: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.put_u8(VERSION);
        out.put_u32(u32::try_from(behind.as_millis()).unwrap_or(u32::MAX));
        out.put_u16(flags(filter, inexact));
        out.put_u32(resets);
        out.put_u32(filter.purse.credit());
        out.put_u8(filter.cover.code());
        out.put_u32(filter.preceding.map_or(0, u32::from));
        match &filter.state {
            State::Ground => out.put_u8(0),
            State::Character => out.put_u8(1),
            State::Sequence => out.put_u8(2),
            State::String(string) => {
                out.put_u8(3);
                out.put_u8(string.kind);
                out.put_u32(string.swallowed);
                // Both lengths are bounded by the filter far below these types.
                out.put_u8(u8::try_from(string.head.len()).unwrap_or(u8::MAX));
                out.put_slice(&string.head);
            }
        }
        out.put_u16(u16::try_from(filter.held.len()).unwrap_or(u16::MAX));
        out.put_slice(&filter.held);
        out
    }

    /// The header, and what follows it.
    pub(super) fn decode(mut bytes: &[u8]) -> Result<(Self, &[u8]), DumpError> {
        match bytes.try_get_u8() {
            Ok(VERSION) => {}
            Ok(other) => return Err(DumpError::Version(other)),
            Err(_) => return Err(DumpError::Damaged),
        }
        let header = decode_rest(&mut bytes).ok_or(DumpError::Damaged)?;
        Ok((header, bytes))
    }
}

fn decode_rest(bytes: &mut &[u8]) -> Option<Header> {
    let behind = Duration::from_millis(bytes.try_get_u32().ok()?.into());
    let flags = bytes.try_get_u16().ok()?;
    let resets = bytes.try_get_u32().ok()?;
    let credit = bytes.try_get_u32().ok().filter(|credit| *credit <= TERM_CREDIT_MAX)?;
    let cover = Cover::from_code(bytes.try_get_u8().ok()?)?;
    let preceding = match bytes.try_get_u32().ok()? {
        0 => None,
        code => Some(char::from_u32(code)?),
    };
    let state = decode_state(bytes)?;
    let length = u16::from_be_bytes(*bytes.first_chunk::<2>()?);
    let held = take(bytes, length.into(), 2)?;
    let on = |bit: u16| flags & (1 << bit) != 0;
    let mut filter = Filter::default();
    filter.charsets = Charsets { drawing: [on(1), on(2)], shifted: on(3) };
    filter.saved_charsets = Charsets { drawing: [on(4), on(5)], shifted: on(6) };
    filter.insert = on(7);
    filter.autowrap = on(8);
    filter.approximate = [on(9), on(10)];
    filter.purse = Purse::with(credit);
    filter.cover = cover;
    filter.preceding = preceding;
    filter.state = state;
    filter.held = held;
    (filter.held.len() <= TERM_SEQUENCE_BYTES_MAX).then_some(Header {
        behind,
        filter,
        inexact: on(0),
        resets,
    })
}

fn decode_state(bytes: &mut &[u8]) -> Option<State> {
    Some(match bytes.try_get_u8().ok()? {
        0 => State::Ground,
        1 => State::Character,
        2 => State::Sequence,
        3 => {
            let kind = bytes.try_get_u8().ok().filter(|kind| b"]PX^_".contains(kind))?;
            let swallowed = bytes.try_get_u32().ok()?;
            let head = take(bytes, usize::from(*bytes.first()?), 1)?;
            if swallowed as usize > TERM_PICTURE_BYTES_MAX {
                return None;
            }
            State::String(StringState { kind, swallowed, head })
        }
        _ => return None,
    })
}

/// Takes `length` bytes from behind a length field of `field` bytes.
fn take(bytes: &mut &[u8], length: usize, field: usize) -> Option<Vec<u8>> {
    let taken = bytes.get(field..field + length)?.to_vec();
    bytes.advance(field + length);
    Some(taken)
}

fn flags(filter: &Filter, inexact: bool) -> u16 {
    let ([g0, g1], [saved_g0, saved_g1]) = (filter.charsets.drawing, filter.saved_charsets.drawing);
    let [approximate_main, approximate_alternate] = filter.approximate;
    let bits = [
        inexact,
        g0,
        g1,
        filter.charsets.shifted,
        saved_g0,
        saved_g1,
        filter.saved_charsets.shifted,
        filter.insert,
        filter.autowrap,
        approximate_main,
        approximate_alternate,
    ];
    bits.iter().rev().fold(0, |flags, bit| flags << 1 | u16::from(*bit))
}

//! A screen as bytes for the wire: a header with the filter's state, then control sequences that
//! draw everything else, in the form of [`ScreenDump`].
//!
//! The emulator hides much of its state: saved cursor, scroll region, origin mode, the screen not
//! shown. It is not mirrored but asked for: a copy is made to act on it and watched
//! ([`probe`]). So a dump is exact at any point of a stream, even within a sequence. A screen too
//! big for one frame loses first its styles and the hidden screen, then its text, and the viewer
//! is told ([`SafeScreen::is_inexact`]).

mod header;
mod probe;
mod sequences;
mod writer;

use std::time::Duration;

use self::header::Header;
use self::writer::Detail;
use super::quiet::caught;
use super::screen::SafeScreen;
use crate::limits::FRAME_PAYLOAD_BYTES_MAX;
use crate::wire::message::ScreenDump;

/// A dump that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DumpError {
    /// Written by another version.
    #[error("the screen dump has version {0}, this build reads version {VERSION}")]
    Version(u8),
    /// Too short, or with values that no screen has.
    #[error("the screen dump is damaged")]
    Damaged,
}

impl SafeScreen {
    /// The screen as it goes to a late joiner: the state after event `seq`, `elapsed` after the
    /// session's start. At most one frame.
    pub fn to_wire(&self, seq: u64, elapsed: Duration) -> ScreenDump {
        self.to_wire_behind(seq, elapsed, Duration::ZERO)
    }

    /// The same, or nothing when a frame does not hold all of it.
    pub fn to_wire_exact(&self, seq: u64, elapsed: Duration) -> Option<ScreenDump> {
        let mut state = self.dump_of(Detail::Everything, Duration::ZERO)?;
        state.shrink_to_fit();
        Some(self.with_state(seq, elapsed, state))
    }

    /// The same of a screen that lies `behind` what is recorded already: more is to come at once.
    pub fn to_wire_behind(&self, seq: u64, elapsed: Duration, behind: Duration) -> ScreenDump {
        let levels = [Detail::Everything, Detail::Text, Detail::Nothing];
        let state = levels.into_iter().find_map(|detail| self.dump_of(detail, behind));
        self.with_state(seq, elapsed, state.unwrap_or_else(|| self.header(behind, true)))
    }

    /// The screen of a dump. Its control sequences pass the filter like any others.
    ///
    /// # Errors
    /// [`DumpError`] when the state is not one that [`to_wire`](Self::to_wire) writes.
    pub fn from_wire(dump: &ScreenDump) -> Result<Self, DumpError> {
        let (header, drawing) = Header::decode(&dump.state)?;
        let mut screen = Self::new(dump.lines, dump.columns);
        screen.feed(drawing);
        screen.filter = header.filter;
        screen.inexact = header.inexact;
        screen.resets_before = header.resets;
        Ok(screen)
    }

    /// As much of it as `detail` says, if a frame holds that.
    fn dump_of(&self, detail: Detail, behind: Duration) -> Option<Vec<u8>> {
        let mut dump = self.header(behind, self.inexact || detail != Detail::Everything);
        let drawing = caught(|| writer::draw(self.emulator.screen(), detail))?;
        dump.extend_from_slice(drawing.as_bytes());
        (dump.len() <= FRAME_PAYLOAD_BYTES_MAX - WIRE_HEADER_BYTES).then_some(dump)
    }

    fn header(&self, behind: Duration, inexact: bool) -> Vec<u8> {
        Header::encode(behind, &self.filter, inexact, self.resets())
    }

    fn with_state(&self, seq: u64, elapsed: Duration, state: Vec<u8>) -> ScreenDump {
        let elapsed_ns = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        let (lines, columns) = (self.lines(), self.columns());
        ScreenDump { seq, elapsed_ns, lines, columns, state: state.into() }
    }
}

/// How far a dumped screen lies behind what was recorded already when it was dumped; zero for a dump
/// that this build cannot read.
pub fn behind(dump: &ScreenDump) -> Duration {
    Header::decode(&dump.state).map_or(Duration::ZERO, |(header, _)| header.behind)
}

/// `seq`, `elapsed_ns`, `lines`, `columns`, and the frame's own type and stream.
const WIRE_HEADER_BYTES: usize = 32;
const VERSION: u8 = 2;

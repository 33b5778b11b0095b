//! The bytes of the stream, cut into records, however they arrive.
//!
//! `auditd` writes lines (`format = string`) or frames of a fixed length (`format = binary`); the first
//! byte tells which. Neither ever needs more memory than one record.

use super::Record;
use crate::limits::{KAUDIT_FRAME_BYTES, KAUDIT_LINE_BYTES_MAX};

/// Takes bytes and gives pieces.
#[derive(Debug, Default)]
pub struct Stream {
    form: Option<Form>,
    piece: Vec<u8>,
    /// The present line was longer than what is kept of it.
    is_cut: bool,
}

/// The bytes of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A line without its newline, and whether it was cut.
    Line(Vec<u8>, bool),
    /// The number of its type, and its data.
    Frame(u32, Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Lines,
    Frames,
}

impl Stream {
    /// Takes bytes, and hands each piece on that they complete. Empty lines are none.
    pub fn push(&mut self, mut bytes: &[u8], mut take: impl FnMut(Piece)) {
        while let Some(first) = bytes.first() {
            // The first field of a frame's header is a version, 0 or 1; no line begins so.
            let form = if *first < 8 { Form::Frames } else { Form::Lines };
            bytes = match *self.form.get_or_insert(form) {
                Form::Lines => self.line(bytes, &mut take),
                Form::Frames => self.frame(bytes, &mut take),
            };
        }
    }

    /// The stream has ended: a last line may lack its newline.
    pub fn finish(&mut self, take: impl FnOnce(Piece)) {
        if self.form == Some(Form::Lines)
            && let Some(line) = self.take_line()
        {
            take(line);
        }
        self.piece.clear();
    }

    fn line<'a>(&mut self, bytes: &'a [u8], take: &mut impl FnMut(Piece)) -> &'a [u8] {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (now, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        let room = KAUDIT_LINE_BYTES_MAX.saturating_sub(self.piece.len());
        self.piece.extend_from_slice(now.get(..room).unwrap_or(now));
        self.is_cut |= now.len() > room;
        if end.is_some()
            && let Some(line) = self.take_line()
        {
            take(line);
        }
        rest.get(1..).unwrap_or_default()
    }

    fn take_line(&mut self) -> Option<Piece> {
        let is_cut = std::mem::take(&mut self.is_cut);
        let line = self.piece.trim_ascii_end().to_vec();
        self.piece.clear();
        (!line.is_empty()).then_some(Piece::Line(line, is_cut))
    }

    fn frame<'a>(&mut self, bytes: &'a [u8], take: &mut impl FnMut(Piece)) -> &'a [u8] {
        let missing = KAUDIT_FRAME_BYTES.saturating_sub(self.piece.len());
        let (now, rest) = bytes.split_at(missing.min(bytes.len()));
        self.piece.extend_from_slice(now);
        if self.piece.len() == KAUDIT_FRAME_BYTES {
            if let Some(frame) = read_frame(&self.piece) {
                take(frame);
            }
            self.piece.clear();
        }
        rest
    }
}

impl Piece {
    /// The record in it.
    ///
    /// # Errors
    /// [`super::RecordError`] when it holds none.
    pub fn record(&self) -> Result<Record, super::RecordError> {
        match self {
            Self::Line(line, is_cut) => Record::parse(line, *is_cut),
            Self::Frame(number, data) => Record::of_frame(*number, data),
        }
    }

    /// Its bytes, for a first look.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Line(bytes, _) | Self::Frame(_, bytes) => bytes,
        }
    }
}

/// A header of four numbers (version, length of the header, type, length of the data) and a field of a
/// fixed length (`struct audit_dispatcher_header`, `libaudit.h`).
fn read_frame(frame: &[u8]) -> Option<Piece> {
    let (header, data) = frame.split_at_checked(HEADER_BYTES)?;
    let number = |at: usize| header.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
    let size = usize::try_from(number(12)?).ok()?.min(data.len());
    let data = data.get(..size)?;
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(size);
    let data = data.get(..end)?.trim_ascii_end();
    (!data.is_empty()).then(|| Piece::Frame(number(8).unwrap_or_default(), data.to_vec()))
}

const HEADER_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(chunks: &[&[u8]]) -> Vec<Piece> {
        let (mut stream, mut found) = (Stream::default(), Vec::new());
        for chunk in chunks {
            stream.push(chunk, |piece| found.push(piece));
        }
        stream.finish(|piece| found.push(piece));
        found
    }

    fn frame(number: u32, data: &[u8]) -> Vec<u8> {
        let size = u32::try_from(data.len()).unwrap();
        let mut frame: Vec<u8> = [0, 16, number, size].map(u32::to_ne_bytes).concat();
        frame.extend(data);
        frame.resize(KAUDIT_FRAME_BYTES, 0);
        frame
    }

    #[test]
    fn lines_lose_their_ends_and_empty_ones_are_none() {
        let line = |text: &str| Piece::Line(text.into(), false);
        assert_eq!(pieces(&[b"a\r\n\r\n\nb \nc"]), [line("a"), line("b"), line("c")]);
    }

    #[test]
    fn a_long_line_is_cut_and_says_so_and_the_next_is_whole() {
        let long = [vec![b'x'; KAUDIT_LINE_BYTES_MAX + 1], b"\ny\n".to_vec()].concat();
        let found = pieces(&[&long]);
        assert_eq!(found[0], Piece::Line(vec![b'x'; KAUDIT_LINE_BYTES_MAX], true));
        assert_eq!(found[1], Piece::Line(b"y".to_vec(), false));
        let exact = [vec![b'x'; KAUDIT_LINE_BYTES_MAX], b"\n".to_vec()].concat();
        assert_eq!(pieces(&[&exact]), [Piece::Line(vec![b'x'; KAUDIT_LINE_BYTES_MAX], false)]);
    }

    #[test]
    fn frames_have_a_fixed_length_whatever_they_hold() {
        let mut bytes = frame(1320, b"audit(1.002:3): \0");
        bytes.extend(frame(1300, b"audit(1.002:4): a=1"));
        let want = [
            Piece::Frame(1320, b"audit(1.002:3):".to_vec()),
            Piece::Frame(1300, b"audit(1.002:4): a=1".to_vec()),
        ];
        assert_eq!(pieces(&[&bytes]), want);
        let mut huge = frame(1300, b"x");
        huge[12..16].fill(0xff);
        assert_eq!(pieces(&[&huge]), [Piece::Frame(1300, b"x".to_vec())]);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_pieces(bytes in prop::collection::vec(prop::sample::select(vec![b'\n', b'a', b'\r', 0]), 0..20_000), cut: prop::sample::Index) {
            let at = cut.index(bytes.len() + 1);
            prop_assert_eq!(pieces(&[&bytes[..at], &bytes[at..]]), pieces(&[&bytes]));
        }

        #[test]
        fn any_bytes_need_no_more_than_one_record(bytes: Vec<u8>) {
            let mut stream = Stream::default();
            stream.push(&bytes, |piece| { let _ = piece.record(); });
            prop_assert!(stream.piece.len() <= KAUDIT_LINE_BYTES_MAX);
        }
    }
}

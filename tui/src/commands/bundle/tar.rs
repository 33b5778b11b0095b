//! The archive of a bundle: POSIX ustar, without anything of the machine it was made on.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes entries one after the other.
pub(super) struct Tar<W> {
    out: W,
    /// Of every entry, seconds since the epoch.
    mtime: u64,
}

impl<W: Write> Tar<W> {
    pub(super) fn new(out: W, mtime: u64) -> Self {
        Self { out, mtime }
    }

    /// A directory; its name ends with a slash.
    pub(super) fn directory(&mut self, name: &str) -> io::Result<()> {
        let header = header(name, 0o700, 0, self.mtime, b'5')?;
        self.out.write_all(&header)
    }

    /// A file, padded to whole blocks.
    pub(super) fn file(&mut self, name: &str, path: &Path) -> io::Result<()> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let header = header(name, 0o400, length, self.mtime, b'0')?;
        self.out.write_all(&header)?;
        let copied = io::copy(&mut io::Read::take(file, length), &mut self.out)?;
        if copied != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let rest = usize::try_from(length % BLOCK as u64).unwrap_or(0);
        let padding = [0; BLOCK];
        let padding = padding.get(rest..).filter(|_| rest > 0).unwrap_or_default();
        self.out.write_all(padding)
    }

    /// Two empty blocks end an archive.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        Ok(self.out)
    }
}

fn header(name: &str, mode: u32, length: u64, mtime: u64, kind: u8) -> io::Result<[u8; BLOCK]> {
    let mut header = [0; BLOCK];
    if name.len() > NAME_BYTES {
        return Err(io::ErrorKind::InvalidFilename.into());
    }
    let mode = format!("{mode:07o}");
    let (length, mtime) = (number(length), number(mtime));
    let fields: [(usize, &[u8]); 9] = [
        (0, name.as_bytes()),
        (100, mode.as_bytes()),
        (108, b"0000000"),
        (116, b"0000000"),
        (124, &length),
        (136, &mtime),
        // The sum is made with blanks in its own place.
        (148, b"        "),
        (156, &[kind]),
        (257, b"ustar\x0000"),
    ];
    fields.into_iter().for_each(|(at, content)| put(&mut header, at, content));
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
    Ok(header)
}

/// Twelve bytes: octal digits, or, where they are too few, a binary number as GNU and BSD write it.
fn number(number: u64) -> [u8; 12] {
    let mut field = [0; 12];
    let digits = format!("{number:011o}");
    if digits.len() <= 11 {
        put(&mut field, 0, digits.as_bytes());
    } else {
        put(&mut field, 0, &[0x80]);
        put(&mut field, 4, &number.to_be_bytes());
    }
    field
}

fn put(field: &mut [u8], at: usize, content: &[u8]) {
    field.iter_mut().skip(at).zip(content).for_each(|(to, from)| *to = *from);
}

const BLOCK: usize = 512;
const NAME_BYTES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_have_a_place() {
        assert_eq!(&number(8), b"00000000010\0");
        assert_eq!(number(1 << 33), [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        assert!(header(&"x".repeat(101), 0, 0, 0, b'0').is_err());
    }
}

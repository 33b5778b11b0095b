//! Reading a recording's file that may be compressed: transparent, bounded, and honest about cuts.
//!
//! sudo compresses whole files with gzip and flushes without a trailer while a session runs, so a
//! stream that ends early is normal: what is there is given, and the cut is remembered. A stream
//! that grows beyond reason (a decompression bomb) is cut too.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

/// Why a compressed stream gave less than it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// It ends before its end mark: the session runs, or its writer died.
    #[error("the compressed data ends early")]
    Early,
    /// What follows is not gzip.
    #[error("the compressed data is damaged")]
    Damaged,
    /// It unpacks to far more than it is.
    #[error("the compressed data unpacks to more than {RATIO_MAX} times its size")]
    Bomb,
}

/// A file of a recording, unpacked when it is gzip.
pub struct Capped<R> {
    inner: Inner<R>,
    given: u64,
    cut: Option<Cut>,
}

enum Inner<R> {
    /// The first bytes are not read yet.
    Fresh(Option<Counted<R>>),
    Plain(Counted<R>),
    Packed(Box<MultiGzDecoder<Counted<R>>>),
}

impl<R: Read> Capped<R> {
    /// Looks at the first bytes when they are first asked for.
    pub fn new(file: R) -> Self {
        let counted = Counted { file, head: Vec::new(), taken: 0 };
        Self { inner: Inner::Fresh(Some(counted)), given: 0, cut: None }
    }

    /// For content that is known to be unpacked, whatever it begins with.
    pub fn unpacked(file: R) -> Self {
        let counted = Counted { file, head: Vec::new(), taken: 0 };
        Self { inner: Inner::Plain(counted), given: 0, cut: None }
    }

    /// Why the data is less than it claims, once its end was reached.
    pub fn cut(&self) -> Option<Cut> {
        self.cut
    }

    /// True when the file is gzip; known after the first read.
    pub fn is_packed(&self) -> bool {
        matches!(self.inner, Inner::Packed(_))
    }

    /// True when the file is known not to be gzip; never before the first byte was read.
    pub fn is_plain(&self) -> bool {
        matches!(self.inner, Inner::Plain(_))
    }

    fn recognise(&mut self) -> io::Result<()> {
        let Inner::Fresh(file) = &mut self.inner else { return Ok(()) };
        let Some(counted) = file.as_mut() else { return Ok(()) };
        // A plain file that is still empty may grow later, so nothing is decided before the
        // first byte is there.
        while counted.head.len() < GZIP_MAGIC.len() {
            let mut byte = [0];
            if counted.file.read(&mut byte)? == 0 {
                break;
            }
            counted.head.extend(byte);
        }
        if counted.head.is_empty() {
            return Ok(());
        }
        let packed = counted.head == GZIP_MAGIC;
        if let Some(counted) = file.take() {
            self.inner = if packed {
                Inner::Packed(Box::new(MultiGzDecoder::new(counted)))
            } else {
                Inner::Plain(counted)
            };
        }
        Ok(())
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.recognise()?;
        if self.cut.is_some() {
            return Ok(0);
        }
        let Inner::Packed(decoder) = &mut self.inner else {
            return match &mut self.inner {
                Inner::Plain(file) => file.read(buffer),
                _ => Ok(0),
            };
        };
        let result = decoder.read(buffer);
        let taken = decoder.get_ref().taken;
        match result {
            Ok(count) => {
                self.given = self.given.saturating_add(count as u64);
                if self.given > FREE_BYTES.saturating_add(taken.saturating_mul(RATIO_MAX)) {
                    self.cut = Some(Cut::Bomb);
                    return Ok(0);
                }
                Ok(count)
            }
            Err(error) => {
                self.cut = Some(match error.kind() {
                    io::ErrorKind::UnexpectedEof => Cut::Early,
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Cut::Damaged,
                    _ => return Err(error),
                });
                Ok(0)
            }
        }
    }
}

/// Counts what is taken from the file, and gives back the bytes that were looked at.
struct Counted<R> {
    file: R,
    head: Vec<u8>,
    taken: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = if self.head.is_empty() {
            self.file.read(buffer)?
        } else {
            let count = self.head.as_slice().read(buffer)?;
            self.head.drain(..count);
            count
        };
        self.taken = self.taken.saturating_add(count as u64);
        Ok(count)
    }
}

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// So much may come out of any file, however well it packs: a screen full of one letter is honest.
const FREE_BYTES: u64 = 64 * 1024 * 1024;
const RATIO_MAX: u64 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    fn pack(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(bytes: &[u8]) -> (Vec<u8>, Option<Cut>) {
        let mut capped = Capped::new(bytes);
        let mut data = Vec::new();
        capped.read_to_end(&mut data).unwrap();
        (data, capped.cut())
    }

    #[test]
    fn plain_and_packed_read_alike() {
        for data in [b"".as_slice(), b"x", b"\x1f", b"hello world"] {
            assert_eq!(unpack(data), (data.to_vec(), None));
            assert_eq!(unpack(&pack(data)), (data.to_vec(), None));
        }
    }

    #[test]
    fn a_cut_stream_gives_what_it_has() {
        let data: Vec<u8> =
            (0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        let packed = pack(&data);
        let (got, cut) = unpack(&packed[..packed.len() / 2]);
        assert_eq!(cut, Some(Cut::Early));
        assert!(got.len() > data.len() / 4 && data.starts_with(&got));
    }

    #[test]
    fn damage_is_marked_not_fatal() {
        let (got, cut) = unpack(b"\x1f\x8bnot gzip at all");
        assert_eq!((got.len(), cut), (0, Some(Cut::Damaged)));
    }

    #[test]
    fn a_bomb_is_defused() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let zeros = vec![0; 1 << 20];
        (0..300).for_each(|_| encoder.write_all(&zeros).unwrap());
        let bomb = encoder.finish().unwrap();
        let mut capped = Capped::new(bomb.as_slice());
        let given = io::copy(&mut capped, &mut io::sink()).unwrap();
        assert_eq!(capped.cut(), Some(Cut::Bomb));
        assert!(given <= FREE_BYTES + bomb.len() as u64 * RATIO_MAX);
    }

    #[test]
    fn a_plain_file_may_grow_after_its_end_was_seen() {
        struct Growing(Vec<&'static [u8]>);
        impl Read for Growing {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() { Ok(0) } else { self.0.remove(0).read(buffer) }
            }
        }
        let mut capped = Capped::new(Growing(vec![b"", b"a", b"b", b"", b"c"]));
        let mut buffer = [0; 8];
        let reads: Vec<usize> = (0..6).map(|_| capped.read(&mut buffer).unwrap()).collect();
        assert_eq!(reads.iter().sum::<usize>(), 3);
    }
}

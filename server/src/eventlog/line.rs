//! One stored entry as a line of a segment: CRC-32 of the rest in hexadecimal, a space, JSON.
//!
//! The number comes first in the JSON, so that a line can be told from another without reading all of
//! it, and a control character of a hostile name is always written as an escape: a line ends where it
//! ends.

use memchr::memmem;
use serde::{Deserialize, Serialize};
use sudolog_core::eventlog::{Entry, EntryId, Source, Stored};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;

/// Appends the entry's line.
pub(super) fn encode(number: u64, stored: Timestamp, entry: &Entry, out: &mut Vec<u8>) {
    // String keys and no fallible Serialize: this cannot fail.
    let json = serde_json::to_vec(&Written { number, stored, entry }).unwrap_or_default();
    out.extend_from_slice(format!("{:08x} ", crc32fast::hash(&json)).as_bytes());
    out.extend_from_slice(&json);
    out.push(b'\n');
}

/// The entry of a line, without its end; `None` when the line is damaged.
pub(super) fn decode(line: &[u8]) -> Option<Stored> {
    let Read { number, stored, entry } = serde_json::from_slice(sound(line)?).ok()?;
    Some(Stored { number, stored, entry })
}

/// What must be known of an entry to tell whether it came twice.
#[derive(Deserialize)]
pub(super) struct Name {
    /// Its place.
    pub(super) number: u64,
    /// The rest.
    pub(super) entry: NameOfEntry,
}

/// See [`Name`].
#[derive(Deserialize)]
pub(super) struct NameOfEntry {
    /// By whoever noticed it.
    pub(super) id: EntryId,
    /// By whom.
    pub(super) source: Source,
    /// Where.
    #[serde(default)]
    pub(super) host: Untrusted,
}

/// The same as [`decode`], only the name.
pub(super) fn decode_name(line: &[u8]) -> Option<Name> {
    serde_json::from_slice(sound(line)?).ok()
}

/// All lines of a segment, without their ends.
pub(super) fn all(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..end).filter(|_| !rest.is_empty())?;
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(line)
    })
}

/// The number of a line, which may be damaged behind it.
pub(super) fn number(line: &[u8]) -> Option<u64> {
    let digits = line.get(CRC_BYTES..)?.strip_prefix(NUMBER_KEY)?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
}

/// Who fills the log with this line: the server or somebody else, and which host it is about. Nothing is
/// understood for it: what comes before these two in a line is names and numbers.
pub(super) fn payer(line: &[u8]) -> Option<(bool, &[u8])> {
    let source = memmem::find(line, SOURCE_KEY)? + SOURCE_KEY.len();
    let of_server = line.get(source..)?.starts_with(b"server\"");
    let host = memmem::find(line.get(source..)?, HOST_KEY)? + source + HOST_KEY.len();
    let rest = line.get(host..)?;
    let end = memchr::memchr2(b'"', b'}', rest.get(1..)?)? + 1;
    Some((of_server, rest.get(..end)?))
}

/// The JSON of a line that is as it was written.
fn sound(line: &[u8]) -> Option<&[u8]> {
    let (crc, json) = line.split_at_checked(CRC_BYTES)?;
    let crc = std::str::from_utf8(crc.strip_suffix(b" ")?).ok()?;
    (u32::from_str_radix(crc, 16).ok()? == crc32fast::hash(json)).then_some(json)
}

#[derive(Serialize)]
struct Written<'a> {
    number: u64,
    stored: Timestamp,
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct Read {
    number: u64,
    stored: Timestamp,
    entry: Entry,
}

const CRC_BYTES: usize = "00000000 ".len();
const SOURCE_KEY: &[u8] = b"\"source\":\"";
const HOST_KEY: &[u8] = b"\"host\":";
const NUMBER_KEY: &[u8] = b"{\"number\":";

#[cfg(test)]
mod tests {
    use super::super::log::tests::entry;
    use super::*;

    #[test]
    fn a_line_is_read_back_and_damage_is_seen() {
        let mut hostile = entry("a.1");
        hostile.text = Untrusted::new(b"x\n\x1b]0;\xff".as_slice());
        let mut line = Vec::new();
        encode(7, Timestamp::from_nanos(5), &hostile, &mut line);
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        line.pop();
        assert_eq!(number(&line), Some(7));
        assert_eq!(payer(&line), Some((false, b"\"web1".as_slice())));
        let stored = Stored { number: 7, stored: Timestamp::from_nanos(5), entry: hostile };
        assert_eq!(decode(&line), Some(stored));
        assert_eq!(decode_name(&line).unwrap().entry.id.to_string(), "a.1");
        for end in 0..line.len() {
            assert_eq!(decode(&line[..end]), None);
        }
        let middle = line.len() / 2;
        line[middle] ^= 1;
        assert_eq!(decode(&line), None);
    }
}

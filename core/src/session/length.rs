//! How long the strings of a session may be, raw and as JSON writes them: what is accepted once is
//! stored, forwarded and read back, so its largest form must fit everywhere.

use crate::limits::{
    ARGV_MAX, ENTRY_DETAILS_MAX, SENTENCE_BYTES_MAX, START_JSON_BYTES_MAX, START_TEXT_BYTES_MAX,
    TEXT_BYTES_MAX,
};
use crate::untrusted::Untrusted;

/// A string or a list that is too long to be kept.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LengthError {
    /// One string is too long.
    #[error("a string of {0} bytes is above the limit of {TEXT_BYTES_MAX}")]
    Text(usize),
    /// All strings together are too long.
    #[error(
        "the command line and names have {0} bytes together, above the limit of {START_TEXT_BYTES_MAX}"
    )]
    Total(usize),
    /// They are short, but not when their control characters are written out.
    #[error(
        "the command line and names take {0} bytes as JSON, above the limit of {START_JSON_BYTES_MAX}"
    )]
    Json(usize),
    /// Too many arguments.
    #[error("{0} arguments are above the limit of {ARGV_MAX}")]
    Argv(usize),
    /// Too many details.
    #[error("{0} details, or their names, are above the limit of {ENTRY_DETAILS_MAX}")]
    Details(usize),
    /// A name or sentence is too long.
    #[error("a sentence of {0} bytes is above the limit of {SENTENCE_BYTES_MAX}")]
    Sentence(usize),
}

/// Checks the strings of one message, `argv` among them.
///
/// # Errors
/// [`LengthError`] with the length seen.
pub(crate) fn check_texts<'a>(
    texts: impl IntoIterator<Item = &'a Untrusted>,
    argv: &'a [Untrusted],
) -> Result<(), LengthError> {
    if argv.len() > ARGV_MAX {
        return Err(LengthError::Argv(argv.len()));
    }
    let (mut total, mut json) = (0, 0);
    for text in texts.into_iter().chain(argv) {
        if text.len() > TEXT_BYTES_MAX {
            return Err(LengthError::Text(text.len()));
        }
        total += text.len();
        json += text.json_bytes();
    }
    if total > START_TEXT_BYTES_MAX {
        return Err(LengthError::Total(total));
    }
    if json > START_JSON_BYTES_MAX { Err(LengthError::Json(json)) } else { Ok(()) }
}

/// Checks names and sentences, which people read.
///
/// # Errors
/// [`LengthError::Sentence`] with the length seen.
pub(crate) fn check_sentences<'a>(
    texts: impl IntoIterator<Item = &'a Untrusted>,
) -> Result<(), LengthError> {
    match texts.into_iter().find(|text| text.len() > SENTENCE_BYTES_MAX) {
        Some(text) => Err(LengthError::Sentence(text.len())),
        None => Ok(()),
    }
}

//! A place in a recording from which its events can be read on.

use sudolog_core::iolog::Bookmark;
use sudolog_core::term::Keyframe;

use crate::store::{Directory, Files, Numbered};

/// A keyframe and where in the files the events begin that follow it.
pub struct Place {
    /// The screen there.
    pub keyframe: Keyframe,
    pub(super) directory: Directory,
    /// Absent at the beginning, and where the files are packed and so must be read from there.
    pub(super) bookmark: Option<Bookmark>,
}

impl Place {
    /// The events from here on. Those up to the keyframe's may come first: they are to be passed over.
    pub fn events(&self) -> Numbered<Files> {
        Files::events(&self.directory, self.bookmark.as_ref(), self.keyframe.seq)
    }
}

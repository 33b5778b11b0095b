//! A place in a recording from which its events can be read on.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use sudolog_core::iolog::{Bookmark, Source};
use sudolog_core::term::Keyframe;

use crate::store::{Directory, Numbered};

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
        let files = Files { directory: self.directory.clone(), from: self.bookmark.clone() };
        match &self.bookmark {
            Some(bookmark) => Numbered::resume(files, bookmark.clone(), self.keyframe.seq),
            None => Numbered::new(files),
        }
    }
}

/// A recording's files from a bookmark on.
pub struct Files {
    directory: Directory,
    from: Option<Bookmark>,
}

impl Source for Files {
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        let Some(bookmark) = &self.from else { return self.directory.open(name) };
        let seek = |mut file: File| file.seek(SeekFrom::Start(bookmark.offset(name))).map(|_| file);
        Ok(self.directory.file(name)?.map(seek).transpose()?.map(|file| Box::new(file) as _))
    }
}

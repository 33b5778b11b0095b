//! A recording's files from a bookmark on.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use sudolog_core::iolog::{Bookmark, Source};

use super::{Directory, Numbered};

/// The files as if they began at a bookmark. Packed ones cannot be begun anywhere but at the start.
pub struct Files {
    directory: Directory,
    from: Option<Bookmark>,
}

impl Files {
    /// The events behind a bookmark, the first of them being number `given + 1`; all of them without
    /// one.
    pub fn events(directory: &Directory, from: Option<&Bookmark>, given: u64) -> Numbered<Self> {
        let files = Self { directory: directory.clone(), from: from.cloned() };
        match from {
            Some(bookmark) => Numbered::resume(files, bookmark.clone(), given),
            None => Numbered::new(files),
        }
    }
}

impl Source for Files {
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        let Some(bookmark) = &self.from else { return self.directory.open(name) };
        let seek = |mut file: File| file.seek(SeekFrom::Start(bookmark.offset(name))).map(|_| file);
        Ok(self.directory.file(name)?.map(seek).transpose()?.map(|file| Box::new(file) as _))
    }
}

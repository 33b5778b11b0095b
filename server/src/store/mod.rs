//! Where recordings lie: directories in sudo's format, and an index over them that can always be
//! built anew.

mod asking;
mod beside;
mod catalog;
mod facets;
mod files;
mod finding;
mod health;
mod hits;
mod index;
mod inspect;
mod layout;
mod log;
mod numbered;
mod reindex;
#[cfg(test)]
pub(crate) mod sample;
mod schema;
mod sink;
mod spent;
mod sums;

#[cfg(test)]
mod index_tests;

pub use beside::Added;
pub use catalog::Catalog;
pub use files::Files;
pub(crate) use health::{Health, Storage};
pub use index::Index;
pub use inspect::Directory;
pub use layout::Layout;
pub use log::Log;
pub use numbered::Numbered;
pub use reindex::reindex;
pub use sink::{Batch, Sink};
pub use spent::Spent;

/// Our disk's fault.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or directory.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// The system's words.
        error: std::io::Error,
    },
    /// The index; `sudolog-server reindex` builds it anew.
    #[error("index: {0}; if it is damaged, stop the server and run sudolog-server reindex")]
    Index(#[from] rusqlite::Error),
}

impl StoreError {
    /// True when the disk works and one file is not what it was: removed, changed, or a link or
    /// something else in its place.
    pub(crate) fn is_tampering(&self) -> bool {
        use std::io::ErrorKind as Kind;
        let Self::File { error, .. } = self else { return false };
        let looped = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
        looped
            || matches!(
                error.kind(),
                Kind::NotFound | Kind::NotADirectory | Kind::IsADirectory | Kind::InvalidData
            )
    }

    pub(crate) fn at(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File { path, error }
    }
}

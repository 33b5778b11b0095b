//! The dialog in which the recording that is played is exported: as what, to which file, without what.

mod state;
mod view;

#[cfg(test)]
mod tests;

pub use state::{ExportAction, ExportRequest, Exporting, Field};
pub(super) use view::view;

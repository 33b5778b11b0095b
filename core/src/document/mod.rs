//! Files that people write in YAML: taken as a whole or refused as a whole, with line and key.

mod node;
mod spot;

pub use node::DocumentError;
pub(crate) use node::{Node, one_line};
pub(crate) use spot::{Fields, Spot};

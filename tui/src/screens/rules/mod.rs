//! The rules: what each looks for, switched and edited as a draft, tried on the store, put into force
//! with a reason.

mod draft;

pub use draft::{Changed, Draft};

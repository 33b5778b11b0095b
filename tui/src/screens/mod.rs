//! The screens of the console.

pub mod live;

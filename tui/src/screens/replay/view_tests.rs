//! The replay screen as it looks.

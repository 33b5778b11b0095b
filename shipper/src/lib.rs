//! Part of Sudolog.

//! iolog

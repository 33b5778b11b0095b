//! The lines in which an operator says what of a list is wanted: one language for sessions, one for the event
//! log, one for alerts. All of them are words and `field:value`.

mod alerts;
mod parts;

use sudolog_core::filter::Filter;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::EventsQuery;

use crate::calendar;

/// What such a line says.
pub trait QueryLine: Sized {
    /// Understands a line at this time.
    ///
    /// # Errors
    /// What is not understood, in a sentence that is safe to show.
    fn read(text: &str, now: Timestamp) -> Result<Self, String>;
}

impl QueryLine for Filter {
    fn read(text: &str, now: Timestamp) -> Result<Self, String> {
        calendar::filter(text, now).map_err(|error| error.to_string())
    }
}

impl QueryLine for EventsQuery {
    fn read(text: &str, now: Timestamp) -> Result<Self, String> {
        Self::parse(text, &|text| calendar::at(text, now)).map_err(|error| error.to_string())
    }
}

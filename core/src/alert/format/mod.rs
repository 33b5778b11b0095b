//! A letter in the form of each service. JSON is made by serde, never of pieces of text; every text in a
//! letter is harmless already, and is escaped once more where a format has a meaning for characters.

mod chat;
mod http;
mod mail;
mod syslog;
mod told;

#[cfg(test)]
mod tests;

pub use http::{Request, apprise_type, request};
pub use mail::mail;
pub use syslog::{Local, local, octet_counted, rfc5424};
pub use told::Told;

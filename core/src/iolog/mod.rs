//! Recordings in sudo's iolog format: one directory a session, read and written as bytes.
//!
//! Nothing here opens a file: readers are handed in through [`Source`], writers get bytes back and
//! write them themselves. The format's facts are in `sudoreplay(8)`, `sudo_logsrvd(8)` and sudo's
//! `lib/iolog`.

mod acks;
mod assessments;
mod capped;
mod incidents;
mod log_json;
mod log_legacy;
pub mod path;
mod reader;
mod remarks;
mod timing;
mod verify;

pub use acks::{encode_ack, parse_acks};
pub use assessments::{encode_assessment, parse_assessments};
pub use capped::{Capped, Cut};
pub use incidents::{encode_incident, parse_incidents};
pub use log_json::{LogError, LogInfo, RunTime};
pub use log_legacy::{encode_legacy, parse_legacy};
pub use reader::{Bookmark, Damage, Reader, Source};
pub use remarks::{encode_remark, parse_remarks};
pub use timing::{Payload, TimingError, TimingParser, TimingRecord, encode_timing};
pub use verify::{Fault, Verification, Verifier};

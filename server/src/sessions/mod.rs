//! The sessions that the server has in hand: from the first word of one until its end is in the files.
//!
//! `brief` is what is kept of a start, `machine` the pure rule of what may come next, `link` the way back
//! to the host, `orders` what is said over it again, `session` all of that for one, `registry` all of them. Who wants to know what becomes of
//! them is told by `fanout` (live viewers) and `fresh` (the rules). Taking in (`ingest`) and writing
//! (`store`) both work on these sessions and know no more of one another than a batch.

mod brief;
mod fanout;
mod fresh;
mod link;
mod machine;
mod orders;
mod registry;
mod session;

pub use brief::Brief;
pub(crate) use brief::{COMMAND_BYTES_MAX, NAME_BYTES_MAX, shorten};
pub use fanout::{Fanout, LiveItem, Subscription};
pub use fresh::{Fresh, Next};
pub use link::Outlet;
pub use machine::{Machine, PeerError};
pub use registry::Registry;
pub use session::{Intake, Session};

//! What people say of a session: remarks, one after the other and never changed, and how the
//! session stands by them.

mod confirmed;
mod objection;
mod remark;
mod standing;
mod verdict;

pub use objection::Objection;
pub use remark::{Remark, RemarkKind};
pub use standing::{Policy, Standing};
pub use verdict::Verdict;

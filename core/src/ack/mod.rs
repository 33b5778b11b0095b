//! Proof that a recording is stored: the hash chain, its signed acknowledgements, and the window
//! of events that wait for one.

mod chain;
mod debt;
mod key;
mod signed;
mod window;

pub use chain::Chain;
pub use debt::Debt;
pub use key::{AckSigner, AckVerifier, AckVerifiers, KeyError, KeyId};
pub use signed::{AckError, SignedAck, VerifiedAck};
pub use window::{Window, WindowError};

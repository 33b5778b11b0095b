//! The harness of Sudolog's tests: a whole world of real parts that a test can start and break.
//!
//! [`World`] runs the real server and the real shipper on loopback under a temporary directory and
//! calls the real sudo in a private mount namespace, so the machine's own `/etc` is never touched.
//! [`World::start_over`] puts a [`Cable`] between two machines in its place.
//! The harness needs root, sudo and cgroup v2 and fails loudly without them.

pub mod auditd;
pub mod busy;
pub mod cgroup;
pub mod command;
pub mod daemon;
pub mod disk;
pub mod events;
pub mod feeder;
pub mod figures;
pub mod net;
pub mod programs;
pub mod pty;
pub mod recording;
pub mod sample;
pub mod sudo;
pub mod ticker;
pub mod ticking;
pub mod tmux;
pub mod wait;
pub mod watched;
pub mod weather;
pub mod webhook;
pub mod world;

pub use busy::Busy;
pub use cgroup::SessionCgroup;
pub use feeder::Feeder;
pub use net::{Cable, End};
pub use pty::Pty;
pub use recording::Recording;
pub use sudo::Sudo;
pub use ticker::Ticker;
pub use ticking::Ticking;
pub use tmux::Tmux;
pub use watched::Watched;
pub use weather::Weather;
pub use webhook::Webhook;
pub use world::World;

//! The rules of a running session, with a server and a clock in memory.

mod ending;
mod orders;
mod proof;
mod random;
mod resuming;
mod silence;
mod telling;
mod world;

use world::{MS, World, frozen, notices};

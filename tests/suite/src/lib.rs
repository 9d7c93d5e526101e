//! What the tests across crates share.

pub mod bare;
pub mod canned;
pub mod json;
pub mod mutator;
pub mod random;
pub mod scenario;
pub mod service;
pub mod world;

/// What contributors read, which has all of the workspace at hand. (The documents for users are compiled
/// by `.ci/fresh-crate`, with what a user has.)
#[cfg(doctest)]
#[doc = include_str!("../../../CONTRIBUTING.md")]
mod contributing {}

/// Servers that misbehave.
pub use descope_emulator::conformance::faults;

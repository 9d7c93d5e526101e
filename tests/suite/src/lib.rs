//! What the tests across crates share.

pub mod bare;
pub mod canned;
#[cfg(doctest)]
mod documents;
pub mod json;
pub mod mutator;
pub mod random;
pub mod scenario;
pub mod service;
pub mod world;

/// Servers that misbehave.
pub use descope_emulator::conformance::faults;

//! What the tests across crates share.

pub mod bare;
pub mod canned;
pub mod faults;
#[cfg(doctest)]
mod guides;
pub mod json;
pub mod mutator;
pub mod random;
pub mod scenario;
pub mod service;
pub mod world;

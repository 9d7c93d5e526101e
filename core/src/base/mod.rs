//! What all rooms speak of.

mod now;
mod operation;
mod outcome;
mod secret;
pub(crate) mod std_parts;

pub use now::Now;
pub use operation::{Class, Operation, Target};
pub use outcome::Outcome;
pub use secret::Secret;

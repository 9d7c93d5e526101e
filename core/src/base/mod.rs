//! What all rooms speak of.

mod clock;
mod now;
mod operation;
mod outcome;
mod request_kind;
mod secret;
mod spoken_time;
pub(crate) mod std_parts;

pub use clock::Clock;
pub use now::Now;
pub use operation::{Class, Operation, Target};
pub use outcome::Outcome;
pub use request_kind::RequestKind;
pub use secret::Secret;
pub(crate) use spoken_time::{Span, UtcTime};

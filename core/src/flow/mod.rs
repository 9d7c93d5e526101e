//! Flows of several requests: machines made of calls.

mod exchange;
mod validate;

pub use exchange::{Exchange, Exchanging};
pub use validate::{Validate, Validating};

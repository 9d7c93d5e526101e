//! Flows of several requests: machines made of calls.

#[path = "exchange_flow.rs"]
mod exchange;
#[path = "validate_flow.rs"]
mod validate;

pub use exchange::{Exchange, Exchanging};
pub use validate::{Validate, Validating};

//! JSON: bodies, one object each way, and the reader of what a token carries.

pub(crate) mod body;
#[cfg(feature = "jwt")]
pub(crate) mod object;
#[cfg(feature = "jwt")]
mod walk;

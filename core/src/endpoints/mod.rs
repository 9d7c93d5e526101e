//! Which requests there are.

pub(crate) mod access_key;
mod arguments;
#[cfg(feature = "jwt")]
mod exchange;
#[cfg(feature = "jwt")]
mod signing_keys;

#[cfg(feature = "jwt")]
pub use exchange::{ExchangeAccessKey, UnvalidatedToken};
#[cfg(feature = "jwt")]
pub use signing_keys::FetchSigningKeys;

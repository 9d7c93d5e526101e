//! How tokens are got and judged: flows of several requests, and what is remembered between them.

mod authenticator;
mod caller;
mod challenge;
mod exchange_cache;
mod exchange_flow;
mod known_keys;
mod negative_cache;
#[cfg(test)]
mod negative_cache_tests;
mod presented;
mod rejection;
pub(crate) mod secret_source;
#[expect(clippy::module_inception, reason = "a session is what the room is about")]
mod session;
pub(crate) mod session_context;
mod signing_key_cache;
#[cfg(test)]
mod signing_key_cache_tests;
mod signing_key_fetch;
mod signing_key_keeper;
mod signing_key_upkeep;
mod token_bucket;
mod token_cache;
pub(crate) mod validate_flow;
mod word_on_key;

pub use authenticator::{AuthenticateFlow, Authenticator};
pub use caller::Caller;
pub use exchange_cache::{ExchangeCache, PresentedKeyFlow};
pub use exchange_flow::ExchangeFlow;
pub use rejection::{Rejection, RejectionKind};
pub use secret_source::SecretSource;
pub use session::Session;
pub use signing_key_keeper::{KeepSigningKeys, SigningKeyKeeper};
pub use token_cache::{TokenCache, TokenFlow};
pub use validate_flow::{ValidateFlow, ValidateToken};

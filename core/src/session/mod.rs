//! How tokens are got and judged: flows of several requests, and what is remembered between them.

mod exchange_flow;
#[expect(clippy::module_inception, reason = "a session is what the room is about")]
mod session;
pub(crate) mod session_context;
mod signing_key_cache;
mod token_cache;
pub(crate) mod validate_flow;

pub use exchange_flow::ExchangeFlow;
pub use session::Session;
pub use token_cache::{TokenCache, TokenFlow};
pub use validate_flow::{ValidateFlow, ValidateToken};

//! Session tokens: from a text and the signing keys to claims that can be trusted.
//!
//! Pure functions and data. [`Token::parse`] takes a token apart and hands out its `kid`;
//! [`SigningKeys`] holds the project's; [`TokenRules::validate`] checks the token against them, with
//! the time as an input, and is the only source of [`Claims`].
//!
//! ```
//! use core::time::Duration;
//! use descope_core::jwt::{SigningKeys, Token, TokenError, TokenRules};
//!
//! fn may_deploy(token: &str, keys: &SigningKeys, unix_now: Duration) -> Result<bool, TokenError> {
//!     let validation = TokenRules::new("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ");
//!     let claims = validation.validate(&Token::parse(token)?, keys, unix_now)?;
//!     Ok(claims.tenant("acme").has_role("deployer"))
//! }
//! ```

mod algorithm;
mod audience;
mod backend;
mod base64url;
mod claims;
mod dpop;
mod excerpt;
mod grants;
mod http_uri;
mod issuer;
mod jwk;
mod jwk_error;
mod jwk_set;
mod key_material;
mod numeric_date;
mod proof_error;
mod read_claim;
mod replay_store;
mod sha256;
mod tenant;
mod token;
mod token_error;
mod token_rules;
mod untrusted_claims;
mod verified_tokens;

pub use algorithm::Algorithm;
pub use audience::Audience;
pub use claims::Claims;
pub use dpop::DpopRequest;
pub use jwk::Jwk;
pub use jwk_error::JwkError;
pub use jwk_set::{SigningKeys, SigningKeysError, SkippedSigningKey};
pub use numeric_date::NumericDate;
pub use proof_error::ProofError;
pub use replay_store::ReplayStore;
pub use tenant::Tenant;
pub use token::Token;
pub use token_error::TokenError;
pub use token_rules::TokenRules;
pub use untrusted_claims::UntrustedClaims;
pub use verified_tokens::VerifiedTokens;

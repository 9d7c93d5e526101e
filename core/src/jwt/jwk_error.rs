//! Why a JWK cannot be used.

/// Why a JWK cannot be used. Shows nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unusable JWK: {0}")]
pub struct JwkError(pub(super) &'static str);

//! A validated session.

use alloc::format;
use alloc::string::String;
use core::fmt;

use http::HeaderValue;

use crate::base::Secret;
use crate::jwt::Claims;

/// A session token that has been validated, with its claims.
///
/// `Debug` shows the claims' subject and times, and neither the token nor the header's value.
#[derive(Clone)]
pub struct Session {
    token: Secret,
    claims: Claims,
    key_id: String,
    authorization: HeaderValue,
}

impl Session {
    pub(crate) fn new(token: Secret, claims: Claims, key_id: Option<String>) -> Self {
        let key_id = key_id.or_else(|| claims.key_id().map(String::from)).unwrap_or_default();
        // A token that was validated is base64url with dots.
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .unwrap_or_else(|_| HeaderValue::from_static(""));
        authorization.set_sensitive(true);
        Self { token, claims, key_id, authorization }
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// What the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The id of the access key that it was exchanged for.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The value for an `Authorization` header: `Bearer` and the token, marked as sensitive.
    #[must_use]
    pub fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("key_id", &self.key_id)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

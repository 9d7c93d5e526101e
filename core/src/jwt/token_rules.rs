//! What makes a token valid, and the one way from a token to its claims.

use alloc::string::String;
use core::time::Duration;

use super::excerpt::excerpt;
use super::{
    Audience, Claims, DpopRequest, NumericDate, ReplayStore, SigningKeys, Token, TokenError, issuer,
};
use crate::json::object;

/// The rules for a valid session token.
///
/// In this order: header, `alg` and `kid` (by [`Token::parse`]), the key, its signature, issuer,
/// audience, `exp`, `nbf`, `iat`, and that the token is not bound to a DPoP key.
///
/// ```
/// use core::time::Duration;
/// use descope_core::jwt::{Audience, TokenRules};
///
/// let validation = TokenRules::new("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ")
///     .audience(Audience::any_of(["https://api.example.com"]))
///     .leeway(Duration::from_secs(2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRules {
    project_id: String,
    audience: Audience,
    leeway: Duration,
}

impl TokenRules {
    /// The rules for tokens of a project: the default [`Audience`], and 5 s of leeway.
    pub fn new(project_id: impl Into<String>) -> Self {
        let leeway = Duration::from_secs(5);
        Self { project_id: project_id.into(), audience: Audience::default(), leeway }
    }

    /// Which audiences are accepted.
    #[must_use]
    pub fn audience(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// How far this machine's clock may be from the service's. A token is expired from `exp` plus
    /// the leeway on, and too early before `nbf` or `iat` minus the leeway.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    pub(crate) fn clock_leeway(&self) -> Duration {
        self.leeway
    }

    /// Validates a token, and hands out its claims. `unix_now` is the time since the Unix epoch.
    ///
    /// # Errors
    /// [`TokenError`] with the first check that the token did not pass;
    /// [`is_unknown_kid`](TokenError::is_unknown_kid) where fresh signing keys may help.
    pub fn validate(
        &self,
        token: &Token<'_>,
        keys: &SigningKeys,
        unix_now: Duration,
    ) -> Result<Claims, TokenError> {
        let claims = signed_claims(token, keys)?;
        self.check_unbound(&claims, unix_now)?;
        Ok(claims)
    }

    /// Validates a token that is bound to a DPoP key (`cnf.jkt`), and the proof that came with it
    /// (RFC 9449 section 4.3): its type, key, signature, method, URL, token (`ath`), age, and that
    /// it was not used before.
    ///
    /// A token that is not bound is refused: whoever stole it could make a proof of their own, so
    /// the proof says nothing. A server that takes both kinds calls [`validate`](Self::validate)
    /// for a request without a `DPoP` header, which in turn refuses bound tokens.
    ///
    /// # Errors
    /// As [`validate`](Self::validate), and [`TokenError::NotBound`] and [`TokenError::Proof`].
    pub fn validate_bound(
        &self,
        token: &Token<'_>,
        keys: &SigningKeys,
        request: &DpopRequest<'_>,
        seen: &ReplayStore,
        unix_now: Duration,
    ) -> Result<Claims, TokenError> {
        let claims = signed_claims(token, keys)?;
        self.check(&claims, unix_now)?;
        let thumbprint = object::string(binding(&claims)?.ok_or(TokenError::NotBound)?)
            .ok_or(TokenError::WrongType { claim: "cnf.jkt", expected: "a string" })?;
        request.check(token, &thumbprint, seen, unix_now.into(), self.leeway)?;
        Ok(claims)
    }

    /// What the claims of a good signature are held to, but for the binding.
    fn check(&self, claims: &Claims, unix_now: Duration) -> Result<(), TokenError> {
        self.check_issuer(claims)?;
        self.audience.check(claims, &self.project_id)?;
        self.check_times(claims, unix_now)
    }

    /// The same, of a token that must not be bound.
    pub(super) fn check_unbound(
        &self,
        claims: &Claims,
        unix_now: Duration,
    ) -> Result<(), TokenError> {
        self.check(claims, unix_now)?;
        match binding(claims)? {
            None => Ok(()),
            Some(_) => Err(TokenError::ProofRequired),
        }
    }

    fn check_issuer(&self, claims: &Claims) -> Result<(), TokenError> {
        let issuer = claims.issuer();
        if issuer::is_of_project(issuer, &self.project_id) {
            return Ok(());
        }
        Err(match claims.member("iss") {
            None => TokenError::MissingClaim { claim: "iss" },
            Some(value) if object::string(value).is_none() => {
                TokenError::WrongType { claim: "iss", expected: "a string" }
            }
            Some(_) => {
                let project_id = self.project_id.clone();
                TokenError::WrongIssuer { issuer: excerpt(issuer), project_id }
            }
        })
    }

    fn check_times(&self, claims: &Claims, unix_now: Duration) -> Result<(), TokenError> {
        let (now, leeway) = (NumericDate::from(unix_now), self.leeway);
        let expired_at = claims.expires_at();
        if now >= expired_at.plus(leeway) {
            return Err(TokenError::Expired { expired_at, now, leeway });
        }
        for (claim, time) in [("nbf", claims.not_before()), ("iat", claims.issued_at())] {
            match time {
                Some(valid_from) if now < valid_from.minus(leeway) => {
                    return Err(TokenError::NotYetValid { claim, valid_from, now, leeway });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The claims that the token's key has signed, whatever they say.
fn signed_claims(token: &Token<'_>, keys: &SigningKeys) -> Result<Claims, TokenError> {
    let kid = token.kid().ok_or(TokenError::MissingKid)?;
    let keys = keys.with_kid(kid);
    let mut refused = match keys {
        [] => TokenError::UnknownKid { kid: excerpt(kid) },
        _ => TokenError::AlgorithmMismatch { algorithm: token.algorithm() },
    };
    for key in keys.iter().filter(|key| key.allows(token.algorithm())) {
        match token.verified_payload(key) {
            Ok(payload) => return Claims::parse(payload),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// The thumbprint of the key that the token is bound to, as JSON. Other members of `cnf` are other
/// ways to bind, which a recipient that does not know them ignores (RFC 7800 section 3.1); a `cnf`
/// that cannot be read as an object refuses the token.
fn binding(claims: &Claims) -> Result<Option<&str>, TokenError> {
    let Some(cnf) = claims.confirmation_member() else { return Ok(None) };
    if !cnf.starts_with('{') {
        return Err(TokenError::WrongType { claim: "cnf", expected: "an object" });
    }
    Ok(object::member(cnf, "jkt"))
}

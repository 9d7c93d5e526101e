//! A compact JWS (RFC 7515), taken apart and not yet trusted.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::excerpt::excerpt;
use super::{Algorithm, Jwk, TokenError, base64url, token_error};
use crate::json::object::{self, Object};

/// A session token whose structure and header were checked, but nothing else.
///
/// It hands out the `kid`, so that a cache of signing keys can see to the key before
/// [`TokenRules::validate`](super::TokenRules::validate), and none of the claims. `Debug` shows
/// `alg` and `kid`.
#[derive(Clone)]
pub struct Token<'a> {
    text: &'a str,
    signed: &'a str,
    claims: &'a str,
    signature: &'a str,
    algorithm: Algorithm,
    kid: Option<String>,
}

impl<'a> Token<'a> {
    /// The length over which a token is refused: 128 KiB, far more than any header carries.
    pub const MAX_LENGTH: usize = token_error::MAX_LENGTH;

    /// Takes a token apart as it comes; nothing is trimmed.
    ///
    /// The header must be one JSON object without a member given twice, name an accepted algorithm,
    /// and hold no `crit` or `b64`; its `kid` must be a string where it is there. `typ` and `cty`
    /// are not looked at, and keys or addresses in it (`jwk`, `jku`, `x5c`, `x5u`) have no effect.
    ///
    /// # Errors
    /// [`TokenError::TooLong`], [`TokenError::Malformed`] or [`TokenError::AlgorithmNotAccepted`].
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        Self::with_header(text).map(|(token, _)| token)
    }

    /// Whether a text is meant as a token, good or not: three segments, of which the first is a JSON
    /// object. An access key is none.
    pub(crate) fn is_meant_by(text: &str) -> bool {
        let mut segments = text.split('.');
        let header = segments.next().and_then(base64url::decode);
        segments.count() == 2
            && header.is_some_and(|header| {
                header.trim_ascii_start().starts_with(b"{")
                    && serde_json::from_slice::<serde::de::IgnoredAny>(&header).is_ok()
            })
    }

    pub(super) fn with_header(text: &'a str) -> Result<(Self, Object), TokenError> {
        let malformed = |reason| TokenError::malformed("header", reason);
        if text.len() > Self::MAX_LENGTH {
            return Err(TokenError::TooLong { length: text.len() });
        }
        let segments = || {
            let (signed, signature) = text.rsplit_once('.')?;
            let (header, claims) = signed.split_once('.')?;
            (!claims.contains('.')).then_some((signed, header, claims, signature))
        };
        let (signed, header, claims, signature) =
            segments().ok_or_else(|| TokenError::malformed("structure", "not three segments"))?;
        let header = base64url::decode(header).ok_or_else(|| malformed("not strict base64url"))?;
        let header = String::from_utf8(header).map_err(|_| malformed("not UTF-8"))?;
        let header = Object::parse(header).map_err(|error| TokenError::json("header", error))?;
        let [alg, b64, kid, crit] = header.pick(["alg", "b64", "kid", "crit"]);
        if crit.or(b64).is_some() {
            return Err(malformed("`crit` and `b64` are not supported"));
        }
        let string = |value| object::string(header.raw(value));
        let algorithm = alg.and_then(string).ok_or_else(|| malformed("`alg` is not a string"))?;
        let algorithm = Algorithm::from_name(&algorithm)
            .ok_or_else(|| TokenError::AlgorithmNotAccepted { algorithm: excerpt(&algorithm) })?;
        let kid = match kid {
            None => None,
            Some(kid) => {
                Some(string(kid).ok_or_else(|| malformed("`kid` is not a string"))?.into())
            }
        };
        Ok((Self { text, signed, claims, signature, algorithm, kid }, header))
    }

    /// The id of the key that the token asks for. Not verified.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm that the token asks for. Not verified; the key decides what is allowed.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Checks the signature alone, with this key, whatever the token's `kid` says. It is **not** a
    /// validation: issuer, audience and times are not looked at, nor are the claims handed out.
    ///
    /// # Errors
    /// [`TokenError::AlgorithmMismatch`], [`TokenError::BadSignature`] or
    /// [`TokenError::Malformed`].
    pub fn verify_signature_only(&self, key: &Jwk) -> Result<(), TokenError> {
        self.verified_payload(key).map(drop)
    }

    /// The token as it came.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The bytes that the key has signed as claims.
    pub(super) fn verified_payload(&self, key: &Jwk) -> Result<Vec<u8>, TokenError> {
        if !key.allows(self.algorithm) {
            return Err(TokenError::AlgorithmMismatch { algorithm: self.algorithm });
        }
        let decode = |part, text| {
            base64url::decode(text)
                .ok_or_else(|| TokenError::malformed(part, "not strict base64url"))
        };
        let (payload, signature) =
            (decode("claims", self.claims)?, decode("signature", self.signature)?);
        if !key.verify(self.algorithm, self.signed.as_bytes(), &signature) {
            return Err(TokenError::BadSignature);
        }
        Ok(payload)
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kid = self.kid.as_deref().map(excerpt);
        f.debug_struct("Token")
            .field("algorithm", &self.algorithm)
            .field("kid", &kid)
            .finish_non_exhaustive()
    }
}

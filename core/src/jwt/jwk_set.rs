//! A project's signing keys: a JWK set.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::excerpt::excerpt;
use super::{Jwk, JwkError};
use crate::json::object::{self, Object};

/// The keys that session tokens are verified with, found by `kid`.
///
/// A key that cannot be used is left out and does not spoil the others; [`skipped`](Self::skipped)
/// says which and why. Several keys may have one `kid` (RFC 7517 section 4.5): the one whose type and
/// algorithm fit the token verifies it. Equality is that of the usable keys, whatever their order.
#[derive(Clone)]
pub struct SigningKeys {
    /// Sorted by `kid`, which each has, and then by what tells them apart.
    keys: Vec<Jwk>,
    skipped: Vec<SkippedSigningKey>,
}

/// A key that was left out of a [`SigningKeys`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedSigningKey {
    /// Its `kid`, where it has one that is a string.
    pub kid: Option<String>,
    /// Why it cannot be used.
    pub reason: JwkError,
}

/// Why a text is not a JWK set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JWK set: {0}")]
pub struct SigningKeysError(&'static str);

impl SigningKeys {
    /// Reads a JWK set, `{"keys": […]}` as `GET /v2/keys/<project id>` answers it, or a single JWK
    /// as `DESCOPE_PUBLIC_KEY` may hold it. The result can be empty.
    ///
    /// # Errors
    /// [`SigningKeysError`] where the text is not one JSON object in UTF-8, or neither of the two.
    pub fn parse(text: &[u8]) -> Result<Self, SigningKeysError> {
        let text = core::str::from_utf8(text).map_err(|_| SigningKeysError("not UTF-8"))?;
        let object = Object::parse(text)
            .map_err(|_| SigningKeysError("not a JSON object, or a member is given twice"))?;
        let mut set = Self { keys: Vec::new(), skipped: Vec::new() };
        match object.get("keys") {
            Some(keys) if keys.starts_with('[') => {
                for key in object::elements(keys) {
                    match Object::parse(key) {
                        Ok(key) => set.add(&key),
                        Err(_) => set.skip(None, "not a JSON object, or a member is given twice"),
                    }
                }
            }
            Some(_) => return Err(SigningKeysError("`keys` is not an array")),
            None if object.get("kty").is_some() => set.add(&object),
            None => return Err(SigningKeysError("neither `keys` nor `kty` is there")),
        }
        set.keys.sort_by_cached_key(Jwk::order);
        set.keys.dedup();
        Ok(set)
    }

    /// Whether a usable key has this `kid`.
    #[must_use]
    pub fn contains(&self, kid: &str) -> bool {
        !self.with_kid(kid).is_empty()
    }

    /// The number of usable keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is usable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that were left out, with reasons, for a log or an error message.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedSigningKey] {
        &self.skipped
    }

    /// The keys of this `kid`: one as a rule, or none.
    #[must_use]
    pub fn with_kid(&self, kid: &str) -> &[Jwk] {
        let from = self.keys.partition_point(|key| key.kid() < Some(kid));
        let of_it = self.keys[from..].partition_point(|key| key.kid() == Some(kid));
        &self.keys[from..from + of_it]
    }

    /// Where no key is usable: which ones there are, and why they are not, for an error message.
    #[must_use]
    pub fn unusable(&self) -> Option<String> {
        match (self.is_empty(), &*self.skipped) {
            (false, _) => None,
            (true, []) => Some("no key at all".into()),
            (true, [only]) => Some(alloc::format!("no usable key: {only}")),
            (true, [first, others @ ..]) => {
                Some(alloc::format!("no usable key: {first} (and {} more)", others.len()))
            }
        }
    }

    fn add(&mut self, object: &Object) {
        match Jwk::from_object(object) {
            Ok(key) if key.kid().is_some() => self.keys.push(key),
            Ok(_) => self.skip(None, "no `kid`"),
            Err(JwkError(reason)) => {
                self.skip(object.string("kid").map(alloc::borrow::Cow::into_owned), reason);
            }
        }
    }

    fn skip(&mut self, kid: Option<String>, reason: &'static str) {
        self.skipped.push(SkippedSigningKey { kid, reason: JwkError(reason) });
    }
}

impl PartialEq for SigningKeys {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys
    }
}

impl Eq for SigningKeys {}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (keys, skipped) = (self.len(), self.skipped.len());
        f.debug_struct("SigningKeys").field("keys", &keys).field("skipped", &skipped).finish()
    }
}

impl fmt::Display for SkippedSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kid {
            Some(kid) => write!(f, "key {}: {}", excerpt(kid), self.reason),
            None => write!(f, "key without a `kid`: {}", self.reason),
        }
    }
}

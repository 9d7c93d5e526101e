//! One signing key of a JWK set (RFC 7517), decoded once.

use alloc::string::String;
use core::fmt;

use super::excerpt::excerpt;
use super::jwk_error::JwkError;
use super::key_material::{Material, member};
use super::sha256::sha256;
use super::{Algorithm, backend, base64url};
use crate::json::object::{self, Object};

/// A public key that can verify signatures.
///
/// `kty`, `crv`, `alg`, `use` and `key_ops` are enforced: a key made for anything else, or for an
/// algorithm that is not accepted, does not parse. RSA keys have 2048 to 8192 bits and an odd
/// exponent of 2 to 33 bits; EC coordinates have full width. A leading zero byte of an RSA number
/// is left out (some issuers write one): the number is the same.
///
/// `Debug` shows `kid` and algorithm. Equality is that of the key, its `kid` and its `alg`.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwk {
    kid: Option<String>,
    algorithm: Option<Algorithm>,
    material: Material,
}

impl Jwk {
    /// Reads one JWK.
    ///
    /// # Errors
    /// [`JwkError`] with the reason why this key verifies nothing here.
    pub fn parse(text: &str) -> Result<Self, JwkError> {
        let object = Object::parse(text)
            .map_err(|_| JwkError("not a JSON object, or a member is given twice"))?;
        Self::from_object(&object)
    }

    pub(super) fn from_object(object: &Object) -> Result<Self, JwkError> {
        let algorithm = match member(object, "alg")? {
            None => None,
            Some(name) => {
                Some(Algorithm::from_name(&name).ok_or(JwkError("`alg` is not an accepted one"))?)
            }
        };
        if member(object, "use")?.is_some_and(|name| name != "sig") {
            return Err(JwkError("`use` is not `sig`"));
        }
        if let Some(operations) = object.get("key_ops") {
            if !object::elements(operations).any(|o| object::string(o).as_deref() == Some("verify"))
            {
                return Err(JwkError("`key_ops` does not list `verify`"));
            }
        }
        let kid = member(object, "kid")?.map(alloc::borrow::Cow::into_owned);
        let material = Material::from_object(object)?;
        if algorithm.is_some_and(|algorithm| !material.allows(algorithm)) {
            return Err(JwkError("`alg` is not one for this kind of key"));
        }
        Ok(Self { kid, algorithm, material })
    }

    /// The key's id, where it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What tells it from other keys, in the order of a set.
    pub(super) fn order(&self) -> (Option<String>, Option<&'static str>, String) {
        (self.kid.clone(), self.algorithm.map(Algorithm::name), self.material.canonical())
    }

    /// Whether the key may verify signatures of this algorithm: the one that its `alg` names, or
    /// without `alg` any that its `kty` and `crv` allow.
    #[must_use]
    pub fn allows(&self, algorithm: Algorithm) -> bool {
        match self.algorithm {
            Some(only) => only == algorithm,
            None => self.material.allows(algorithm),
        }
    }

    /// Whether `signature` (as a JWS carries it, decoded) is this key's over `message`.
    /// This is the bare signature: it says nothing of issuer, audience or time.
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.allows(algorithm) && backend::verify(&self.material, algorithm, message, signature)
    }

    /// The key's SHA-256 thumbprint (RFC 7638) in base64url, as a bound token's `cnf.jkt` has it.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        base64url::encode(sha256(&[&self.material.canonical()]).as_ref())
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.material {
            Material::Rsa(_) => "RSA",
            Material::P256(_) => "P-256",
            Material::P384(_) => "P-384",
            Material::Ed25519(_) => "Ed25519",
        };
        let algorithm = self.algorithm.map_or(kind, Algorithm::name);
        let kid = self.kid.as_deref().map(excerpt);
        f.debug_struct("Jwk").field("kid", &kid).field("key", &algorithm).finish()
    }
}

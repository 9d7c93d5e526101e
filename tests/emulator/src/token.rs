//! Tokens minted at will: any claims, any header, any signature.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::signing::SigningKey;
use crate::{Algorithm, Emulator};

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with the header of the key that signs it.
pub(crate) fn sign(key: &SigningKey, claims: &Value) -> String {
    let header = json!({"alg": key.algorithm.name(), "kid": key.kid, "typ": "JWT"});
    let message = message(&header, claims.to_string().as_bytes());
    finish(&message, &key.sign(message.as_bytes()))
}

fn message(header: &Value, payload: &[u8]) -> String {
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(payload))
}

fn finish(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", base64url(signature))
}

/// Builds a token; from [`Emulator::token`]. It starts as a valid session token with `iss`, `sub`,
/// `drn`, `iat` and `exp`.
///
/// ```
/// use descope_emulator::Emulator;
///
/// let emulator = Emulator::start();
/// let expired = emulator.token().expires_in(-60).mint();
/// let forged = emulator.token().claim("roles", vec!["admin"]).forged().mint();
/// let unknown_key = emulator.token().header("kid", "no-such-key").mint();
/// # assert!([expired, forged, unknown_key].iter().all(|token| token.split('.').count() == 3));
/// ```
#[must_use = "call `mint` to get the token"]
pub struct Token {
    key: Arc<SigningKey>,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    payload: Option<Vec<u8>>,
    signature: Signature,
    now: i64,
}

#[derive(Debug, Clone, Copy)]
enum Signature {
    Right,
    Forged,
    Corrupt,
    Missing,
}

impl Token {
    pub(crate) fn new(emulator: &Emulator, key: Arc<SigningKey>) -> Self {
        let now = emulator.now();
        let (alg, kid) = (key.algorithm.name(), key.kid.clone());
        let token = Self {
            key,
            header: Map::new(),
            claims: Map::new(),
            payload: None,
            signature: Signature::Right,
            now,
        };
        token
            .header("alg", alg)
            .header("kid", kid)
            .header("typ", "JWT")
            .claim("iss", emulator.issuer())
            .claim("sub", "K2minted")
            .claim("drn", "DS")
            .claim("iat", now)
            .claim("exp", now.saturating_add(emulator.session_lifetime()))
    }

    /// Sets a claim.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Sets each member of an object as a claim; another value has none.
    pub fn claims(mut self, claims: Value) -> Self {
        if let Value::Object(claims) = claims {
            self.claims.extend(claims);
        }
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets `exp`, in seconds from now on the emulator's clock; negative is past.
    pub fn expires_in(self, seconds: i64) -> Self {
        let at = self.now.saturating_add(seconds);
        self.claim("exp", at)
    }

    /// Takes these bytes for the payload instead of the claims.
    pub fn payload(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.payload = Some(bytes.into());
        self
    }

    /// Sets a member of the header. `alg` and `kid` only say what they say: the key that signs
    /// stays the same.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Leaves a member of the header out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signs with a key of another algorithm that is in no key set; `alg` says so, and `kid` stays.
    pub fn signed_with(mut self, algorithm: Algorithm) -> Self {
        self.key = Arc::new(SigningKey::new(algorithm, 0));
        self.header("alg", algorithm.name())
    }

    /// Signs with another key of the same algorithm, under the `kid` of the right one.
    pub fn forged(mut self) -> Self {
        self.signature = Signature::Forged;
        self
    }

    /// Flips a bit of the signature.
    pub fn corrupt_signature(mut self) -> Self {
        self.signature = Signature::Corrupt;
        self
    }

    /// Leaves the third segment empty.
    pub fn unsigned(mut self) -> Self {
        self.signature = Signature::Missing;
        self
    }

    /// The token.
    #[must_use]
    pub fn mint(self) -> String {
        let payload = self.payload.unwrap_or_else(|| Value::Object(self.claims).to_string().into());
        let message = message(&Value::Object(self.header), &payload);
        let signature = match self.signature {
            Signature::Right => self.key.sign(message.as_bytes()),
            Signature::Missing => Vec::new(),
            Signature::Corrupt => {
                let mut signature = self.key.sign(message.as_bytes());
                signature[0] ^= 1;
                signature
            }
            Signature::Forged => SigningKey::other_than(&self.key).sign(message.as_bytes()),
        };
        finish(&message, &signature)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("header", &self.header)
            .field("claims", &self.claims)
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

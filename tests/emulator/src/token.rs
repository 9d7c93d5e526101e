//! Tokens minted at will: any claims, any header, any signature.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::Algorithm;
use crate::emulator::Instance;
use crate::key::seconds_of;
use crate::signing::SigningKey;

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

/// Builds a token; from [`Emulator::token`](crate::Emulator::token). It starts as a valid session token with `iss`, `sub`,
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
    pub(crate) fn new(instance: &Instance) -> Self {
        let now = seconds_of(instance.clock.unix());
        let settings = &instance.service.settings;
        let lifetime = seconds_of(settings.session_lifetime);
        let key = instance.service.signing_key();
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
            .claim("iss", settings.issuer.as_str())
            .claim("sub", "K2minted")
            .claim("drn", "DS")
            .claim("iat", now)
            .claim("exp", now.saturating_add(lifetime))
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

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::*;
    use crate::testing::{NOW, PROJECT, Service};

    fn decoded(segment: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(segment).unwrap()
    }

    fn segments(token: &str) -> (Value, Value, Vec<u8>) {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { panic!("{} segments", parts.len()) };
        let json = |segment| serde_json::from_slice(&decoded(segment)).unwrap_or_default();
        (json(header), json(payload), decoded(signature))
    }

    /// Whether the first key of the emulator's set made the signature.
    fn is_signed(service: &Service, token: &str) -> bool {
        let jwk = &service.0.key_set()["keys"][0];
        let part = |name| decoded(jwk[name].as_str().unwrap());
        let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
        let (message, signature) = token.rsplit_once('.').unwrap();
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &decoded(signature)).is_ok()
    }

    #[test]
    fn a_minted_token_is_a_session_until_told_otherwise() {
        let service = Service::new();
        let token = service.0.mint(json!({"sub": "K2x", "tenants": {"acme": {}}, "nul": null}));
        let (header, claims, _) = segments(&token);
        assert_eq!(header, json!({"alg": "RS256", "kid": "emulator-rs256-1", "typ": "JWT"}));
        let expected = json!({
            "iss": format!("https://api.descope.com/v1/apps/{PROJECT}"), "sub": "K2x",
            "drn": "DS", "iat": NOW, "exp": NOW + 600, "tenants": {"acme": {}}, "nul": null,
        });
        assert_eq!(claims, expected);
        assert!(is_signed(&service, &token));
    }

    #[test]
    fn header_and_payload_can_be_anything() {
        let service = Service::new();
        let token = || service.0.token();
        let odd = token().header("alg", "none").header("kid", 7).without_header("typ").mint();
        assert_eq!(segments(&odd).0, json!({"alg": "none", "kid": 7}));
        assert!(is_signed(&service, &odd));
        let (_, claims, _) = segments(&token().without("exp").claim("iat", "text").mint());
        assert_eq!((claims.get("exp"), &claims["iat"]), (None, &json!("text")));
        assert_eq!(segments(&token().expires_in(-60).mint()).1["exp"], NOW - 60);
        let raw = token().payload(*b"{\"a\":1,\"a\":2}").mint();
        assert_eq!(decoded(raw.split('.').nth(1).unwrap()), b"{\"a\":1,\"a\":2}");
        assert!(is_signed(&service, &raw));
    }

    #[test]
    fn signatures_can_be_wrong_in_four_ways() {
        let service = Service::new();
        let token = || service.0.token();
        let (forged, corrupt) = (token().forged().mint(), token().corrupt_signature().mint());
        for token in [&forged, &corrupt] {
            assert_eq!(segments(token).0["kid"], "emulator-rs256-1");
            assert_eq!(segments(token).2.len(), 256);
            assert!(!is_signed(&service, token));
        }
        assert!(token().unsigned().mint().ends_with('.'));
        let other = segments(&token().signed_with(Algorithm::Es256).mint());
        assert_eq!((&other.0["alg"], other.2.len()), (&json!("ES256"), 64));
    }

    #[test]
    fn tokens_are_signed_with_the_current_key() {
        let service = Service::new();
        service.0.rotate_signing_key();
        assert!(!is_signed(&service, &service.0.token().mint()));
        service.0.retire_signing_keys();
        assert!(is_signed(&service, &service.0.token().mint()));
    }
}

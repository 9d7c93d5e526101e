//! A signer with a fresh ES256 key, and the project that trusts it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use descope_core::jwt::{Claims, SigningKeys, Token, TokenError, TokenRules};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

pub(crate) const PROJECT: &str = "P2aBcDeFgHiJkLmNoPqRsTuVwXyZ";
pub(crate) const KID: &str = "SK1";
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self { key, random }
    }

    /// The public key without `kid`, `alg` or `use`.
    pub(crate) fn bare_jwk(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    }

    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = self.bare_jwk();
        jwk["kid"] = KID.into();
        jwk["alg"] = "ES256".into();
        jwk["use"] = "sig".into();
        jwk
    }

    pub(crate) fn key_set(&self) -> SigningKeys {
        key_set(&[self.jwk()])
    }

    /// Signs the two texts as they are.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_segments(&base64url(header), &base64url(claims))
    }

    /// Signs what need not even be base64url.
    pub(crate) fn sign_segments(&self, header: &str, claims: &str) -> String {
        let signed = format!("{header}.{claims}");
        let signature = self.key.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64url(signature))
    }

    /// A token of an ordinary header and these claims.
    pub(crate) fn token(&self, claims: &str) -> String {
        self.sign(&format!(r#"{{"alg":"ES256","kid":"{KID}","typ":"JWT"}}"#), claims)
    }

    /// Validates these claims by the default rules at [`NOW`].
    pub(crate) fn claims(&self, claims: &str) -> Result<Claims, TokenError> {
        self.validate(&self.token(claims), &TokenRules::new(PROJECT))
    }

    pub(crate) fn validate(
        &self,
        token: &str,
        validation: &TokenRules,
    ) -> Result<Claims, TokenError> {
        validation.validate(&Token::parse(token)?, &self.key_set(), Duration::from_secs(NOW))
    }
}

pub(crate) fn key_set(keys: &[Value]) -> SigningKeys {
    SigningKeys::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// The claims of a good token with these members added or, where they are there, replaced.
pub(crate) fn with(members: Value) -> String {
    let mut claims = json!({
        "iss": format!("https://api.descope.com/v1/apps/{PROJECT}"),
        "sub": "K2access",
        "drn": "DS",
        "iat": NOW - 10,
        "exp": NOW + 600,
    });
    let Value::Object(members) = members else { panic!("members are an object") };
    claims.as_object_mut().unwrap().extend(members);
    claims.to_string()
}

/// The same with the members as JSON text, which can say what a `Value` cannot.
pub(crate) fn with_text(members: &str) -> String {
    let claims = with(json!({}));
    format!("{},{members}}}", claims.strip_suffix('}').unwrap())
}

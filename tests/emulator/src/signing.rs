//! Signing keys: the current one signs, it and the earlier ones are served as the key set.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use serde_json::{Value, json};

/// `ring` makes no RSA keys. These are published with the crate and guard nothing.
const RSA_TEST_KEYS: [&[u8]; 3] = [
    include_bytes!("../test-keys/rsa-2048-test-key-1.pk8.der"),
    include_bytes!("../test-keys/rsa-2048-test-key-2.pk8.der"),
    include_bytes!("../test-keys/rsa-2048-test-key-3.pk8.der"),
];

/// With what session tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSA-2048 with SHA-256, as projects use. The key pairs are test keys that come with the crate;
    /// there are three, used in turn.
    #[default]
    Rs256,
    /// ECDSA on P-256 with SHA-256; the key pair is made at start.
    Es256,
    /// Ed25519; the key pair is made at start.
    EdDsa,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// One key pair with its `kid`.
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    number: usize,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// The key with this number; an emulator counts them from 1, so that each `kid` is its own.
    pub(crate) fn new(algorithm: Algorithm, number: usize) -> Self {
        let random = SystemRandom::new();
        let pair = match algorithm {
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(RSA_TEST_KEYS[number % RSA_TEST_KEYS.len()])
                .map(Pair::Rsa)
                .expect("the test keys are sound"),
            Algorithm::Es256 => {
                let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let made = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("entropy");
                EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random)
                    .map(Pair::P256)
                    .expect("just made")
            }
            Algorithm::EdDsa => {
                let made = Ed25519KeyPair::generate_pkcs8(&random).expect("entropy");
                Ed25519KeyPair::from_pkcs8(made.as_ref()).map(Pair::Ed25519).expect("just made")
            }
        };
        let kid = format!("emulator-{}-{}", algorithm.name().to_lowercase(), number);
        Self { kid, algorithm, number, pair }
    }

    /// A key pair of the same algorithm that differs from this one.
    pub(crate) fn other_than(key: &Self) -> Self {
        Self::new(key.algorithm, key.number + 1)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("the modulus fits");
                signature
            }
            Pair::P256(pair) => pair.sign(&random, message).expect("entropy").as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// The public half, as the key set shows it.
    pub(crate) fn jwk(&self) -> Value {
        let (kid, alg) = (&self.kid, self.algorithm.name());
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "use": "sig", "alg": alg, "kid": kid,
                    "n": BASE64URL.encode(public.n), "e": BASE64URL.encode(public.e)})
            }
            Pair::P256(pair) => {
                // An uncompressed point: 4, then x and y in 32 bytes each.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": alg, "kid": kid,
                    "x": BASE64URL.encode(x), "y": BASE64URL.encode(y)})
            }
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": alg, "kid": kid,
                    "x": BASE64URL.encode(pair.public_key())})
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

    use super::*;

    fn field(jwk: &Value, name: &str) -> Vec<u8> {
        BASE64URL.decode(jwk[name].as_str().unwrap()).unwrap()
    }

    #[test]
    fn each_algorithm_verifies_with_its_jwk() {
        for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
            let key = SigningKey::new(algorithm, 0);
            let jwk = key.jwk();
            let (kind, public): (&'static dyn VerificationAlgorithm, Vec<u8>) = match algorithm {
                Algorithm::Rs256 => {
                    let public = signature::RsaPublicKeyComponents {
                        n: field(&jwk, "n"),
                        e: field(&jwk, "e"),
                    };
                    let checked = &signature::RSA_PKCS1_2048_8192_SHA256;
                    public.verify(checked, b"message", &key.sign(b"message")).unwrap();
                    assert!(public.verify(checked, b"other", &key.sign(b"message")).is_err());
                    continue;
                }
                Algorithm::Es256 => {
                    let point = [vec![4], field(&jwk, "x"), field(&jwk, "y")].concat();
                    (&signature::ECDSA_P256_SHA256_FIXED, point)
                }
                Algorithm::EdDsa => (&signature::ED25519, field(&jwk, "x")),
            };
            let public = UnparsedPublicKey::new(kind, public);
            public.verify(b"message", &key.sign(b"message")).unwrap();
            assert!(public.verify(b"other", &key.sign(b"message")).is_err());
        }
    }

    #[test]
    fn the_test_keys_differ() {
        let moduli: Vec<Value> = (0..3)
            .map(|number| SigningKey::new(Algorithm::Rs256, number).jwk()["n"].take())
            .collect();
        assert!(moduli[0] != moduli[1] && moduli[1] != moduli[2] && moduli[0] != moduli[2]);
    }
}

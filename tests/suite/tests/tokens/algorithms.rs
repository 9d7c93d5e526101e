//! Signatures of every algorithm, each made with a real key and tried as every other one.

use descope_core::jwt::{Algorithm, Jwk};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};

use crate::signer::base64url;

const ALL: [Algorithm; 9] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];
const MESSAGE: &[u8] = b"header.claims";

/// The public key without `alg`, and the signatures it can make of the message.
type Signed = (Value, Vec<(Algorithm, Vec<u8>)>);

/// `ring` makes no RSA keys: this is the emulator's.
fn rsa() -> Signed {
    let file = include_bytes!("../../../emulator/test-keys/rsa-2048-test-key-1.pk8.der");
    let key = RsaKeyPair::from_pkcs8(file).unwrap();
    let sign = |encoding: &'static dyn RsaEncoding| {
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(encoding, &SystemRandom::new(), MESSAGE, &mut signature).unwrap();
        signature
    };
    let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(key.public());
    let jwk = json!({"kty": "RSA", "n": base64url(n), "e": base64url(e)});
    let signatures = vec![
        (Algorithm::Rs256, sign(&RSA_PKCS1_SHA256)),
        (Algorithm::Rs384, sign(&RSA_PKCS1_SHA384)),
        (Algorithm::Rs512, sign(&RSA_PKCS1_SHA512)),
        (Algorithm::Ps256, sign(&RSA_PSS_SHA256)),
        (Algorithm::Ps384, sign(&RSA_PSS_SHA384)),
        (Algorithm::Ps512, sign(&RSA_PSS_SHA512)),
    ];
    (jwk, signatures)
}

fn ec(algorithm: Algorithm) -> Signed {
    let (crv, signing) = match algorithm {
        Algorithm::Es256 => ("P-256", &ECDSA_P256_SHA256_FIXED_SIGNING),
        _ => ("P-384", &ECDSA_P384_SHA384_FIXED_SIGNING),
    };
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(signing, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(signing, document.as_ref(), &random).unwrap();
    let (x, y) = key.public_key().as_ref()[1..].split_at(key.public_key().as_ref().len() / 2);
    let jwk = json!({"kty": "EC", "crv": crv, "x": base64url(x), "y": base64url(y)});
    let signature = key.sign(&random, MESSAGE).unwrap().as_ref().to_vec();
    (jwk, vec![(algorithm, signature)])
}

fn ed25519() -> Signed {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_key())});
    (jwk, vec![(Algorithm::EdDsa, key.sign(MESSAGE).as_ref().to_vec())])
}

#[test]
fn a_signature_verifies_as_what_it_is_by_its_key_and_as_nothing_else() {
    let keys = [rsa(), ec(Algorithm::Es256), ec(Algorithm::Es384), ed25519()];
    for (owner, (_, signatures)) in keys.iter().enumerate() {
        for (made_as, signature) in signatures {
            for (tried, (jwk, _)) in keys.iter().enumerate() {
                let key = Jwk::parse(&jwk.to_string()).unwrap();
                for tried_as in ALL {
                    let right = tried == owner && tried_as == *made_as;
                    let verified = key.verify(tried_as, MESSAGE, signature);
                    assert_eq!(verified, right, "{made_as} as {tried_as} by {key:?}");
                }
                let mut broken = signature.clone();
                broken[7] ^= 1;
                assert!(!key.verify(*made_as, MESSAGE, &broken), "{made_as}");
                assert!(!key.verify(*made_as, b"header.claimz", signature), "{made_as}");
                assert!(!key.verify(*made_as, MESSAGE, &signature[1..]), "{made_as}");
            }
        }
    }
}

#[test]
fn a_key_that_names_its_algorithm_verifies_no_other() {
    let (jwk, signatures) = rsa();
    for (only, _) in &signatures {
        let mut jwk = jwk.clone();
        jwk["alg"] = only.name().into();
        let key = Jwk::parse(&jwk.to_string()).unwrap();
        for (made_as, signature) in &signatures {
            let verified = key.verify(*made_as, MESSAGE, signature);
            assert_eq!(verified, made_as == only, "{made_as} by a key for {only}");
        }
    }
}

#[test]
fn an_rsa_modulus_with_a_zero_byte_before_it_is_the_same_key() {
    let (mut jwk, signatures) = rsa();
    let modulus = jwk["n"].as_str().unwrap();
    // Three bytes are four characters: one more byte shifts them all, three do not.
    jwk["n"] = format!("AAAA{modulus}").into();
    let key = Jwk::parse(&jwk.to_string()).unwrap();
    let (algorithm, signature) = &signatures[0];
    assert!(key.verify(*algorithm, MESSAGE, signature));
}

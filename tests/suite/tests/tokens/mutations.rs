//! The fuzz targets' entry points under a small deterministic mutator, so that they run always.

use std::time::Duration;

use descope_core::jwt::{Token, TokenRules};
use descope_suite::mutator::{mutate, under_mutation};
use descope_suite::random::Random;
use serde_json::json;

use crate::entries;
use crate::signer::{NOW, PROJECT, Signer, with};

#[test]
fn tokens_headers_and_claims() {
    let claims = with(json!({
        "dsub": "K2key", "aud": PROJECT, "nbf": NOW, "dct": "acme", "drn": "DS",
        "tenants": {"acme": {"roles": ["a", "R&D"], "permissions": ["p"]}, "globex": {}},
        "roles": ["reader", "\u{e9}\"\\"], "permissions": [], "nsec": {"x": [1, null]},
        "team": {"name": "build", "size": 3.5e3, "on": true},
    }));
    let without_tenants = with(json!({"dct": "acme", "roles": ["reader"], "permissions": ["p"]}));
    let header = json!({"alg": "ES256", "kid": "SK1", "typ": "JWT", "jwk": {"kty": "EC"}});
    let token = Signer::new().token(&claims);
    under_mutation(&[claims, without_tenants, header.to_string(), token], 3_000, entries::jwt);
}

#[test]
fn key_sets() {
    let (a, b) = (Signer::new(), Signer::new());
    let rsa = json!({"kty": "RSA", "kid": "r", "n": "_".repeat(342), "e": "AQAB", "use": "sig",
                     "key_ops": ["verify"], "alg": "RS256"});
    let okp = json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": "A".repeat(43)});
    let mut second = b.jwk();
    second["kid"] = "SK2".into();
    let sets = [
        json!({"keys": [a.jwk(), second, rsa, okp]}).to_string(),
        json!({"keys": [a.jwk(), b.jwk(), a.jwk()]}).to_string(),
        rsa.to_string(),
        a.jwk().to_string(),
    ];
    under_mutation(&sets, 6_000, entries::jwk_set);
}

#[test]
fn proofs() {
    let proof = [
        r#"{"typ":"dpop+jwt","alg":"ES256","jwk":$jwk}"#,
        &format!(
            r#"{{"jti":"a","htm":"POST","htu":"https://h:443/a/../b?x","iat":{NOW},"ath":"$ath"}}"#
        ),
        "https://h/b",
    ];
    entries::dpop(proof.join("\n").as_bytes());
    under_mutation(&[proof.join("\n")], 1_500, entries::dpop);
}

#[test]
fn no_change_to_a_token_goes_unnoticed() {
    let signer = Signer::new();
    let token = signer.token(&with(json!({"roles": ["reader"]})));
    let keys = signer.key_set();
    let mut random = Random::new(11);
    for _ in 0..5_000 {
        let Ok(changed) = String::from_utf8(mutate(token.as_bytes(), &mut random)) else {
            continue;
        };
        let accepted = Token::parse(&changed).and_then(|token| {
            TokenRules::new(PROJECT).validate(&token, &keys, Duration::from_secs(NOW))
        });
        assert_eq!(accepted.is_ok(), changed == token, "{changed}");
    }
}

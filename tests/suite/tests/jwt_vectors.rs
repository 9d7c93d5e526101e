//! Third-party tokens and signatures: every verdict is as expected.

mod vectors;

use std::time::Duration;

use descope_core::jwt::{Algorithm, Audience, Jwk, SigningKeys, Token, TokenError, TokenRules};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Tokens {
    key_sets: Vec<KeySetVector>,
    cases: Vec<TokenVector>,
}

#[derive(Deserialize)]
struct KeySetVector {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct TokenVector {
    name: String,
    level: String,
    signature_only: bool,
    key_set: usize,
    token: String,
    now: Option<u64>,
    project_id: Option<String>,
    audience: Option<String>,
    leeway: Option<u64>,
    expect: String,
    optional_alg: Option<String>,
}

fn validate(case: &TokenVector, keys: &[Value]) -> Result<(), TokenError> {
    let set = serde_json::json!({ "keys": keys }).to_string();
    let set = SigningKeys::parse(set.as_bytes()).unwrap();
    let audience = match &case.audience {
        None => Audience::Project,
        Some(value) => Audience::any_of([value]),
    };
    let validation = TokenRules::new(case.project_id.as_deref().unwrap())
        .audience(audience)
        .leeway(Duration::from_secs(case.leeway.unwrap()));
    let now = Duration::from_secs(case.now.unwrap());
    validation.validate(&Token::parse(&case.token)?, &set, now).map(drop)
}

/// Whether the only key, or the one of the token's `kid`, accepts the signature.
fn verify_signature(case: &TokenVector, keys: &[Value]) -> bool {
    let Ok(token) = Token::parse(&case.token) else { return false };
    let keys: Vec<_> = keys.iter().map(|key| Jwk::parse(&key.to_string())).collect();
    let key = match &keys[..] {
        [Ok(only)] => Some(only),
        several => several.iter().flatten().find(|key| key.kid() == token.kid()),
    };
    key.is_some_and(|key| token.verify_signature_only(key).is_ok())
}

#[test]
fn third_party_tokens_get_the_expected_verdict() {
    let Some(tokens) = vectors::read::<Tokens>("jwt.json") else { return };
    let mut judged = 0;
    let mut wrong = Vec::new();
    for case in &tokens.cases {
        let keys = &tokens.key_sets[case.key_set].keys;
        let accepted = if case.signature_only {
            verify_signature(case, keys)
        } else {
            validate(case, keys).is_ok()
        };
        if case.level == "info" {
            continue;
        }
        judged += 1;
        let supported =
            case.optional_alg.as_deref().is_none_or(|name| Algorithm::from_name(name).is_some());
        if accepted != (case.expect == "accept" && supported) {
            wrong.push(&case.name);
        }
    }
    println!("{judged} of {} cases have a verdict", tokens.cases.len());
    assert!(judged > 900, "only {judged} cases were judged");
    assert!(wrong.is_empty(), "{} wrong verdicts: {wrong:#?}", wrong.len());
}

#[derive(Deserialize)]
struct SignatureVector {
    name: String,
    alg: String,
    jwk: Value,
    msg_hex: String,
    sig_hex: String,
    expect: String,
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |d: u8| char::from(d).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[test]
fn raw_signatures_get_the_expected_verdict() {
    let Some(cases) = vectors::read::<Vec<SignatureVector>>("signatures.json") else { return };
    let mut judged = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let jwk = Jwk::parse(&case.jwk.to_string());
        let Some(algorithm) = Algorithm::from_name(&case.alg) else {
            assert!(jwk.is_err(), "{}: a key for an unknown algorithm", case.name);
            continue;
        };
        let accepted =
            jwk.is_ok_and(|jwk| jwk.verify(algorithm, &hex(&case.msg_hex), &hex(&case.sig_hex)));
        if case.expect == "either" {
            continue;
        }
        judged += 1;
        if accepted != (case.expect == "accept") {
            wrong.push(&case.name);
        }
    }
    println!("{judged} of {} signatures have a verdict", cases.len());
    assert!(judged > 2_600, "only {judged} signatures were judged");
    assert!(wrong.is_empty(), "{} wrong verdicts: {wrong:#?}", wrong.len());
}

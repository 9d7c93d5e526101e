//! The entry points: foreign bytes in, and what must hold of the outcome whatever they are.
//!
//! What is behind a signature is reached by signing the bytes first.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use descope_core::jwt::{
    Algorithm, Claims, DpopRequest, Jwk, ProofError, ReplayStore, SigningKeys, Token, TokenError,
    TokenRules,
};
use serde_json::Value;

use crate::signer::{NOW, PROJECT, Signer, base64url, with};

static SERVICE: LazyLock<Signer> = LazyLock::new(Signer::new);
static CLIENT: LazyLock<Signer> = LazyLock::new(Signer::new);

/// The bytes as a token, as its header, and as its claims.
pub fn jwt(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(validate(text).is_err(), "a token that nobody signed");
        let header = SERVICE.sign(text, &with(serde_json::json!({})));
        if let Ok(claims) = validate(&header) {
            assert_eq!(claims.key_id(), Some("K2access"));
            let header: Value = serde_json::from_str(text).expect("an accepted header is JSON");
            assert_eq!(header["alg"], "ES256");
            assert!(header.get("crit").is_none() && header.get("b64").is_none());
        }
    }
    let token =
        SERVICE.sign_segments(&base64url(r#"{"alg":"ES256","kid":"SK1"}"#), &base64url(data));
    match validate(&token) {
        Ok(claims) => read(&claims, data),
        Err(error) => assert!(error.to_string().len() < 1_000, "{error}"),
    }
}

/// The bytes as a key set.
pub fn jwk_set(data: &[u8]) {
    let Ok(set) = SigningKeys::parse(data) else { return };
    assert_eq!(SigningKeys::parse(data).as_ref(), Ok(&set));
    for skipped in set.skipped() {
        assert!(skipped.to_string().len() < 1_000, "{skipped}");
    }
    let Ok(Value::Object(object)) = serde_json::from_slice(data) else { return };
    let listed = object.get("keys").and_then(Value::as_array);
    // A key that is there twice counts once.
    let listed_keys = listed.map_or(1, Vec::len);
    assert!(set.len() + set.skipped().len() <= listed_keys);
    assert_eq!(set.is_empty() && set.skipped().is_empty(), listed_keys == 0);
    let kids = listed.into_iter().flatten().filter_map(|key| key.get("kid")?.as_str());
    for kid in kids.collect::<BTreeSet<_>>() {
        assert_eq!(set.contains(kid), !set.with_kid(kid).is_empty());
        for key in set.with_kid(kid) {
            assert_eq!(key.kid(), Some(kid));
            let algorithms =
                [Algorithm::Rs256, Algorithm::Ps512, Algorithm::Es256, Algorithm::EdDsa];
            for algorithm in algorithms {
                assert!(!key.verify(algorithm, data, &[0x5a; 64]), "a signature that nobody made");
            }
            assert_eq!(key.thumbprint().len(), 43);
        }
    }
}

/// The bytes as a proof; and, by lines, as the header and claims of one and the request's URL.
pub fn dpop(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let jwk = CLIENT.bare_jwk();
    let jkt = Jwk::parse(&jwk.to_string()).expect("a good key").thumbprint();
    let token = SERVICE.token(&with(serde_json::json!({"cnf": {"jkt": jkt}})));
    let ath = base64url(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()));
    let seen = ReplayStore::new(4);
    let check = |proof: &str, url: &str| {
        let token = Token::parse(&token).expect("a good token");
        let request = DpopRequest::new("POST", url, proof);
        let now = Duration::from_secs(NOW);
        TokenRules::new(PROJECT).validate_bound(&token, &SERVICE.key_set(), &request, &seen, now)
    };
    assert!(check(text, text).is_err(), "a proof that nobody signed");

    let mut lines = text.split('\n').map(|line| line.replace("$jwk", &jwk.to_string()));
    let mut line = || lines.next().unwrap_or_default().replace("$ath", &ath);
    let (header, claims, url) = (line(), line(), line());
    let proof = CLIENT.sign(&header, &claims);
    if check(&proof, &url).is_ok() {
        let claims: Value = serde_json::from_str(&claims).expect("accepted claims are JSON");
        assert_eq!((&claims["htm"], &claims["ath"]), (&"POST".into(), &ath.into()));
        assert_eq!(check(&proof, &url).unwrap_err(), TokenError::Proof(ProofError::Replayed));
    }
}

fn validate(token: &str) -> Result<Claims, TokenError> {
    let token = Token::parse(token)?;
    TokenRules::new(PROJECT).validate(&token, &SERVICE.key_set(), Duration::from_secs(NOW))
}

/// Reads claims in every way, and compares with what a parser into values says of them.
fn read(claims: &Claims, payload: &[u8]) {
    let parsed = serde_json::from_slice::<Value>(payload);
    let (Ok(mut map), Ok(Value::Object(mut expected))) = (claims.to_map(), parsed) else {
        // Values cannot hold a lone surrogate or a number of hundreds of digits.
        return;
    };
    let exp = expected["exp"].as_f64().expect("an accepted `exp` is a number");
    assert!(exp > NOW as f64 - 6.0, "expired at {exp}");
    assert!(expected["iss"].as_str().is_some_and(|issuer| issuer.contains(PROJECT)));
    let login = expected.remove("nsec");
    let login = login.and_then(|nsec| nsec.as_object().cloned()).unwrap_or_default();
    assert_eq!(claims.untrusted_login_claims().to_map(), Ok(login));
    map.retain(|name, value| expected.get(name) != Some(value));
    assert!(map.is_empty(), "claims that a parser does not see: {map:?}");
    assert_eq!(claims.names().count(), expected.len());

    let strings = |value: Option<&Value>| -> Vec<String> {
        let list = value.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(String::from).collect()
    };
    assert_eq!(collect(claims.roles()), strings(expected.get("roles")));
    assert_eq!(collect(claims.permissions()), strings(expected.get("permissions")));
    let current = expected.get("dct").and_then(Value::as_str);
    assert_eq!(claims.current_tenant(), current);
    let tenants = expected.get("tenants").and_then(Value::as_object);
    let named = tenants.into_iter().flatten().map(|(id, _)| id.as_str());
    for id in named.chain(current).chain(["acme", "", "constructor"]) {
        let entry = match expected.get("tenants") {
            Some(_) => tenants.and_then(|tenants| tenants.get(id)?.as_object()),
            None => (current == Some(id)).then_some(&expected),
        };
        let tenant = claims.tenant(id);
        assert_eq!(tenant.is_associated(), entry.is_some(), "{id}");
        assert_eq!(collect(tenant.roles()), strings(entry.and_then(|entry| entry.get("roles"))));
        assert!(tenant.has_all_roles(tenant.roles()) == entry.is_some(), "{id}");
    }
}

fn collect<T: Into<String>>(texts: impl Iterator<Item = T>) -> Vec<String> {
    texts.map(Into::into).collect()
}

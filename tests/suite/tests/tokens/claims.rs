//! Reading claims: the key's id, custom ones, and those not to be trusted.

use std::collections::HashMap;

use descope_core::jwt::{Claims, TokenError};
use serde_json::{Value, json};

use crate::signer::{NOW, Signer, with, with_text};

fn claims(members: Value) -> Claims {
    Signer::new().claims(&with(members)).unwrap()
}

#[test]
fn the_key_id_is_dsub_before_sub() {
    assert_eq!(claims(json!({})).key_id(), Some("K2access"));
    assert_eq!(claims(json!({})).subject(), Some("K2access"));
    let both = claims(json!({"dsub": "K2key"}));
    assert_eq!((both.key_id(), both.subject()), (Some("K2key"), Some("K2access")));
    let wrong = claims(json!({"dsub": 7}));
    assert_eq!((wrong.key_id(), wrong.subject()), (None, Some("K2access")));
    assert_eq!(claims(json!({"sub": null})).key_id(), None);
    let escaped = Signer::new().claims(&with_text(r#""dsub":"K\u0032\n""#)).unwrap();
    assert_eq!(escaped.key_id(), Some("K2\n"));
}

#[test]
fn custom_claims_are_read_as_a_type_of_the_callers() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Team {
        name: String,
        size: u8,
    }
    let claims = claims(json!({
        "team": {"name": "build", "size": 3},
        "plan": "gold",
        "flags": {"a": true},
        "constructor": 1,
        "__proto__": 2,
        "": 3,
    }));
    let team = Team { name: "build".into(), size: 3 };
    assert_eq!(claims.get("team"), Ok(Some(team)));
    assert_eq!(claims.get::<&str>("plan"), Ok(Some("gold")));
    assert_eq!(claims.get::<HashMap<String, bool>>("flags").unwrap().unwrap().len(), 1);
    assert_eq!(claims.get("constructor"), Ok(Some(1)));
    assert_eq!(claims.get("__proto__"), Ok(Some(2)));
    assert_eq!(claims.get(""), Ok(Some(3)));
    assert_eq!(claims.get::<Value>("toString"), Ok(None));
    assert_eq!(claims.get::<Value>("name"), Ok(None));
    let error = claims.get::<u64>("plan").unwrap_err();
    assert!(matches!(&error, TokenError::UnreadableClaim { claim, .. } if claim == "\"plan\""));
    assert!(error.to_string().contains("u64"), "{error}");
}

#[test]
fn integers_are_exact_to_64_bits() {
    let signer = Signer::new();
    let claims = signer
        .claims(&with_text(
            r#""a":9007199254740993,"b":-9223372036854775808,"c":18446744073709551615"#,
        ))
        .unwrap();
    assert_eq!(claims.get("a"), Ok(Some(9_007_199_254_740_993_u64)));
    assert_eq!(claims.get("b"), Ok(Some(i64::MIN)));
    assert_eq!(claims.get("c"), Ok(Some(u64::MAX)));
    assert_eq!(claims.to_map().unwrap()["c"], json!(u64::MAX));
    assert!(claims.get::<i64>("c").is_err());
}

#[test]
fn all_claims_are_there_as_values() {
    let claims = claims(json!({"x": [1, {"y": null}]}));
    let map = claims.to_map().unwrap();
    assert_eq!(map["x"], json!([1, {"y": null}]));
    assert_eq!(map["exp"], json!(NOW + 600));
    let mut names: Vec<_> = claims.names().collect();
    names.sort_unstable();
    assert_eq!(names, ["drn", "exp", "iat", "iss", "sub", "x"]);
    // What no value can hold is an error, not a wrong value.
    let huge = Signer::new().claims(&with_text(r#""x":1e999"#)).unwrap();
    assert!(matches!(huge.to_map(), Err(TokenError::UnreadableClaim { .. })));
}

#[test]
fn login_claims_are_reached_by_a_name_that_warns_and_by_no_other() {
    for name in ["nsec", r"n\u0073ec"] {
        let claims = Signer::new()
            .claims(&with_text(&format!(r#""{name}":{{"roles":["admin"],"n":1,"n":2}}"#)))
            .unwrap();
        assert_eq!(claims.get::<Value>("nsec"), Ok(None));
        assert!(!claims.to_map().unwrap().contains_key("nsec"));
        assert!(claims.names().all(|name| name != "nsec"));
        assert!(!claims.has_role("admin"));
        let untrusted = claims.untrusted_login_claims();
        assert!(!untrusted.is_empty());
        assert_eq!(untrusted.get::<Vec<&str>>("roles"), Ok(Some(vec!["admin"])));
        assert_eq!(untrusted.get("n"), Ok(Some(2)));
        assert_eq!(Value::from(untrusted.to_map().unwrap()), json!({"roles": ["admin"], "n": 2}));
        assert!(untrusted.get::<u8>("roles").is_err());
        assert_eq!(untrusted.get::<u8>("absent"), Ok(None));
        assert!(!format!("{untrusted:?}").contains("admin"));
    }
    for nsec in [None, Some(json!(null)), Some(json!("x")), Some(json!([1])), Some(json!({}))] {
        let claims = claims(nsec.map_or(json!({}), |nsec| json!({ "nsec": nsec })));
        assert!(claims.untrusted_login_claims().is_empty());
        assert_eq!(claims.untrusted_login_claims().get::<Value>("x"), Ok(None));
    }
}

#[test]
fn a_bound_token_is_refused_without_a_proof() {
    let signer = Signer::new();
    for jkt in [json!("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"), json!(null), json!(7)] {
        let error = signer.claims(&with(json!({"cnf": {"jkt": jkt}}))).unwrap_err();
        assert_eq!(error, TokenError::ProofRequired);
    }
    let escaped = signer.claims(&with_text(r#""cnf":{"a":1,"\u006akt":"x"}"#));
    assert_eq!(escaped.unwrap_err(), TokenError::ProofRequired);
    for cnf in [json!(null), json!("jkt"), json!(["jkt"])] {
        let error = signer.claims(&with(json!({ "cnf": cnf }))).unwrap_err();
        assert_eq!(error.to_string(), "the token's `cnf` is not an object");
    }
    // Other ways to bind are ignored where they are not known (RFC 7800).
    assert!(signer.claims(&with(json!({"cnf": {"x5t#S256": "x"}}))).is_ok());
}

#[test]
fn debug_is_short_and_claims_can_be_shared() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let claims = claims(json!({"team": "a-custom-claim", "roles": ["a-role"]}));
    shared(&claims);
    let debug = format!("{claims:?}");
    assert!(debug.contains("K2access") && debug.contains("1800000600"), "{debug}");
    assert!(!debug.contains("a-custom-claim") && !debug.contains("a-role"), "{debug}");
}

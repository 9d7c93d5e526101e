//! Whose token it is, and for whom.

use descope_core::jwt::{Audience, TokenError, TokenRules};
use serde_json::{Value, json};

use crate::signer::{PROJECT, Signer, with};

#[test]
fn issuers_of_the_project_are_accepted_and_reported_as_they_came() {
    let signer = Signer::new();
    for issuer in [
        "P",
        "https://api.descope.com/P",
        "https://api.descope.com/P/",
        "https://api.descope.com/v1/apps/P",
        "https://api.descope.com/v1/apps/P/T2tenant",
        "https://api.descope.com/v1/apps/agentic/P/M2server",
        "https://api.descope.com//v1//apps//P//T2tenant//",
        "https://auth.company.com:8443/prefix/P",
        "http://127.0.0.1:8080/P",
        "https://user@host/P/P",
    ] {
        let issuer = issuer.replace('P', PROJECT);
        let claims = signer.claims(&with(json!({"iss": issuer}))).expect(&issuer);
        assert_eq!(claims.issuer(), issuer);
    }
}

#[test]
fn issuers_of_anything_else_are_refused() {
    let signer = Signer::new();
    for issuer in [
        "",
        "/",
        "p",
        "P/",
        "/P",
        " P",
        "P2other",
        "P2",
        "Px",
        "xP",
        "apps/P",
        "://host/P",
        "1https://host/P",
        "ht tps://host/P",
        "https:///P",
        "https:/host/P",
        "https:P",
        "https://P",
        "https://P/",
        "https://P/v1/apps",
        "https://P@host/v1",
        "https://host",
        "https://host/Px",
        "https://host/xP",
        "https://host/xP/T2tenant",
        "https://host/P/v1/apps",
        "https://host/P/a/b",
        "https://host/a%2FP",
        "https://host/%50rest",
        "https://host/P?",
        "https://host/P?x=1",
        "https://host/x?/P",
        "https://host?/P",
        "https://host/P#",
        "https://host/x#/P",
        "https://host/./P",
        "https://host/P/.",
        "https://host/P/..",
        "https://host/P/../x",
        "https://host/x/../P",
        "https://host/../P/T2tenant",
    ] {
        let issuer = issuer.replace('P', PROJECT);
        let result = signer.claims(&with(json!({"iss": issuer})));
        assert!(matches!(result, Err(TokenError::WrongIssuer { .. })), "{issuer}: {result:?}");
    }
    let lower = PROJECT.to_lowercase();
    for issuer in [lower.clone(), format!("https://host/{lower}")] {
        let result = signer.claims(&with(json!({"iss": issuer})));
        assert!(matches!(result, Err(TokenError::WrongIssuer { .. })), "{issuer}");
    }
    for issuer in [json!(null), json!([PROJECT]), json!({"P": PROJECT}), json!(1)] {
        let result = signer.claims(&with(json!({"iss": issuer})));
        assert!(matches!(result, Err(TokenError::WrongType { claim: "iss", .. })), "{issuer}");
    }
    let error = signer.claims(r#"{"exp":1900000000}"#).unwrap_err();
    assert_eq!(error.to_string(), "the token has no `iss`");
}

#[test]
fn no_project_is_never_matched() {
    let signer = Signer::new();
    for issuer in ["", "https://host/", "https://host//"] {
        let token = signer.token(&with(json!({"iss": issuer})));
        let result = signer.validate(&token, &TokenRules::new(""));
        assert!(matches!(result, Err(TokenError::WrongIssuer { .. })), "{issuer}");
    }
}

fn accepts(signer: &Signer, audience: &Audience, aud: Option<Value>) -> Result<(), TokenError> {
    let members = aud.map_or(json!({}), |aud| json!({ "aud": aud }));
    let token = signer.token(&with(members));
    signer.validate(&token, &TokenRules::new(PROJECT).audience(audience.clone())).map(drop)
}

#[test]
fn the_default_audience_is_the_project_or_none() {
    let signer = Signer::new();
    let project = Audience::default();
    for aud in [None, Some(json!(PROJECT)), Some(json!([PROJECT])), Some(json!(["x", PROJECT]))] {
        assert_eq!(accepts(&signer, &project, aud), Ok(()));
    }
    for aud in [json!(""), json!([]), json!("x"), json!(["x", "y"]), json!(format!("{PROJECT} "))] {
        let result = accepts(&signer, &project, Some(aud.clone()));
        assert!(matches!(result, Err(TokenError::WrongAudience { .. })), "{aud}");
    }
}

#[test]
fn one_audience_in_common_is_enough() {
    let signer = Signer::new();
    let audience = Audience::any_of(["a", "b"]);
    for aud in [json!("a"), json!("b"), json!(["x", "b"]), json!(["b", "a"])] {
        assert_eq!(accepts(&signer, &audience, Some(aud)), Ok(()));
    }
    for aud in [json!("A"), json!("a "), json!("ab"), json!([]), json!(PROJECT), json!("a,b")] {
        let result = accepts(&signer, &audience, Some(aud.clone()));
        assert!(matches!(result, Err(TokenError::WrongAudience { .. })), "{aud}");
    }
    let error = accepts(&signer, &audience, None).unwrap_err();
    assert_eq!(error.to_string(), "the token has no `aud`");
    let nothing = Audience::AnyOf(Vec::new());
    let error = accepts(&signer, &nothing, Some(json!(["a", "b\n"]))).unwrap_err();
    assert_eq!(error.to_string(), r#"the token's audience "a", "b\n" is not one of (empty)"#);
}

#[test]
fn an_audience_of_another_type_is_refused_unless_it_is_not_looked_at() {
    let signer = Signer::new();
    for aud in [json!(null), json!(1), json!(true), json!({PROJECT: 1}), json!([PROJECT, 1])] {
        for audience in [Audience::default(), Audience::any_of([PROJECT])] {
            let result = accepts(&signer, &audience, Some(aud.clone()));
            assert!(matches!(result, Err(TokenError::WrongType { claim: "aud", .. })), "{aud}");
        }
        assert_eq!(accepts(&signer, &Audience::Unchecked, Some(aud)), Ok(()));
    }
    assert_eq!(accepts(&signer, &Audience::Unchecked, None), Ok(()));
}

#[test]
fn audiences_are_read_as_a_list() {
    let signer = Signer::new();
    let validation = TokenRules::new(PROJECT).audience(Audience::Unchecked);
    for (aud, expected) in [
        (json!("a"), vec!["a"]),
        (json!(["a", "b\n", "é"]), vec!["a", "b\n", "é"]),
        (json!(["a", 1]), vec!["a"]),
        (json!(7), vec![]),
    ] {
        let token = signer.token(&with(json!({ "aud": aud })));
        let claims = signer.validate(&token, &validation).unwrap();
        assert_eq!(claims.audience().collect::<Vec<_>>(), expected);
    }
}

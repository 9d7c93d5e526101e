//! Session tokens through a client: exchanged, minted at will, forged, and by pinned keys.

use std::time::Duration;

use descope_blocking::jwt::{Audience, TokenError};
use descope_blocking::{Client, Error, ErrorKind, ExchangeAccessKey, Outcome, ValidateToken};
use descope_emulator::{Algorithm, Builder, Emulator, Fault, Key, Operation};
use descope_suite::service::{Service, both_ways};
use http::Response;
use serde_json::{Value, json};

fn project() -> Builder {
    Emulator::builder()
        .role("deployer", ["deploy", "read"])
        .role("viewer", ["read"])
        .key(Key::new("roles").with_cleartext("with-roles").roles(["deployer", "viewer"]))
        .key(
            Key::new("tenants")
                .with_cleartext("with-tenants")
                .tenant_roles("acme", ["deployer"])
                .tenant("globex"),
        )
}

/// The check that the token did not pass.
fn refused(client: &Client, token: &str) -> TokenError {
    let error = client.validate(token).expect_err("it is not to be trusted");
    assert_eq!(error.kind(), ErrorKind::InvalidToken, "{error}");
    let reason = error.token_error().expect("which check it was").clone();
    let shown = format!("{error} {error:?} {reason} {reason:?}");
    assert!(shown.contains(&reason.to_string()));
    let segments = token.split('.').filter(|segment| segment.len() > 20);
    segments.for_each(|segment| assert!(!shown.contains(segment), "{shown}"));
    reason
}

#[test]
fn a_token_from_exchange_is_valid_for_whoever_has_the_keys() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        both_ways(
            || project().algorithm(algorithm),
            |service| {
                let session = service.client.exchange("with-roles").unwrap();
                let token = session.token().expose();
                let claims = service.anonymous().validate(token).unwrap();
                assert_eq!(claims.key_id(), Some(session.key_id()));
                assert_eq!(claims.issuer(), service.emulator.issuer());
                assert_eq!(claims.expires_at(), session.claims().expires_at());
                let authorization = session.authorization();
                assert_eq!(authorization, format!("Bearer {token}").as_str());
                assert!(authorization.is_sensitive());
            },
        );
    }
}

#[test]
fn roles_and_permissions_of_the_project() {
    let service = Service::over_http(project());
    let session = service.client.exchange("with-roles").unwrap();
    let claims = session.claims();
    assert!(claims.roles().eq(["deployer", "viewer"]));
    assert!(claims.permissions().eq(["deploy", "read"]));
    assert!(
        claims.has_all_roles(["viewer", "deployer"]) && !claims.has_all_roles(["viewer", "owner"])
    );
    assert_eq!(claims.matched_roles(["owner", "viewer"]), ["viewer"]);
    assert!(claims.has_permission("read") && !claims.has_permission("Read"));
    assert_eq!(claims.matched_permissions(["write", "read", "deploy"]), ["read", "deploy"]);
    assert!(claims.tenants().next().is_none());
    assert!(!claims.tenant("acme").is_associated());
    assert!(!claims.tenant("acme").has_all_roles([""; 0]), "the association is asked for");
}

#[test]
fn roles_and_permissions_of_a_tenant() {
    let service = Service::over_http(project());
    let session = service.client.exchange("with-tenants").unwrap();
    let claims = session.claims();
    assert!(claims.tenants().eq(["acme", "globex"]));
    let (acme, globex) = (claims.tenant("acme"), claims.tenant("globex"));
    assert!(acme.has_role("deployer") && acme.has_all_permissions(["deploy", "read"]));
    assert_eq!(acme.matched_roles(["viewer", "deployer"]), ["deployer"]);
    assert!(globex.is_associated() && globex.has_all_roles([""; 0]));
    assert!(!globex.has_role("deployer") && globex.roles().next().is_none());
    assert!(!claims.tenant("initech").has_all_permissions([""; 0]));
    // What it may do in a tenant it may not do in the project.
    assert!(!claims.has_role("deployer") && !claims.has_permission("deploy"));
}

#[test]
fn the_current_tenant_alone_makes_the_top_level_roles_those_of_the_tenant() {
    let service = Service::over_http(project());
    let validate = |claims: Value| service.client.validate(&service.emulator.mint(claims)).unwrap();
    let current = validate(json!({"dct": "acme", "roles": ["deployer"]}));
    assert!(current.tenant("acme").has_all_roles(["deployer"]));
    assert!(!current.tenant("globex").is_associated());
    let other = validate(json!({"dct": "acme", "roles": ["deployer"], "tenants": {"globex": {}}}));
    assert!(!other.tenant("acme").is_associated(), "`tenants` says otherwise");
}

#[test]
fn login_claims_are_not_trusted() {
    both_ways(project, |service| {
        let pretended = json!({
            "roles": ["admin"], "permissions": ["*"], "tenants": {"initech": {"roles": ["admin"]}},
            "dct": "initech", "team": "root", "sub": "K2other",
        });
        let exchange = ExchangeAccessKey::new("with-roles").login_claims(&pretended);
        let session = service.client.exchange_with(exchange).unwrap();
        let claims = session.claims();
        assert!(!claims.has_role("admin") && !claims.has_permission("*"));
        assert!(!claims.tenant("initech").is_associated() && claims.current_tenant().is_none());
        assert_ne!(claims.subject(), Some("K2other"));
        assert_eq!(claims.get::<Value>("team").unwrap(), None);
        assert_eq!(claims.get::<Value>("nsec").unwrap(), None);
        assert!(claims.names().all(|name| name != "nsec"));
        assert_eq!(claims.untrusted_login_claims().get::<String>("team").unwrap().unwrap(), "root");
    });
}

#[test]
fn a_token_that_fails_a_check_is_refused_with_that_check() {
    both_ways(project, |service| {
        let token = || service.emulator.token();
        let check = |token: String| refused(&service.client, &token);
        type Expected = fn(&TokenError) -> bool;
        let cases: [(&str, String, Expected); 19] = [
            ("expired", token().expires_in(-5).mint(), |error| error.is_expired()),
            ("without an expiry", token().without("exp").mint(), |error| {
                matches!(error, TokenError::MissingClaim { claim: "exp", .. })
            }),
            ("not yet valid", token().claim("nbf", service.emulator.now() + 30).mint(), |error| {
                matches!(error, TokenError::NotYetValid { claim: "nbf", .. })
            }),
            (
                "issued in the future",
                token().claim("iat", service.emulator.now() + 30).mint(),
                |error| matches!(error, TokenError::NotYetValid { claim: "iat", .. }),
            ),
            ("issuer another project", token().claim("iss", "P2other").mint(), |error| {
                matches!(error, TokenError::WrongIssuer { .. })
            }),
            ("no issuer", token().without("iss").mint(), |error| {
                matches!(error, TokenError::WrongIssuer { .. } | TokenError::MissingClaim { .. })
            }),
            ("wrong audience", token().claim("aud", "https://elsewhere").mint(), |error| {
                matches!(error, TokenError::WrongAudience { .. })
            }),
            ("forged", token().claim("roles", json!(["admin"])).forged().mint(), |error| {
                matches!(error, TokenError::BadSignature)
            }),
            ("damaged", token().corrupt_signature().mint(), |error| {
                matches!(error, TokenError::BadSignature)
            }),
            ("unsigned", token().unsigned().mint(), |error| {
                matches!(error, TokenError::BadSignature | TokenError::Malformed { .. })
            }),
            ("unsigned and says so", token().header("alg", "none").unsigned().mint(), |error| {
                matches!(error, TokenError::AlgorithmNotAccepted { .. })
            }),
            ("HMAC", token().header("alg", "HS256").mint(), |error| {
                matches!(error, TokenError::AlgorithmNotAccepted { .. })
            }),
            (
                "another algorithm than the key's",
                token().signed_with(Algorithm::EdDsa).mint(),
                |error| matches!(error, TokenError::AlgorithmMismatch { .. }),
            ),
            ("unknown key", token().header("kid", "nobody").mint(), |error| error.is_unknown_kid()),
            ("no kid", token().without_header("kid").mint(), |error| {
                matches!(error, TokenError::MissingKid)
            }),
            (
                "bound to a DPoP key",
                token().claim("cnf", json!({"jkt": "0ZcOCORZNYy"})).mint(),
                |error| matches!(error, TokenError::ProofRequired),
            ),
            ("critical extension", token().header("crit", json!(["exp"])).mint(), |error| {
                matches!(error, TokenError::Malformed { .. })
            }),
            ("member twice", token().payload(*br#"{"exp":9e9,"exp":9e9}"#).mint(), |error| {
                matches!(error, TokenError::Malformed { .. })
            }),
            ("trailing newline", format!("{}\n", token().mint()), |error| {
                matches!(error, TokenError::Malformed { .. })
            }),
        ];
        for (name, token, expected) in cases {
            let reason = check(token);
            assert!(expected(&reason), "{name}: {reason:?}");
        }
        for text in ["", ".", "..", "a.b.c", "K2-an-access-key", &"x".repeat(200_000)] {
            check(text.to_owned());
        }
        service.client.validate(&token().mint()).expect("an honest one still passes");
    });
}

#[test]
fn the_leeway_is_five_seconds_unless_told_otherwise() {
    let service = Service::over_http(project());
    let patient = service.client(|client| client.config(|it| it.leeway(Duration::from_secs(3600))));
    let expired = service.emulator.token().expires_in(-600).mint();
    patient.validate(&expired).unwrap();
    assert!(refused(&service.client, &expired).is_expired());
    let ahead = service.emulator.token().claim("nbf", service.emulator.now() + 1800).mint();
    patient.validate(&ahead).unwrap();
    refused(&service.client, &ahead);
    // A second over is within five, with four to spare for a slow machine.
    service.client.validate(&service.emulator.token().expires_in(-1).mint()).unwrap();
}

#[test]
fn audiences_are_the_projects_the_clients_or_the_calls() {
    let service = Service::over_http(project());
    let minted = |audience: Value| service.emulator.mint(json!({"aud": audience}));
    let project = service.emulator.project_id();
    let (own, a, ab) = (minted(json!(project)), minted(json!("a")), minted(json!(["a", "b"])));
    let none = service.emulator.token().mint();
    let passes = |client: &Client, token: &str| match client.validate(token) {
        Ok(_) => true,
        Err(error) => {
            let reason = error.token_error().unwrap();
            let missing = matches!(reason, TokenError::MissingClaim { claim: "aud", .. });
            assert!(missing || matches!(reason, TokenError::WrongAudience { .. }), "{reason}");
            false
        }
    };
    let verdicts = |client: &Client| [&own, &a, &ab, &none].map(|token| passes(client, token));
    assert_eq!(verdicts(&service.client), [true, false, false, true]);
    let of_b = service.client(|client| client.audience(Audience::any_of(["b", "c"])));
    assert_eq!(verdicts(&of_b), [false, false, true, false]);
    let any = service.client(|client| client.audience(Audience::Unchecked));
    assert_eq!(verdicts(&any), [true, true, true, true]);

    let validate_for = |token: &str, audience| {
        service.client.validate(ValidateToken::new(token).audience(audience))
    };
    assert!(validate_for(&a, Audience::any_of(["a"])).unwrap().audience().eq(["a"]));
    assert!(validate_for(&own, Audience::any_of(["a"])).is_err());
    assert!(
        of_b.validate(ValidateToken::new(&own).audience(Audience::Project)).is_ok(),
        "the call's wins"
    );
}

#[test]
fn pinned_signing_keys_need_no_network() {
    let service = Service::over_http(project());
    let token = service.emulator.token().mint();
    let key_set = service.emulator.key_set();
    for json in [key_set.to_string(), key_set["keys"][0].to_string()] {
        let pinned = service.client(|client| client.signing_keys(json));
        pinned.validate(&token).unwrap();
        assert!(
            refused(&pinned, &service.emulator.token().header("kid", "new").mint())
                .is_unknown_kid()
        );
        assert!(matches!(
            refused(&pinned, &service.emulator.token().forged().mint()),
            TokenError::BadSignature
        ));
        // Exchange asks the service, and only for the token.
        pinned.exchange("with-roles").unwrap();
    }
    assert_eq!(service.emulator.count(Operation::SigningKeys), 0);
    assert_eq!(service.emulator.total(), 2);
    // Nobody listens here.
    let offline = Client::builder(service.emulator.project_id())
        .base_url("http://127.0.0.1:1")
        .signing_keys(key_set.to_string())
        .build()
        .unwrap();
    offline.validate(&token).unwrap();
}

#[test]
fn exchange_hands_out_no_token_that_fails_a_check() {
    both_ways(project, |service| {
        let emulator = &service.emulator;
        for (name, token) in [
            ("forged", emulator.token().forged().mint()),
            ("of another project", emulator.token().claim("iss", "P2other").mint()),
            ("expired", emulator.token().expires_in(-60).mint()),
            ("for others", emulator.token().claim("aud", "others").mint()),
            ("DPoP-bound", emulator.token().claim("cnf", json!({"jkt": "x"})).mint()),
            ("no token", "not.a.token".to_owned()),
        ] {
            let sent = token.clone();
            let edit = move |answer: &mut Value| answer["sessionJwt"] = json!(sent);
            emulator.inject(Fault::edited(edit).on(Operation::Exchange));
            let error = service.client.exchange("with-roles").expect_err(name);
            assert_eq!(error.kind(), ErrorKind::InvalidToken, "{name}");
            assert!(error.token_error().is_some(), "{name}");
            assert_eq!((error.outcome(), error.is_outcome_unknown()), (Outcome::Unknown, false));
            assert!(error.to_string().starts_with("exchange access key"), "{name}: {error}");
            assert!(!format!("{error:?}").contains(&token), "{name}");
        }
        service.client.exchange("with-roles").unwrap();
    });
}

#[test]
fn keys_that_cannot_be_fetched_are_no_verdict_on_the_token() {
    both_ways(project, |service| {
        let token = service.emulator.token().mint();
        let one_attempt = |client: &Client| -> Error { client.validate(&token).unwrap_err() };
        // Each its own: a failure is remembered.
        let once = || service.client(|client| client.limits(|limits| limits.max_attempts = 1));
        for (fault, kind) in [
            (Fault::status(503), ErrorKind::Api),
            (Fault::status(401), ErrorKind::Api),
            (Fault::closed(), ErrorKind::Transport),
            (Fault::answer(Response::new(b"{\"keys\":[]}".to_vec())), ErrorKind::Decode),
            (Fault::answer(Response::new(b"<html>".to_vec())), ErrorKind::Decode),
        ] {
            service.emulator.inject(fault.on(Operation::SigningKeys));
            let error = one_attempt(&once());
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.token_error().is_none(), "{error}");
            assert_eq!(error.operation().unwrap().name, "fetch signing keys");
        }
        once().validate(&token).unwrap();
    });
}

#[test]
fn one_unusable_key_does_not_spoil_the_others() {
    both_ways(project, |service| {
        let edit = |answer: &mut Value| {
            let keys = answer["keys"].as_array_mut().unwrap();
            for junk in [json!(null), json!({}), json!({"kty": "oct", "kid": "x", "k": "eA"})] {
                keys.insert(0, junk);
            }
            keys.push(
                json!({"kty": "RSA", "kid": "small", "alg": "RS256", "n": "AQAB", "e": "AQAB"}),
            );
        };
        service.emulator.inject(Fault::edited(edit).on(Operation::SigningKeys));
        service.client.validate(&service.emulator.token().mint()).unwrap();
        assert_eq!(service.emulator.count(Operation::SigningKeys), 1);
    });
}

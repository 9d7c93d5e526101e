//! What is asked of whoever was let in.

use descope_core::{Authenticator, CallOptions, Caller, Rejection};
use descope_suite::world::World;
use http::Response;
use serde_json::{Value, json};

fn caller(claims: Value) -> Caller {
    let world = World::new();
    let token = world.emulator.token().claims(claims).mint();
    let request = http::Request::get("/").header("authorization", format!("Bearer {token}"));
    let (head, ()) = request.body(()).unwrap().into_parts();
    let authenticator = Authenticator::new();
    let options = CallOptions::new();
    let step = world.context.authenticate(&authenticator, None, &head, options, world.now());
    world.drive(step).unwrap().unwrap()
}

fn challenge(result: Result<Caller, Rejection>) -> String {
    let response: Response<Vec<u8>> = result.unwrap_err().into();
    assert_eq!(response.status(), 403);
    response.headers()["www-authenticate"].to_str().unwrap().to_owned()
}

const INSUFFICIENT: &str = "Bearer error=\"insufficient_scope\"";

#[test]
fn a_handler_asks_in_one_line() {
    let tenants = json!({"acme": {"roles": ["deployer"], "permissions": ["deploy"]}});
    let caller = || caller(json!({"tenants": tenants, "roles": ["admin"], "scope": "read write"}));
    let claims = caller().in_tenant("acme").and_then(|c| c.with_role("deployer")).unwrap();
    assert!(claims.claims().tenant("acme").has_role("deployer"));
    let _ = caller().in_tenant("acme").unwrap().with_permission("deploy").unwrap();
    let _ = caller()
        .with_role("admin")
        .unwrap()
        .with_scope("write")
        .unwrap()
        .in_tenant("acme")
        .unwrap();
    assert_eq!(challenge(caller().with_role("deployer")), INSUFFICIENT, "only in its tenant");
    assert_eq!(challenge(caller().in_tenant("globex")), INSUFFICIENT);
    let in_acme = || caller().in_tenant("acme").unwrap();
    assert_eq!(challenge(in_acme().with_role("admin")), INSUFFICIENT, "only at project level");
    assert_eq!(challenge(in_acme().with_permission("read")), INSUFFICIENT);
    assert_eq!(challenge(caller().with_permission("deploy")), INSUFFICIENT);
    assert_eq!(challenge(caller().with("a team", |claims| claims.has_role("x"))), INSUFFICIENT);
}

#[test]
fn a_scope_is_a_string_of_words() {
    let caller = caller(json!({"scope": "read write:all"}));
    for held in ["read", "write:all", "read write:all", "write:all  read", " read "] {
        assert!(caller.claims().has_scope(held), "{held:?}");
    }
    for missing in ["", " ", "rea", "read write", "Read", "write", "read\twrite:all"] {
        assert!(!caller.claims().has_scope(missing), "{missing:?}");
    }
    let told = challenge(caller.clone().with_scope("read admin"));
    assert_eq!(told, format!("{INSUFFICIENT}, scope=\"read admin\""));
    let told = challenge(caller.with_scope("read \"admin\""));
    assert_eq!(told, INSUFFICIENT, "it cannot be quoted");
}

#[test]
fn a_scope_of_another_type_grants_nothing() {
    for scope in [json!(["read"]), json!({"read": true}), json!(null), json!(7), json!("")] {
        assert!(!caller(json!({"scope": scope})).claims().has_scope("read"), "{scope}");
    }
    assert!(!caller(json!({})).claims().has_scope("read"));
    assert!(!caller(json!({"nsec": {"scope": "read"}})).claims().has_scope("read"));
}

#[test]
fn an_audience_can_be_asked_for() {
    let world = World::new();
    let project = world.emulator.project_id();
    let caller = caller(json!({"aud": [project, "https://api.example.com"]}));
    let caller = caller.with_audience("https://api.example.com").unwrap();
    assert_eq!(challenge(caller.with_audience("https://api.example.com/")), INSUFFICIENT);
}

#[test]
fn the_log_is_told_what_was_missing() {
    let rejection = caller(json!({})).in_tenant("acme").unwrap_err();
    assert!(rejection.to_string().ends_with("it lacks the tenant \"acme\""), "{rejection}");
}

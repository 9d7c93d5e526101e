//! Tenants, roles and permissions.

use descope_core::jwt::Claims;
use serde_json::{Value, json};

use crate::signer::{Signer, with, with_text};

fn claims(members: Value) -> Claims {
    Signer::new().claims(&with(members)).unwrap()
}

fn texts(values: impl Iterator<Item: Into<String>>) -> Vec<String> {
    values.map(Into::into).collect()
}

#[test]
fn project_level_grants_are_those_at_the_top() {
    let claims = claims(json!({
        "roles": ["reader", "R&D", "é\"\\"],
        "permissions": ["read"],
        "tenants": {"acme": {"roles": ["deployer"], "permissions": ["deploy"]}},
    }));
    assert_eq!(texts(claims.roles()), ["reader", "R&D", "é\"\\"]);
    assert_eq!(texts(claims.permissions()), ["read"]);
    assert!(claims.has_role("reader") && claims.has_permission("read"));
    assert!(claims.has_role("é\"\\"));
    for absent in ["", "Reader", "read", "reader ", "deployer", "\"reader\"", "é"] {
        assert!(!claims.has_role(absent), "{absent}");
    }
    assert!(claims.has_all_roles(["R&D", "reader"]) && claims.has_all_permissions(["read"]));
    assert!(claims.has_all_roles::<&str>([]));
    assert!(!claims.has_all_roles(["reader", "deployer"]));
    assert!(!claims.has_all_permissions(["read", "deploy"]));
    assert_eq!(claims.matched_roles(["x", "R&D", "reader", "y"]), ["R&D", "reader"]);
    assert_eq!(claims.matched_permissions(["deploy", "read"]), ["read"]);
}

#[test]
fn a_tenants_grants_are_its_own() {
    let claims = claims(json!({
        "roles": ["reader"],
        "permissions": ["read"],
        "tenants": {
            "acme": {"roles": ["deployer", "viewer"], "permissions": ["deploy"], "name": "Acme"},
            "globex": {},
        },
    }));
    assert_eq!(texts(claims.tenants()), ["acme", "globex"]);
    let acme = claims.tenant("acme");
    assert!(acme.is_associated());
    assert_eq!(texts(acme.roles()), ["deployer", "viewer"]);
    assert_eq!(texts(acme.permissions()), ["deploy"]);
    assert!(acme.has_role("deployer") && !acme.has_role("reader") && !acme.has_role("deploy"));
    assert!(acme.has_permission("deploy") && !acme.has_permission("read"));
    assert!(acme.has_all_roles(["viewer", "deployer"]) && !acme.has_all_roles(["viewer", "x"]));
    assert!(acme.has_all_permissions(["deploy"]) && !acme.has_all_permissions(["read"]));
    assert_eq!(acme.matched_roles(["reader", "viewer"]), ["viewer"]);
    assert_eq!(acme.matched_permissions(["deploy", "read"]), ["deploy"]);

    let globex = claims.tenant("globex");
    assert!(globex.is_associated() && globex.has_all_roles::<&str>([]));
    assert!(!globex.has_role("reader") && !globex.has_all_roles(["reader"]));

    for other in ["", "Acme", "acme ", "initech", "roles"] {
        let tenant = claims.tenant(other);
        assert!(!tenant.is_associated(), "{other}");
        assert!(!tenant.has_all_roles::<&str>([]), "{other}");
        assert!(!tenant.has_all_permissions::<&str>([]), "{other}");
        assert!(!tenant.has_role("deployer") && !tenant.has_permission("deploy"), "{other}");
        assert!(tenant.matched_roles(["deployer", "reader"]).is_empty(), "{other}");
    }
}

#[test]
fn the_current_tenant_has_the_top_level_grants_where_there_is_no_tenants_claim() {
    let grants = json!({"dct": "acme", "roles": ["deployer"], "permissions": ["deploy"]});
    let claims_without = claims(grants.clone());
    assert_eq!(claims_without.current_tenant(), Some("acme"));
    assert_eq!(texts(claims_without.tenants()), ["acme"]);
    let acme = claims_without.tenant("acme");
    assert!(acme.is_associated() && acme.has_all_roles(["deployer"]));
    assert!(acme.has_all_roles::<&str>([]) && acme.has_all_permissions(["deploy"]));
    assert!(!acme.has_all_roles(["deployer", "admin"]));
    let globex = claims_without.tenant("globex");
    assert!(!globex.is_associated() && !globex.has_role("deployer"));

    // A `tenants` claim of any kind is one that does not name the tenant.
    for tenants in
        [json!({}), json!(null), json!([]), json!(["acme"]), json!("acme"), json!({"globex": {}})]
    {
        let mut members = grants.clone();
        members["tenants"] = tenants.clone();
        let claims = claims(members);
        assert!(!claims.tenant("acme").is_associated(), "{tenants}");
        assert!(!claims.tenant("acme").has_role("deployer"), "{tenants}");
        assert!(!texts(claims.tenants()).contains(&"acme".into()), "{tenants}");
        assert!(claims.has_role("deployer"), "{tenants}");
    }
    // Where `tenants` names it, its own entry counts and nothing else.
    let mut members = grants;
    members["tenants"] = json!({"acme": {"roles": ["viewer"]}});
    let claims = claims(members);
    assert!(claims.tenant("acme").has_role("viewer"));
    assert!(!claims.tenant("acme").has_role("deployer"));
}

#[test]
fn a_current_tenant_of_another_type_is_none() {
    for dct in [json!(null), json!(1), json!(["acme"]), json!({"acme": {}})] {
        let claims = claims(json!({"dct": dct, "roles": ["deployer"]}));
        assert_eq!(claims.current_tenant(), None);
        assert!(!claims.tenant("acme").is_associated());
    }
}

#[test]
fn another_type_grants_nothing_and_does_not_refuse_the_token() {
    let wrong = [
        json!("administrator"),
        json!(null),
        json!(true),
        json!(1),
        json!({"administrator": true}),
        json!([["administrator"]]),
        json!([{"administrator": 1}]),
        json!([1, null, true]),
    ];
    for value in &wrong {
        let claims = claims(json!({
            "roles": value,
            "permissions": value,
            "tenants": {"acme": {"roles": value, "permissions": value}},
        }));
        let acme = claims.tenant("acme");
        assert!(acme.is_associated());
        for name in ["administrator", "a", "1", "true", "null", ""] {
            assert!(!claims.has_role(name) && !claims.has_permission(name), "{value} {name}");
            assert!(!acme.has_role(name) && !acme.has_permission(name), "{value} {name}");
        }
    }
    for value in wrong {
        if value.is_object() {
            continue;
        }
        let claims = claims(json!({"tenants": {"acme": value, "globex": {}}}));
        assert!(!claims.tenant("acme").is_associated(), "{value}");
        assert_eq!(texts(claims.tenants()), ["globex"]);
    }
    let mixed = claims(json!({"roles": [1, "reader", null, ["x"], "writer"]}));
    assert_eq!(texts(mixed.roles()), ["reader", "writer"]);
}

#[test]
fn names_that_trip_others_are_names_like_any() {
    for name in ["constructor", "__proto__", "toString", "hasOwnProperty", "", ".", "a/b", "日本"]
    {
        let with_entry = claims(json!({"tenants": {name: {"roles": [name]}}, "roles": [name]}));
        assert!(with_entry.tenant(name).has_role(name) && with_entry.has_role(name));
        let without = claims(json!({"tenants": {"x": {"roles": ["x"]}}, "roles": ["x"]}));
        assert!(!without.tenant(name).is_associated(), "{name}");
        assert!(!without.has_role(name) && !without.tenant("x").has_role(name), "{name}");
    }
}

#[test]
fn escapes_in_names_and_roles_are_read() {
    let signer = Signer::new();
    let claims = signer
        .claims(&with_text(
            r#""tenants":{"\u0061cme":{"rol\u0065s":["R\u0026D","\u00e9","\ud83d\ude39"]}}"#,
        ))
        .unwrap();
    let acme = claims.tenant("acme");
    assert_eq!(texts(acme.roles()), ["R&D", "é", "😹"]);
    assert!(acme.has_role("R&D") && !acme.has_role("R\\u0026D"));
    // What is no Unicode matches nothing and spoils nothing.
    let claims = signer
        .claims(&with_text(r#""tenants":{"\ud800":{},"acme":{"roles":["\udfaa","viewer"]}}"#))
        .unwrap();
    assert_eq!(texts(claims.tenants()), ["acme"]);
    assert_eq!(texts(claims.tenant("acme").roles()), ["viewer"]);
}

#[test]
fn of_entries_given_twice_inside_a_claim_the_last_counts_as_for_a_parser() {
    let signer = Signer::new();
    let claims = signer
        .claims(&with_text(
            r#""tenants":{"acme":{"roles":["admin"]},"acme":{"roles":["x"],"roles":["viewer"]}}"#,
        ))
        .unwrap();
    let tenants: Value = claims.get("tenants").unwrap().unwrap();
    assert_eq!(tenants["acme"]["roles"], json!(["viewer"]));
    assert_eq!(texts(claims.tenant("acme").roles()), ["viewer"]);
}

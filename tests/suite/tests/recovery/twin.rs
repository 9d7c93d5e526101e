//! A second key like a first one.

use descope_core::{AccessKey, CallOptions, Context, CreateAccessKey, Endpoint, LoadAccessKey};
use descope_suite::json;
use descope_suite::scenario::{config, first};
use descope_suite::world::World;
use serde_json::{Value, json};

fn loaded(key: &Value) -> AccessKey {
    LoadAccessKey::new("K2").parse(json!({ "key": key }).to_string().as_bytes()).unwrap()
}

fn body_of_twin(key: &Value) -> Value {
    let twin = CreateAccessKey::twin_of(&loaded(key));
    json::body(&first(&Context::new(config(), [1; 32]), twin, CallOptions::new()).unwrap().request)
}

#[test]
fn it_has_every_field_of_the_first_one() {
    let key = json!({
        "id": "K2", "name": "ci", "roleNames": ["r1", "r2"],
        "keyTenants": [
            {"tenantId": "t1", "tenantName": "Acme", "roleNames": ["admin", "viewer"]},
            {"tenantId": "t2", "tenantName": "Globex", "roleNames": []},
        ],
        "status": "inactive", "createdTime": 1_700_000_000, "expireTime": "4102444800",
        "createdBy": "U1", "clientId": "C1", "boundUserId": "U2",
        "customClaims": {"team": "build", "n": 9_007_199_254_740_993_u64, "deep": {"a": [null]}},
        "description": "deploys", "permittedIps": ["10.0.0.0/8", "2001:db8::/32"],
        "customAttributes": {"env": ["prod"]}, "editable": true, "aNewMember": 7,
    });
    assert_eq!(
        body_of_twin(&key),
        json!({
            "name": "ci", "expireTime": 4_102_444_800_u64, "roleNames": ["r1", "r2"],
            "keyTenants": [
                {"tenantId": "t1", "roleNames": ["admin", "viewer"]},
                {"tenantId": "t2", "roleNames": []},
            ],
            "userId": "U2",
            "customClaims":
                {"team": "build", "n": 9_007_199_254_740_993_u64, "deep": {"a": [null]}},
            "description": "deploys", "permittedIps": ["10.0.0.0/8", "2001:db8::/32"],
            "customAttributes": {"env": ["prod"]},
        })
    );
}

#[test]
fn what_the_first_one_lacks_is_not_sent() {
    let bare = body_of_twin(&json!({"id": "K2", "name": "ci"}));
    assert_eq!(bare, json!({"name": "ci", "expireTime": 0}));
}

#[test]
fn an_expiry_that_has_passed_is_kept_and_an_impossible_one_refused() {
    assert_eq!(body_of_twin(&json!({"id": "K2", "name": "n", "expireTime": 7}))["expireTime"], 7);
    let twin =
        CreateAccessKey::twin_of(&loaded(&json!({"id": "K2", "name": "n", "expireTime": -7})));
    let error = first(&Context::new(config(), [1; 32]), twin, CallOptions::new()).unwrap_err();
    assert_eq!(error.field(), Some("expiry"));
}

#[test]
fn addresses_are_taken_as_the_service_has_them() {
    let key = json!({"id": "K2", "name": "n", "permittedIps": ["ci-runners.example"]});
    assert_eq!(body_of_twin(&key)["permittedIps"], json!(["ci-runners.example"]));
}

#[test]
fn more_can_be_given_to_it() {
    let twin = CreateAccessKey::twin_of(&loaded(&json!({"id": "K2", "name": "n"})));
    let twin = twin.description("second").marker("m-1").role("r");
    let body = json::body(
        &first(&Context::new(config(), [1; 32]), twin, CallOptions::new()).unwrap().request,
    );
    let expected =
        json!({"name": "n", "expireTime": 0, "description": "second m-1", "roleNames": ["r"]});
    assert_eq!(body, expected);
}

/// A service keeps of the twin what it kept of the first one.
#[test]
fn the_service_has_two_of_a_kind() {
    let world = World::new();
    let seed = descope_emulator::Key::new("ci")
        .tenant_roles("t1", ["admin"])
        .tenant("t2")
        .claim("team", "build")
        .attribute("env", "prod")
        .permitted_ip("10.0.0.0/8")
        .description("deploys")
        .user_id("U2")
        .expires_at(4_102_444_800);
    let seed = world.emulator.seed(seed);
    let load = world.context.call(LoadAccessKey::new(&seed.id), CallOptions::new(), world.now());
    let old = world.drive(load).unwrap();
    let twin = world.context.call(CreateAccessKey::twin_of(&old), CallOptions::new(), world.now());
    let twin = world.drive(twin).unwrap().key;
    assert_ne!(twin.id(), old.id());
    let comparable = |key: &AccessKey| {
        let mut key = serde_json::to_value(key).unwrap();
        let members = key.as_object_mut().unwrap();
        for own in ["id", "clientId", "createdBy", "createdTime"] {
            members.remove(own);
        }
        key
    };
    assert_eq!(comparable(&twin), comparable(&old));
}

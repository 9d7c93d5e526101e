//! Update: every field is kept, cleared or set, and each on its own.

use descope_blocking::{AccessKey, TenantGrant, UpdateAccessKey};
use descope_emulator::{Emulator, Key};
use descope_suite::service::both_ways;
use serde_json::{Value, json};

fn full() -> Key {
    Key::new("before")
        .with_id("K2")
        .tenant_roles("acme", ["deployer"])
        .claim("team", "build")
        .description("text")
        .permitted_ip("10.0.0.0/8")
        .attribute("level", 3)
        .expires_at(4_102_444_800)
        .user_id("U2")
}

type Case = (&'static str, fn(UpdateAccessKey) -> UpdateAccessKey, fn(&mut Value));

/// What each method of the builder does to a key that has every field.
const CASES: [Case; 12] = [
    ("nothing", |it| it, |_| {}),
    ("set description", |it| it.set_description("new"), |key| key["description"] = json!("new")),
    ("clear description", |it| it.clear_description(), |key| key["description"] = json!("")),
    ("clear roles", |it| it.clear_roles(), |key| key["roleNames"] = json!([])),
    (
        "set tenants",
        |it| it.set_tenants([TenantGrant::with_roles("acme", ["viewer"])]),
        |key| key["keyTenants"][0]["roleNames"] = json!(["viewer"]),
    ),
    ("clear tenants", |it| it.clear_tenants(), |key| key["keyTenants"] = json!([])),
    (
        "set claims",
        |it| it.set_claims(json!({"new": null})),
        |key| key["customClaims"] = json!({"new": null}),
    ),
    ("clear claims", |it| it.clear_claims(), |key| key["customClaims"] = json!({})),
    (
        "set permitted addresses",
        |it| it.set_permitted_ips(["::1", "192.0.2.0/24"]),
        |key| key["permittedIps"] = json!(["::1", "192.0.2.0/24"]),
    ),
    (
        "clear permitted addresses",
        |it| it.clear_permitted_ips(),
        |key| key["permittedIps"] = json!([]),
    ),
    (
        "set attributes",
        |it| it.set_attributes(json!({"new": [1]})),
        |key| key["customAttributes"] = json!({"new": [1]}),
    ),
    ("clear attributes", |it| it.clear_attributes(), |key| key["customAttributes"] = json!({})),
];

#[test]
fn a_field_that_is_named_changes_and_every_other_is_kept() {
    both_ways(Emulator::builder, |service| {
        let keys = service.client.access_keys();
        for (name, update, expect) in CASES {
            service.emulator.seed(full());
            let mut expected = serde_json::to_value(keys.load("K2").unwrap()).unwrap();
            expected["name"] = json!("after");
            expect(&mut expected);
            let expected: AccessKey = serde_json::from_value(expected).unwrap();
            let updated = keys.update(&update(UpdateAccessKey::new("K2", "after"))).unwrap();
            assert_eq!(updated, expected, "{name}");
            assert_eq!(keys.load("K2").unwrap(), expected, "{name}, loaded");
        }
    });
}

#[test]
fn a_key_without_tenants_can_be_given_roles() {
    both_ways(Emulator::builder, |service| {
        let keys = service.client.access_keys();
        service.emulator.seed(full());
        let loaded = keys.load("K2").unwrap();
        let update = UpdateAccessKey::of(&loaded).clear_tenants().set_roles(["admin", "viewer"]);
        let updated = keys.update(&update).unwrap();
        assert_eq!((updated.name(), updated.key_tenants().len()), ("before", 0));
        assert_eq!(updated.role_names(), ["admin", "viewer"]);
    });
}

#[test]
fn an_empty_value_clears_only_where_that_is_said() {
    let new = || UpdateAccessKey::new("K2", "n");
    for (field, update) in [
        ("description", new().set_description("")),
        ("role_names", new().set_roles([""; 0])),
        ("key_tenants", new().set_tenants([])),
        ("custom_claims", new().set_claims(json!({}))),
        ("permitted_ips", new().set_permitted_ips([""; 0])),
        ("custom_attributes", new().set_attributes(json!({}))),
    ] {
        both_ways(
            || Emulator::builder().key(full()),
            |service| {
                let error = service.client.access_keys().update(&update).unwrap_err();
                assert_eq!(error.field(), Some(field));
                assert!(error.to_string().contains("clear_"), "{error}");
                assert_eq!((service.emulator.total(), error.attempts()), (0, 0));
            },
        );
    }
}

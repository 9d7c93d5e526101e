//! `descope-keys validate`

use descope_emulator::{Emulator, Operation};
use serde_json::json;

use crate::world::World;

fn token(world: &World) -> String {
    world.run(&["token"]).with_access_key().ok().stdout
}

#[test]
fn a_token_is_validated_and_its_claims_printed() {
    let world = World::new();
    let ended = world.run(&["validate"]).stdin(token(&world)).ok();
    for line in [
        "  key          K2ci",
        "  tenants      acme: deployer",
        r#"  claims       {"team":"build"}"#,
    ] {
        assert!(ended.stdout.lines().any(|shown| shown == line), "{line}: {}", ended.stdout);
    }
    let value = world.run(&["validate", "--json"]).stdin(token(&world)).ok().json();
    assert_eq!((&value["keyId"], &value["claims"]["team"]), (&json!("K2ci"), &json!("build")));
    assert_eq!(value["claims"]["exp"], value["expiresAt"]);
}

#[test]
fn what_is_not_to_be_trusted_is_refused() {
    let world = World::new();
    let now = world.emulator.now();
    for (token, why) in [
        (world.emulator.token().expires_in(-60).mint(), "expired"),
        (world.emulator.token().claim("nbf", now + 600).mint(), "not valid yet"),
        (world.emulator.token().forged().mint(), "signature"),
        (world.emulator.token().header("kid", "other").mint(), "no usable signing key"),
        (world.emulator.token().claim("iss", "P2other").mint(), "issuer"),
        (world.emulator.token().claim("aud", "other").mint(), "audience"),
        ("not a token".to_owned(), "malformed"),
    ] {
        let ended = world.run(&["validate"]).stdin(token.as_str()).fails(1);
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.contains(why), "{why}: {}", ended.stderr);
        let ended = world.run(&["validate", "--json"]).stdin(token).fails(1);
        assert_eq!(ended.json()["error"]["exit"], "refused");
    }
}

#[test]
fn no_token_is_a_wrong_use() {
    let world = World::new();
    for stdin in ["", "\n"] {
        let ended = world.run(&["validate"]).stdin(stdin).fails(2);
        assert_eq!(ended.stderr, "error: no token on standard input\n");
    }
}

#[test]
fn rights_are_asked_for() {
    let world = World::new();
    let token = world.emulator.mint(json!({
        "roles": ["auditor"], "permissions": ["read"],
        "tenants": {"acme": {"roles": ["deployer", "viewer"], "permissions": ["deploy"]}},
    }));
    for (options, granted) in [
        (&["--tenant", "acme"][..], true),
        (&["--tenant", "globex"], false),
        (&["--tenant", "acme", "--role", "deployer", "--role", "viewer"], true),
        (&["--tenant", "acme", "--role", "deployer", "--role", "admin"], false),
        (&["--tenant", "acme", "--permission", "deploy"], true),
        (&["--tenant", "acme", "--permission", "read"], false),
        (&["--tenant", "acme", "--role", "auditor"], false),
        (&["--role", "auditor", "--permission", "read"], true),
        (&["--role", "deployer"], false),
        (&["--permission", "deploy"], false),
    ] {
        let arguments = [&["validate"], options].concat();
        let ended = world.run(&arguments).stdin(token.as_str()).end();
        assert_eq!(ended.code, i32::from(!granted), "{options:?}: {}", ended.stderr);
        assert_eq!(ended.stdout.is_empty(), !granted);
    }
}

#[test]
fn audiences_are_accepted_as_asked() {
    let world = World::new();
    let token = world.emulator.token().claim("aud", json!(["https://a.example"])).mint();
    let validate = |options: &[&str]| {
        world.run(&[&["validate"], options].concat()).stdin(token.as_str()).end().code
    };
    assert_eq!(validate(&[]), 1);
    assert_eq!(validate(&["--audience", "https://b.example"]), 1);
    assert_eq!(
        validate(&["--audience", "https://b.example", "--audience", "https://a.example"]),
        0
    );
    assert_eq!(validate(&["--any-audience"]), 0);
    assert_eq!(validate(&["--any-audience", "--audience", "https://a.example"]), 2);
}

#[test]
fn the_time_can_be_another() {
    let world = World::with(Emulator::builder().time(1_900_000_000));
    let token = world.emulator.mint(json!({}));
    let validate = |options: &[&str]| {
        world.run(&[&["validate"], options].concat()).stdin(token.as_str()).end().code
    };
    assert_eq!(validate(&[]), 1);
    assert_eq!(validate(&["--at", "1900000000"]), 0);
    assert_eq!(validate(&["--at", "2030-03-17T17:46:40Z"]), 0);
    assert_eq!(validate(&["--at", "1900000604"]), 0);
    assert_eq!(validate(&["--at", "1900000606"]), 1);
    assert_eq!(validate(&["--at", "1900000606", "--leeway", "10s"]), 0);
    assert_eq!(validate(&["--at", "yesterday"]), 2);
}

#[test]
fn a_key_set_on_disk_needs_no_network() {
    let world = World::new();
    let token = world.emulator.mint(json!({}));
    let set = world.emulator.key_set();
    let path = world.file("keys.json", &format!("{set}\n"));
    let jwk = world.file("jwk.json", &set["keys"][0].to_string());
    for path in [&path, &jwk] {
        world.run(&["validate", "--signing-keys"]).arg(path).stdin(token.as_str()).ok();
    }
    world.run(&["validate"]).env("DESCOPE_PUBLIC_KEY", set.to_string()).stdin(token.as_str()).ok();
    assert_eq!(world.emulator.total(), 0);
    world.run(&["validate"]).stdin(token.as_str()).ok();
    assert_eq!(world.emulator.count(Operation::SigningKeys), 1);
    for text in ["", "[]", r#"{"keys": []}"#, r#"{"keys": [{"kty": "oct"}]}"#] {
        let path = world.file("wrong.json", text);
        let ended =
            world.run(&["validate", "--signing-keys"]).arg(path).stdin(token.as_str()).fails(2);
        assert!(ended.stderr.contains("wrong.json"), "{}", ended.stderr);
    }
}

//! `descope-keys load`, `descope-keys update`

use descope_emulator::{Emulator, Key, Operation};
use serde_json::json;

use crate::world::World;

fn full() -> World {
    let key = Key::new("full").with_id("K2full").role("viewer").description("before");
    let key = key.permitted_ip("10.0.0.0/8").claim("team", "build").attribute("cost", 1);
    World::with(Emulator::builder().key(key))
}

#[test]
fn a_key_is_shown() {
    let world = World::new();
    let ended = world.run(&["load", "K2ci"]).ok();
    assert!(ended.stdout.starts_with("K2ci  ci\n"), "{}", ended.stdout);
    for line in [
        "  status       active",
        "  expires      never",
        "  tenants      acme (Acme Inc.): deployer",
        "  claims       {\"team\":\"build\"}",
    ] {
        assert!(ended.stdout.lines().any(|shown| shown == line), "{line}: {}", ended.stdout);
    }
    let key = world.run(&["load", "K2ci", "--json"]).ok().json();
    assert_eq!(key["keyTenants"][0]["roleNames"], json!(["deployer"]));
    assert_eq!(
        (&key["id"], &key["createdTime"]),
        (&json!("K2ci"), &json!(world.key("K2ci").created_time))
    );
}

#[test]
fn what_a_terminal_would_obey_is_not_shown() {
    let key = Key::new("evil\u{1b}[2J\nname").with_id("K2evil").description("\u{202e}txt");
    let world = World::with(Emulator::builder().key(key));
    for arguments in [&["load", "K2evil"][..], &["search"]] {
        let ended = world.run(arguments).ok();
        assert!(!ended.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", ended.stdout);
        assert!(ended.stdout.contains("evil\u{fffd}[2J\u{fffd}name"), "{}", ended.stdout);
    }
}

#[test]
fn one_field_changes_and_the_rest_stays() {
    let world = full();
    world.run(&["update", "K2full", "--description", "after"]).ok();
    let requests = world.emulator.requests();
    assert_eq!(requests[0].operation, Some(Operation::Load));
    assert_eq!(requests[1].json(), json!({"id": "K2full", "name": "full", "description": "after"}));
    let key = world.key("K2full");
    assert_eq!(
        (key.description.as_str(), key.role_names.as_slice()),
        ("after", &["viewer".to_owned()][..])
    );
}

#[test]
fn every_field_can_be_set() {
    let world = full();
    let key = world
        .run(&["update", "K2full", "--name", "new", "--role", "a", "--role", "b"])
        .arg("--tenant=acme=x")
        .arg("--claim=n=1")
        .arg("--permitted-ip=::1")
        .arg("--attribute=cost=2")
        .arg("--json")
        .ok()
        .json();
    // With a name given there is nothing to load.
    assert_eq!(world.emulator.count(Operation::Load), 0);
    assert_eq!(
        world.emulator.requests()[0].json(),
        json!({
            "id": "K2full", "name": "new", "roleNames": ["a", "b"],
            "keyTenants": [{"tenantId": "acme", "roleNames": ["x"]}],
            "customClaims": {"n": 1}, "permittedIps": ["::1"], "customAttributes": {"cost": 2},
        })
    );
    assert_eq!(key["name"], "new");
}

#[test]
fn every_field_can_be_cleared() {
    let world = full();
    let fields = "description,roles,tenants,claims,permitted-ips";
    world.run(&["update", "K2full", "--clear", fields, "--clear", "attributes"]).ok();
    assert_eq!(
        world.emulator.requests()[1].json(),
        json!({
            "id": "K2full", "name": "full", "description": "", "roleNames": [], "keyTenants": [],
            "customClaims": {}, "permittedIps": [], "customAttributes": {},
        })
    );
}

#[test]
fn accidents_are_refused() {
    let world = full();
    for (arguments, told) in [
        (&["update", "K2full"][..], "nothing to change"),
        (&["update", "K2full", "--role", "a", "--clear", "roles"], "roles cannot be both"),
        (&["update", "K2full", "--description", ""], "--description"),
        (&["update", "K2full", "--clear", "expiry"], "expiry"),
        (&["update", "", "--name", "a"], "empty"),
    ] {
        let ended = world.run(arguments).fails(2);
        assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
    }
    assert_eq!(world.emulator.total(), 0);
    world.run(&["update", "K2noneK2noneK2noneK2noneK2no", "--name", "a"]).fails(3);
}

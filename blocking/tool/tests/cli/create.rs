//! `descope-keys create`

use std::fs;

use descope_emulator::{Fault, Operation};
use serde_json::json;

use crate::world::World;

#[test]
fn every_argument_is_sent() {
    let world = World::new();
    let created = world
        .run(&[
            "create",
            "everything",
            "--expires-at",
            "2100-01-01T02:00:00+02:00",
            "--user",
            "U2a",
            "--tenant",
            "acme=admin,viewer",
            "--tenant",
            "globex",
            "--tenant",
            "acme=deployer",
            "--claim",
            r#"team="build""#,
            "--claim",
            r#"limits={"a=b":[1,2]}"#,
            "--permitted-ip",
            "10.0.0.0/8",
            "--permitted-ip",
            "::1",
            "--attribute",
            "cost=12.5",
            "--description",
            "with everything",
            "--no-marker",
            "--json",
        ])
        .ok()
        .json();
    let request = &world.emulator.requests()[0];
    assert_eq!(
        request.json(),
        json!({
            "name": "everything",
            "expireTime": 4_102_444_800_i64,
            "userId": "U2a",
            "keyTenants": [
                {"tenantId": "acme", "roleNames": ["admin", "viewer", "deployer"]},
                {"tenantId": "globex"},
            ],
            "customClaims": {"team": "build", "limits": {"a=b": [1, 2]}},
            "permittedIps": ["10.0.0.0/8", "::1"],
            "customAttributes": {"cost": 12.5},
            "description": "with everything",
        })
    );
    let key = world.key(created["key"]["id"].as_str().unwrap());
    assert_eq!(created["cleartext"], key.cleartext());
    assert_eq!(created["key"]["name"], "everything");
}

#[test]
fn what_is_not_given_is_not_sent() {
    let world = World::new();
    world.run(&["create", "plain", "--never-expires", "--no-marker"]).ok();
    assert_eq!(world.emulator.requests()[0].json(), json!({"name": "plain", "expireTime": 0}));
    world.run(&["create", "roles", "--expires-in", "2h", "--role", "a", "--role", "b"]).ok();
    let body = world.emulator.requests()[1].json();
    let left = body["expireTime"].as_i64().unwrap() - world.emulator.now();
    assert!((7190..=7200).contains(&left), "{left}");
    assert_eq!(body["roleNames"], json!(["a", "b"]));
}

#[test]
fn the_secret_alone_goes_to_standard_output() {
    let world = World::new();
    let newest = || world.emulator.keys().pop().unwrap();
    let ended = world.run(&["create", "a", "--expires-in", "30d"]).ok();
    assert_eq!(ended.line(), newest().cleartext());
    assert!(ended.stderr.contains(&format!("Created {}  a\n", newest().id)), "{}", ended.stderr);
    assert!(ended.stderr.contains("(in 30 days)"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(newest().cleartext()));
    for silent in ["--quiet", "--secret-only"] {
        let ended = world.run(&["create", "b", "--never-expires", silent]).ok();
        assert_eq!(ended.line(), newest().cleartext());
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn the_secret_can_go_to_a_file() {
    let world = World::new();
    let path = world.path("secret");
    let create = ["create", "a", "--never-expires", "--json", "--secret-file"];
    let created = world.run(&create).arg(&path).ok();
    let key = world.emulator.keys().pop().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", key.cleartext()));
    assert!(!created.stdout.contains(key.cleartext()));
    assert!(!created.stderr.contains(key.cleartext()));
    assert_eq!(created.json()["secretFile"], path.to_str().unwrap());
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);
    // A file that is there is not replaced, and no key is made whose secret would be lost.
    let before = world.emulator.count(Operation::Create);
    let ended = world.run(&create).arg(&path).fails(2);
    let told = format!(
        "error: {} exists and is not overwritten: name another file. No key was created.\n",
        path.display()
    );
    assert_eq!(ended.stderr, told);
    let ended = world.run(&["rotate", "K2ci", "--secret-file"]).arg(&path).fails(2);
    assert!(ended.stderr.ends_with(". The secret was not rotated.\n"), "{}", ended.stderr);
    assert_eq!(world.emulator.count(Operation::Create), before);
    // No empty file is left behind by a create that failed.
    world.emulator.inject(Fault::status(403).on(Operation::Create));
    world.run(&create).arg(world.path("other")).fails(4);
    assert!(!world.path("other").exists());
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_expiry_is_required_and_only_one() {
    let world = World::new();
    world.run(&["create", "a"]).fails(2);
    world.run(&["create", "a", "--never-expires", "--expires-in", "1d"]).fails(2);
    for (option, value) in [
        ("--expires-in", "1y"),
        ("--expires-in", "0s"),
        ("--expires-at", "0"),
        ("--expires-at", "soon"),
        ("--claim", "team=build"),
        ("--tenant", "=admin"),
        ("--description", ""),
    ] {
        let ended = world.run(&["create", "a", option, value]).fails(2);
        assert!(ended.stderr.contains(option), "{}", ended.stderr);
    }
    let ended = world.run(&["create", "a", "--never-expires", "--permitted-ip", "10.0.0"]).fails(2);
    assert!(ended.stderr.contains("10.0.0"), "{}", ended.stderr);
    assert_eq!(world.emulator.total(), 0);
}

#[test]
fn a_lost_answer_says_what_to_do() {
    let world = World::new();
    world.emulator.inject(Fault::lost_answer().on(Operation::Create));
    let ended = world.run(&["create", "the name", "--never-expires"]).fails(6);
    assert_eq!(ended.stdout, "");
    // What failed and why, what may now be true, and what to do: each once.
    let parts = [
        "error: create access key named \"the name\": the connection ended before the answer was \
         complete: Peer disconnected; OUTCOME UNKNOWN: the key may exist",
        ". Do not just create it again: ",
        "\n  See whether it is there",
    ];
    let mut rest = ended.stderr.as_str();
    for part in parts {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("{part}: {}", ended.stderr)).1;
    }
    assert_eq!(ended.stderr.matches("create it again").count(), 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("descope-keys find-unconfirmed 'the name' --sent 20"),
        "{}",
        ended.stderr
    );
    assert_eq!(world.emulator.count(Operation::Create), 1);
    world.emulator.inject(Fault::lost_answer().on(Operation::Create));
    let ended = world.run(&["create", "b", "--never-expires", "--json"]).fails(6);
    let error = &ended.json()["error"];
    assert_eq!((&error["exit"], &error["exitCode"]), (&json!("outcome_unknown"), &json!(6)));
    assert_eq!(error["outcome"], "unknown");
}

#[test]
fn a_secret_that_did_arrive_is_delivered() {
    let world = World::new();
    let broken = || Fault::edited(|answer| answer["key"]["id"] = json!(7)).on(Operation::Create);
    let newest = || world.emulator.keys().pop().unwrap();
    world.emulator.inject(broken());
    let ended = world.run(&["create", "a", "--never-expires"]).fails(6);
    assert_eq!(ended.line(), newest().cleartext());
    assert!(!ended.stderr.contains(newest().cleartext()));
    world.emulator.inject(broken());
    let ended = world.run(&["create", "a", "--never-expires", "--json"]).fails(6);
    assert_eq!(ended.json()["error"]["cleartext"], newest().cleartext());
    world.emulator.inject(broken());
    let create = ["create", "a", "--never-expires", "--secret-file"];
    let ended = world.run(&create).arg(world.path("secret")).fails(6);
    assert_eq!(ended.stdout, "");
    let kept = fs::read_to_string(world.path("secret")).unwrap();
    assert_eq!(kept.trim_end(), newest().cleartext());
}

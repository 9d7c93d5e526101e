//! `descope-keys check`

use descope_emulator::{Emulator, Fault, Key, Operation};
use serde_json::json;

use crate::world::World;

const DAY: i64 = 86_400;

/// `K2ci` and one that holds to every rule.
fn world() -> World {
    let world = World::with(Emulator::builder());
    let good = Key::new("good").with_id("K2good").expires_at(world.emulator.now() + 100 * DAY);
    let mut good = good.permitted_ip("10.0.0.0/8").description("of the farm");
    good.created_by = "U2a".to_owned();
    world.emulator.seed(good);
    world
}

#[test]
fn keys_that_break_the_policy_are_told() {
    let world = world();
    let ended = world.run(&["check", "--json"]).fails(1);
    let rules = ["never-expires", "any-address", "no-description"];
    let broken = json!([{"id": "K2ci", "name": "ci", "rules": rules}]);
    let report = ended.json();
    assert_eq!((&report["checked"], &report["broken"]), (&json!(2), &broken));
    assert_eq!(ended.stderr, "error: 1 of 2 keys break the policy\n");
    let ended = world.run(&["check"]).fails(1);
    let lines: Vec<Vec<&str>> =
        ended.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["ID", "NAME", "RULE", "WHY"]);
    assert_eq!(lines[1], ["K2ci", "ci", "never-expires", "has", "no", "expiry"]);
    assert_eq!(lines.len(), 1 + rules.len());
    assert!(lines.iter().skip(1).all(|line| line.len() > 3), "{}", ended.stdout);
}

#[test]
fn what_is_allowed_is_not_told() {
    let world = world();
    let allowed = "never-expires,any-address";
    let ended = world.run(&["check", "--allow", allowed, "--allow", "no-description"]).ok();
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr, "2 keys checked; none breaks the policy.\n");
    let all = ["check", "--allow", allowed, "--allow=no-description", "--expires-within", "101d"];
    let ended = world.run(&all).fails(1);
    assert!(ended.stdout.contains("K2good  good  expires-soon  in 100 days"), "{}", ended.stdout);
    let ended = world.run(&["check", "--allow", "everything"]).fails(2);
    assert!(ended.stderr.contains("any-address"), "{}", ended.stderr);
}

#[test]
fn a_key_that_cannot_be_read_is_no_good_one() {
    let world = world();
    world.emulator.delete("K2ci");
    world.run(&["check"]).ok();
    world.emulator.inject(
        Fault::edited(|answer| answer["keys"][0]["expireTime"] = json!("soon"))
            .on(Operation::Search),
    );
    let ended = world.run(&["check"]).fails(1);
    assert!(ended.stderr.contains("not checked: "), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 key could not be checked"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn the_table_fits_80_columns() {
    let world = world();
    let key = Key::new("a key of a rather long name, as people give them")
        .with_id("K2rAtszOkPoR0Fy5ywTcaHXV65Jx");
    world.emulator.seed(key.tenant("acme"));
    // As the service shows roles that it ignores.
    world.emulator.inject(
        Fault::edited(|answer| {
            for key in answer["keys"].as_array_mut().unwrap() {
                key["roleNames"] = json!(["an-admin-of-everything", "another-role"]);
                key["createdBy"] = json!("");
            }
        })
        .on(Operation::Search),
    );
    let ended = world.run(&["check"]).on_terminal(80);
    assert!(ended.stdout.contains("no-owner"), "{}", ended.stdout);
    let wide = ended.stdout.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
    assert!(ended.stdout.contains("project-roles   an-admin-"), "{}", ended.stdout);
}

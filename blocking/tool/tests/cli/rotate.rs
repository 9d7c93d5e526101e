//! `descope-keys rotate`

use descope_emulator::{Fault, Operation};
use serde_json::json;

use crate::world::{ACCESS_KEY, World};

#[test]
fn a_rotated_key_has_a_new_secret() {
    let world = World::new();
    let ended = world.run(&["rotate", "K2ci"]).ok();
    let secret = world.key("K2ci").cleartext().to_owned();
    assert_ne!(secret, ACCESS_KEY);
    assert_eq!(ended.line(), secret);
    assert!(ended.stderr.starts_with("Rotated K2ci  ci\n"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(&secret));
    let ended = world.run(&["rotate", "K2ci", "--json"]).ok();
    assert_eq!(ended.json()["cleartext"], world.key("K2ci").cleartext());
    let ended = world.run(&["rotate", "K2ci", "--secret-only"]).ok();
    assert_eq!(ended.line(), world.key("K2ci").cleartext());
    world.run(&["exchange", "--quiet"]).with_access_key().fails(4);
    world.run(&["rotate", "K2noneK2noneK2noneK2noneK2no"]).fails(3);
}

#[test]
fn a_lost_answer_says_what_to_do() {
    let world = World::new();
    world.emulator.inject(Fault::lost_answer().on(Operation::Rotate));
    let ended = world.run(&["rotate", "K2ci"]).fails(6);
    assert!(ended.stderr.contains("OUTCOME UNKNOWN"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("descope-keys exchange --access-key-file FILE"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("descope-keys rotate K2ci"), "{}", ended.stderr);
    assert_eq!(world.emulator.count(Operation::Rotate), 1);
}

#[test]
fn a_secret_that_did_arrive_is_delivered() {
    let world = World::new();
    world
        .emulator
        .inject(Fault::edited(|answer| answer["key"] = json!(null)).on(Operation::Rotate));
    let ended = world.run(&["rotate", "K2ci"]).fails(6);
    assert_eq!(ended.line(), world.key("K2ci").cleartext());
    assert!(ended.stderr.contains("The secret did arrive"), "{}", ended.stderr);
}

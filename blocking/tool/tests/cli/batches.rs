//! Commands on one key or many.

use descope_emulator::{Builder, Emulator, Key, Operation, Status};
use serde_json::json;

use crate::world::World;

fn world() -> World {
    let keys = ["K2a", "K2b", "K2c"].map(|id| Key::new(id).with_id(id));
    World::with(Builder::keys(Emulator::builder(), keys))
}

fn ids(world: &World) -> Vec<String> {
    world.emulator.keys().into_iter().map(|key| key.id).collect()
}

#[test]
fn one_key_takes_the_single_call() {
    let world = world();
    let ended = world.run(&["deactivate", "K2a"]).ok();
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", "deactivated K2a\n"));
    assert_eq!(world.key("K2a").status, Status::Inactive);
    world.run(&["activate", "K2a"]).ok();
    assert_eq!(world.key("K2a").status, Status::Active);
    world.run(&["delete", "K2a"]).ok();
    assert_eq!(ids(&world), ["K2b", "K2c", "K2ci"]);
    for operation in [Operation::Deactivate, Operation::Activate, Operation::Delete] {
        assert_eq!(world.emulator.count(operation), 1);
    }
    world.run(&["delete", "K2a"]).fails(3);
}

#[test]
fn several_keys_take_the_batch_call() {
    let world = world();
    let ended = world.run(&["deactivate", "K2a", "K2b", "K2a"]).ok();
    assert_eq!(ended.stderr, "deactivated 2 keys\n");
    let requests = world.emulator.requests();
    assert_eq!(requests[0].operation, Some(Operation::DeactivateBatch));
    assert_eq!(requests[0].json(), json!({"ids": ["K2a", "K2b"]}));
    world.run(&["activate", "K2a", "K2b"]).ok();
    assert_eq!(world.key("K2b").status, Status::Active);
    world.run(&["delete", "K2a", "K2b"]).ok();
    assert_eq!(ids(&world), ["K2c", "K2ci"]);
    assert_eq!(world.emulator.total(), 3);
}

#[test]
fn ids_come_on_standard_input() {
    let world = world();
    let ended = world.run(&["delete", "-", "--json"]).stdin("K2a\nK2b  K2a\r\n\n").ok();
    assert_eq!(ended.json(), json!({"deleted": ["K2a", "K2b"]}));
    assert_eq!(world.emulator.count(Operation::DeleteBatch), 1);
    // Without any id it is the same as `-`.
    world.run(&["delete"]).stdin("K2c").ok();
    assert_eq!(ids(&world), ["K2ci"]);
    assert_eq!(world.emulator.count(Operation::Delete), 1);
}

#[test]
fn what_is_found_can_be_deleted() {
    let world = world();
    let found = world.run(&["search", "--sort", "id", "--ids"]).ok();
    assert_eq!(found.stdout, "K2a\nK2b\nK2c\nK2ci\n");
    world.run(&["delete", "-"]).stdin(found.stdout).ok();
    assert_eq!(ids(&world), [""; 0]);
}

#[test]
fn nothing_is_sent_without_an_id() {
    let world = world();
    for arguments in [&["delete"][..], &["delete", "-"], &["activate"], &["deactivate", ""]] {
        let ended = world.run(arguments).fails(2);
        assert!(ended.stderr.contains("id"), "{}", ended.stderr);
    }
    assert_eq!(world.emulator.total(), 0);
}

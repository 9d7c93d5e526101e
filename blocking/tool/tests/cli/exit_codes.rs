//! How it ends: the numbers that scripts rely on.

use descope_emulator::{Fault, Operation};
use serde_json::json;

use crate::world::{Run, World};

#[test]
fn each_kind_of_failure_has_its_code() {
    let world = World::new();
    let load = |fault: Fault| {
        world.emulator.clear_faults();
        world.emulator.inject(fault.on(Operation::Load).forever());
        let ended = world.run(&["load", "K2ci", "--json", "--attempts", "1"]).end();
        let error = ended.json()["error"].take();
        assert_eq!(error["exitCode"], ended.code);
        // A warning that the service has asked to wait may come before it.
        assert!(ended.stderr.contains("error: load access key"), "{}", ended.stderr);
        (ended.code, error["kind"].as_str().unwrap().to_owned())
    };
    for (fault, code, kind) in [
        (Fault::status(400), 1, "refused"),
        (Fault::status(409), 1, "refused"),
        (Fault::status(404), 3, "notFound"),
        (Fault::status(401), 4, "unauthorized"),
        (Fault::status(403), 4, "unauthorized"),
        (Fault::status(429).retry_after(60), 5, "rateLimited"),
        (Fault::status(500), 7, "unreachable"),
        (Fault::status(302), 7, "unreachable"),
        (Fault::reset(), 7, "unreachable"),
        (Fault::garbage(), 7, "unreachable"),
    ] {
        assert_eq!(load(fault), (code, kind.to_owned()));
    }
    world.emulator.clear_faults();
    world.run(&["load", "K2ci"]).ok();
}

#[test]
fn a_change_in_doubt_is_of_unknown_outcome() {
    let world = World::new();
    world.emulator.inject(Fault::lost_answer().on(Operation::Delete).forever());
    let ended = world.run(&["delete", "K2ci", "--yes", "--attempts", "1"]).fails(6);
    assert!(ended.stderr.contains("OUTCOME UNKNOWN"), "{}", ended.stderr);
    world.emulator.inject(Fault::status(500).on(Operation::Update).forever());
    world.run(&["update", "K2x", "--name", "a"]).fails(6);
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    // Nothing listens there.
    let url = "http://127.0.0.1:1";
    let run = Run::bare(&["search", "--json", "--project-id", "P2a", "--base-url", url]);
    let ended = run.env("DESCOPE_MANAGEMENT_KEY", "K2a").fails(7);
    assert_eq!(ended.json()["error"]["outcome"], "notSent");
    assert!(ended.stderr.contains("cannot connect to"), "{}", ended.stderr);
}

#[test]
fn a_wrong_command_line_is_told_in_json_too() {
    let world = World::new();
    let ended = world.run(&["load", "--json"]).fails(2);
    let error = &ended.json()["error"];
    assert_eq!((&error["kind"], &error["exitCode"]), (&json!("usage"), &json!(2)));
    assert!(error["message"].as_str().unwrap().contains("<ID>"), "{error}");
    let ended = world.run(&["lod", "K2ci"]).fails(2);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("'load'"), "{}", ended.stderr);
}

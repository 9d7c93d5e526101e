//! How it ends: the numbers that scripts rely on.

use descope_blocking::{ErrorKind, Outcome};
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
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        (ended.code, text("exit"), text("kind"), text("outcome"))
    };
    for (fault, code, exit, kind, outcome) in [
        (Fault::status(400), 1, "refused", ErrorKind::Api, Outcome::Rejected),
        (Fault::status(409), 1, "refused", ErrorKind::Api, Outcome::Rejected),
        (Fault::status(404), 3, "not_found", ErrorKind::Api, Outcome::Rejected),
        (Fault::status(401), 4, "unauthorized", ErrorKind::Api, Outcome::Rejected),
        (Fault::status(403), 4, "unauthorized", ErrorKind::Api, Outcome::Rejected),
        (
            Fault::status(429).retry_after(60),
            5,
            "rate_limited",
            ErrorKind::RateLimited,
            Outcome::Rejected,
        ),
        (Fault::status(500), 7, "unreachable", ErrorKind::Api, Outcome::Unknown),
        (Fault::status(302), 7, "unreachable", ErrorKind::RedirectRefused, Outcome::Rejected),
        (Fault::reset(), 7, "unreachable", ErrorKind::Transport, Outcome::Unknown),
        (Fault::garbage(), 7, "unreachable", ErrorKind::Protocol, Outcome::Unknown),
    ] {
        let texts = [exit, kind.as_str(), outcome.as_str()].map(str::to_owned);
        let [exit, kind, outcome] = texts;
        assert_eq!(load(fault), (code, exit, kind, outcome));
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
    assert_eq!(ended.json()["error"]["outcome"], Outcome::NotSent.as_str());
    assert!(ended.stderr.contains("cannot connect to"), "{}", ended.stderr);
}

#[test]
fn a_wrong_command_line_is_told_in_json_too() {
    let world = World::new();
    let ended = world.run(&["load", "--json"]).fails(2);
    let error = &ended.json()["error"];
    assert_eq!((&error["exit"], &error["exitCode"]), (&json!("usage"), &json!(2)));
    assert_eq!(error["kind"], ErrorKind::InvalidArgument.as_str());
    assert!(error["message"].as_str().unwrap().contains("<ID>"), "{error}");
    let ended = world.run(&["lod", "K2ci"]).fails(2);
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("'load'"), "{}", ended.stderr);
}

#[test]
fn what_fails_without_an_answer_has_a_kind_too() {
    let world = World::new();
    let old = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
    let token = world.run(&["token"]).with_access_key().ok().stdout;
    let no_credential = |arguments: &[&str]| {
        world.run(arguments).without("DESCOPE_MANAGEMENT_KEY").arg("--json").fails(4).json()
    };
    let missing = ErrorKind::MissingCredential.as_str();
    assert_eq!(no_credential(&["token"])["error"]["kind"], missing);
    assert_eq!(no_credential(&["load", "K2ci"])["error"]["kind"], missing);
    for (arguments, stdin, code, kind) in [
        (&["validate"][..], old, 1, ErrorKind::InvalidToken.as_str()),
        (&["validate", "--role", "admin"], token.as_str(), 1, "refused"),
        (&["update", "K2ci"], "", 2, ErrorKind::InvalidArgument.as_str()),
        (
            &["replace", "K2noneK2noneK2noneK2noneK2no", "--", "true"],
            "",
            3,
            ErrorKind::Api.as_str(),
        ),
    ] {
        let ended = world.run(&[&["--json"], arguments].concat()).stdin(stdin).fails(code);
        assert_eq!(ended.json()["error"]["kind"], kind, "{arguments:?}");
    }
}

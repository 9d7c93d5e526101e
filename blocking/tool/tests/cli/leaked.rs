//! `descope-keys leaked`

use descope_emulator::{Emulator, Fault, Key, Operation, Status};
use serde_json::json;

use crate::world::{ACCESS_KEY, Run, World};

#[test]
fn the_key_of_a_cleartext_is_told() {
    let world = World::new();
    let ended = world.run(&["leaked"]).stdin(format!("  {ACCESS_KEY}\r\n")).ok();
    assert!(ended.stderr.contains("The cleartext is that of the key K2ci."), "{}", ended.stderr);
    for text in ["K2ci  ci\n", "acme: deployer", "tenants  ", "created"] {
        assert!(ended.stdout.contains(text), "{text}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains(ACCESS_KEY) && !ended.stdout.contains("eyJ"));
    let told = world.run(&["leaked", "--json"]).stdin(ACCESS_KEY).ok().json();
    assert_eq!((&told["keyId"], &told["key"]["name"]), (&json!("K2ci"), &json!("ci")));
    assert_eq!((&told["ended"], &told["replacement"]), (&json!(null), &json!(null)));
    assert_eq!(world.emulator.count(Operation::Exchange), 2);
    // What it may do is told without a management key, and with one that may load nothing.
    let without = world.run(&["leaked", "--json"]).without("DESCOPE_MANAGEMENT_KEY");
    assert_eq!(without.stdin(ACCESS_KEY).ok().json()["session"]["claims"]["team"], "build");
    world.emulator.inject(Fault::refusal(403, "E064001", "no").on(Operation::Load));
    let ended = world.run(&["leaked"]).stdin(ACCESS_KEY).ok();
    assert!(ended.stderr.contains("who made it is not known"), "{}", ended.stderr);
}

#[test]
fn a_key_that_cannot_be_exchanged_cannot_be_told() {
    let inactive = Key::new("off").with_cleartext("K2-off").inactive();
    let expired = Key::new("over").with_cleartext("K2-over").expires_at(1);
    let bound = Key::new("bound").with_cleartext("K2-bound").permitted_ip("10.0.0.0/8");
    let world = World::with(
        [inactive, expired, bound]
            .into_iter()
            .fold(Emulator::builder(), descope_emulator::Builder::key),
    );
    for cleartext in ["K2-off", "K2-over", "K2-bound", "K2-none"] {
        let ended = world.run(&["leaked", "--deactivate"]).stdin(cleartext).fails(4);
        let told = "it cannot be told which key this is: one that is inactive, has expired, or may";
        assert!(ended.stderr.contains(told), "{cleartext}: {}", ended.stderr);
    }
    assert_eq!(world.emulator.count(Operation::Exchange), world.emulator.total());
    // Nothing is concluded from a service that is not there.
    world.emulator.inject(Fault::status(503).on(Operation::Exchange).forever());
    let ended = world.run(&["leaked", "--attempts", "1"]).stdin(ACCESS_KEY).fails(7);
    assert!(!ended.stderr.contains("cannot be told"), "{}", ended.stderr);
}

#[test]
fn what_is_no_cleartext_is_not_sent() {
    let world = World::new();
    for text in ["", " \n", "K2a K2b", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"] {
        world.run(&["leaked"]).stdin(text).fails(2);
    }
    for wrong in [&["--replace"][..], &["--", "true"], &["--deactivate", "--replace", "--", "true"]]
    {
        world.run(&[&["leaked"], wrong].concat()).stdin(ACCESS_KEY).fails(2);
    }
    let without = world.run(&["leaked", "--deactivate"]).without("DESCOPE_MANAGEMENT_KEY");
    without.stdin(ACCESS_KEY).fails(4);
    assert_eq!(world.emulator.total(), 0);
}

#[test]
fn a_leaked_key_is_deactivated() {
    let world = World::new();
    let ended = world.run(&["leaked", "--deactivate", "--json"]).stdin(ACCESS_KEY).ok();
    assert_eq!(ended.json()["ended"], "deactivated");
    assert_eq!(world.key("K2ci").status, Status::Inactive);
    let world = World::new();
    world.emulator.inject(Fault::refusal(403, "E064001", "no").on(Operation::Deactivate));
    let ended = world.run(&["leaked", "--deactivate"]).stdin(ACCESS_KEY).fails(4);
    assert!(ended.stderr.contains("the key K2ci"), "{}", ended.stderr);
}

/// Replaces the key of the cleartext by running this script with `sh`.
#[cfg(unix)]
fn replace<'a>(world: &'a World, options: &[&str], script: &str) -> Run<'a> {
    let arguments = [&["leaked", "--replace"], options, &["--", "sh", "-c", script]].concat();
    let run = world.run(&arguments).env("PATH", std::env::var("PATH").unwrap());
    run.env("OUT", world.path("out")).stdin(ACCESS_KEY)
}

#[cfg(unix)]
#[test]
fn a_leaked_key_is_replaced() {
    let world = World::new();
    let told = replace(&world, &["--json"], "cat > $OUT").ok().json();
    assert_eq!(told["ended"], "deactivated");
    let replacement = &told["replacement"];
    assert_eq!((&replacement["oldId"], &replacement["deployed"]), (&json!("K2ci"), &json!(true)));
    let new = world.key(replacement["key"]["id"].as_str().unwrap());
    let deployed = std::fs::read_to_string(world.path("out")).unwrap();
    assert_eq!((deployed.trim_end(), new.status), (new.cleartext(), Status::Active));
    assert_eq!(world.key("K2ci").status, Status::Inactive);
}

#[cfg(unix)]
#[test]
fn a_leaked_key_is_replaced_as_replace_does_it() {
    let world = World::new();
    let options = ["--env", "NEW_KEY", "--grace", "1h", "--expires-at", "2100-01-01", "--json"];
    let told = replace(&world, &options, "printenv NEW_KEY > $OUT").ok().json();
    assert_eq!(told["ended"], "in_grace");
    let new = world.key(told["replacement"]["key"]["id"].as_str().unwrap());
    let deployed = std::fs::read_to_string(world.path("out")).unwrap();
    assert_eq!((deployed.trim_end(), new.expire_time), (new.cleartext(), 4_102_444_800));
    assert_eq!(world.key("K2ci").status, Status::Active);
    let due = told["replacement"]["due"].as_i64().unwrap() - world.emulator.now();
    assert!((3590..=3600).contains(&due), "{due}");

    let world = World::new();
    let told = replace(&world, &["--delete-old", "--json"], "cat > $OUT").ok().json();
    assert_eq!(told["ended"], "deleted");
    assert!(world.emulator.key("K2ci").is_none());

    let world = World::new();
    replace(&world, &["--roll-back"], "cat > $OUT; exit 3").fails(1);
    assert_eq!(world.emulator.keys().len(), 1);
    replace(&world, &[], "cat > $OUT; exit 3").fails(6);
    replace(&world, &[], "cat > $OUT").fails(1);
    let options = ["--resume", "--read-back", "cat $OUT", "--json"];
    let told = replace(&world, &options, "exit 9").ok().json();
    assert_eq!(told["replacement"]["deployed"], false);
}

/// Whatever `replace` takes, and not by itself.
#[test]
fn the_options_of_replace_are_there_and_go_with_it_alone() {
    let help = |command| Run::bare(&[command, "--help"]).ok().stdout;
    let of_replace = help("replace");
    let own = of_replace.split("\nOptions:\n").nth(1).unwrap().split("\nOutput:\n").next().unwrap();
    let options: Vec<&str> =
        own.lines().map(str::trim_start).filter(|line| line.starts_with("--")).collect();
    assert!(options.len() >= 9, "{options:?}");
    let of_leaked = help("leaked");
    let world = World::new();
    for option in options {
        assert!(of_leaked.contains(&format!("\n      {option}\n")), "{option}");
        let (name, value) = option.split_once(' ').unwrap_or((option, ""));
        let value = match value {
            "<DURATION>" => &["1h"][..],
            "<TIME>" => &["2100-01-01"],
            "" => &[],
            _ => &["text"],
        };
        let ended = world.run(&[&["leaked", name], value].concat()).stdin(ACCESS_KEY).fails(2);
        assert!(ended.stderr.contains("--replace"), "{option}: {}", ended.stderr);
    }
    assert_eq!(world.emulator.total(), 0);
}

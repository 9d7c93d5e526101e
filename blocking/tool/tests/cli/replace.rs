//! `descope-keys replace`
#![cfg(unix)]

use std::fs;
use std::process::Command;

use descope_emulator::{Fault, Key, Operation, Status};
use serde_json::json;

use crate::world::{Run, World};

/// Replaces `K2ci` by running this script with `sh`.
pub(crate) fn replace<'a>(world: &'a World, options: &[&str], script: &str) -> Run<'a> {
    let arguments = [&["replace", "K2ci"], options, &["--", "sh", "-c", script]].concat();
    let run = world.run(&arguments).env("PATH", std::env::var("PATH").unwrap());
    run.env("OUT", world.path("deployed"))
}

pub(crate) fn deployed(world: &World) -> String {
    fs::read_to_string(world.path("deployed")).unwrap()
}

/// The one key that works.
pub(crate) fn only(world: &World) -> Key {
    let mut keys = world.emulator.keys();
    keys.retain(|key| key.status == Status::Active);
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.remove(0)
}

#[test]
fn the_twin_takes_the_old_keys_place() {
    let world = World::new();
    let ended = replace(&world, &[], "cat > $OUT; echo deployed it").ok();
    let twin = only(&world);
    assert_eq!(deployed(&world), format!("{}\n", twin.cleartext()));
    assert_ne!(twin.id, "K2ci");
    assert_eq!((twin.name.as_str(), &twin.custom_claims["team"]), ("ci", &json!("build")));
    assert!(ended.stdout.starts_with(&format!("{}  ci\n", twin.id)), "{}", ended.stdout);
    assert!(ended.stderr.contains("deployed it\n"), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("the old key K2ci is deactivated.\n"), "{}", ended.stderr);
    for output in [ended.stdout, ended.stderr] {
        assert!(!output.contains(twin.cleartext()), "{output}");
    }
}

#[test]
fn the_secret_is_not_on_any_command_line() {
    let world = World::new();
    // Of the whole machine, while the command runs.
    let script = "read secret; ps -ewwo args > $OUT 2> /dev/null; echo $secret >> $OUT";
    if Command::new("ps").output().is_err() {
        println!("skipped: there is no ps");
        return;
    }
    replace(&world, &[], script).ok();
    let (processes, secret) = (deployed(&world), only(&world).cleartext().to_owned());
    let (processes, told) = processes.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(told, secret);
    assert!(processes.contains("replace K2ci"), "{processes}");
    assert!(!processes.contains(&secret));
}

/// The example of the help and the README.
#[test]
fn the_secret_can_go_to_a_file() {
    use std::os::unix::fs::PermissionsExt;

    let example = "descope-keys replace K2abc -- install -m 600 /dev/stdin key.txt";
    let help = Run::bare(&["replace", "--help"]).ok().stdout;
    for text in [help.as_str(), include_str!("../../README.md")] {
        assert!(text.contains(example), "{text}");
        assert!(text.contains("not printed, unless"), "{text}");
    }
    let world = World::new();
    let words: Vec<&str> = example.replace("K2abc", "K2ci").leak().split(' ').skip(1).collect();
    let (file, words) = words.split_last().unwrap();
    let run = world.run(words).arg(world.path(file)).env("PATH", std::env::var("PATH").unwrap());
    run.ok();
    let written = fs::read_to_string(world.path(file)).unwrap();
    assert_eq!(written.trim_end(), only(&world).cleartext());
    let mode = fs::metadata(world.path(file)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_secret_can_come_in_a_variable() {
    let world = World::new();
    replace(&world, &["--env", "NEW_KEY"], "cat; printenv NEW_KEY > $OUT").ok();
    assert_eq!(deployed(&world), format!("{}\n", only(&world).cleartext()));
    replace(&world, &["--env", "A=B"], "true").fails(2);
}

#[test]
fn the_old_key_can_be_deleted_and_the_new_one_end_at_another_time() {
    for (option, old, status) in
        [("--quiet", "deactivated", Some(Status::Inactive)), ("--delete-old", "deleted", None)]
    {
        let world = World::new();
        let options = [option, "--expires-at", "2100-01-01", "--json"];
        let ended = replace(&world, &options, "cat > $OUT; echo noise").ok();
        let value = ended.json();
        let twin = world.key(value["key"]["id"].as_str().unwrap());
        assert_eq!(twin.expire_time, 4_102_444_800);
        assert_eq!((&value["oldId"], &value["old"]), (&json!("K2ci"), &json!(old)));
        assert_eq!(world.emulator.key("K2ci").map(|key| key.status), status);
        assert!(!ended.stdout.contains(twin.cleartext()));
    }
}

#[test]
fn an_expiry_that_is_near_is_not_passed_on_unnoticed() {
    let world = World::new();
    let day = 86_400;
    for (days, options, warns) in
        [(13, &[][..], true), (13, &["--expires-in", "2d"], false), (15, &[], false)]
    {
        let key = Key::new("near").expires_at(world.emulator.now() + days * day);
        let id = world.emulator.seed(key).id;
        let command = ["--", "/bin/sh", "-c", "/bin/cat > $OUT"];
        let arguments = [&["replace", &id], options, &command].concat();
        let told = world.run(&arguments).env("OUT", world.path("deployed")).ok().stderr;
        assert_eq!(told.contains("--expires-in"), warns, "{told}");
        assert_eq!(told.contains("warning: "), warns, "{told}");
        assert_eq!(told.contains("expires in 13 days, as the old key does"), warns, "{told}");
    }
}

#[test]
fn a_command_that_fails_without_the_secret_is_rolled_back() {
    let world = World::new();
    let ended = replace(&world, &[], "exit 3").fails(1);
    assert!(ended.stderr.contains("exit status: 3"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the old key is unchanged"), "{}", ended.stderr);
    assert_eq!(only(&world).id, "K2ci");
    let ended = replace(&world, &["--json"], "exit 1").fails(1);
    let error = &ended.json()["error"];
    assert_eq!((&error["exit"], &error["kind"]), (&json!("refused"), &json!("rolled_back")));
    let ended = world.run(&["replace", "K2ci", "--", "/no/such/program"]).fails(1);
    assert!(ended.stderr.contains("/no/such/program"), "{}", ended.stderr);
    assert_eq!(only(&world).id, "K2ci");
}

#[test]
fn a_command_that_fails_with_the_secret_may_have_deployed_it() {
    let world = World::new();
    let ended = replace(&world, &["--json"], "cat > $OUT; exit 3").fails(6);
    assert!(ended.stderr.contains("exit status: 3"), "{}", ended.stderr);
    says_how_to_go_on(&ended.stderr);
    assert!(!ended.stderr.contains(deployed(&world).trim_end()));
    let error = &ended.json()["error"];
    assert_eq!(error["kind"], "may_be_deployed");
    let twin = world.key(error["leftId"].as_str().unwrap());
    assert_eq!((twin.cleartext(), twin.status), (deployed(&world).trim_end(), Status::Active));
    assert_eq!(world.key("K2ci").status, Status::Active);
}

/// Once, and with the command to type.
fn says_how_to_go_on(stderr: &str) {
    let again = "Run it again with --resume, or without it after the takeover time (1 h)";
    assert_eq!(stderr.matches(again).count(), 1, "{stderr}");
    assert_eq!(stderr.to_lowercase().matches("again").count(), 1, "{stderr}");
    assert!(stderr.contains("\n    descope-keys replace K2ci --resume -- COMMAND\n"), "{stderr}");
}

#[test]
fn a_command_that_did_not_read_the_secret_has_not_deployed_it() {
    let world = World::new();
    let unread = [
        "true",
        "sleep 0.1",
        "exec 0<&-",
        "dd bs=1 count=20 > $OUT 2> /dev/null",
        "cat < /dev/null > $OUT",
    ];
    for script in unread {
        let ended = replace(&world, &[], script).fails(1);
        assert!(ended.stderr.contains("sh: it did not read the secret"), "{}", ended.stderr);
        assert!(ended.stderr.contains("the old key is unchanged"), "{}", ended.stderr);
        assert_eq!(only(&world).id, "K2ci");
    }
    // Why it failed comes first.
    let ended = replace(&world, &[], "exit 7").fails(1);
    assert!(ended.stderr.contains("exit status: 7"), "{}", ended.stderr);
}

#[test]
fn a_command_may_leave_the_end_of_the_line_and_the_work_to_another() {
    // As long as the secrets that the emulator makes.
    let world = World::new();
    let length = world.emulator.seed(Key::new("another")).cleartext().len();
    for script in ["(cat > $OUT)", &format!("dd bs=1 count={length} > $OUT 2> /dev/null")] {
        let world = World::new();
        replace(&world, &[], script).ok();
        assert_eq!(deployed(&world).trim_end(), only(&world).cleartext());
    }
}

#[test]
fn a_key_that_is_left_over_is_named() {
    let world = World::new();
    world.emulator.inject(Fault::status(403).on(Operation::Delete));
    let ended = replace(&world, &[], "exit 1").fails(6);
    let twin = world.emulator.keys().pop().unwrap().id;
    assert!(ended.stderr.contains(&format!("  descope-keys delete {twin}\n")), "{}", ended.stderr);

    let world = World::new();
    world.emulator.inject(Fault::status(403).on(Operation::Deactivate));
    let ended = replace(&world, &["--json"], "cat > $OUT").fails(6);
    assert_eq!(ended.json()["error"]["leftId"], "K2ci");
    says_how_to_go_on(&ended.stderr);
    assert_eq!(world.emulator.keys().len(), 2);
}

#[test]
fn a_twin_in_doubt_is_to_be_looked_for() {
    let broken = Fault::edited(|answer| answer["key"] = json!(null)).on(Operation::Create);
    for fault in [Fault::lost_answer().on(Operation::Create), broken] {
        let world = World::new();
        world.emulator.inject(fault);
        let ended = replace(&world, &["--json"], "touch $OUT").fails(6);
        let twin = world.emulator.keys().pop().unwrap();
        assert!(!ended.stdout.contains(twin.cleartext()), "{}", ended.stdout);
        assert!(
            ended.stderr.contains("  descope-keys find-unconfirmed ci --sent 2"),
            "{}",
            ended.stderr
        );
        assert!(!world.path("deployed").exists(), "the command was run");
    }
}

#[test]
fn a_key_that_cannot_be_replaced_is_left_as_it_is() {
    let world = World::new();
    world.run(&["replace", "K2ci"]).fails(2);
    world.run(&["replace", "K2noneK2noneK2noneK2noneK2no", "--", "true"]).fails(3);
    world.emulator.deactivate("K2ci");
    let ended = world.run(&["replace", "K2ci", "--", "true"]).fails(2);
    assert!(ended.stderr.contains("inactive"), "{}", ended.stderr);
    let expired = world.emulator.seed(Key::new("over").expires_at(1)).id;
    let ended = world.run(&["replace", &expired, "--", "true"]).fails(2);
    assert!(ended.stderr.contains("such as --expires-in 30d"), "{}", ended.stderr);
    assert_eq!(world.emulator.count(Operation::Create), 0);
}

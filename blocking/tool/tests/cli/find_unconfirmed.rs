//! `descope-keys find-unconfirmed`

use descope_emulator::{Fault, Operation};

use crate::world::World;

/// The command that a failed create advises, as a shell would run it.
fn advised(stderr: &str) -> Vec<String> {
    let mut lines = stderr.lines();
    let line = lines.find(|line| line.contains("descope-keys find-unconfirmed")).expect("advice");
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_advised_command_finds_the_key() {
    let world = World::new();
    world.run(&["create", "deploy", "--never-expires"]).ok();
    world.emulator.advance(std::time::Duration::from_secs(3600));
    world.emulator.inject(Fault::lost_answer().on(Operation::Create));
    let ended = world.run(&["create", "deploy", "--never-expires", "--no-marker"]).fails(6);
    assert!(!ended.stderr.contains("--marker"), "{}", ended.stderr);
    let made = world.emulator.keys().pop().unwrap();
    let arguments = advised(&ended.stderr);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // The emulator's clock is an hour ahead of this machine's: its answer says so.
    let found = world.run(&arguments).arg("--ids").ok();
    assert_eq!(found.stdout, format!("{}\n", made.id));
    world.run(&["rotate", &made.id]).ok();
}

#[test]
fn a_marker_finds_it_whatever_the_clocks_say() {
    let world = World::new();
    world.emulator.inject(Fault::lost_answer().on(Operation::Create).times(2));
    let create = ["create", "deploy", "--never-expires", "--description", "d"];
    for given in [&[][..], &["--marker", "of-mine"]] {
        let ended = world.run(&[&create, given].concat()).fails(6);
        let made = world.emulator.keys().pop().unwrap();
        let arguments = advised(&ended.stderr);
        let marker = arguments.last().unwrap();
        assert_eq!(made.description, format!("d {marker}"));
        let find = ["find-unconfirmed", "deploy", "--marker", marker, "--json"];
        let found = world.run(&find).ok().json();
        assert_eq!(found.as_array().unwrap().len(), 1);
        assert_eq!(found[0]["id"], made.id);
    }
}

#[test]
fn nothing_found_is_told() {
    let world = World::new();
    let find = ["find-unconfirmed", "ci", "--sent", "2020-01-01", "--failed", "2020-01-01"];
    let ended = world.run(&find).ok();
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", "No access key was found.\n"));
    for wrong in [&find[..2], &find[..4]] {
        world.run(wrong).fails(2);
    }
}

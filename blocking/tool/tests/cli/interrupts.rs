//! SIGINT and SIGTERM.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Output};
use std::thread;
use std::time::Duration;

use descope_emulator::{Fault, Operation};
use rustix::process::{Pid, Signal, kill_process};

use crate::world::{Ended, Run, World};

/// Runs it until the emulator has this request, which is not answered, and interrupts it.
pub(crate) fn interrupt(world: &World, run: Run<'_>, at: Operation, signal: Signal) -> Ended {
    let before = world.emulator.count(at);
    world.emulator.inject(Fault::stalled().carried_out().on(at));
    let child = run.start_read();
    wait_until(|| world.emulator.count(at) > before);
    end_by(child, signal)
}

pub(crate) fn wait_until(mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come to that");
}

pub(crate) fn end_by(child: Child, signal: Signal) -> Ended {
    kill_process(Pid::from_child(&child), signal).unwrap();
    let output: Output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), None);
    Ended::new(output)
}

/// The command line in a line of what is told.
fn advised<'a>(ended: &'a Ended, command: &str) -> Vec<&'a str> {
    let line =
        ended.stderr.lines().find_map(|line| line.trim_start().strip_prefix("descope-keys "));
    let words: Vec<&str> = line.expect("a command is told").split_whitespace().collect();
    assert_eq!(words[0], command, "{}", ended.stderr);
    words
}

#[test]
fn an_interrupted_create_names_the_command_that_finds_the_key() {
    for signal in [Signal::INT, Signal::TERM] {
        for options in [&["--json"][..], &["--no-marker"], &["--secret-file", "FILE", "--quiet"]] {
            let world = World::new();
            let path = world.path("secret");
            let given = options.iter().map(|it| match *it {
                "FILE" => path.to_str().unwrap(),
                other => other,
            });
            let create: Vec<&str> =
                ["create", "deploy", "--never-expires"].into_iter().chain(given).collect();
            let ended = interrupt(&world, world.run(&create), Operation::Create, signal);
            assert_eq!(ended.code, 6, "{}", ended.stderr);
            assert!(ended.stderr.contains("interrupted: the key deploy may"), "{}", ended.stderr);
            assert!(!path.exists());
            if options == ["--json"] {
                assert_eq!(ended.json()["error"]["kind"], "outcomeUnknown");
            }
            let find = advised(&ended, "find-unconfirmed");
            let made = world.emulator.keys().into_iter().filter(|key| key.name == "deploy");
            let made: String = made.map(|key| key.id + "\n").collect();
            assert_eq!(world.run(&find).arg("--ids").ok().stdout, made);
        }
    }
}

#[test]
fn an_interrupted_rotate_names_the_key() {
    let world = World::new();
    let run = world.run(&["rotate", "K2ci"]);
    let ended = interrupt(&world, run, Operation::Rotate, Signal::TERM);
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    assert!(ended.stderr.contains("the old secret of K2ci may be dead"), "{}", ended.stderr);
    assert!(ended.stderr.contains("`descope-keys rotate K2ci`"), "{}", ended.stderr);
}

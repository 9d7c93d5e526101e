//! SIGINT, SIGTERM and SIGHUP.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output};
use std::thread;
use std::time::Duration;

use descope_emulator::{Fault, Operation};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

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

pub(crate) fn end_by(mut child: Child, signal: Signal) -> Ended {
    kill_process(Pid::from_child(&child), signal).unwrap();
    // Before its output, which a command of its own that goes on may hold open.
    assert_eq!(child.wait().unwrap().signal(), None);
    let output: Output = child.wait_with_output().unwrap();
    Ended::new(output)
}

/// Whether whoever runs the tests lets the signal be: under `nohup` they, and so the program, ignore
/// SIGHUP.
pub(crate) fn is_live(signal: Signal) -> bool {
    let kill = format!("kill -{} $$", signal.as_raw());
    let status = Command::new("/bin/sh").args(["-c", &kill]).status().unwrap();
    let live = status.signal().is_some();
    if !live {
        println!("skipped: signal {} is ignored here", signal.as_raw());
    }
    live
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
    for signal in [Signal::INT, Signal::TERM, Signal::HUP].into_iter().filter(|it| is_live(*it)) {
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
                let error = &ended.json()["error"];
                assert_eq!(error["exit"], "outcome_unknown");
                assert_eq!(
                    (&error["kind"], &error["outcome"]),
                    (&json!("interrupted"), &json!("unknown"))
                );
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
    for signal in [Signal::TERM, Signal::HUP].into_iter().filter(|it| is_live(*it)) {
        let run = world.run(&["rotate", "K2ci"]);
        let ended = interrupt(&world, run, Operation::Rotate, signal);
        assert_eq!(ended.code, 6, "{}", ended.stderr);
        assert!(ended.stderr.contains("the old secret of K2ci may be dead"), "{}", ended.stderr);
        assert!(ended.stderr.contains("`descope-keys rotate K2ci`"), "{}", ended.stderr);
    }
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    for (name, signal) in [("HUP", Signal::HUP), ("INT", Signal::INT)] {
        let world = World::new();
        world.emulator.inject(Fault::delayed(Duration::from_millis(500)).on(Operation::Rotate));
        let run = world.run(&["rotate", "K2ci"]);
        let child = run.by_shell(&format!("trap '' {name}; exec {{}}")).start_read();
        wait_until(|| world.emulator.count(Operation::Rotate) > 0);
        let ended = end_by(child, signal);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(ended.line(), world.key("K2ci").cleartext());
    }
}

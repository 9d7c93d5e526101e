//! `descope-keys exec`
#![cfg(unix)]

use descope_emulator::{Fault, Operation};
use rustix::process::Signal;

use crate::interrupts::{end_by, is_live, wait_until};
use crate::world::{Run, World};

/// Runs a script of `sh`.
fn exec<'a>(world: &'a World, options: &[&str], script: &str) -> Run<'a> {
    let arguments = [&["exec"], options, &["--", "/bin/sh", "-c", script]].concat();
    let run = world.run(&arguments).with_access_key();
    run.env("PATH", std::env::var("PATH").unwrap()).env("OUT", world.path("out"))
}

#[test]
fn a_command_has_a_token_and_no_key() {
    let world = World::new();
    let tool = env!("CARGO_BIN_EXE_descope-keys");
    let script = format!("printf %s $DESCOPE_SESSION_TOKEN | {tool} validate --tenant acme");
    let ended = exec(&world, &[], &script).ok();
    assert!(ended.stdout.contains("deployer"), "{}", ended.stdout);
    assert_eq!(
        ended.stderr,
        "The session token in DESCOPE_SESSION_TOKEN ends in 10 minutes, and is not renewed.\n"
    );
    let ended = exec(&world, &["--env", "API_TOKEN", "-q"], "printenv API_TOKEN").ok();
    assert!(ended.line().starts_with("eyJ"));
    assert_eq!(ended.stderr, "");
    let environment = exec(&world, &[], "printenv").ok().stdout;
    for name in ["DESCOPE_ACCESS_KEY=", "DESCOPE_MANAGEMENT_KEY="] {
        assert!(!environment.contains(name), "{name}");
    }
    assert!(environment.contains("DESCOPE_PROJECT_ID="));
}

/// The example of the help, with another program for curl.
#[test]
fn a_shell_is_given_the_variable_in_quotes() {
    let help = Run::bare(&["exec", "--help"]).ok().stdout;
    let example = help.split("descope-keys exec -- sh -c \\\n").nth(1).unwrap();
    let script = example.split('\'').nth(1).unwrap();
    assert!(example.contains("\n\nQuote it: the variable exists only inside the command.\n"));
    let world = World::new();
    let ended = exec(&world, &[], &script.replace("curl -H @- URL", "cat")).ok();
    assert!(ended.line().starts_with("Authorization: Bearer eyJ"), "{}", ended.stdout);
}

#[test]
fn it_ends_as_the_command_does() {
    let world = World::new();
    exec(&world, &[], "exit 93").fails(93);
    assert_eq!(exec(&world, &["--json"], "echo out").ok().stdout, "out\n");
    assert_eq!(exec(&world, &[], "cat").stdin("in").ok().stdout, "in");
    let run = |program| world.run(&["exec", "--", program]).with_access_key();
    run("/no/such/program").fails(127);
    run("/etc/passwd").fails(126);
    world.emulator.inject(Fault::status(401).on(Operation::Exchange));
    exec(&world, &[], "touch $OUT").fails(4);
    assert!(!world.path("out").exists(), "it was run without a token");
    let emulated = ["--emulator", "exec", "--", "/bin/sh", "-c", "exit 7"];
    Run::bare(&emulated).fails(7);
}

#[test]
fn signals_reach_the_command() {
    let world = World::new();
    let script = "trap 'exit 40' INT; trap 'exit 41' TERM; trap 'exit 42' HUP; touch $OUT; \
         while :; do sleep 0.01; done";
    for emulated in [false, true] {
        let signals = [(Signal::INT, 40), (Signal::TERM, 41), (Signal::HUP, 42)];
        for (signal, code) in signals.into_iter().filter(|(signal, _)| is_live(*signal)) {
            let out = world.path("out");
            let child = match emulated {
                false => exec(&world, &[], script).start_read(),
                true => Run::bare(&["--emulator", "exec", "--", "/bin/sh", "-c", script])
                    .env("PATH", std::env::var("PATH").unwrap())
                    .env("OUT", &out)
                    .start_read(),
            };
            wait_until(|| out.exists());
            let ended = end_by(child, signal);
            assert_eq!(ended.code, code, "{}", ended.stderr);
            std::fs::remove_file(out).unwrap();
        }
    }
}

//! Replacements that did not end, and those that are under way for longer.
#![cfg(unix)]

use std::fs;
use std::process::Command;

use descope_emulator::{Fault, Operation, Status};
use rustix::process::Signal;
use serde_json::json;

use crate::interrupts::{end_by, interrupt, is_live, wait_until};
use crate::replace::{deployed, only, replace};
use crate::world::World;

const DEPLOYS: &str = "cat > $OUT";

#[test]
fn an_earlier_run_is_taken_over() {
    let world = World::new();
    replace(&world, &[], "cat > $OUT; exit 3").fails(6);
    let first = world.emulator.keys().pop().unwrap().id;
    let ended = world.run(&["unfinished", "--json"]).ok().json();
    assert_eq!((&ended[0]["of"], &ended[0]["key"]["id"]), (&json!("K2ci"), &json!(first)));
    let ended = world.run(&["unfinished"]).ok();
    assert!(ended.stdout.contains(&format!("\nK2ci    {first}  ci")), "{}", ended.stdout);
    // It may be under way still, as far as anybody knows.
    let ended = replace(&world, &[], DEPLOYS).fails(1);
    assert!(ended.stderr.contains("descope-keys replace K2ci --resume"), "{}", ended.stderr);
    let ended = replace(&world, &["--resume"], DEPLOYS).ok();
    assert_eq!(deployed(&world).trim_end(), only(&world).cleartext());
    assert!(ended.stderr.contains(&format!("{first}, which an earlier run had left")));
    let ended = world.run(&["unfinished"]).ok();
    assert_eq!(
        (ended.stdout.as_str(), ended.stderr.as_str()),
        ("", "No replacement is unfinished.\n")
    );
}

#[test]
fn what_is_deployed_is_read_back() {
    let world = World::new();
    replace(&world, &[], "cat > $OUT; exit 3").fails(6);
    let before = deployed(&world);
    let options = ["--resume", "--read-back", "cat $OUT", "--json"];
    let ended = replace(&world, &options, "exit 9").ok();
    assert_eq!(ended.json()["deployed"], false);
    assert_eq!(only(&world).cleartext(), before.trim_end());
    // What cannot be read is deployed again.
    for read_back in ["exit 3", "true", "cat /no/such/file"] {
        let world = World::new();
        replace(&world, &[], "cat > $OUT; exit 3").fails(6);
        let ended = replace(&world, &["--resume", "--read-back", read_back], DEPLOYS).ok();
        assert!(ended.stderr.contains("--read-back:"), "{}", ended.stderr);
        assert_eq!(only(&world).cleartext(), deployed(&world).trim_end());
    }
}

#[test]
fn a_deployment_that_is_all_or_nothing_is_rolled_back() {
    let world = World::new();
    let ended = replace(&world, &["--roll-back"], "cat > $OUT; exit 3").fails(1);
    assert!(ended.stderr.contains("the old key is unchanged"), "{}", ended.stderr);
    assert_eq!(only(&world).id, "K2ci");
}

#[test]
fn the_old_key_works_until_its_grace_is_over() {
    let world = World::new();
    let ended = replace(&world, &["--grace", "24h", "--json"], DEPLOYS).ok();
    let report = ended.json();
    assert_eq!(report["old"], "in_grace");
    assert!(ended.stderr.contains("; the old key K2ci works until 2"), "{}", ended.stderr);
    assert_eq!(world.key("K2ci").status, Status::Active);
    let due = report["due"].as_i64().unwrap() - world.emulator.now();
    assert!((86_390..=86_400).contains(&due), "{due}");
    let ended = replace(&world, &[], DEPLOYS).fails(1);
    assert!(ended.stderr.contains("descope-keys retire-due"), "{}", ended.stderr);
    let nothing = json!({"deactivated": [], "deleted": [], "left": []});
    let ended = world.run(&["retire-due", "--json"]).ok();
    assert_eq!((ended.json(), ended.stderr.as_str()), (nothing, "No key is due.\n"));
    replace(&world, &["--grace", "24h", "--delete-old"], DEPLOYS).fails(2);
}

#[test]
fn what_is_due_is_retired_and_what_is_left_is_told() {
    let world = World::new();
    let new = replace(&world, &["--grace", "24h", "--json"], DEPLOYS).ok().json();
    let new = new["key"]["id"].as_str().unwrap();
    let due = format!("[retire after 1000, for {new}]");
    world.run(&["update", "K2ci", "--description", &due]).ok();
    world.emulator.deactivate(new);
    let ended = world.run(&["retire-due", "--json"]).fails(1);
    assert_eq!(ended.json()["left"][0]["id"], "K2ci");
    assert!(ended.stderr.contains(&format!("successor {new} is not active")), "{}", ended.stderr);
    assert_eq!(world.key("K2ci").status, Status::Active);
    world.run(&["activate", new]).ok();
    let ended = world.run(&["retire-due"]).ok();
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", "deactivated K2ci\n"));
    assert_eq!(only(&world).id, new);
    let ended = world.run(&["retire-due", "--delete-after", "1s"]).ok();
    assert_eq!(ended.stderr, "deleted K2ci\n");
}

#[test]
fn a_signal_reaches_the_command_and_what_was_handed_out_stays() {
    let signals = [(Signal::INT, &[][..]), (Signal::TERM, &["--json"]), (Signal::HUP, &[])];
    for (signal, options) in signals.into_iter().filter(|(signal, _)| is_live(*signal)) {
        let world = World::new();
        let script = "cat > $OUT; trap 'exit 40' INT TERM HUP; touch $OUT.read; while :; do sleep 0.01; done";
        let child = replace(&world, options, script).start_read();
        wait_until(|| world.path("deployed.read").exists());
        let ended = end_by(child, signal);
        assert_eq!(ended.code, 6, "{}", ended.stderr);
        let new = world.emulator.keys().pop().unwrap();
        assert_eq!((new.status, new.cleartext()), (Status::Active, deployed(&world).trim_end()));
        assert!(ended.stderr.contains(&new.id) && ended.stderr.contains("exit status: 40"));
        assert!(ended.stderr.contains("descope-keys replace K2ci --resume"), "{}", ended.stderr);
        assert_eq!(world.key("K2ci").status, Status::Active);
        replace(&world, &["--resume"], DEPLOYS).ok();
        assert_eq!(only(&world).cleartext(), deployed(&world).trim_end());
    }
}

#[test]
fn a_command_that_is_interrupted_before_it_reads_has_not_deployed_it() {
    let world = World::new();
    let script = "trap 'exit 40' TERM; touch $OUT.up; while :; do sleep 0.01; done";
    let child = replace(&world, &[], script).start_read();
    wait_until(|| world.path("deployed.up").exists());
    let ended = end_by(child, Signal::TERM);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(only(&world).id, "K2ci");
}

#[test]
fn an_interrupt_between_the_commands_names_the_keys() {
    for (at, handed_out, signal) in [
        (Operation::Create, false, Signal::TERM),
        (Operation::Search, false, Signal::HUP),
        (Operation::Deactivate, true, Signal::TERM),
        (Operation::Update, true, Signal::HUP),
    ] {
        if !is_live(signal) {
            continue;
        }
        let world = World::new();
        let run = replace(&world, &["--json"], DEPLOYS);
        let ended = interrupt(&world, run, at, signal);
        assert_eq!(ended.code, 6, "{at:?}: {}", ended.stderr);
        let error = &ended.json()["error"];
        assert_eq!(error["leftId"].is_string(), handed_out, "{at:?}: {error}");
        assert!(ended.stderr.contains("descope-keys replace K2ci --resume"), "{}", ended.stderr);
    }
}

#[test]
fn it_may_be_killed_at_each_request() {
    for carried_out in [false, true] {
        for request in 0..20 {
            let world = World::new();
            let fault = match carried_out {
                true => Fault::stalled().carried_out(),
                false => Fault::stalled(),
            };
            world.emulator.inject(fault.after(request));
            let mut child = replace(&world, &[], DEPLOYS).start();
            wait_until(|| {
                world.emulator.total() > u64::from(request) || child.try_wait().unwrap().is_some()
            });
            let over = child.try_wait().unwrap();
            if over.is_some() {
                assert!(request > 5, "it takes more requests than {request}");
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            // Whatever is deployed works,
            if let Ok(secret) = fs::read_to_string(world.path("deployed")) {
                let keys = world.emulator.keys();
                let key = keys.iter().find(|key| key.cleartext() == secret.trim_end()).unwrap();
                assert_eq!(key.status, Status::Active, "{request}");
            }
            // and the next run settles it.
            world.emulator.clear_faults();
            let ended = replace(&world, &["--resume"], DEPLOYS).end();
            let settled = ended.stderr.contains("has already been replaced");
            assert!(ended.code == 0 || settled, "{request}: {}", ended.stderr);
            assert_eq!(only(&world).cleartext(), deployed(&world).trim_end(), "{request}");
        }
    }
}

/// In the foreground of a terminal Ctrl-C reaches the command without our doing.
#[test]
fn a_signal_of_the_terminal_reaches_the_command_once() {
    if Command::new("setsid").arg("--version").output().is_err() {
        println!("skipped: there is no setsid");
        return;
    }
    // A shell that starts it in the background lets it ignore the signal.
    if !is_live(Signal::INT) {
        return;
    }
    let world = World::new();
    let script = "cat > $OUT; trap 'n=x$n' INT; kill -INT 0; sleep 0.3; echo $n > $OUT.count";
    let run = replace(&world, &[], script).by_shell("exec setsid --wait --ctty {}");
    let ended = run.on_terminal(80);
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    assert_eq!(fs::read_to_string(world.path("deployed.count")).unwrap(), "x\n");
}

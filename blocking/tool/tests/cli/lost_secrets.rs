//! A new secret is delivered once: it comes before all else, whatever else fails.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::thread;

use descope_emulator::{Fault, Key, Operation, Status};
use serde_json::json;

use crate::world::{ACCESS_KEY, Run, World};

const CREATE: [&str; 3] = ["create", "a", "--never-expires"];

/// A device that takes nothing more.
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").expect("there is a /dev/full")
}

/// A pipe that nobody reads any more.
fn closed() -> Stdio {
    let (kept, _dropped) = UnixStream::pair().unwrap();
    OwnedFd::from(kept).into()
}

fn newest(world: &World) -> Key {
    world.emulator.keys().pop().unwrap()
}

#[test]
fn no_note_that_cannot_be_written_costs_the_secret() {
    let world = World::new();
    for stderr in [|| full().into(), closed] {
        for options in [&[][..], &["--verbose"], &["--quiet"], &["--secret-only"]] {
            let ended = world.run(&[&CREATE, options].concat()).stderr(stderr()).ok();
            assert_eq!(ended.line(), newest(&world).cleartext());
            let ended = world.run(&[&["rotate", "K2ci"], options].concat()).stderr(stderr()).ok();
            assert_eq!(ended.line(), world.key("K2ci").cleartext());
        }
        let ended = world.run(&CREATE).arg("--json").stderr(stderr()).ok();
        assert_eq!(ended.json()["cleartext"], newest(&world).cleartext());
        let path = world.path("secret");
        world.run(&CREATE).arg("--secret-file").arg(&path).stderr(stderr()).ok();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            newest(&world).cleartext().to_owned() + "\n"
        );
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn no_other_command_fails_for_a_note_either() {
    let world = World::new();
    world.run(&["load", "K2noneK2noneK2noneK2noneK2no"]).stderr(full()).fails(3);
    world.run(&["lode"]).stderr(full()).fails(2);
    world.run(&["exchange", "--verbose"]).with_access_key().stderr(full()).ok();
    world.run(&["unfinished"]).stderr(full()).ok();
    world.run(&["retire-due"]).stderr(full()).ok();
    world.run(&["check"]).stderr(full()).fails(1);
    world.run(&["leaked"]).stdin(ACCESS_KEY).stderr(full()).ok();
    world.run(&["exec", "--", "/bin/true"]).with_access_key().stderr(full()).ok();
    world.run(&["deactivate", "K2ci"]).stderr(full()).ok();
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    let world = World::new();
    for arguments in [&["check"][..], &["leaked"], &["unfinished", "--json"]] {
        let ended = world.run(arguments).stdin(ACCESS_KEY).stdout(full()).fails(1);
        assert!(ended.stderr.contains("standard output: "), "{}", ended.stderr);
    }
    // The key is ended all the same.
    world.run(&["leaked", "--deactivate"]).stdin(ACCESS_KEY).stdout(full()).fails(1);
    assert_eq!(world.key("K2ci").status, Status::Inactive);
}

#[test]
fn a_replacement_needs_no_note() {
    let world = World::new();
    let run = world.run(&["replace", "K2ci", "--", "/bin/sh", "-c", "/bin/cat > $OUT"]);
    run.env("OUT", world.path("deployed")).stderr(full()).ok();
    assert_eq!(world.key("K2ci").status, Status::Inactive);
    let deployed = fs::read_to_string(world.path("deployed")).unwrap();
    assert_eq!(deployed.trim_end(), newest(&world).cleartext());
}

#[test]
fn a_secret_comes_before_the_notes() {
    let world = World::new();
    let both = || OpenOptions::new().append(true).create(true).open(world.path("both")).unwrap();
    for arguments in [&CREATE[..], &["rotate", "K2ci"]] {
        world.run(arguments).stdout(both()).stderr(both()).ok();
        let written = fs::read_to_string(world.path("both")).unwrap();
        let cleartexts = world.emulator.keys().into_iter().map(|key| key.cleartext().to_owned());
        let first = written.lines().next().unwrap();
        assert!(cleartexts.into_iter().any(|it| it == first), "{written}");
        fs::remove_file(world.path("both")).unwrap();
    }
}

#[test]
fn a_secret_that_did_arrive_survives_a_full_standard_error() {
    let world = World::new();
    let broken = || Fault::edited(|answer| answer["key"]["id"] = json!(7)).on(Operation::Create);
    world.emulator.inject(broken());
    let ended = world.run(&CREATE).stderr(full()).fails(6);
    assert_eq!(ended.line(), newest(&world).cleartext());
    world.emulator.inject(broken());
    let ended = world.run(&CREATE).arg("--json").stderr(full()).fails(6);
    assert_eq!(ended.json()["error"]["cleartext"], newest(&world).cleartext());
}

#[test]
fn a_secret_that_cannot_be_written_is_told_with_its_key() {
    let world = World::new();
    for stdout in [|| full().into(), closed] {
        for options in [&[][..], &["--json"], &["--secret-only"]] {
            let ended = world.run(&[&CREATE, options].concat()).stdout(stdout()).fails(8);
            let id = newest(&world).id;
            assert!(ended.stderr.contains(&format!("the secret of {id} is lost")));
            for command in ["rotate", "delete"] {
                let told = format!("  descope-keys {command} {id}\n");
                assert!(ended.stderr.contains(&told), "{}", ended.stderr);
            }
        }
        let ended = world.run(&["rotate", "K2ci"]).stdout(stdout()).fails(8);
        assert!(ended.stderr.contains("  descope-keys rotate K2ci\n"), "{}", ended.stderr);
    }
}

#[test]
fn an_output_that_is_full_for_now_and_does_not_block_is_waited_for() {
    let world = World::new();
    let long = "x".repeat(1000);
    for _ in 0..1000 {
        world.emulator.seed(Key::new("a").description(&long));
    }
    for arguments in [&CREATE[..], &["search", "--json"]] {
        // So it is left by a program that shares it.
        let (mut reader, writer) = UnixStream::pair().unwrap();
        writer.set_nonblocking(true).unwrap();
        let mut filled = 0;
        while let Ok(bytes) = (&writer).write(&[b'.'; 1024]) {
            filled += bytes;
        }
        let run = world.run(arguments).stdout(OwnedFd::from(writer));
        let (ended, printed) = thread::scope(|scope| {
            let ended = scope.spawn(|| run.ok());
            while world.emulator.total() == 0 {
                thread::yield_now();
            }
            // It reads more slowly than the program writes.
            let (mut printed, mut part) = (Vec::new(), [0; 16]);
            while let Ok(bytes @ 1..) = reader.read(&mut part) {
                printed.extend_from_slice(&part[..bytes]);
            }
            (ended.join().unwrap(), String::from_utf8(printed).unwrap())
        });
        assert_eq!(ended.code, 0);
        let printed = &printed[filled..];
        match arguments[0] {
            "create" => assert_eq!(printed.trim_end(), newest(&world).cleartext()),
            _ => assert_eq!(printed.matches(&long).count(), 1000),
        }
        world.emulator.clear_requests();
    }
}

/// It may make no file larger than nothing.
fn limited(run: Run<'_>) -> Run<'_> {
    run.by_shell("ulimit -f 0; exec {}")
}

#[test]
fn a_lost_secret_is_told_where_something_can_be_written() {
    let world = World::new();
    let path = world.path("secret");
    // Nothing is made where the file has no room.
    let ended = limited(world.run(&CREATE)).arg("--secret-file").arg(&path).fails(1);
    assert!(ended.stderr.contains("File too large"), "{}", ended.stderr);
    assert!(!path.exists());
    assert_eq!(world.emulator.count(Operation::Create), 0);
    // Standard output has a limit too, and what is told then goes to standard error, …
    let out = || File::create(world.path("out")).unwrap();
    let ended = limited(world.run(&CREATE)).stdout(out()).fails(8);
    assert!(ended.stderr.contains(&newest(&world).id), "{}", ended.stderr);
    // … which may be gone with it; the exit code still tells.
    limited(world.run(&CREATE)).stdout(out()).stderr(full()).fails(8);
}

#[test]
fn nothing_is_made_whose_secret_is_certain_to_be_lost() {
    let world = World::new();
    for (script, why) in [
        ("exec {} >&-", "/dev/null or closed"),
        ("exec {} > /dev/null", "/dev/null or closed"),
        ("exec {} 1< /etc/passwd", "closed or read-only"),
    ] {
        for (arguments, undone) in [
            (&CREATE[..], "no key was created"),
            (&["rotate", "K2ci"], "the secret was not rotated"),
        ] {
            let ended = world.run(arguments).by_shell(script).fails(1);
            let told = format!(
                "error: {undone}: standard output is {why}, so the secret would be lost. Use \
                 --secret-file FILE.\n"
            );
            assert_eq!(ended.stderr, told, "{script}");
        }
        let path = world.path("secret");
        world.run(&CREATE).arg("--secret-file").arg(&path).by_shell(script).end();
        assert_eq!(fs::read_to_string(&path).unwrap().trim_end(), newest(&world).cleartext());
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(world.emulator.count(Operation::Rotate), 0);
    assert_eq!(world.key("K2ci").cleartext(), ACCESS_KEY);
    assert_eq!(world.emulator.count(Operation::Create), 3);
}

#[test]
fn a_time_that_no_calendar_has_costs_no_secret() {
    let world = World::new();
    for time in [i64::MIN, i64::MAX] {
        let edited = Fault::edited(move |answer| {
            for name in ["createdTime", "expireTime"] {
                answer["key"][name] = json!(time);
            }
        });
        world.emulator.inject(edited.on(Operation::Rotate));
        let ended = world.run(&["rotate", "K2ci"]).ok();
        assert_eq!(ended.line(), world.key("K2ci").cleartext());
    }
}

//! Where no further thread can be started: a result or an error, and no panic.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use descope_emulator::Operation;

use crate::world::{Run, World};

/// With one thread, and no more. The limit does not hold for root, so that it runs as another then.
fn limited(run: Run<'_>) -> Run<'_> {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
    let user = 64_000 + std::process::id() % 1000;
    let as_other = match is_root {
        true => format!("/usr/bin/setpriv --reuid={user} --regid={user} --clear-groups"),
        false => String::new(),
    };
    run.by_shell(&format!("exec /usr/bin/prlimit --nproc=1 {as_other} {{}}"))
}

#[test]
fn a_secret_is_handed_out_and_nothing_panics() {
    let world = World::new();
    let can_run = limited(world.run(&["--version"])).end().code == 0;
    if !can_run || !Path::new("/usr/bin/prlimit").exists() {
        println!("skipped: needs prlimit, and as root setpriv and a program that others may run");
        return;
    }
    let ended = limited(world.run(&["create", "a", "--never-expires"])).ok();
    assert_eq!(ended.line(), world.emulator.keys().pop().unwrap().cleartext());
    let ended = limited(world.run(&["rotate", "K2ci"])).ok();
    assert_eq!(ended.line(), world.key("K2ci").cleartext());
    // The command cannot be started: the new key is deleted again.
    let before = world.emulator.keys().len();
    let ended = limited(world.run(&["replace", "K2ci", "--", "cat"])).fails(1);
    assert!(ended.stderr.contains(" was deleted, "), "{}", ended.stderr);
    assert_eq!(world.emulator.keys().len(), before);
    assert_eq!(world.emulator.count(Operation::Create), 2);
    // Nor can an emulator.
    let ended = limited(world.run(&["--emulator", "search"])).fails(1);
    assert!(ended.stderr.contains("the emulator: "), "{}", ended.stderr);
}

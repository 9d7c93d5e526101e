//! `descope-keys token --cache`

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use descope_emulator::{Emulator, Fault, Key, Operation};

use crate::world::{ACCESS_KEY, Ended, Run, World};

fn token<'a>(world: &'a World, path: &Path) -> Run<'a> {
    world.run(&["token", "--cache"]).arg(path).with_access_key()
}

/// With the access key of another key of the same project.
fn other(run: Run<'_>) -> Run<'_> {
    run.env("DESCOPE_ACCESS_KEY", "K2-another-one")
}

/// With a file in the user's cache.
fn own_token(world: &World) -> Run<'_> {
    world.run(&["token", "--cache"]).with_access_key()
}

fn exchanges(world: &World) -> u64 {
    world.emulator.count(Operation::Exchange)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_token_is_kept() {
    let world = World::new();
    let path = world.path("token");
    let first = token(&world, &path).ok();
    let second = token(&world, &path).ok();
    assert_eq!(first.line(), second.line());
    assert_eq!(exchanges(&world), 1);
    // No other file is left behind, and this one is not for others.
    assert_eq!(files(world.folder.path()), vec![path.clone()]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // The access key is not in it.
    assert!(!fs::read_to_string(&path).unwrap().contains(ACCESS_KEY));
}

#[test]
fn without_a_name_it_is_in_the_users_cache() {
    let world = World::new();
    for _ in 0..2 {
        world.run(&["token", "--cache"]).with_access_key().ok();
    }
    assert_eq!(exchanges(&world), 1);
    let folder = world.path("descope-keys");
    assert_eq!(files(&folder).len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
    // HOME serves where there is no XDG_CACHE_HOME.
    let home = world.run(&["token", "--cache"]).with_access_key().without("XDG_CACHE_HOME");
    home.env("HOME", world.folder.path()).ok();
    assert_eq!(files(&world.path(".cache/descope-keys")).len(), 1);
}

#[test]
fn each_key_project_and_option_has_a_token_of_its_own() {
    let world = World::new();
    world.emulator.seed(Key::new("other").with_id("K2other").with_cleartext("K2-another-one"));
    let path = world.path("token");
    let id = |run: Run<'_>| run.arg("--json").ok().json()["keyId"].as_str().unwrap().to_owned();
    assert_eq!(id(token(&world, &path)), "K2ci");
    assert_eq!(id(other(token(&world, &path))), "K2other");
    assert_eq!(exchanges(&world), 2);
    for option in ["--tenant=acme", "--login-claim=a=1", "--any-audience"] {
        token(&world, &path).arg(option).ok();
    }
    assert_eq!(exchanges(&world), 5);
    // The same key at another project.
    let elsewhere = World::with(Emulator::builder().project_id("P2elsewhere"));
    token(&elsewhere, &path).ok();
    assert_eq!(exchanges(&elsewhere), 1);
    // In the users's cache they do not even replace one another.
    for _ in 0..2 {
        world.run(&["token", "--cache"]).with_access_key().ok();
        other(world.run(&["token", "--cache"])).ok();
    }
    assert_eq!(files(&world.path("descope-keys")).len(), 2);
    assert_eq!(exchanges(&world), 7);
}

#[test]
fn a_token_that_is_about_to_expire_is_replaced() {
    let world = World::new();
    let path = world.path("token");
    token(&world, &path).ok();
    token(&world, &path).arg("--min-left=9m").ok();
    assert_eq!(exchanges(&world), 1);
    // It lives for ten minutes.
    token(&world, &path).arg("--min-left=10m").ok();
    assert_eq!(exchanges(&world), 2);
    token(&world, &path).arg("--min-left=9m").ok();
    assert_eq!(exchanges(&world), 2);
}

#[test]
fn what_others_could_read_or_have_changed_is_not_used() {
    let world = World::new();
    let path = world.path("token");
    token(&world, &path).ok();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("K2ci", "K2xx")).unwrap();
    token(&world, &path).ok();
    assert_eq!(exchanges(&world), 2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let ended = token(&world, &path).ok();
        assert!(ended.stderr.contains("can be read by others"), "{}", ended.stderr);
        assert_eq!(exchanges(&world), 3);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_file_of_another_kind_is_left_alone() {
    let world = World::new();
    let path = world.file("notes.json", r#"{"dear": "diary"}"#);
    let ended = token(&world, &path).fails(2);
    assert!(ended.stderr.contains("holds no token"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), r#"{"dear": "diary"}"#);
    // An empty one, as mktemp makes it, is taken.
    token(&world, &world.file("empty", "")).ok();
    assert!(!fs::read_to_string(world.path("empty")).unwrap().is_empty());
}

#[test]
fn a_token_that_lives_outlasts_a_failed_refresh() {
    let world = World::new();
    let path = world.path("token");
    let first = token(&world, &path).ok();
    world.emulator.inject(Fault::status(401).on(Operation::Exchange).forever());
    let ended = token(&world, &path).arg("--min-left=10m").ok();
    assert_eq!(ended.line(), first.line());
    assert!(ended.stderr.contains("warning: the token at hand is used on"), "{}", ended.stderr);
    assert_eq!(exchanges(&world), 2);
    // None is at hand for these options.
    token(&world, &path).arg("--tenant=acme").fails(4);
}

#[test]
fn a_token_that_is_over_does_not() {
    let world = World::new();
    let path = world.path("token");
    // Its ten minutes ended a moment ago; the leeway of the clocks accepts it this once.
    let behind = u64::try_from(world.emulator.now()).unwrap() - 602;
    world.emulator.set_time(behind);
    token(&world, &path).ok();
    world.emulator.inject(Fault::status(401).on(Operation::Exchange));
    token(&world, &path).fails(4);
    token(&world, &path).ok();
    assert_eq!(exchanges(&world), 3);
}

#[test]
fn a_file_that_cannot_be_written_costs_no_token() {
    let world = World::new();
    world.file("file", "");
    let ended = token(&world, &world.path("file/below")).ok();
    assert!(ended.stderr.contains("the token is not kept in"), "{}", ended.stderr);
    assert_eq!(exchanges(&world), 1);
}

#[test]
fn a_folder_that_is_not_named_in_full_is_passed_over() {
    let world = World::new();
    let run = own_token(&world).env("XDG_CACHE_HOME", "relative/cache");
    run.env("HOME", world.folder.path()).ok();
    assert_eq!(files(&world.path(".cache/descope-keys")).len(), 1);
}

#[test]
fn without_a_folder_the_token_is_not_kept() {
    let world = World::new();
    for home in [None, Some(""), Some("relative")] {
        let run = own_token(&world).without("XDG_CACHE_HOME");
        let run = match home {
            Some(home) => run.env("HOME", home),
            None => run,
        };
        let ended = run.ok();
        assert!(ended.stderr.contains("--cache FILE"), "{}", ended.stderr);
        assert!(ended.line().starts_with("eyJ"));
    }
    assert_eq!(exchanges(&world), 3);
}

#[test]
fn a_file_that_only_has_the_name_of_a_lock_is_left_alone() {
    let world = World::new();
    let other = world.file("Cargo.lock", "[[package]]");
    token(&world, &world.path("Cargo")).ok();
    assert_eq!(fs::read_to_string(other).unwrap(), "[[package]]");
}

#[test]
fn a_damaged_file_is_as_none() {
    let world = World::new();
    let path = world.path("token");
    let own = |world: &World| files(&world.path("descope-keys")).pop().unwrap();
    token(&world, &path).ok();
    own_token(&world).ok();
    let whole = fs::read(&path).unwrap();
    let mut zeroed = whole.clone();
    zeroed[20..].fill(0);
    let mut exchanged = exchanges(&world);
    for damaged in
        [&[0; 60][..], &whole[..whole.len() - 1], &whole[..11], &zeroed, b"{\"token\":\"x"]
    {
        for path in [path.clone(), own(&world)] {
            fs::write(&path, damaged).unwrap();
        }
        let runs: [&dyn Fn() -> Ended; 2] =
            [&|| token(&world, &path).ok(), &|| own_token(&world).ok()];
        for run in runs {
            let (first, second) = (run(), run());
            assert_eq!((first.stderr.as_str(), first.line()), ("", second.line()));
            exchanged += 1;
            assert_eq!(exchanges(&world), exchanged);
        }
    }
    // In the folder of its own whatever stands there is damage.
    for damaged in [&b"\0\0\xff garbage"[..], b"[]", b"{\"tok"] {
        fs::write(own(&world), damaged).unwrap();
        own_token(&world).ok();
        exchanged += 1;
        assert_eq!(exchanges(&world), exchanged);
    }
}

#[test]
fn a_foreign_file_is_neither_read_to_its_end_nor_replaced() {
    let world = World::new();
    for content in [&b"\xff\xd8\xff\xe0 a picture"[..], &[b'x'; 3 << 20]] {
        let path = world.path("foreign");
        fs::write(&path, content).unwrap();
        token(&world, &path).fails(2);
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let world = World::new();
    let fifo = world.path("fifo");
    let status = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(status.success());
    fs::create_dir(world.path("folder")).unwrap();
    for path in [&fifo, &world.path("folder")] {
        let ended = token(&world, path).ok();
        assert!(ended.stderr.contains("the token is not kept in"), "{}", ended.stderr);
    }
    assert!(fs::metadata(&fifo).unwrap().file_type().is_fifo());
    assert_eq!(files(world.folder.path()).len(), 2);
    // One that leads nowhere is taken.
    let link = world.path("link");
    std::os::unix::fs::symlink(world.path("nowhere"), &link).unwrap();
    for _ in 0..2 {
        token(&world, &link).ok();
    }
    assert_eq!(exchanges(&world), 3);
}

#[test]
fn processes_that_start_together_make_one_exchange() {
    let world = World::new();
    let path = world.path("token");
    let slow = Fault::delayed(Duration::from_millis(300)).on(Operation::Exchange);
    world.emulator.inject(slow);
    let tokens: Vec<String> = thread::scope(|scope| {
        let run = || token(&world, &path).ok().stdout;
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(exchanges(&world), 1);
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(files(world.folder.path()), vec![path]);
}

#[test]
fn a_process_with_a_token_does_not_wait_and_a_dead_one_holds_nobody_up() {
    let world = World::new();
    let path = world.path("token");
    let first = token(&world, &path).ok();
    world.emulator.inject(Fault::stalled().on(Operation::Exchange));
    let mut stalled = token(&world, &path).arg("--min-left=10m").start();
    while exchanges(&world) < 2 {
        thread::yield_now();
    }
    let began = Instant::now();
    let second = token(&world, &path).arg("--min-left=10m").ok();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((second.line(), exchanges(&world)), (first.line(), 2));
    stalled.kill().unwrap();
    stalled.wait().unwrap();
    token(&world, &path).arg("--min-left=10m").ok();
    assert_eq!(exchanges(&world), 3);
}

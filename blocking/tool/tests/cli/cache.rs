//! `descope-keys token --cache`

use std::fs;
use std::path::{Path, PathBuf};

use descope_emulator::{Emulator, Fault, Key, Operation};

use crate::world::{ACCESS_KEY, Run, World};

fn token<'a>(world: &'a World, path: &Path) -> Run<'a> {
    world.run(&["token", "--cache"]).arg(path).with_access_key()
}

/// With the access key of another key of the same project.
fn other(run: Run<'_>) -> Run<'_> {
    run.env("DESCOPE_ACCESS_KEY", "K2-another-one")
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
    // HOME serves where there is no XDG_CACHE_HOME; without either a name is needed.
    let home = world.run(&["token", "--cache"]).with_access_key().without("XDG_CACHE_HOME");
    home.env("HOME", world.folder.path()).ok();
    assert_eq!(files(&world.path(".cache/descope-keys")).len(), 1);
    world.run(&["token", "--cache"]).with_access_key().without("XDG_CACHE_HOME").fails(2);
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

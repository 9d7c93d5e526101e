//! Secrets where none belong: neither shown nor sent.

use crate::world::{ACCESS_KEY, Run, World};

/// As long as the service's.
const CLEARTEXT: &str = "K2mjKIt0aDUDPogWoaQ5cIKfCkoVZuFd6rNef9eH3qkkY1KLf4x0Vtf1";

/// Whatever ends with 2 and shows nothing of the secret.
#[track_caller]
fn is_refused_unseen(world: &World, run: Run<'_>, secret: &str) {
    let ended = run.fails(2);
    assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    assert!(!ended.stdout.contains(secret), "{}", ended.stdout);
    assert_eq!(world.emulator.total(), 0);
}

#[test]
fn a_secret_among_the_arguments_is_refused() {
    let world = World::new();
    let token = world.emulator.mint(serde_json::json!({}));
    for secret in [CLEARTEXT, &token, ACCESS_KEY, world.emulator.management_key()] {
        for arguments in [
            &["validate"][..],
            &["exchange"],
            &["token"],
            &["whoami"],
            &["load"],
            &["rotate"],
            &["delete", "--yes"],
            &["delete", "K2a", "--yes"],
            &["update", "--name", "a"],
            &["search"],
            &["create", "--never-expires"],
            &["create", "a", "--never-expires", "--description"],
            &["find-unconfirmed", "a", "--marker"],
            &["token", "--access-key-file"],
            &["load", "K2ci", "--management-key-file"],
            &["load", "K2ci", "--project-id"],
            &["load", "K2ci", "--base-url"],
            &["load", "K2ci", "--timeout"],
            &["completions"],
            &[],
        ] {
            let run = || world.run(arguments).with_access_key();
            is_refused_unseen(&world, run().arg(secret), secret);
            is_refused_unseen(&world, run().arg(format!(" '{secret}'\n")), secret);
            let ended = run().arg(secret).arg("--json").fails(2);
            assert_eq!(ended.json()["error"]["exit"], "usage");
            assert!(!ended.stdout.contains(secret), "{}", ended.stdout);
        }
        is_refused_unseen(&world, world.run(&["load"]).arg(format!("--key={secret}")), secret);
    }
}

#[test]
fn it_says_how_it_is_done() {
    let world = World::new();
    for secret in ["eyJhbGciOiJSUzI1NiJ9.e30.c2ln", CLEARTEXT] {
        let ended = world.run(&["validate", secret]).fails(2);
        for told in ["descope-keys validate < FILE", "--access-key-file", "DESCOPE_ACCESS_KEY"] {
            assert!(ended.stderr.contains(told), "{}", ended.stderr);
        }
    }
}

#[test]
fn what_might_be_one_is_not_shown_either() {
    // Short for a cleartext of the service, and not in the environment.
    let secret = "K2-a-secret-of-another";
    for arguments in [&["exchange"][..], &["token"], &["validate"], &["load", "K2a"], &[]] {
        let ended = Run::bare(arguments).arg(secret).fails(2);
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
        assert!(ended.stderr.contains("--access-key-file"), "{}", ended.stderr);
    }
    for (id, told) in
        [("\"K2quoted-secret-or-id\"", "letters"), ("NAME=K2-secret-of-mine", "letters")]
    {
        let ended = Run::bare(&["load", id]).fails(2);
        assert!(!ended.stderr.contains(id) && ended.stderr.contains(told), "{}", ended.stderr);
    }
    // What cannot be one is named, or nobody would find it.
    let ended = Run::bare(&["load", "K2a", "K2b"]).fails(2);
    assert!(ended.stderr.contains("'K2b'"), "{}", ended.stderr);
}

#[test]
fn secrets_are_no_ids_on_standard_input() {
    let world = World::new();
    let token = world.emulator.mint(serde_json::json!({}));
    for secret in [CLEARTEXT, &token, ACCESS_KEY, "line one\nline\u{1}two"] {
        for text in [secret.to_owned(), format!("K2a {secret}\n"), format!("[{secret:?}]")] {
            let run = world.run(&["delete", "-", "--yes"]).with_access_key().stdin(text);
            is_refused_unseen(&world, run, secret);
        }
    }
}

#[test]
fn a_secret_in_place_of_the_project_is_not_shown() {
    let world = World::new();
    for command in ["whoami", "search", "token"] {
        let run = world.run(&[command]).env("DESCOPE_PROJECT_ID", CLEARTEXT).with_access_key();
        is_refused_unseen(&world, run, CLEARTEXT);
    }
}

#[test]
fn what_other_programs_are_given_is_left_alone() {
    let world = World::new();
    let ended =
        world.run(&["emulator", "--", "/bin/sh", "-c", "test $0 = $1", CLEARTEXT, CLEARTEXT]);
    ended.ok();
}
